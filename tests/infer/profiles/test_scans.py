"""Scans: crossings and minima in closed form, the lower of two branches, contours."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from iminuit import Minuit
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

import statmodel as sm
from statmodel.infer.profiles import _grid

S, B, N = 12.0, 30.0, 45.0
HEIGHTS = chi2.ppf((0.6827, 0.9545), 1)


def _compiled(yields, parameters, observed):
    """Counting channels: one event number each, by formulas."""
    channels = "".join(
        f"""
- name: c{i}
  type: unbinned
  observables: [{{name: x, min: 0, max: 1}}]
  processes: [{{name: p, yield: "{one}", density: {{type: uniform}}}}]"""
        for i, one in enumerate(yields)
    )
    lines = "".join(f"\n- {one}" for one in parameters)
    events = "".join(
        f"\n- {{name: c{i}, events: {{x: {[0.5] * n}}}}}" for i, n in enumerate(observed)
    )
    text = f"statmodel: '1'\nparameters:{lines}\nchannels:{channels}\nobservations:{events}\n"
    return sm.compile(sm.parse_spec(text + "measurements: [{name: m, config: {poi: mu}}]\n"))


def _t(expected, observed, best):
    def nll(nu):
        return nu - observed * np.log(nu)

    return 2 * (nll(expected) - nll(best))


def test_crossings_and_the_minimum_have_their_closed_form():
    model, data = _compiled([f"{S}*mu+{B}"], ["{name: mu, init: 1, bounds: [0, 5]}"], [int(N)])
    result = sm.fit(model, data)
    scan = sm.profile(model, data, result, over="mu", points=7)

    def t(mu):
        return _t(S * mu + B, N, N)

    best = (N - B) / S
    expected = [
        brentq(lambda mu, h=height: t(mu) - h, *side)
        for height in HEIGHTS
        for side in ((0, best), (best, 5))
    ]
    # t is known to 1e-6, its slope here is above 1.
    assert [one.value for one in scan.crossings] == pytest.approx(expected, abs=1e-6)
    assert [one.rising for one in scan.crossings] == [False, True, False, True]
    assert all(one.exact for one in scan.crossings)
    (lowest,) = scan.minima
    assert lowest.value == pytest.approx(best, abs=1e-5)
    assert not lowest.at_end
    assert scan.message == "7 of 7 conditional fits converged"


def test_interference_has_two_minima_and_four_crossings():
    # nu falls from 30 at mu = 0 to 25 at sqrt(mu) = 1, and rises after: 26 events are there twice.
    model, data = _compiled(
        ["30 - 10*sqrt(mu) + 5*mu"], ["{name: mu, init: 2, bounds: [0, 9]}"], [26]
    )
    result = sm.fit(model, data)
    scan = sm.profile(model, data, result, over="mu", grid=jnp.linspace(0, 9, 46), levels=(0.1,))

    def t(mu):
        return _t(30 - 10 * np.sqrt(mu) + 5 * mu, 26.0, 26.0)

    roots = [(1 + sign * np.sqrt(0.2)) ** 2 for sign in (-1, 1)]
    assert sorted(one.value for one in scan.minima) == pytest.approx(roots, abs=1e-4)
    assert all(one.t < 1e-8 for one in scan.minima)
    height = chi2.ppf(0.1, 1)
    sides = ((0, roots[0]), (roots[0], 1), (1, roots[1]), (roots[1], 9))
    expected = [
        brentq(lambda mu: t(mu) - height, *side)
        for side in sides
        if (t(side[0]) > height) != (t(side[1]) > height)
    ]
    assert [one.value for one in scan.crossings] == pytest.approx(expected, abs=1e-5)


def test_the_end_of_a_range_is_a_minimum_that_says_so():
    model, data = _compiled([f"{S}*mu+{B}"], ["{name: mu, init: 1, bounds: [0, 5]}"], [20])
    scan = sm.profile(model, data, sm.fit(model, data), over="mu", grid=jnp.linspace(0.0, 3.0, 13))
    (lowest,) = scan.minima
    assert (lowest.value, lowest.t, lowest.at_end) == (0.0, 0.0, True)
    assert [one.rising for one in scan.crossings] == [True, True]


# The square of a is known, its sign is not: below mu = 2 one branch is lower, above it the other.
# With a low wall between them, each branch ends where the other is much lower.
_PARAMETERS = ["{name: mu, init: 1, bounds: [0, 4]}", "{name: a, init: 1, bounds: [-3, 3]}"]
_TILT = ["40 + 8*a*(mu - 2)", "30 + 3*mu"]
_LOW_WALL = (["4*a*a + 20", *_TILT], _PARAMETERS, [28, 49, 36])
_TWO = (["20*a*a + 5", *_TILT], _PARAMETERS, [45, 49, 36])


def _branches(square, observed, mu):
    def nll(a):
        nu = np.array(
            [square * a * a + (20 if square == 4 else 5), 40 + 8 * a * (mu - 2), 30 + 3 * mu]
        )
        return float(np.sum(nu - np.array(observed) * np.log(nu)))

    ends = [minimize_scalar(nll, bounds=side, method="bounded", options={"xatol": 1e-10})
            for side in ((-3, 0), (0, 3))]  # fmt: skip
    return [one.fun for one in ends]


@pytest.mark.parametrize(
    ("case", "square", "start", "starts"),
    [(_LOW_WALL, 4, -1.0, 1), (_LOW_WALL, 4, 1.0, 1), (_TWO, 20, 1.0, 6), (_TWO, 20, -1.0, 6)],
    ids=["told by neighbours, -", "told by neighbours, +", "minima of the fit, +", "and -"],
)
def test_each_point_is_on_the_lower_branch(case, square, start, starts):
    model, data = _compiled(*case)
    result = sm.fit(model, data, start={"a": start}, starts=starts)
    grid = jnp.linspace(0.0, 4.0, 21)
    scan = sm.profile(model, data, result, over="mu", grid=grid, levels=())
    branches = np.array([_branches(square, case[2], float(mu)) for mu in grid])
    assert np.ptp(np.argmin(branches, axis=1)) == 1  # each is lower somewhere
    offset = float(scan.nll[3]) - branches[3].min()
    np.testing.assert_allclose(scan.nll, branches.min(axis=1) + offset, atol=1e-7)


def test_a_contour_lies_on_its_height():
    model, data = _compiled(*_TWO)
    result = sm.fit(model, data)
    found = sm.contours(model, data, result, over=("mu", "a"), points=31)
    assert found.ok
    best = float(result.nll)
    for level, height in zip(found.levels, found.heights, strict=True):
        assert height == pytest.approx(chi2.ppf(level, 2), rel=1e-12)
        for line in found.lines(level):
            t = [2 * (_nll(model, data, *point) - best) for point in line]
            # Interpolated on sqrt(t), a fifth of an error between two places.
            np.testing.assert_allclose(t, height, rtol=0.02)


def _nll(model, data, mu, a):
    return float(sm.derivatives(model, data, {"mu": mu, "a": a}, order=0).value)


def test_contours_of_a_profile_are_those_of_iminuit():
    model, data = sm.compile("specs/peak.yaml")
    result = sm.fit(model, data)
    over = ("n_signal", "mass")
    found = sm.contours(model, data, result, over=over, points=25, levels=(0.6827,))
    prepared = model.bind(data)
    value = jax.jit(
        lambda x: -model.log_prob(dict(zip(model.space.names, x, strict=True)), prepared)
    )
    minuit = Minuit(value, np.asarray(result.values), name=model.space.names)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.limits = model.space.bounds
    minuit.migrad()
    theirs = minuit.mncontour(*over, cl=0.6827, size=12)
    (line,) = found.lines(0.6827)
    scale = np.asarray([result.error(one) for one in over])
    dense = np.linspace(0, len(line) - 1, 40 * len(line))
    ours = np.stack([np.interp(dense, np.arange(len(line)), one) for one in line.T], axis=1)
    for point in theirs:
        away = np.min(np.linalg.norm((ours - point) / scale, axis=1))
        # A chord of a quarter of an error leaves a circle of 1.5 errors by (1/4)^2 / 8 / 1.5.
        assert away < 0.01
    assert found.message == "625 of 625 conditional fits converged"


def test_a_contour_that_leaves_the_grid_is_cut():
    model, data = _compiled(*_TWO)
    result = sm.fit(model, data)
    small = {"mu": jnp.linspace(0.0, 2.0, 9)}
    found = sm.contours(model, data, result, over=("mu", "a"), grids=small, points=9)
    assert found.is_cut(0.9545)
    assert "cut by the edge of the grid" in found.message


def test_failed_places_are_told_and_spoil_no_other(monkeypatch):
    model, data = _compiled([f"{S}*mu+{B}"], ["{name: mu, init: 1, bounds: [0, 5]}"], [int(N)])
    result = sm.fit(model, data)
    whole = sm.profile(model, data, result, over="mu", points=9)
    real = _grid.Grid.end

    def broken(self, values):
        end = real(self, values)
        return (
            end._replace(status=sm.Status.STEP_LIMIT) if values[0] > float(whole.grid[7]) else end
        )

    monkeypatch.setattr(_grid.Grid, "end", broken)
    scan = sm.profile(model, data, result, over="mu", points=9)
    assert not scan.ok
    assert scan.message.startswith("8 of 9 conditional fits converged")
    np.testing.assert_array_equal(scan.nll[:8], whole.nll[:8])
    assert np.isnan(scan.nll[8])
    assert '"step_limit"' in scan.to_json()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"grid": jnp.asarray([1.0, 0.5])}, "must increase"),
        ({"grid": jnp.asarray([])}, r"must hold values of mu within \[0, 5\]"),
        ({"levels": (68.27,)}, "probabilities between 0 and 1, got 68.27"),
    ],
)
def test_wrong_grids_and_levels_are_refused(options, said):
    model, data = _compiled([f"{S}*mu+{B}"], ["{name: mu, init: 1, bounds: [0, 5]}"], [int(N)])
    with pytest.raises(ValueError, match=said):
        sm.profile(model, data, sm.fit(model, data), over="mu", **options)
    if "levels" in options:
        with pytest.raises(ValueError, match="is there twice"):
            sm.contours(model, data, sm.fit(model, data), over=("mu", "mu"))
