"""Toys of three shipped models: fits beside iminuit's, failures explained, pulls, coverage.

`make test-slow` makes 10 000 of each, and prints a line of the table in docs/reference.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import statmodel as sm
from migrad import best_of_migrad

ROOT = Path(__file__).resolve().parents[3]
HIGHER = 1e-5
SIGMAS = 4.0
"""Statistical errors that an average of toys may be away: one in 16 000."""

# Where toys are drawn: the hypothesis tested is the truth of the parameter of interest. Few events
# and a bound make estimates of LZ's signal lopsided: its coverage is stated, its pulls are not.
CASES = {
    "offshell_h4l": {"mu": 1.0},
    "lz_like": {"mu": 8.0},
    "combination": {"width": 1.0},
}


def _beside_iminuit(model, point, key, table, count):
    """The largest and smallest difference of minima, ours minus theirs, of the first toys."""
    start = model.space.to_free(jnp.asarray(model.space.init))
    toys = model.sample(point, key=key, n=count)
    found = []
    for place in range(count):
        if table.status[place] == sm.Status.CONVERGED:
            one = jax.tree.map(lambda leaf, at=place: leaf[at], toys)
            found.append(table.nll[place] - best_of_migrad(model, one, [start])[0])
    return max(found), min(found)


def _check(name, n, count):
    model, _ = sm.compile(ROOT / "specs" / f"{name}.yaml")
    held = CASES[name]
    point, key = model.space.point(held), jax.random.key(2026)
    table = sm.run_toys(model, point, key=key, n=n, hypotheses=[held])
    found = sm.bias(table)
    failed = 1 - table.good.mean()
    assert failed < 1e-3 or n * failed <= 1, table.message
    worst, best = _beside_iminuit(model, point, key, table, count)
    assert worst < HIGHER
    constrained = np.isfinite(np.asarray(model.prefit_widths()))
    widths = {}
    for one in found.parameters:
        if constrained[model.space.index(one.name)]:
            # The strength rests on its bound in some toys, and pulls what it is correlated with;
            # pulls of Poisson constraints of few counts are lopsided. Neither is normal.
            assert abs(one.bias.value) < SIGMAS * one.bias.error + 0.1 * one.spread.value, one
            covered = one.covered
            assert abs(covered.probability - 0.6827) < SIGMAS * covered.error + 0.03, one
            widths[one.name] = one.pull_width.value
    coverage = [one.covered for one in found.coverage]
    for one, level in zip(coverage, (0.6827, 0.9545), strict=True):
        # Likelihood ratios are chi-squared up to the bound and to few events.
        assert abs(one.probability - level) < SIGMAS * one.error + 0.03
    (poi,) = held
    mine = found.of(poi)
    print(  # noqa: T201
        f"| {name} | {poi} | {table.message.partition(' converged')[0]} | {worst:+.1e} "
        f"| {best:+.1e} "
        f"| {mine.core_mean:+.2f}, {mine.core_width:.2f} | {_span(widths.values())} | "
        + " | ".join(f"{100 * one.probability:.2f}({1e4 * one.error:.0f})" for one in coverage)
        + " |"
    )


def _span(values):
    return f"{min(values):.3f} to {max(values):.3f}" if values else "none"


@pytest.mark.parametrize("name", CASES)
def test_some_toys(name):
    _check(name, 256, 4)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_ten_thousand_toys(name):
    _check(name, 10_000, 200)
