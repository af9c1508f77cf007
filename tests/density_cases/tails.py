"""Densities that fall: exponentials, powers, thresholds."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy import stats

from density_cases.points import (
    HIGH,
    INFINITY,
    LOW,
    DensityCase,
    Point,
    peak_range,
    truncated,
)
from statmodel.model._expressions import Slot
from statmodel.model.densities import Argus, Exponential, Gamma, LogNormal, PowerLaw


def _exponential(slope: float, lower: float = LOW, upper: float = HIGH) -> Point:
    finite = np.isfinite(lower) and np.isfinite(upper)
    scale = min(1.0 / max(abs(slope), 1e-9), upper - lower if finite else INFINITY)
    end = lower if slope < 0 else upper
    reference = None
    if slope < 0:
        reference = truncated(stats.expon(loc=lower, scale=-1.0 / slope), lower, upper)
    if slope == 0:
        reference = truncated(stats.uniform(lower, upper - lower), lower, upper)
    return Point(at=(slope,), centre=end, scale=scale, log_pdf=reference)


def _argus(endpoint: float, slope: float, power: float, lower: float, upper: float) -> Point:
    reference = None
    if power == 0.5:
        dist = stats.argus(np.sqrt(-2.0 * slope), scale=endpoint)
        reference = truncated(dist, lower, min(upper, endpoint))
    top = min(upper, endpoint)
    return Point(
        at=(endpoint, slope, power),
        centre=top,
        scale=1e-3 * (top - lower),
        kinks=(endpoint,),
        log_pdf=reference,
    )


def _power_law(power: float, lower: float, upper: float) -> Point:
    def log_pdf(x: np.ndarray) -> np.ndarray:
        if power == -1.0:
            return -np.log(x) - np.log(np.log(upper / lower))
        ends = [0.0 if b in (0.0, INFINITY) else b ** (power + 1) for b in (lower, upper)]
        return power * np.log(x) + np.log(abs(power + 1)) - np.log(abs(ends[1] - ends[0]))

    origin = 0.0 if lower == 0.0 else lower
    scale = upper if lower == 0.0 else lower
    return Point(
        at=(power,), centre=origin, scale=1e-18 * scale if lower == 0 else scale, log_pdf=log_pdf
    )


def _lognormal(median: float, shape: float, lower: float, upper: float) -> Point:
    dist = stats.lognorm(shape, scale=median)
    reference = truncated(dist, max(lower, 0.0), upper)
    return Point(
        at=(median, shape), centre=max(lower, 0.0), scale=median * shape / 10, log_pdf=reference
    )


def _gamma(shape: float, scale: float, location: float, lower: float, upper: float) -> Point:
    dist = stats.gamma(shape, loc=location, scale=scale)
    reference = truncated(dist, lower, upper)
    start = max(lower, location)
    # A shape below one has a pole at the location: the test's nodes must crowd there.
    width = 1e-22 * scale if shape < 1 else 0.3 * scale
    return Point(
        at=(shape, scale, location),
        centre=start,
        scale=width,
        kinks=(location,),
        rough=(2,) if shape < 1 and location == lower else (),
        log_pdf=reference,
    )


tails: Mapping[str, DensityCase] = MappingProxyType(
    {
        "exponential": DensityCase(
            make=lambda: Exponential(**peak_range, slope=Slot(0)),
            points=tuple(_exponential(slope) for slope in (-0.025, 0.0, 1e-9, 0.03, -40.0, 12.0)),
        ),
        "exponential_open_above": DensityCase(
            make=lambda: Exponential(axis=0, lower=LOW, upper=INFINITY, slope=Slot(0)),
            points=(_exponential(-0.1, LOW, INFINITY),),
        ),
        "exponential_open_below": DensityCase(
            make=lambda: Exponential(axis=0, lower=-INFINITY, upper=5.0, slope=Slot(0)),
            points=(_exponential(0.5, -INFINITY, 5.0),),
        ),
        "argus": DensityCase(
            make=lambda: Argus(
                axis=0, lower=5.2, upper=5.3, endpoint=Slot(0), slope=Slot(1), power=Slot(2)
            ),
            points=(
                _argus(5.29, -20.0, 0.5, 5.2, 5.3),
                _argus(5.4, -8.0, 0.5, 5.2, 5.3),
                _argus(5.29, 10.0, 0.8, 5.2, 5.3),
                _argus(5.4, -8.0, -0.4, 5.2, 5.3),
            ),
            tolerance=1e-8,
        ),
        "power_law": DensityCase(
            make=lambda: PowerLaw(**peak_range, power=Slot(0)),
            points=tuple(_power_law(power, LOW, HIGH) for power in (-3.5, -1.0, 0.0, 2.5)),
        ),
        "power_law_open_above": DensityCase(
            make=lambda: PowerLaw(axis=0, lower=2.0, upper=INFINITY, power=Slot(0)),
            points=(_power_law(-2.5, 2.0, INFINITY),),
        ),
        "power_law_from_zero": DensityCase(
            make=lambda: PowerLaw(axis=0, lower=0.0, upper=3.0, power=Slot(0)),
            points=(_power_law(-0.3, 0.0, 3.0), _power_law(1.5, 0.0, 3.0)),
        ),
        "lognormal": DensityCase(
            make=lambda: LogNormal(**peak_range, median=Slot(0), shape=Slot(1)),
            points=(_lognormal(120.0, 0.12, LOW, HIGH), _lognormal(60.0, 0.1, LOW, HIGH)),
        ),
        "lognormal_open": DensityCase(
            make=lambda: LogNormal(
                axis=0, lower=-INFINITY, upper=INFINITY, median=Slot(0), shape=Slot(1)
            ),
            points=(_lognormal(2.0, 0.8, -INFINITY, INFINITY),),
            differentiable=False,
        ),
        "gamma": DensityCase(
            make=lambda: Gamma(**peak_range, shape=Slot(0), scale=Slot(1), location=Slot(2)),
            points=(
                _gamma(4.0, 9.0, 95.0, LOW, HIGH),
                _gamma(2.5, 9.0, 104.0, LOW, HIGH),  # begins inside the range
                _gamma(0.6, 9.0, 90.0, LOW, HIGH),
                _gamma(900.0, 0.05, 100.0, LOW, HIGH),  # nearly gaussian
                _gamma(3.0, 1.0, 60.0, LOW, HIGH),  # deep in the tail
                _gamma(60.0, 9.0, 95.0, LOW, HIGH),  # peak above the range
                _gamma(0.4, 0.2, 60.0, LOW, HIGH),  # 200 e-folds above the pole
            ),
        ),
        "gamma_open": DensityCase(
            make=lambda: Gamma(
                axis=0, lower=0.0, upper=INFINITY, shape=Slot(0), scale=Slot(1), location=Slot(2)
            ),
            points=(_gamma(4.0, 9.0, 0.0, 0.0, INFINITY), _gamma(0.5, 2.0, 0.0, 0.0, INFINITY)),
        ),
    }
)
