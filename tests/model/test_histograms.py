"""Binned channels against a loop over modifiers, and their derivatives against autodiff."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import numpy_histograms
from model.from_workspace import Binned, binned
from statmodel.model import Binary, Constant, Slot, Unary
from statmodel.model.histograms import Channel, Counts, Histograms, Rate, Sample, Shift, assemble


def modifier(kind: str, name: str, data: object = None) -> dict[str, object]:
    return {"name": name, "type": kind, "data": data}


def workspace(*, even: bool) -> dict[str, Any]:
    """All seven modifiers in three channels, of bins alike or not; samples are of two numbers."""
    rng = np.random.default_rng(5)

    def sample(name: str, bins: int, *modifiers: dict[str, object]) -> dict[str, object]:
        data = rng.uniform(5, 30, bins)
        shapes = [
            modifier(
                "histosys",
                shared,
                {side: (data * rng.uniform(0.8, 1.2, bins)).tolist() for side in sides},
            )
            for shared in ("jes", name)
            for sides in (("hi_data", "lo_data"),)
        ]
        rates = [modifier("normsys", "jes", {"hi": rng.uniform(1, 1.3), "lo": rng.uniform(0.7, 1)})]
        found = [*modifiers, *shapes, *rates, modifier("lumi", "lumi")]
        return {"name": name, "data": data.tolist(), "modifiers": found}

    widths = (2, 2, 2) if even else (3, 1, 2)
    mu, tes = modifier("normfactor", "mu"), modifier("normsys", "tes", {"hi": 3.0, "lo": 0.5})
    channels = []
    for c, bins in enumerate(widths):
        stat = modifier("staterror", f"stat_{c}", [1.0] * bins)
        own = modifier("shapesys", f"own_{c}", [1.0] * bins)
        free = modifier("shapefactor", "free" if bins == 2 else f"free_{c}")
        samples = [sample("signal", bins, mu, stat), sample("top", bins, tes, stat, own)]
        samples += [sample("fakes", bins, free)] * (c != 1)
        channels.append({"name": f"c{c}", "samples": samples})
    observations = [
        {"name": f"c{c}", "data": rng.integers(0, 80, bins).tolist()}
        for c, bins in enumerate(widths)
    ]
    return {"channels": channels, "observations": observations}


def point(case: Binned, seed: int) -> dict[str, float]:
    """Normal nuisance parameters, of width 1; positive factors."""
    rng = np.random.default_rng(seed)
    moving = ("jes", "tes", "signal", "top", "fakes")
    return {name: rng.normal() if name in moving else rng.uniform(0.5, 1.5) for name in case.names}


@pytest.fixture(scope="module", params=["even", "uneven", "sparse"])
def case(request: pytest.FixtureRequest) -> Binned:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "sparse":
            patch.setattr("statmodel.model.histograms._assemble.DENSE_FROM", 2.0)
        return binned(workspace(even=request.param == "even"))


@eqx.filter_jit
def plain(histograms: Histograms, at: jax.Array, data: Counts) -> tuple[jax.Array, ...]:
    def value(at: jax.Array) -> jax.Array:
        return histograms.log_prob(at, data)

    return histograms.expected(at), value(at), jax.grad(value)(at), jax.hessian(value)(at)


@eqx.filter_jit
def structured(histograms: Histograms, at: jax.Array, data: Counts) -> tuple[jax.Array, ...]:
    def first(at: jax.Array) -> jax.Array:
        return histograms.log_prob_to_first_order(at, data)

    def second(at: jax.Array) -> jax.Array:
        return histograms.log_prob_to_second_order(at, data)

    return first(at), jax.grad(first)(at), second(at), jax.grad(second)(at), jax.hessian(second)(at)


@pytest.mark.parametrize("seed", range(4))
def test_all_modifiers_are_those_of_a_loop(case: Binned, request, seed: int):
    even = "even" in request.node.callspec.id.split("-")
    here = point(case, seed)
    wanted = numpy_histograms.expected(workspace(even=even), here)
    found, value, *_ = plain(case.histograms, case.at(here), case.histograms.bind(case.observed))
    # Sums of three products of ten factors; the loop's code 4 solves a system of condition 90.
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    # Log probabilities of some tens a bin, to rounding of their largest terms.
    assert float(value) == pytest.approx(
        numpy_histograms.log_prob(wanted, case.observed), rel=1e-12, abs=1e-10
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mu", [0.0, 1.3])
def test_structured_derivatives_are_those_of_autodiff(case: Binned, seed: int, mu: float):
    at = case.at(point(case, seed) | {"mu": mu})
    data = case.histograms.bind(case.observed)
    _, value, gradient, hessian = plain(case.histograms, at, data)
    first, first_gradient, second, second_gradient, found = structured(case.histograms, at, data)
    assert float(first) == float(second) == pytest.approx(float(value), rel=1e-13)
    scale = float(jnp.abs(hessian).max())
    for one in (first_gradient, second_gradient):
        # Rounding of sums over the bins; 1e-10 is of the largest.
        np.testing.assert_allclose(one, gradient, rtol=1e-10, atol=1e-12 * scale)
    np.testing.assert_allclose(found, hessian, rtol=1e-10, atol=1e-12 * scale)


@pytest.mark.parametrize("normsys", ["code1", "code4"])
@pytest.mark.parametrize("histosys", ["code0", "code2", "code4p"])
def test_interpolations_at_and_beyond_their_kinks(normsys: str, histosys: str):
    data = {"hi_data": [14.0, 7.0], "lo_data": [9.0, 5.0]}
    modifiers = [modifier("histosys", "a", data), modifier("normsys", "b", {"hi": 1.2, "lo": 0.7})]
    one = {"name": "s", "data": [11.0, 6.0], "modifiers": modifiers}
    document = {
        "channels": [{"name": "c", "samples": [one]}],
        "observations": [{"name": "c", "data": [12, 5]}],
    }
    codes = {"normsys": normsys, "histosys": histosys}
    case = binned(document, **codes)
    data = case.histograms.bind(case.observed)
    for alpha in (-2.5, -1.0, -0.3, 0.0, 0.7, 1.0, 1.8):
        here = {"a": alpha, "b": -alpha}
        found, _, gradient, hessian = plain(case.histograms, case.at(here), data)
        wanted = numpy_histograms.expected(document, here, **codes)
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
        _, first, _, second, bends = structured(case.histograms, case.at(here), data)
        if alpha != 0.0:  # codes 0 and 1 have two slopes there
            for slopes in (first, second):
                np.testing.assert_allclose(slopes, gradient, rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(bends, hessian, rtol=1e-10, atol=1e-10)


def two_bins() -> Histograms:
    """Counts mu (1, 2), so that mu = 0 expects nothing."""
    return assemble([Channel("c", (Sample("s", (1.0, 2.0), factors=(0,)),))], one=1)


@pytest.mark.parametrize(
    ("mu", "observed", "wanted"),
    [(0.0, (0, 0), 0.0), (0.0, (0, 1), -np.inf), (-1.0, (0, 0), -np.inf), (2.0, (0, 0), -6.0)],
)
def test_bins_that_expect_nothing_or_less(mu: float, observed: tuple[int, int], wanted: float):
    histograms = two_bins()
    at, data = jnp.asarray([mu, 1.0]), histograms.bind(np.asarray(observed))
    _, value, gradient, hessian = plain(histograms, at, data)
    first, first_gradient, second, second_gradient, found = structured(histograms, at, data)
    assert float(value) == float(first) == float(second) == wanted
    for one in (gradient, hessian, first_gradient, second_gradient, found):
        assert np.isfinite(one).all()
    if np.isfinite(wanted):
        # Minus the sum of both rates.
        assert gradient[0] == first_gradient[0] == second_gradient[0] == -3.0


def test_masked_bins_do_not_count():
    histograms = two_bins()
    at = jnp.asarray([1.5, 1.0])
    both = [histograms.bind(np.asarray((2, n)), jnp.asarray([True, False])) for n in (0, 7)]
    for data in both:
        _, value, gradient, _ = plain(histograms, at, data)
        # log(1.5^2 e^-1.5 / 2!), and its derivative 2/1.5 - 1.
        assert float(value) == pytest.approx(2 * np.log(1.5) - 1.5 - np.log(2), rel=1e-14)
        assert float(gradient[0]) == pytest.approx(1 / 3, rel=1e-14)


def test_formulas_and_signed_samples():
    root = Unary("sqrt", Slot(0))
    mixed = Binary("-", Slot(0), root)
    samples = (
        Sample("S", (4.0, 1.0), formulas=(mixed, Constant(2.0))),
        Sample("I", (-1.0, 0.5), factors=(1, 1), formulas=(root,)),
        Sample("B", (9.0, 8.0)),
    )
    histograms = assemble([Channel("c", samples)], one=2)
    at, data = jnp.asarray([2.25, 0.7, 1.0]), histograms.bind(np.asarray((8.0, 9.5)))
    found, _, gradient, hessian = plain(histograms, at, data)
    # mu - sqrt(mu) = 0.75, twice; sqrt(mu) = 1.5, times 0.7 squared.
    wanted = [1.5 * 4 - 0.735 + 9, 1.5 + 0.3675 + 8]
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    _, first, _, second, bends = structured(histograms, at, data)
    np.testing.assert_allclose([first, second], [gradient] * 2, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(bends, hessian, rtol=1e-12, atol=1e-12)


def test_codes_may_differ_from_sample_to_sample():
    samples = tuple(
        Sample(
            code,
            (5.0,),
            rates=(Rate(0, rate, 1.2, 0.7),),
            shifts=(Shift(0, code, (7.0,), (4.0,)),),
        )
        for rate, code in (("code1", "code4p"), ("code4", "code0"), ("log_smooth", "code2"))
    )
    histograms = assemble([Channel("c", samples)], one=1)
    alpha = 0.6
    wanted = [
        (5 + numpy_histograms.shift(one.shifts[0].code, alpha, 2.0, -1.0))
        * numpy_histograms.response(one.rates[0].code, alpha, 1.2, 0.7)
        for one in samples
    ]
    at, data = jnp.asarray([alpha, 1.0]), histograms.bind(np.asarray((14.0,)))
    np.testing.assert_allclose(histograms.components(at)[:, 0], wanted, rtol=1e-13)
    _, _, gradient, hessian = plain(histograms, at, data)
    _, first, _, _, bends = structured(histograms, at, data)
    np.testing.assert_allclose(first, gradient, rtol=1e-12)
    np.testing.assert_allclose(bends, hessian, rtol=1e-11)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_local_second_derivatives_stay_within_their_bins(seed: int):
    """What a Schur complement relies on: the Hessian among gammas is block-diagonal in bins."""
    case = binned(workspace(even=False))
    at, data = case.at(point(case, seed)), case.histograms.bind(case.observed)
    hessian = np.asarray(plain(case.histograms, at, data)[3])
    places = [n for n, name in enumerate(case.names) if name.startswith(("stat_", "own_"))]
    bins = [case.names[n].split("_")[1] for n in places]
    apart = np.asarray([[one != other for one in bins] for other in bins])
    assert (hessian[np.ix_(places, places)][apart] == 0).all()
    assert (np.diagonal(hessian)[places] != 0).all()


def test_a_channel_without_modifiers_is_constant():
    histograms = assemble([Channel("c", (Sample("s", (2.0,)),))], one=0)
    at, data = jnp.ones(1), histograms.bind(np.asarray((3.0,)))
    first, gradient, _, _, hessian = structured(histograms, at, data)
    # log(2^3 e^-2 / 3!)
    assert float(first) == pytest.approx(np.log(8 / 6) - 2, rel=1e-14)
    assert gradient[0] == hessian[0, 0] == 0


def test_counts_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"2 bins in 1 channels, but counts of shape \(3,\)"):
        two_bins().bind(np.asarray((1.0, 2.0, 3.0)))


def test_samples_of_other_lengths_are_refused():
    shift = Shift(0, "code0", (1.0, 2.0), (1.0, 2.0, 3.0))
    broken = Channel("CR", (Sample("top", (1.0, 2.0), shifts=(shift,)),))
    with pytest.raises(ValueError, match="sample top of channel CR"):
        assemble([broken], one=1)


def test_a_parameter_under_two_normsys_of_a_sample_is_refused():
    rate = Rate(0, "code4", 1.1, 0.9)
    with pytest.raises(ValueError, match="sample top: two normsys"):
        assemble([Channel("CR", (Sample("top", (1.0,), rates=(rate, rate)),))], one=1)
