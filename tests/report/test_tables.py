import equinox as eqx
import jax.numpy as jnp

from statmodel.infer import Status, fit
from statmodel.report.tables import fit_table, fit_text


def _line(text, name):
    return next(line for line in text.splitlines() if line.split()[:1] == [name])


def test_parameters_of_interest_come_first_and_every_parameter_once(analytic):
    table = fit_table(analytic.result)
    names = [cell.plain for cell in table.columns[0].cells]
    assert names[0] == "n_s"
    assert sorted(names) == sorted(analytic.model.space.names)


def test_values_have_the_decimals_of_their_errors(analytic):
    result = eqx.tree_at(
        lambda r: (r.values, r.errors),
        analytic.result,
        (analytic.result.values.at[0].set(31.23456), analytic.result.errors.at[0].set(6.789)),
    )
    assert _line(fit_text(result), "n_s").split()[1:3] == ["31.23", "6.79"]


def test_a_converged_fit_says_so_and_names_the_constants_left_out(analytic):
    text = fit_text(analytic.result)
    assert "Fit converged" in text
    assert "log n! of unbinned channels" in text
    assert f"nll {float(analytic.result.nll):.6f}" in text


def test_plain_text_has_no_escape_codes_and_fits_the_page(analytic):
    text = fit_text(analytic.result)
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_a_failed_fit_says_why_and_what_to_try(analytic):
    failed = eqx.tree_at(lambda r: r.status, analytic.result, jnp.asarray(int(Status.STEP_LIMIT)))
    text = " ".join(fit_text(failed).split())
    assert "FIT FAILED" in text
    assert "Start nearer, or raise `max_steps`" in text
    assert "Fit converged" not in text


def test_fixed_parameters_and_bounds_are_marked(analytic):
    result = fit(analytic.model, analytic.data, fixed={"slope": -0.3})
    assert _line(fit_text(result), "slope").split() == ["slope", "-0.3", "-", "fixed"]
    resting = eqx.tree_at(
        lambda r: (r.at_bound, r.errors),
        analytic.result,
        (analytic.result.at_bound.at[0].set(True), analytic.result.errors.at[0].set(jnp.nan)),
    )
    assert "at its bound" in _line(fit_text(resting), "n_s")


def test_warnings_of_the_model_are_repeated(ratio):
    assert ratio.result.provenance.notes  # the closure of the made-up ratios
    text = " ".join(fit_text(ratio.result).split())
    for note in ratio.result.provenance.notes:
        assert " ".join(note.split()) in text
