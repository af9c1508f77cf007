"""Polynomials in their bases."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy import stats

from density_cases.points import HIGH, LOW, DensityCase, Point, peak_range, slots, truncated
from statmodel.model.densities import Bernstein, Chebyshev, Polynomial, Uniform


def _series(at: tuple[float, ...], value: Callable[[np.ndarray], np.ndarray], integral: float):
    return Point(
        at=at,
        centre=0.5 * (LOW + HIGH),
        scale=0.5 * (HIGH - LOW),
        log_pdf=lambda x: np.log(value(x) / integral),
    )


def _polynomial(*at: float) -> Point:
    polynomial = np.polynomial.Polynomial([1.0, *at])
    whole = polynomial.integ()
    return _series(at, polynomial, whole(HIGH) - whole(LOW))


def _chebyshev(*at: float) -> Point:
    series = np.polynomial.Chebyshev([1.0, *at], domain=[LOW, HIGH])
    whole = series.integ()
    return _series(at, series, whole(HIGH) - whole(LOW))


def _bernstein(*at: float) -> Point:
    n = len(at) - 1

    def value(x: np.ndarray) -> np.ndarray:
        u = (x - LOW) / (HIGH - LOW)
        return sum(b * stats.binom.pmf(k, n, u) for k, b in enumerate(at))

    return _series(at, value, (HIGH - LOW) * np.mean(at))


series: Mapping[str, DensityCase] = MappingProxyType(
    {
        "uniform": DensityCase(
            make=lambda: Uniform(**peak_range),
            points=(
                Point(
                    at=(0.0,),
                    centre=140.0,
                    scale=40.0,
                    log_pdf=truncated(stats.uniform(LOW, 80.0), LOW, HIGH),
                ),
            ),
            differentiable=False,
        ),
        "polynomial": DensityCase(
            make=lambda: Polynomial(**peak_range, coefficients=slots(2)),
            points=(_polynomial(0.02, 4e-4), _polynomial(-5e-3, 0.0), _polynomial(0.0, 0.0)),
        ),
        "chebyshev": DensityCase(
            make=lambda: Chebyshev(**peak_range, coefficients=slots(3)),
            points=(_chebyshev(-0.3, 0.12, 0.05), _chebyshev(0.0, 0.0, 0.0)),
        ),
        "bernstein": DensityCase(
            make=lambda: Bernstein(**peak_range, coefficients=slots(4)),
            points=(_bernstein(1.0, 0.8, 0.5, 0.3), _bernstein(0.0, 3.0, 0.0, 1.0)),
        ),
    }
)
