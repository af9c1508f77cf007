"""A case: a density whose arguments are slots, and the points at which it is tried.

`centre` and `scale` tell the laws where to look; `kinks` where the density is not smooth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from statmodel.model._expressions import Slot
from statmodel.model.densities import AbstractDensity

INFINITY = float("inf")
LogPdf = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Point:
    """Slot values, and what is known there."""

    at: tuple[float, ...]
    centre: float
    scale: float
    kinks: tuple[float, ...] = ()
    rough: tuple[int, ...] = ()
    """Slots in which the density has no derivative there."""
    log_pdf: LogPdf | None = None
    """The normalised log density by other means (scipy, or a closed form)."""


@dataclass(frozen=True, kw_only=True)
class DensityCase:
    """A density of one observable and its points."""

    make: Callable[[], AbstractDensity]
    points: tuple[Point, ...]
    tolerance: float = 1e-9
    """Of the integral and of `log_pdf`: closed forms 1e-9, numerical norms 1e-8."""
    differentiable: bool = True
    """Whether the laws of derivatives run: not without parameters, and once for each formula."""


def truncated(dist, lower: float, upper: float) -> LogPdf:
    """scipy's log density on a range, the mass taken from the side that does not cancel."""
    if dist.median() < lower:
        mass = dist.sf(lower) - dist.sf(upper)
    else:
        mass = dist.cdf(upper) - dist.cdf(lower)
    return lambda x: dist.logpdf(x) - np.log(mass)


def slots(n: int, first: int = 0) -> tuple[Slot, ...]:
    return tuple(Slot(first + k) for k in range(n))


LOW, HIGH = 100.0, 180.0
peak_range = {"axis": 0, "lower": LOW, "upper": HIGH}


@dataclass(frozen=True, kw_only=True)
class PlaneCase:
    """A density of two observables; `kinks` along its two axes."""

    make: Callable[[], AbstractDensity]
    at: tuple[float, ...]
    kinks: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
