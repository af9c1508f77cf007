"""Test statistics against closed forms, integrals by SciPy, and each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

import measured
import statmodel as sm
from counting_models import counting, observed
from statmodel.infer.statistics import (
    FTS,
    LRS,
    AbstractStatistic,
    Case,
    Likelihood,
    Reference,
    twice_log_ratio,
)
from statmodel.model._expressions import Constant
from statmodel.model.densities import Gaussian, HistogramDensity, SumDensity, Uniform

WIDTHS = [(1.0, 0.0, 1.0), (1.0, 0.5, 0.1), (1.0, 0.0, 0.01), (0.1, 0.0, 5.0), (1.0, 3.0, 50.0)]
"""Of the measurement; centre and width of the focus."""
SEEN = [-4.0, 0.0, 1.3, 7.0]


def gaussian_fts(x, mu, s, c, w):
    """Closed form, the parameter being any real number (J. W. Pratt's setting)."""
    return (x - mu) ** 2 / s**2 - (x - c) ** 2 / (s**2 + w**2) - np.log1p(w**2 / s**2)


@pytest.mark.parametrize(("s", "c", "w"), WIDTHS)
def test_fts_of_a_gaussian_is_its_closed_form(s, c, w):
    model = measured.measured(s**2, [c], [w])
    case = Case.of(model, FTS("f"))
    both = jax.jit(
        lambda x, mu: (
            FTS("f")(model, measured.seen(model, x[None]), mu),
            FTS("f").reference(case, case.likelihood(measured.seen(model, x[None]))),
        )
    )
    for x in SEEN:
        for mu in (0.0, 2.0):
            value, reference = both(jnp.asarray(x), mu)
            expected = gaussian_fts(x, mu, s, c, w)
            # Panels reach to exp(-32) of the top, and sums are of a few hundred terms.
            assert float(value) == pytest.approx(expected, abs=1e-10, rel=1e-13)
            assert bool(reference.ok)
            # What is stated is the error of the coarser rule, of twelve intervals.
            assert float(reference.error) < 1e-5


@pytest.mark.parametrize("size", [2, 3])
def test_fts_of_several_parameters_is_its_closed_form(size):
    correlated = np.array([[1.0, 0.95, 0.3], [0.95, 1.0, 0.2], [0.3, 0.2, 0.5]])[:size, :size]
    centres, widths = np.array([0.3, -0.2, 1.0])[:size], np.array([2.0, 0.5, 1.0])[:size]
    model = measured.measured(correlated, centres, widths)
    x, mu = np.array([1.0, 0.4, -0.5])[:size], np.array([0.2, 0.0, 0.3])[:size]
    both = correlated + np.diag(widths**2)
    expected = 2 * (
        stats.multivariate_normal(centres, both).logpdf(x)
        - stats.multivariate_normal(mu, correlated).logpdf(x)
    )
    case = Case.of(model, FTS("f"))
    prepared = measured.seen(model, x)
    reference = jax.jit(lambda data: FTS("f").reference(case, case.likelihood(data)))(prepared)
    value = 2 * (reference.log - case.likelihood(prepared)(jnp.asarray(mu)))
    # Five and six standard deviations leave 1e-6 and 2e-9 of the integral.
    assert float(value) == pytest.approx(expected, abs={2: 1e-8, 3: 1e-5}[size])
    assert bool(reference.ok)


def test_lrs_is_the_distance_in_standard_deviations():
    model = measured.measured(0.25, [0.0], [1.0])
    for x, mu in [(1.0, 0.0), (-3.0, 2.0), (40.0, 41.0)]:
        value = LRS()(model, measured.seen(model, [x]), {"mu": mu})
        assert float(value) == pytest.approx((x - mu) ** 2 / 0.25, rel=1e-10)


@pytest.mark.parametrize(
    ("sides", "x", "expected"),
    [
        ("two", -1.0, (1.0 + 1.0) ** 2 - 1.0),  # the best fit is at the bound
        ("upper", 2.0, 0.0),
        ("upper", 0.5, 0.25),
        ("discovery", 0.5, 0.0),
        ("discovery", 2.0, 1.0),
    ],
)
def test_sides_and_bounds_of_the_likelihood_ratio(sides, x, expected):
    """The formulas of arXiv:1007.1727 for a Gaussian of width 1 with mu >= 0, at mu = 1."""
    model = measured.measured(1.0, [0.0], [1.0], bounds=((0.0, 50.0),))
    value = LRS(sides)(model, measured.seen(model, [x]), 1.0)
    assert float(value) == pytest.approx(expected, abs=1e-10)


FOCI = {
    "gaussian": Gaussian(0, 0.0, 20.0, mean=Constant(1.0), sigma=Constant(0.8)),
    "uniform": Uniform(0, 2.0, 5.0),
    "histogram": HistogramDensity(
        (0,), (0.0,), (20.0,), ([0.0, 1.0, 1.5, 6.0, 20.0],), [1, 4, 0, 2]
    ),
    "mixture": SumDensity(
        (
            Gaussian(0, 0.0, 20.0, mean=Constant(9.0), sigma=Constant(0.05)),
            Gaussian(0, 0.0, 20.0, mean=Constant(1.0), sigma=Constant(3.0)),
        ),
        (Constant(0.3),),
    ),
}
BREAKS = [1.0, 1.5, 2.0, 5.0, 6.0, 8.8, 9.0, 9.2]


@pytest.mark.parametrize("name", sorted(FOCI))
@pytest.mark.parametrize("events", [0, 3, 40])
def test_fts_of_a_counting_experiment_is_an_integral(name, events):
    model, data = counting_of(events)
    model = measured.with_focus(model, FOCI[name])

    def joint(mu):
        focus = np.exp(FOCI[name].log_prob(jnp.asarray([mu]), jnp.zeros(0)))
        return float(np.exp(-2.0 - 4.0 * mu + events * np.log(2.0 + 4.0 * mu)) * focus)

    total = sum(
        integrate.quad(joint, low, high, epsabs=0, epsrel=1e-11, limit=200)[0]
        for low, high in zip([0.0, *BREAKS], [*BREAKS, 20.0], strict=True)
    )
    case = Case.of(model, FTS("f"))
    reference = jax.jit(lambda given: FTS("f").reference(case, case.likelihood(given)))(
        model.bind(data)
    )
    assert bool(reference.ok)
    apart = abs(float(reference.log) - np.log(total))
    assert apart < 1e-7
    assert apart < max(3 * float(reference.error), 1e-10)


def counting_of(events):
    """4 mu + 2 expected events; how many were seen."""
    return counting((4.0,), (2.0,)), observed(events)


_ROOTED = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 4]}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: s, yield: "40 * mu - 50 * sqrt(mu) + 30", density: {type: uniform}}]
observations: [{name: c, events: {x: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.15, 0.25,
  0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]}}]
focus: [{name: f, density: {mu: {type: gaussian, mean: 1, sigma: 0.8}}}]
measurements: [{name: m, config: {poi: mu}}]
"""


def test_a_square_root_and_two_minima():
    """Interference: the rate is lowest between, and its derivative infinite at zero."""
    model, data = sm.compile(sm.parse_spec(_ROOTED))
    focus = stats.truncnorm(-1.25, 3.75, loc=1.0, scale=0.8)

    def log_likelihood(mu):
        rate = 40 * mu - 50 * np.sqrt(mu) + 30
        return -rate + 18 * np.log(rate)

    def joint(root):
        return np.exp(log_likelihood(root**2)) * focus.pdf(root**2) * 2 * root

    total = integrate.quad(joint, 0.0, 2.0, epsrel=1e-12, limit=500)[0]
    value = FTS("f")(model, data, 0.3)
    assert float(value) == pytest.approx(2 * (np.log(total) - log_likelihood(0.3)), abs=1e-8)
    best = np.max(log_likelihood(np.linspace(1e-4, 4, 400_001)))
    ratio = LRS()(model, data, 0.3)
    assert float(ratio) == pytest.approx(2 * (best - log_likelihood(0.3)), abs=1e-6)


@pytest.mark.parametrize("statistic", [LRS(), LRS("upper"), FTS("f")], ids=repr)
def test_jit_vmap_and_loop_agree(statistic):
    model = measured.measured(1.0, [0.5], [0.7], bounds=((-5.0, 5.0),))
    x, mu = jnp.linspace(-3, 3, 4), jnp.linspace(-1, 2, 3)

    def value(one, at):
        return statistic(model, measured.seen(model, one[None]), at)

    mapped = jax.jit(jax.vmap(jax.vmap(value, (None, 0)), (0, None)))(x, mu)
    loop = [[value(one, at) for at in mu] for one in x]
    np.testing.assert_allclose(mapped, loop, atol=1e-12)


class TwoPoints(AbstractStatistic):
    """Simple against simple, as a user would write it."""

    alternative: float

    def reference(self, case: Case, likelihood: Likelihood) -> Reference:
        at = case.interest.inside(case.model, jnp.asarray([self.alternative]))
        log = likelihood(at)
        return Reference(log, jnp.zeros(()), at, jnp.isfinite(log))

    def value(self, case, reference, at, log_likelihood):
        del case, at
        return twice_log_ratio(reference, log_likelihood)


def test_a_statistic_of_ones_own_and_a_narrow_focus_agree():
    model = measured.measured(1.0, [2.0], [1e-4])
    data = measured.seen(model, [0.7])
    simple, focused = TwoPoints(2.0)(model, data, 0.5), FTS("f")(model, data, 0.5)
    assert float(simple) == pytest.approx((0.7 - 0.5) ** 2 - (0.7 - 2.0) ** 2, rel=1e-12)
    assert float(focused) == pytest.approx(float(simple), abs=1e-7)  # w^2 / s^2


def test_what_is_wrong_is_told():
    model = measured.measured(np.eye(2), [0.0, 0.0], [1.0, 1.0])
    data = measured.seen(model, [0.0, 0.0])
    with pytest.raises(ValueError, match='no focus "g"'):
        FTS("g")(model, data, 0.0)
    with pytest.raises(ValueError, match="several parameters of interest: give mu, nu by name"):
        LRS()(model, data, 0.0)
    with pytest.raises(ValueError, match="a hypothesis names mu, nu, got mu"):
        LRS()(model, data, {"mu": 0.0})
    with pytest.raises(ValueError, match='no parameter "my"'):
        Case.of(model, LRS(), pois="my")
    with pytest.raises(ValueError, match="is of mu, nu, and the parameters of interest are nu, mu"):
        Case.of(model, FTS("f"), pois=("nu", "mu"))
    with pytest.raises(ValueError, match="mu is of interest"):
        LRS()(model, data, {"mu": 0.0, "nu": 0.0}, fixed={"mu": 0.0})
    with pytest.raises(ValueError, match="one parameter of interest"):
        LRS("upper")(model, data, {"mu": 0.0, "nu": 0.0})


def test_data_that_no_hypothesis_allows_are_flagged():
    model, data = counting_of(3)
    wrong = jax.tree.map(
        lambda leaf: leaf * jnp.nan if leaf.dtype == float else leaf, model.bind(data)
    )
    assert np.isnan(float(LRS()(model, wrong, 1.0)))


def test_the_digest_of_a_focus_is_of_its_density_and_bounds():
    one, two = (sm.compile(sm.parse_spec(_ROOTED.replace("name: f,", f"name: {name},")))[0]
                for name in ("f", "g"))  # fmt: skip
    other, _ = sm.compile(sm.parse_spec(_ROOTED.replace("sigma: 0.8", "sigma: 0.9")))
    wider, _ = sm.compile(sm.parse_spec(_ROOTED.replace("[0, 4]", "[0, 5]")))
    digests = [model.focus[0].digest for model in (one, two, other, wider)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert all(len(digest) == 64 for digest in digests)
