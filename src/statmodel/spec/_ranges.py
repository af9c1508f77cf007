"""Which ends of its range a density needs to be normalisable.

The integral over an infinite range must exist; a density must not be negative or infinite inside
the range for reasons of its form (x^power at zero, argus below zero). Arguments that are formulas
are judged at the initial values.
"""

import math
from collections.abc import Mapping

from ._densities import (
    ArgusDensity,
    BernsteinDensity,
    ChebyshevDensity,
    CrystalBallDensity,
    DoubleCrystalBallDensity,
    ExponentialDensity,
    OneDimensional,
    PolynomialDensity,
    PowerLawDensity,
    UniformDensity,
)
from ._formula import Formula
from ._nodes import evaluate
from ._resolved import ResolvedObservable


def needs_of_range(
    density: OneDimensional, observable: ResolvedObservable, values: Mapping[str, float]
) -> str | None:
    """What a density wants of the range of its observable, or None where all is well.

    Args:
        density: of one observable.
        observable: with its range.
        values: initial values of parameters and functions.
    """
    formulas = [value for _, value in density if isinstance(value, Formula)]
    if any(name not in values for formula in formulas for name in formula.names):
        return None  # an unknown name is one problem, told elsewhere
    low, high = observable.min, observable.max
    match density:
        case UniformDensity() | PolynomialDensity() | ChebyshevDensity() | BernsteinDensity():
            below = above = True
        case ExponentialDensity():
            slope = _value(density.slope, values)
            below, above = not slope > 0, not slope < 0
        case PowerLawDensity():
            return _power_law(density, observable, values)
        case ArgusDensity():
            return _argus(density, observable, values)
        case CrystalBallDensity():
            below, above = not _value(density.n, values) > 1, False
        case DoubleCrystalBallDensity():
            below = not _value(density.n_left, values) > 1
            above = not _value(density.n_right, values) > 1
        case _:
            return None
    lacking = [key for key, needed, end in (("min", below, low), ("max", above, high))
               if needed and not math.isfinite(end)]  # fmt: skip
    if not lacking:
        return None
    ends = " and ".join(f"`{key}`" for key in lacking)
    return f'{density.type} cannot be normalised without {ends} of "{observable.name}".'


def _power_law(
    density: PowerLawDensity, observable: ResolvedObservable, values: Mapping[str, float]
) -> str | None:
    power = _value(density.power, values)
    least = 0.0 if power > -1 else math.nextafter(0.0, 1.0)
    if not observable.min >= least:
        sign = "0 or more" if power > -1 else "more than 0"
        return f'power_law needs `min` of "{observable.name}" to be {sign}.'
    if not math.isfinite(observable.max) and not power < -1:
        return f'power_law cannot be normalised without `max` of "{observable.name}".'
    return None


def _argus(
    density: ArgusDensity, observable: ResolvedObservable, values: Mapping[str, float]
) -> str | None:
    if not observable.min >= 0:
        return f'argus needs `min` of "{observable.name}" to be 0 or more.'
    endpoint = _value(density.endpoint, values)
    if endpoint <= observable.min:
        return (
            f'argus ends at {endpoint:g}, below the range of "{observable.name}", which begins '
            f"at {observable.min:g}."
        )
    return None


def _value(formula: Formula, values: Mapping[str, float]) -> float:
    return evaluate(formula.tree, values)
