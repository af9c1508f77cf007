"""Densities made of others: sums, histograms, formulas, variations."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
from scipy import stats

from density_cases.points import HIGH, LOW, DensityCase, Point, peak_range, truncated
from statmodel.model._expressions import (
    AbstractExpression,
    Binary,
    Constant,
    Observable,
    Slot,
    Unary,
)
from statmodel.model._interpolation import InterpolationCode
from statmodel.model.densities import (
    AbstractDensity,
    BreitWigner,
    Exponential,
    FormulaDensity,
    Gaussian,
    HistogramDensity,
    SumDensity,
    Uniform,
    Variation,
    VariedDensity,
)


def _histogram(edges: list[float], values: list[float], lower: float, upper: float) -> DensityCase:
    inside = np.clip(edges, lower, upper)
    heights = np.asarray(values) / np.diff(edges)
    total = (heights * np.diff(inside)).sum()

    def log_pdf(x: np.ndarray) -> np.ndarray:
        bins = np.clip(np.digitize(x, edges) - 1, 0, len(values) - 1)
        with np.errstate(divide="ignore"):
            return np.log(heights[bins] / total)

    make = partial(HistogramDensity, (0,), (lower,), (upper,), [edges], values)
    point = Point(
        at=(0.0,),
        centre=0.5 * (inside[0] + inside[-1]),
        scale=inside[-1] - inside[0],
        kinks=tuple(inside),
        log_pdf=log_pdf,
    )
    return DensityCase(make=make, points=(point,), differentiable=False)


def _mixture() -> AbstractDensity:
    narrow = Gaussian(**peak_range, mean=Slot(0), sigma=Constant(2.0))
    falling = Exponential(**peak_range, slope=Constant(-0.02))
    flat = Uniform(**peak_range)
    return SumDensity((narrow, falling, flat), (Slot(1), Slot(2)))


def _mixture_point(mean: float, first: float, second: float) -> Point:
    parts = (
        truncated(stats.norm(mean, 2.0), LOW, HIGH),
        truncated(stats.expon(LOW, 50.0), LOW, HIGH),
        truncated(stats.uniform(LOW, HIGH - LOW), LOW, HIGH),
    )
    shares = (first, second, 1.0 - first - second)
    return Point(
        at=(mean, first, second),
        centre=mean,
        scale=2.0,
        log_pdf=lambda x: np.log(sum(f * np.exp(p(x)) for f, p in zip(shares, parts, strict=True))),
    )


def bump(axis: int, mean: AbstractExpression, sigma: AbstractExpression) -> AbstractExpression:
    """exp(-(x - mean)^2/(2 sigma^2)) as a formula."""
    z = Binary("/", Binary("-", Observable(axis), mean), sigma)
    square = Binary("**", z, Constant(2.0))
    return Unary("exp", Binary("*", Constant(-0.5), square))


def varied_peak() -> VariedDensity:
    """A peak with wide tails: place, width, and both together; slots 0, 1, 2."""

    def peak(mean: float, width: float) -> BreitWigner:
        return BreitWigner(**peak_range, mean=Constant(mean), width=Constant(width))

    def variation(slot: int, code: InterpolationCode) -> Variation:
        up, down = (peak(*PEAKS[slot, side]) for side in (1, -1))
        return Variation(slot=slot, up=up, down=down, interpolation=code)

    codes: tuple[InterpolationCode, ...] = ("log_smooth", "code4", "code4")
    return VariedDensity(peak(125.0, 16.0), tuple(map(variation, range(3), codes)))


PEAKS = {
    (0, 1): (126.0, 16.0),
    (0, -1): (124.0, 16.0),
    (1, 1): (125.0, 18.0),
    (1, -1): (125.0, 14.4),
    (2, 1): (127.0, 17.0),
    (2, -1): (123.5, 15.5),
}
"""Mean and width of a varied peak, by slot and side."""


EDGES = [100.0, 110.0, 125.0, 150.0, 180.0]
BASE, UP, DOWN = [40.0, 30.0, 20.0, 10.0], [44.0, 30.0, 17.0, 9.0], [35.0, 30.0, 22.0, 13.0]
OTHER_UP, OTHER_DOWN = [40.0, 36.0, 24.0, 9.0], [40.0, 24.0, 17.0, 11.0]


def histogram(values: list[float], edges: list[float] = EDGES) -> HistogramDensity:
    return HistogramDensity((0,), (LOW,), (HIGH,), [edges], values)


def varied_histogram() -> VariedDensity:
    """Two nuisance parameters on equal edges; slots 0 and 1."""
    return VariedDensity(
        histogram(BASE),
        (
            Variation(slot=0, up=histogram(UP), down=histogram(DOWN), interpolation="code4"),
            Variation(
                slot=1,
                up=histogram(OTHER_UP),
                down=histogram(OTHER_DOWN),
                interpolation="log_smooth",
            ),
        ),
    )


def _at(
    *at: float, centre: float = 125.0, scale: float = 8.0, kinks: tuple[float, ...] = ()
) -> Point:
    return Point(at=at, centre=centre, scale=scale, kinks=kinks)


composed: Mapping[str, DensityCase] = MappingProxyType(
    {
        "sum": DensityCase(
            make=_mixture,
            points=(_mixture_point(125.0, 0.2, 0.5), _mixture_point(LOW, 0.0, 0.9)),
        ),
        "histogram": _histogram(EDGES, [5.0, 0.0, 2.0, 7.0], LOW, HIGH),
        "histogram_cut": _histogram(EDGES, [5.0, 1.0, 2.0, 7.0], 105.0, 170.0),
        "histogram_one_bin": _histogram([LOW, HIGH], [3.0], LOW, HIGH),
        "formula": DensityCase(
            make=lambda: FormulaDensity(
                (0,), (LOW,), (HIGH,), Binary("+", bump(0, Slot(0), Slot(1)), Slot(2))
            ),
            points=(
                _at(125.0, 1.8, 0.01, scale=1.8),
                _at(125.0, 0.5, 1e-6, scale=0.5),
                _at(LOW, 3.0, 0.1, centre=LOW, scale=3.0),
            ),
            tolerance=1e-8,
        ),
        "varied_peak": DensityCase(
            make=varied_peak,
            points=(_at(0.0, 0.0, 0.0), _at(0.4, -0.7, 0.3), _at(-2.5, 1.8, -1.3)),
            tolerance=1e-8,
        ),
        "varied_histogram": DensityCase(
            make=varied_histogram,
            points=tuple(
                _at(*at, kinks=tuple(EDGES)) for at in ((0.0, 0.0), (0.6, -0.3), (-2.0, 3.0))
            ),
        ),
    }
)
