"""Pictures of the Neyman construction, written to a folder. Commands import it when they run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import numpy as np
from matplotlib.figure import Figure

from statmodel._files import file_stem
from statmodel.data import Dataset
from statmodel.infer import (
    FTS,
    CoverageCertificate,
    CriticalCurve,
    Intervals,
    ObservedStatistics,
    belts,
    fit,
    focus_region,
    statistics_at,
)
from statmodel.model import Model, Prepared
from statmodel.report import statistic_name
from statmodel.report.figures import (
    belt_figure,
    coverage_figure,
    critical_figure,
    lengths_figure,
    observed_figure,
    save_figure,
    statistic_figure,
    statistics_figure,
)

from ._construct import Constructed

_FINER = 4
"""Hypotheses at which data are looked at, for each of the construction."""


def write_curves(
    made: Constructed, *, levels: Sequence[float], at: Sequence[float], seed: int, folder: Path
) -> list[Path]:
    """Draw critical values, distributions and belts, of each statistic.

    Args:
        made: critical values.
        levels: of confidence.
        at: hypotheses whose distributions are drawn; none for the first, the middle, the last.
        seed: of further toys.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    label = made.model.measurement.label(made.curves[0].poi)
    found = belts(made.model, made.curves, key=jax.random.key(seed), levels=levels)

    def drawn() -> Iterator[tuple[str, Figure]]:
        for curve, belt in zip(made.curves, found, strict=True):
            name = statistic_name(curve.said)
            yield f"critical {name}", critical_figure(curve, levels=levels, label=label)
            yield f"belt {name}", belt_figure(belt, label=label)
            yield _distribution(curve, at, levels, label)

    return _written(drawn(), folder)


def write_intervals(
    model: Model, data: Dataset | Prepared, found: Intervals, *, seed: int, folder: Path
) -> list[Path]:
    """Draw the same with the data, and all statistics of these in one picture.

    Args:
        model: the compiled likelihood.
        data: of the confidence sets.
        found: with critical values.
        seed: of further toys.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    levels = tuple(dict.fromkeys(one.level for one in found.sets))
    first = found.curves[0]
    label = model.measurement.label(first.poi)
    looked = statistics_at(
        model,
        data,
        [one.statistic for one in found.curves],
        _finer(first.mu),
        poi=first.poi,
        fixed=first.fixed,
    )
    result = fit(model, data, fixed=first.fixed, covariance=False)
    observed = (float(result.values[model.space.index(first.poi)]), found.sets)
    every = belts(model, found.curves, key=jax.random.key(seed), levels=levels)

    def drawn() -> Iterator[tuple[str, Figure]]:
        yield "observed", observed_figure(found, looked, label=label)
        for curve, belt, one in zip(found.curves, every, looked.statistics, strict=True):
            name, along = statistic_name(curve.said), (looked.mu, one.values)
            critical = critical_figure(curve, levels=levels, data=along, label=label)
            yield f"critical {name}", critical
            yield f"belt {name}", belt_figure(belt, data=observed, label=label)
            yield _distribution(curve, (), levels, label)

    return _written(drawn(), folder)


def write_coverage(
    made: Constructed, found: CoverageCertificate, *, levels: Sequence[float], folder: Path
) -> list[Path]:
    """Draw coverage, and lengths at each level.

    Args:
        made: critical values.
        found: the certificate.
        levels: of confidence.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    model, first = made.model, made.curves[0]
    label, span = model.measurement.label(first.poi), (float(first.mu[0]), float(first.mu[-1]))
    foci = {
        one.said: focus_region(model, one.statistic.focus, span)
        for one in made.curves
        if isinstance(one.statistic, FTS)
    }

    def drawn() -> Iterator[tuple[str, Figure]]:
        yield "coverage", coverage_figure(found, label=label)
        for level in levels:
            figure = lengths_figure(found, level=level, foci=foci, label=label)
            yield f"lengths {100 * level:.4g}", figure

    return _written(drawn(), folder)


def write_statistics(found: ObservedStatistics, *, label: str, folder: Path) -> list[Path]:
    """Draw the statistics of the data.

    Args:
        found: at hypotheses in order.
        label: of the parameter of interest.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    return _written(iter([("statistics", statistics_figure(found, label=label))]), folder)


def _distribution(
    curve: CriticalCurve, at: Sequence[float], levels: Sequence[float], label: str
) -> tuple[str, Figure]:
    mu = curve.mu
    chosen = at or (mu[0], mu[mu.size // 2], mu[-1])
    figure = statistic_figure(curve, [float(one) for one in chosen], levels=levels, label=label)
    return f"distribution {statistic_name(curve.said)}", figure


def _finer(mu: np.ndarray) -> np.ndarray:
    places = np.arange(_FINER * (mu.size - 1) + 1) / _FINER
    return np.interp(places, np.arange(mu.size), mu)


def _written(figures: Iterator[tuple[str, Figure]], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    return [
        path
        for name, figure in figures
        for path in save_figure(figure, folder / file_stem(*name.lower().split()))
    ]
