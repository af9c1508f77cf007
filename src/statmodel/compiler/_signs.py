r"""Whether functions that may be negative are densities, wherever parameters may go.

A density is zero where its function is negative, so that a dip in which no event lies would go
unnoticed: polynomials are normalised with the dip, formulas without it, and neither is what is
written. Ranges are scanned at nominal, where a dip is an error, and over the ranges of the
parameters, where it is a warning.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from statmodel import model, spec
from statmodel.model.channels import AnalyticChannel
from statmodel.model.densities import (
    AbstractDensity,
    Bernstein,
    Chebyshev,
    FormulaDensity,
    Polynomial,
    SumDensity,
    VariedDensity,
)

from ._finding import Finding, parts_of, points_of
from ._formulas import slot_values
from ._points import describe
from ._scan import Signed, grid, signed_values

_INSIDE = 16
_MOST_AXES = 2
_ROUNDING = 1e-9  # of the largest value: a function that touches zero is not negative


def negative_densities(built: model.Model, resolved: spec.ResolvedSpec) -> Iterator[Finding]:
    """Say of each density of an analytic channel where it is negative."""
    for channel, document in zip(built.channels, resolved.channels, strict=True):
        if not isinstance(channel, AnalyticChannel):
            continue
        for density, process in zip(channel.densities, document.processes, strict=True):
            for part, path in parts_of(density, process):
                if isinstance(part, Signed) and _scannable(part):
                    message = _message(built, channel, part)
                    if message is not None:
                        text, fatal = message
                        yield Finding(path, f"process {process.name}: {text}", fatal)


def _scannable(density: AbstractDensity) -> bool:
    return len(density.axes) <= _MOST_AXES and bool(np.isfinite(density.bounds).all())


def _message(
    built: model.Model, channel: AnalyticChannel, density: Signed
) -> tuple[str, bool] | None:
    """What to say, and whether it is fatal; the first point is nominal."""
    points = points_of(built, density, inside=_INSIDE)
    events = grid(density)
    values = signed_values(density, slot_values(built.scope, points), events)
    if values is None:
        return None
    largest = np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=1)
    depth = np.where(np.isnan(values), 0.0, values).min(axis=1) / np.where(largest, largest, 1.0)
    bad = depth < -_ROUNDING
    if not bad.any():
        return None
    worst = 0 if bad[0] else int(np.argmin(depth))
    name, way_out = _words(density)
    text = f"{name} is negative {_where(channel, density, events, values[worst])}, at "
    text += describe(built, points[worst])
    if not isinstance(density, VariedDensity):
        text += f": down to {depth[worst]:.2g} of its largest absolute value"
    count = f" Negative at {bad.sum()} points of {len(points)} looked at." if not bad[0] else ""
    return f"{text}. {way_out}{count}", bool(bad[0])


def _where(
    channel: AnalyticChannel,
    density: Signed,
    events: Float[np.ndarray, "event column"],
    values: Float[np.ndarray, " event"],
) -> str:
    """The stretch, or in two observables the box, in which the deepest dip lies."""
    negative = values < -_ROUNDING * np.abs(values[np.isfinite(values)]).max()
    if len(density.axes) == 1:
        # From the lowest place outwards, as far as it is negative.
        lowest = int(np.nanargmin(values))
        positive = np.flatnonzero(~negative)
        first = positive[positive < lowest].max(initial=-1) + 1
        last = positive[positive > lowest].min(initial=len(values)) - 1
        negative = np.zeros(len(values), bool)
        negative[first : last + 1] = True
    found = events[negative]
    stretches = [
        f"{channel.observables[axis]} = {found[:, axis].min():.4g} and {found[:, axis].max():.4g}"
        for axis in density.axes
    ]
    return " and ".join(f"between {one}" for one in stretches)


def _words(density: Signed) -> tuple[str, str]:
    """What the function is called, and the way out."""
    match density:
        case FormulaDensity():
            return (
                "the formula",
                "A density is not negative: write `max(..., 0)` where zero is meant, and "
                "interference as several processes with a `scale`, each with a positive density.",
            )
        case SumDensity():
            return "the sum", "Keep fractions, and what they leave for the last term, above 0."
        case VariedDensity():
            return (
                "the response interpolated by code4",
                "`interpolation: log_smooth` is positive everywhere.",
            )
        case Bernstein():
            return "the bernstein polynomial", "Coefficients >= 0 keep it positive."
        case Polynomial() | Chebyshev():
            name = "polynomial" if isinstance(density, Polynomial) else "chebyshev series"
            return f"the {name}", "A `bernstein` with coefficients >= 0 is positive everywhere."
