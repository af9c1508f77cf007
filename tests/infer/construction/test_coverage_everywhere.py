"""Coverage of every statistic by every calibration, at ten true values and three rates.

At full size: `pytest -m slow -rP tests/infer/construction/test_coverage_everywhere.py` prints the
rows of a table of docs/reference/campaigns.md.
"""

from pathlib import Path

import jax
import numpy as np
import pytest

import statmodel as sm
from statmodel.infer.construction import neyman_several
from statmodel.infer.construction._values import asked_of, found_at
from statmodel.infer.statistics import FTS, LRS
from statmodel.spec import build_spec

SPEC = Path(__file__).parents[3] / "specs" / "lz_like.yaml"
LEVELS = (0.6827, 0.9545)
SPAN = (0.0, 20.0)
GRID = np.linspace(*SPAN, 41)
TRUTHS = tuple(GRID[2:40:4])
RATES = (-1.0, 0.0, 1.0)
PLAIN = (LRS(), LRS("upper"), LRS("discovery"), FTS("wide"), FTS("narrow"))
UNCERTAIN = (
    LRS(),
    LRS(nuisances="marginal"),
    FTS("wide"),
    FTS("wide", nuisances="marginal"),
    FTS("wide", nuisances="laplace"),
)
CALIBRATIONS = {"reweighted": 1, "points": 5, "splines": 5, "network": 5}
"""How many times the toys, where these are looked at under one hypothesis only."""
FAR = 3.5
"""Standard deviations of toys and curve; one of 300 numbers is further for one key in ten."""


@pytest.fixture(scope="module")
def plain():
    return sm.compile(SPEC)[0]


@pytest.fixture(scope="module")
def uncertain():
    """The rate of the background is known to 20 %."""
    spec = sm.load_spec(SPEC).model_dump(mode="json", exclude_none=True)
    spec["channels"][0]["processes"][0]["modifiers"] = [
        {"type": "normsys", "name": "rate", "data": {"hi": 1.2, "lo": 0.8}}
    ]
    del spec["observations"]
    return sm.compile(build_spec(spec))[0]


def constructed(model, statistics, calibration, toys, **changes):
    curves = neyman_several(
        model,
        statistics,
        key=jax.random.key(1),
        toys=toys * CALIBRATIONS[calibration],
        grid=GRID,
        span=SPAN,
        calibration=calibration,
        **changes,
    )
    for one in curves:
        assert one.ok, (one.said, one.message)
    return curves


def off(model, curves, truths, toys):
    """How far coverage is off, in standard deviations and in itself: by curve, truth and level."""
    found = np.zeros((2, len(curves), len(truths), len(LEVELS)))
    for number, truth in enumerate(truths):
        own = jax.random.fold_in(jax.random.key(2), number)
        drawn = model.sample(model.space.point(truth), key=own, n=toys)
        place = np.array([truth["mu"]])
        tables = found_at(asked_of(model, curves), drawn, place)
        for which, (curve, values) in enumerate(zip(curves, tables, strict=True)):
            assert values.ok.mean() > 0.999
            effective = np.interp(truth["mu"], curve.mu, curve.effective)
            for column, level in enumerate(LEVELS):
                covered = (curve.excess(values, place, level) <= 0).mean()
                error = np.sqrt(level * (1 - level) * (1 / toys + 1 / effective))
                found[:, which, number, column] = (covered - level) / error, covered - level
    return found


def told(curves, found, where=""):
    """Rows of the table."""
    for curve, pulls, wrong in zip(curves, *found, strict=True):
        cells = [
            f"{100 * np.sqrt((wrong[:, k] ** 2).mean()):.2f} % | {np.abs(pulls[:, k]).max():.1f}"
            for k in range(len(LEVELS))
        ]
        print(f"| `{curve.said}` | {curve.calibration}{where} | {' | '.join(cells)} |")  # noqa: T201 (for -rP)


SIZES = pytest.mark.parametrize(
    ("toys", "evaluated", "each"),
    [
        # Of the statistics the first and the last, of true values some.
        pytest.param(3_000, 500, 4, id="small"),
        pytest.param(10_000, 10_000, 1, id="full", marks=pytest.mark.slow),
    ],
)


@SIZES
@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_without_nuisance_parameters(plain, calibration, toys, evaluated, each):
    curves = constructed(plain, PLAIN[::each], calibration, toys)
    found = off(plain, curves, [{"mu": mu} for mu in TRUTHS[::each]], evaluated)
    told(curves, found)
    assert np.abs(found[0]).max() < FAR


@SIZES
@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_where_toys_have_the_rate_of_the_truth(uncertain, calibration, toys, evaluated, each):
    """The profile construction."""
    curves = constructed(uncertain, UNCERTAIN[::each], calibration, toys)
    found = off(uncertain, curves, [{"mu": mu, "rate": 0.0} for mu in TRUTHS[::each]], evaluated)
    told(curves, found, ", rate 0")
    assert np.abs(found[0]).max() < FAR


@SIZES
@pytest.mark.parametrize("calibration", ["splines", "network"])
def test_where_critical_values_are_functions_of_the_rate(
    uncertain, calibration, toys, evaluated, each
):
    _, data = sm.compile(SPEC)
    curves = constructed(
        uncertain, UNCERTAIN[::each], calibration, toys, data=data, ensemble="regression"
    )
    for rate in RATES:
        found = off(
            uncertain, curves, [{"mu": mu, "rate": rate} for mu in TRUTHS[::each]], evaluated
        )
        told(curves, found, f", rate {rate:+g}")
        assert np.abs(found[0]).max() < FAR
