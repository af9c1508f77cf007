"""Tables of yields in all their forms."""

import csv
import io
from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import statmodel as sm
from statmodel.data import make_counts
from statmodel.infer import Status, Yields
from statmodel.report.tables import yields_text
from statmodel.spec import parse_spec

# One nuisance that moves s by 20 % and b by 10 %, both alike: their errors add up.
SPEC = """{"version": "1.0.0", "channels": [{"name": "SR_1", "samples": [
 {"name": "s", "data": [4, 6], "modifiers": [
  {"name": "mu", "type": "normfactor", "data": null},
  {"name": "a", "type": "histosys", "data": {"hi_data": [4.8, 7.2], "lo_data": [3.2, 4.8]}}]},
 {"name": "b|x", "data": [10, 20], "modifiers": [
  {"name": "a", "type": "histosys", "data": {"hi_data": [11, 22], "lo_data": [9, 18]}}]}]}],
 "observations": [{"name": "SR_1", "data": [11, 25]}],
 "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}]}"""


@pytest.fixture(scope="module")
def compiled():
    return sm.compile(parse_spec(SPEC))


@pytest.fixture(scope="module")
def before(compiled):
    return sm.yields(*compiled)


def _row(text, name):
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


def test_rows_are_samples_their_total_and_the_data(before):
    text = yields_text(before)
    assert _row(text, "s") == ["s", "10.00", "±", "2.00"]
    assert _row(text, "b|x") == ["b|x", "30.00", "±", "3.00"]
    assert _row(text, "total") == ["total", "40.00", "±", "5.00"]
    assert _row(text, "data") == ["data", "36"]
    assert "nothing in the errors from mu (no constraint)." in text
    assert "SR_1" in text.splitlines()[0]
    assert "\x1b" not in text


def test_both_stages_stand_side_by_side(before):
    moved = eqx.tree_at(lambda y: y.channels[0].total.events, before, jnp.asarray(36.0))
    after = replace(moved, stage="postfit", fit=Status.CONVERGED, left_out=())
    text = yields_text(after, before)
    assert "before the fit" in text
    assert "after the fit" in text
    assert _row(text, "total") == ["total", "40.00", "±", "5.00", "36.00", "±", "5.00"]
    assert text.index("Before the fit; nothing") < text.index("After the fit.")


def test_bins_have_a_column_each(before):
    text = yields_text(before, bins=True)
    assert "bin 0" in text
    assert _row(text, "total")[1:] == [
        *("14.00", "±", "1.80"),
        *("26.00", "±", "3.20"),
        *("40.00", "±", "5.00"),
    ]
    assert _row(text, "data")[1:] == ["11", "25", "36"]


def test_a_masked_bin_has_no_count_and_neither_has_the_sum(compiled):
    model, data = compiled
    masked = data.with_counts({"SR_1": make_counts([11, 25], mask=[True, False])})
    assert _row(yields_text(sm.yields(model, masked), bins=True), "data")[1:] == ["11", "-", "-"]


def test_a_failed_fit_says_so_in_every_form(before):
    failed = replace(before, stage="postfit", fit=Status.STEP_LIMIT)
    for form in ("text", "markdown", "latex"):
        assert "No errors, the fit failed" in yields_text(failed, form=form)
    assert not Yields.from_json(yields_text(failed, form="json")).ok


def test_markdown_escapes_names(before):
    lines = yields_text(before, form="markdown").splitlines()
    assert lines[0] == r"**SR\_1**"
    assert r"| b\|x | 30.00 ± 3.00 |" in lines
    assert lines[2:4] == ["| sample | before the fit |", "|---|---:|"]


def test_latex_escapes_names_and_writes_powers(before):
    small = eqx.tree_at(
        lambda y: (y.channels[0].total.events, y.channels[0].total.errors),
        eqx.tree_at(lambda y: y.channels[0].observed, before, None),
        (jnp.asarray(1.5e-9), jnp.asarray(2e-11)),
    )
    named = eqx.tree_at(
        lambda y: y.channels[0], small, replace(small.channels[0], samples=("s_1 & 50%", "b"))
    )
    text = yields_text(named, form="latex")
    assert r"s\_1 \& 50\% & $10.00 \pm 2.00$ \\" in text
    assert r"total & $1.5000 \times 10^{-9} \pm 2.00 \times 10^{-11}$ \\" in text
    assert text.count(r"\begin{tabular}{lr}") == text.count(r"\end{tabular}") == 1


def test_csv_holds_every_number_to_all_digits(before):
    rows = list(csv.DictReader(io.StringIO(yields_text(before, form="csv"))))
    found = {(r["sample"], r["bin"]): (r["events"], r["error"]) for r in rows}
    channel = before.channels[0]
    assert {r["channel"] for r in rows} == {"SR_1"}
    assert len(found) == len(rows) == 4 * 3
    for b in range(2):
        events, error = map(float, found["b|x", str(b)])
        assert (events, error) == (
            float(channel.sample("b|x").events[b]),
            float(channel.sample("b|x").errors[b]),
        )
    assert float(found["total", "all"][1]) == float(channel.total.errors)
    assert found["data", "all"] == ("36.0", "")


def test_json_is_that_of_the_yields(before):
    again = Yields.from_json(yields_text(before, form="json"))
    np.testing.assert_array_equal(again.channels[0].bins.errors, before.channels[0].bins.errors)
