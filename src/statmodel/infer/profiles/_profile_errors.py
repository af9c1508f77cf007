r"""Asymmetric errors and disjoint intervals from the profile likelihood, of any parameters.

For every parameter and side a search (`_crossings.py`) asks for conditional fits; those of all
searches are done together, in one compiled program that takes the parameter held as data. Each
starts where the tangent at its nearest neighbour points,

.. math:: \theta_o(\mu) \approx \hat\theta_o + \frac{V_{o\mu}}{V_{\mu\mu}} (\mu - \hat\mu)

at the best fit, so that two or three Newton steps suffice. (MINOS: F. James, M. Roos, Comput. Phys.
Commun. 10 (1975) 343.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import final

import numpy as np

from statmodel._errors import suggestion
from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._intervals import ProfileErrors, ProfileInterval
from statmodel.infer._results import FitResult
from statmodel.model import Model, Prepared

from ._crossings import TOLERANCE, Boundary, Place, Request, Search, Side, search
from ._fitter import A_MINIMUM, Asked, Fitter
from ._pieces import interval, pieces_of, void

LOWER = 1e-4
"""A conditional minimum that lies below the fit by more, in `nll`, is a new minimum."""
_FRACTION = 8.0


def profile_errors(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    parameters: Sequence[str] | None = None,
    level: float = 0.6827,
    everywhere: bool = True,
) -> ProfileErrors:
    """Where the profile likelihood of each parameter crosses a level: all places that are found.

    Crossings are right to 5e-6 of an error (`TOLERANCE`, in t). Pieces of an interval beyond the
    first crossing are looked for on a grid, out to the bounds, or to eight errors where there are
    none; the other local minima of the result (`result.minima`) are places to look from too.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        result: the fit of these data, converged.
        parameters: their names; by default all that the fit varied.
        level: the coverage of the intervals where the likelihood is a parabola, in (0, 1).
        everywhere: whether to look beyond the first crossing on each side; about three times as
            many fits.

    Returns:
        One interval a parameter. Where a lower minimum is met the search ends, and `new_minimum`
        holds it.

    Raises:
        KeyError: for an unknown parameter.
        ValueError: for a parameter that the fit held, a fit that did not converge, a result of
            other data, or a level that is none.
    """
    names = _checked(result, parameters, level)
    threshold = float(NormalDist().inv_cdf(0.5 * (1.0 + level)) ** 2)
    fitter = Fitter.of(model, one_data_set(model, data, "profile_errors"), result)
    origins = fitter.origins(names)
    if any(origin.t > 2 * LOWER for origin in origins.values()):
        msg = "`profile_errors(result=...)`: nll at its values is not that of these data"
        raise ValueError(msg)
    searches = list(_searches(fitter, names, origins, threshold, everywhere=everywhere))
    lowest = _advance(fitter, searches, list(origins.values()))
    lower = lowest is not None and lowest.t < -2 * LOWER
    return ProfileErrors(
        level=level,
        threshold=threshold,
        tolerance=TOLERANCE,
        intervals=tuple(_interval(fitter, name, () if lower else searches) for name in names),
        new_minimum=fitter.descend(lowest) if lowest is not None and lower else None,
    )


def _checked(result: FitResult, parameters: Sequence[str] | None, level: float) -> tuple[str, ...]:
    if np.ndim(result.nll):
        msg = "`profile_errors(result=...)` takes the result of one data set, not of a batch"
        raise ValueError(msg)
    if not 0.0 < level < 1.0:
        msg = f"`profile_errors(level=...)` is a probability between 0 and 1, got {level:g}"
        raise ValueError(msg)
    if int(result.status) not in A_MINIMUM:
        msg = (
            "`profile_errors(result=...)`: errors are measured from a minimum, and the fit found "
            f"none: {result.message}"
        )
        raise ValueError(msg)
    fixed = dict(zip(result.names, np.asarray(result.fixed).tolist(), strict=True))
    if parameters is None:
        return tuple(name for name, held in fixed.items() if not held)
    for name in parameters:
        if name not in fixed:
            msg = f'there is no parameter "{name}".{suggestion(name, result.names, "Parameters")}'
            raise KeyError(msg)
    held = [name for name in parameters if fixed[name]]
    if held:
        msg = (
            f"`profile_errors(parameters=...)`: {', '.join(held)} was held fixed in the fit, and "
            "what does not vary has no error. Fit again without fixing it, or leave it out."
        )
        raise ValueError(msg)
    return tuple(dict.fromkeys(parameters))


@final
@dataclass
class _Running:
    """One search on its way."""

    name: str
    sign: float
    origin: Place
    steps: Search
    request: Request | None = None
    boundaries: tuple[Boundary, ...] = ()

    def send(self, answer: Place | None) -> None:
        """Take an answer (None at the beginning), and ask for more or come to an end."""
        try:
            self.request = next(self.steps) if answer is None else self.steps.send(answer)
        except StopIteration as end:
            self.request, self.boundaries = None, end.value


def _searches(
    fitter: Fitter,
    names: Sequence[str],
    origins: dict[str, Place],
    threshold: float,
    *,
    everywhere: bool,
) -> Iterator[_Running]:
    for name in names:
        index = fitter.model.space.index(name)
        limits = (float(fitter.box.lower[index]), float(fitter.box.upper[index]))
        for origin in (origins[name], *fitter.elsewhere(name, threshold)):
            for sign, limit in zip((-1.0, 1.0), limits, strict=True):
                side = Side(
                    origin=origin,
                    sign=sign,
                    unit=_unit(origin, sign, limit, threshold),
                    limit=limit,
                    level=threshold,
                    everywhere=everywhere,
                )
                yield _Running(name, sign, origin, search(side))


def _unit(origin: Place, sign: float, limit: float, threshold: float) -> float:
    """The distance at which the parabola at the origin reaches the threshold."""
    slope, curvature = max(sign * origin.slope, 0.0), origin.curvature
    room = abs(limit - origin.value)
    rise = threshold - min(origin.t, 0.5 * threshold)
    root = slope**2 + 2 * curvature * rise
    if curvature > 0:
        unit = 2 * rise / (slope + root**0.5)
    elif slope > 0:
        unit = rise / slope
    else:
        unit = room / _FRACTION if np.isfinite(room) else max(abs(origin.value), 1.0)
    return min(unit, room) if room > 0 else unit


def _advance(fitter: Fitter, searches: list[_Running], seen: list[Place]) -> Place | None:
    """Let all searches run to their ends; the lowest place, at which they stop if it is new."""
    lowest = min(seen, key=lambda place: place.t, default=None)
    for one in searches:
        one.send(None)
    while lowest is not None and lowest.t >= -2 * LOWER:
        asking = [one for one in searches if one.request is not None]
        if not asking:
            break
        requests = [Asked(one.name, one.request) for one in asking if one.request is not None]
        for one, answer in zip(asking, fitter.places(requests), strict=True):
            if answer.usable and answer.t < lowest.t:
                lowest = answer
            one.send(answer._replace(t=max(answer.t, 0.0)))
    return lowest


def _interval(fitter: Fitter, name: str, searches: Sequence[_Running]) -> ProfileInterval:
    """What the searches of one parameter, which come in pairs, have found; void without any."""
    result, space = fitter.result, fitter.model.space
    best = float(result.values[result.names.index(name)])
    if not searches:
        return void(name, best, fits=fitter.fits[name])
    pieces = [
        piece
        for down, up in zip(searches[::2], searches[1::2], strict=True)
        if down.name == name
        for piece in pieces_of(down.boundaries, up.boundaries)
    ]
    rooted = space.index(name) in space.rooted
    return interval(name, best, pieces, rooted=rooted, fits=fitter.fits[name])
