"""Profile-likelihood intervals against closed forms, and against iminuit's own search."""

import dataclasses
import functools
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2

import statmodel as sm
from statmodel.data import make_events
from statmodel.infer import (
    End,
    IntervalStatus,
    LocalMinima,
    ProfileErrors,
    _programs,
    profile_errors,
)
from statmodel.model import log_likelihood_to_first_order

_COUNT = """
statmodel: "1"
parameters: [PARAMETERS]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [PROCESSES]
observations: [{name: c, events: {x: [0.5], w: [COUNT]}, weight: w}]
measurements: [{name: m, config: {poi: mu}}]
"""
Q = chi2.ppf(0.6827, 1)
TIGHT = 1e-5  # of an error: t is right to 1e-5, and dt/dmu = 2 at one error


@functools.cache
def model_of(processes, parameters="{name: mu, init: 1, bounds: [0, 20]}"):
    """A flat density: the likelihood is that of a count. Compiled once for all tests."""
    text = _COUNT.replace("PARAMETERS", parameters).replace("PROCESSES", ", ".join(processes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)  # of totals that are negative far away
        return sm.compile(sm.parse_spec(text.replace("COUNT", "1.0")))[0]


def count_of(n, processes, *parameters):
    """One flat event of weight n."""
    channels = {"c": make_events({"x": [0.5]}, weights=[float(n)])}
    return model_of(tuple(processes), *parameters), sm.Dataset(channels=channels, auxiliary={})


def flat(name, events, scale="1", modifiers="[]"):
    return (
        f'{{name: {name}, yield: {events}, scale: "{scale}", density: {{type: uniform}}, '
        f"modifiers: {modifiers}}}"
    )


def crossings_of_a_count(n, level=Q):
    """Where 2 (nu - n - n ln(nu/n)) = level, below and above n."""

    def t(nu):
        return 2 * (nu - n - n * np.log(nu / n)) - level

    below = brentq(t, 1e-12 * n, n, xtol=1e-13) if n else 0.0
    return below, brentq(t, n, n + 10 * np.sqrt(n) + 20, xtol=1e-12)


@pytest.fixture(scope="module")
def counted():
    """n = 4 mu + 6 with n = 18."""
    model, data = count_of(18, [flat("s", 4, "mu"), flat("b", 6)])
    return model, data, sm.fit(model, data)


@pytest.mark.parametrize("level", [0.6827, 0.9545])
def test_the_interval_of_a_count_is_its_closed_form(counted, level):
    found = profile_errors(*counted, level=level)
    below, above = crossings_of_a_count(18, chi2.ppf(level, 1))
    interval = found.of("mu")
    error = 18**0.5 / 4
    (piece,) = interval.segments
    np.testing.assert_allclose(piece.low, max((below - 6) / 4, 0), atol=TIGHT * error)
    np.testing.assert_allclose(piece.high, (above - 6) / 4, atol=TIGHT * error)
    assert interval.status is IntervalStatus.CLOSED
    assert interval.minus == interval.best - piece.low
    assert interval.plus == piece.high - interval.best
    assert found.ok


def test_a_bound_before_the_level_is_no_error_but_an_end():
    model, data = count_of(7, [flat("s", 4, "mu"), flat("b", 6)])
    interval = profile_errors(model, data, sm.fit(model, data)).of("mu")
    assert interval.status is IntervalStatus.AT_BOUND
    (piece,) = interval.segments
    assert (piece.low, piece.low_end) == (0.0, End.BOUND)
    assert np.isnan(interval.minus)
    _, above = crossings_of_a_count(7)
    np.testing.assert_allclose(piece.high, (above - 6) / 4, atol=TIGHT * 7**0.5 / 4)


def test_a_parameter_on_its_bound_has_an_upper_error():
    model, data = count_of(3, [flat("s", 4, "mu"), flat("b", 6)])
    result = sm.fit(model, data)
    assert bool(result.at_bound[0])
    interval = profile_errors(model, data, result).of("mu")
    # t is measured from mu = 0, where nu = 6.
    above = brentq(lambda nu: 2 * (nu - 6 - 3 * np.log(nu / 6)) - Q, 6, 30)
    np.testing.assert_allclose(interval.plus, (above - 6) / 4, rtol=2 * TIGHT)
    assert np.isnan(interval.minus)


def test_a_root_is_searched_in_the_root_and_told_in_the_parameter():
    model, data = count_of(18, [flat("s", 4, "sqrt(mu)"), flat("b", 6)])
    interval = profile_errors(model, data, sm.fit(model, data)).of("mu")
    below, above = crossings_of_a_count(18)
    (piece,) = interval.segments
    error = 6 * 18**0.5 / 4  # of mu = s^2 at s = 3
    np.testing.assert_allclose(piece.low, ((below - 6) / 4) ** 2, atol=TIGHT * error)
    np.testing.assert_allclose(piece.high, ((above - 6) / 4) ** 2, atol=2 * TIGHT * error)


def test_a_profiled_nuisance_widens_the_interval_as_in_closed_form():
    """y = mu + a, a ~ N(0, 2): mu is 0.3 of a Gaussian of variance 1/100 + 4 wide."""
    nuisance = "{name: a, init: 0, constraint: {type: gaussian, mean: 0, sigma: 2}}"
    parameters = f"{{name: mu, init: 1, bounds: [-90, 90]}}, {nuisance}"
    n = 1e8  # nu = n (1 + 1e-4 (mu + a)): parabolic to 1e-4, of width 1
    model, data = count_of(n, [flat("s", n, "1 + 1e-4 * (mu + a)")], parameters)
    result = sm.fit(model, data)
    found = profile_errors(model, data, result)
    width = Q**0.5 * (1 + 4) ** 0.5
    np.testing.assert_allclose(found.of("mu").plus, width, rtol=3e-4)  # the parabola's share
    np.testing.assert_allclose(found.of("mu").minus, width, rtol=3e-4)
    # mu takes up whatever a does, so that a keeps the width of its constraint.
    np.testing.assert_allclose(found.of("a").plus, 2 * Q**0.5, rtol=3e-4)
    np.testing.assert_allclose(found.of("a").minus, 2 * Q**0.5, rtol=3e-4)


# MCFM cross sections of gg -> H* -> ZZ in fb, times 1e5 / fb: with these rates alone mu = 1 and
# mu = 0.21101 are degenerate, and the minimum of the rate lies between them at sqrt(mu) = 0.72968.
_S, _I, _B = 15105.108, -22043.824, 162704.97


def rates_of(mu):
    return _S * mu + _I * np.sqrt(mu) + _B


def off_shell(n):
    processes = [flat("S", _S, "mu"), flat("I", _I, "sqrt(mu)"), flat("B", _B)]
    return count_of(n, processes, "{name: mu, init: 1.2, bounds: [0, 9]}")


def roots_of_the_rate(nu):
    """The two mu of one rate."""
    half = np.sqrt(_I**2 - 4 * _S * (_B - nu))
    return sorted(((-_I + sign * half) / (2 * _S)) ** 2 for sign in (-1, 1))


@pytest.fixture(scope="module")
def interfering():
    n = rates_of(1.0)
    model, data = off_shell(n)
    return model, data, n


@pytest.mark.parametrize("start", [1.2, 0.1])
def test_interference_has_two_pieces_from_either_minimum(interfering, start):
    model, data, n = interfering
    result = sm.fit(model, data, start={"mu": start})
    np.testing.assert_allclose(
        result.point["mu"], 1.0 if start > 0.5 else 0.21101, atol=1e-5
    )  # the published 0.21101 has five digits
    interval = profile_errors(model, data, result).of("mu")
    below, above = crossings_of_a_count(n)
    first, second = roots_of_the_rate(below), roots_of_the_rate(above)
    ends = sorted([*first, *second])
    assert interval.disjoint
    found = [end for piece in interval.segments for end in (piece.low, piece.high)]
    np.testing.assert_allclose(found, ends, atol=TIGHT * 0.1)  # the errors are about 0.1
    assert interval.status is IntervalStatus.CLOSED


def test_pieces_that_touch_are_one(interfering):
    """Where the lowest rate is within the level, so is the valley between the minima."""
    model, _, _ = interfering
    n = rates_of(0.72968**2) + 200.0  # half a standard deviation above the lowest rate
    _, data = off_shell(n)
    interval = profile_errors(model, data, sm.fit(model, data)).of("mu")
    _, above = crossings_of_a_count(n)
    (piece,) = interval.segments
    np.testing.assert_allclose([piece.low, piece.high], roots_of_the_rate(above), rtol=1e-4)


def test_the_nearest_crossings_alone_leave_the_other_piece_out(interfering):
    model, data, n = interfering
    result = sm.fit(model, data)
    near = profile_errors(model, data, result, everywhere=False)
    every = profile_errors(model, data, result)
    assert not near.of("mu").disjoint
    np.testing.assert_allclose(near.of("mu").plus, every.of("mu").plus, rtol=1e-4)
    assert near.of("mu").fits < every.of("mu").fits


def test_another_minimum_that_is_known_is_searched_from(interfering):
    """With the nearest crossings only, the second piece is found from the second minimum."""
    model, data, _ = interfering
    result = sm.fit(model, data)
    other = sm.fit(model, data, start={"mu": 0.1})
    minima = LocalMinima(
        names=("mu",),
        pois=("mu",),
        values=jnp.stack([result.values, other.values]),
        nll=jnp.stack([result.nll, other.nll]),
        status=jnp.stack([result.status, other.status]),
        starts=jnp.asarray([1, 1]),
    )
    known = dataclasses.replace(result, minima=minima)
    found = profile_errors(model, data, known, everywhere=False).of("mu")
    every = profile_errors(model, data, result).of("mu")
    for piece, wanted in zip(found.segments, every.segments, strict=True):
        np.testing.assert_allclose([piece.low, piece.high], [wanted.low, wanted.high], rtol=1e-4)


def test_a_lower_minimum_on_the_way_is_told_and_returned(interfering):
    """From the higher of two minima that the rate and a weak constraint make unequal."""
    _, _, n = interfering
    processes = [flat("S", _S, "mu"), flat("I", _I, "sqrt(mu)"), flat("B", _B)]
    prior = "{name: mu, init: 1, bounds: [0, 9], constraint: {type: gaussian, mean: 1, sigma: 1}}"
    model, data = count_of(n, processes, prior)
    higher = sm.fit(model, data, start={"mu": 0.1})
    lower = sm.fit(model, data, start={"mu": 1.2})
    assert float(higher.nll) > float(lower.nll) + 0.1
    found = profile_errors(model, data, higher)
    assert found.new_minimum is not None
    assert found.of("mu").status is IntervalStatus.NEW_MINIMUM
    assert np.isnan(found.of("mu").plus)
    assert not found.ok
    np.testing.assert_allclose(found.new_minimum.nll, lower.nll, atol=1e-8)
    np.testing.assert_allclose(dict(found.new_minimum.point)["mu"], 1.0, atol=1e-4)
    assert ProfileErrors.from_json(found.to_json()).to_json() == found.to_json()
    again = sm.fit(model, data, start=dict(found.new_minimum.point))
    assert profile_errors(model, data, again).ok


def test_a_parameter_that_the_data_do_not_limit_is_open():
    """nu = 100 + 1 / (1 + (mu - 1)^2) hardly depends on mu, and there is no bound."""
    model, data = count_of(
        100, [flat("s", 1, "1 / (1 + (mu - 1)**2)"), flat("b", 100)], "{name: mu, init: 2}"
    )
    result = sm.fit(model, data, fixed=None)
    assert result.ok, result.message
    interval = profile_errors(model, data, result).of("mu")
    assert interval.status is IntervalStatus.OPEN
    assert np.isnan(interval.plus)


def test_the_search_ends_where_the_model_ends():
    """The total is 4 mu + 6 and must be positive: below mu = -1.5 there is no likelihood."""
    model, data = count_of(
        0.02, [flat("s", 4, "mu"), flat("b", 6)], "{name: mu, init: 1, bounds: [-9, 9]}"
    )
    result = sm.fit(model, data)
    interval = profile_errors(model, data, result).of("mu")
    below, above = crossings_of_a_count(0.02)
    np.testing.assert_allclose(interval.segments[0].high, (above - 6) / 4, rtol=1e-4)
    # The lower crossing lies close to where the model ends: the search gets there or says so.
    low = interval.segments[0]
    if low.low_end is End.CROSSING:
        np.testing.assert_allclose(low.low, (below - 6) / 4, atol=1e-4)
    else:
        assert low.low_end is End.FAILED


def test_every_parameter_that_varied_is_asked_by_default_and_nothing_is_compiled_anew():
    nuisance = "{name: a, init: 0, constraint: {type: gaussian, mean: 0, sigma: 2}}"
    parameters = f"{{name: mu, init: 1, bounds: [0, 90]}}, {nuisance}, {{name: k, init: 1}}"
    model, data = count_of(900, [flat("s", 900, "k * (mu + 0.01 * a)")], parameters)
    result = sm.fit(model, data, fixed={"k": 1.0})
    found = profile_errors(model, data, result, parameters=["mu"])
    assert found.names == ("mu",)
    before = _compilations()
    found = profile_errors(model, data, result, level=0.9)
    assert _compilations() == before
    assert found.names == ("mu", "a")


def _compilations():
    return _programs._judged._cached._cache_size()


def minos(model, data, result, names):
    """iminuit's errors, with the gradient of the likelihood."""
    iminuit = pytest.importorskip("iminuit")
    prepared = model.prepared(data)
    space = model.space

    @jax.jit
    def both(values):
        def nll(v):
            at = model.scope.at_free(space.to_free(v))
            return -log_likelihood_to_first_order(model, at, prepared)

        return jax.value_and_grad(nll)(values)

    fitter = iminuit.Minuit(
        lambda v: float(both(jnp.asarray(v))[0]),
        np.asarray(result.values),
        grad=lambda v: np.asarray(both(jnp.asarray(v))[1]),
        name=space.names,
    )
    fitter.errordef, fitter.strategy, fitter.tol = 0.5, 2, 1e-3
    fitter.limits = space.bounds
    fitter.fixed = np.asarray(result.fixed).tolist()
    fitter.migrad()
    fitter.minos(*names, cl=0.6827)
    return {n: (-fitter.merrors[n].lower, fitter.merrors[n].upper) for n in names}


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("offshell_h4l", ("mu", "alpha_qqzz_ew")),
        ("peak", ("n_signal", "mass", "resolution")),
        ("higgs_tautau_unbinned", ("mu",)),
    ],
)
@pytest.mark.filterwarnings("ignore::statmodel._errors.SpecWarning")
def test_errors_agree_with_minos(repository, spec, names):
    model, data = sm.compile(repository / "specs" / f"{spec}.yaml")
    result = sm.fit(model, data)
    found = profile_errors(model, data, result, parameters=names)
    assert found.ok
    for name, (below, above) in minos(model, data, result, names).items():
        # MINOS stops when the function is within 0.01 of the level: half a per cent of an error.
        np.testing.assert_allclose(found.of(name).minus, below, rtol=1e-2)
        np.testing.assert_allclose(found.of(name).plus, above, rtol=1e-2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"parameters": ["mv"]}, KeyError, 'Did you mean "mu"'),
        ({"level": 1.0}, ValueError, "between 0 and 1"),
        ({"level": 68.0}, ValueError, "between 0 and 1"),
    ],
)
def test_wrong_arguments_are_told(counted, options, error, message):
    with pytest.raises(error, match=message):
        profile_errors(*counted, **options)


def test_a_fixed_parameter_is_refused():
    parameters = "{name: mu, init: 1, bounds: [0, 20]}, {name: k, init: 1}"
    model, data = count_of(18, [flat("s", 4, "mu * k"), flat("b", 6)], parameters)
    result = sm.fit(model, data, fixed={"k": 1.0})
    with pytest.raises(ValueError, match="k was held fixed"):
        profile_errors(model, data, result, parameters=["k"])


def test_a_fit_without_any_free_parameter_has_no_intervals(counted):
    model, data, _ = counted
    result = sm.fit(model, data, fixed={"mu": 2.0})
    assert profile_errors(model, data, result).intervals == ()


def test_a_fit_that_did_not_converge_has_no_profile_errors(counted):
    model, data, result = counted
    failed = eqx.tree_at(lambda r: r.status, result, jnp.asarray(int(sm.Status.STEP_LIMIT)))
    with pytest.raises(ValueError, match="measured from a minimum"):
        profile_errors(model, data, failed)


def test_a_result_of_other_data_is_refused(counted):
    model, _, result = counted
    _, other = count_of(25, [flat("s", 4, "mu"), flat("b", 6)])
    with pytest.raises(ValueError, match="not that of these data"):
        profile_errors(model, other, eqx.tree_at(lambda r: r.nll, result, result.nll - 50.0))


def test_errors_go_into_the_result_and_survive_json(counted):
    model, data, result = counted
    found = profile_errors(model, data, result)
    whole = dataclasses.replace(result, profile_errors=found)
    assert float(whole.errors_plus[0]) == found.of("mu").plus
    assert np.isnan(result.errors_plus).all()
    again = sm.FitResult.from_json(whole.to_json())
    assert again.profile_errors == found
    assert again.to_json() == whole.to_json()
    assert ProfileErrors.from_json(found.to_json()) == found
