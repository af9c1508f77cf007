r"""Upper limits: the :math:`\mu` at which CLs falls to :math:`\alpha`, observed and expected.

What is looked for are roots of functions that are nearly straight in :math:`\mu`,

.. math::

   \sqrt{q_{\mu,A}} - s_N, \qquad \sqrt{-2\ln CL_s(\mu)} - \sqrt{-2\ln\alpha}

with :math:`s_N` the distance at which the expected CLs of a fluctuation by N standard deviations is
:math:`\alpha` (arXiv:1007.1727, section 4.3). The six searches share every value that is tested,
and the fits of a round are made together.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from statmodel.data import Dataset
from statmodel.infer._finding import Finding, Severity
from statmodel.infer._results import FitResult
from statmodel.model import Model, Prepared

from ._bracket import Found, Known, Rising
from ._distributions import BANDS, distance_excluded
from ._experiment import Experiment, failed_fit
from ._limit_result import Limit, LimitResult, LimitStatus
from ._question import Question, ask, checked_statistic
from ._statistics import Statistic
from ._test_point import TestPoint

_FIRST = 1.96
_FRACTION = 10.0
_MARGIN = 1.15
_SEVERAL = 2
_NO_EFFECT = 1e-8
"""A test statistic of Asimov data that is rounding."""


def upper_limit(
    model: Model,
    data: Dataset | Prepared,
    *,
    level: float = 0.95,
    poi: str | None = None,
    statistic: str = "qtilde",
    grid: Sequence[float] = (),
    points: int = 0,
    result: FitResult | None = None,
) -> LimitResult:
    """Find the upper limits of the parameter of interest, with asymptotic formulas.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        level: the confidence level, in (0, 1): CLs is one minus this at the limit.
        poi: the parameter of interest; the measurement's first by default.
        statistic: `qtilde` or `q`.
        grid: more values to test, to see whether CLs falls throughout.
        points: so many more, even from 0 to beyond the highest limit that was found: a picture.
        result: the global fit of these data, if it has been made: what it held fixed is held here.

    Returns:
        Six limits, each with a status, and every value that was tested. Limits are right to 1e-6
        standard deviations of the best fit.

    Raises:
        ValueError: as :func:`hypotest`; a level that is none; a statistic without CLs.
    """
    chosen = checked_statistic(statistic, function="upper_limit")
    if chosen not in ("q", "qtilde"):
        msg = f'`upper_limit(statistic="{chosen}")`: CLs exists for "qtilde" and "q" only'
        raise ValueError(msg)
    if not 0.0 < level < 1.0:
        msg = f"`upper_limit(level=...)` is a probability between 0 and 1, got {level:g}"
        raise ValueError(msg)
    question = ask(model, data, poi=poi, result=result, function="upper_limit")
    call = f'upper_limit(statistic="{chosen}")'
    for mu in (0.0, *grid):
        question.refuse(chosen, mu, call=call)
    experiment = Experiment.of(question)
    tested, searches = _search(experiment, chosen, math.log1p(-level), grid)
    tested = _filled(experiment, chosen, tested, searches, points)
    observed, *expected = (_limit(one, tested) for one in searches)
    return LimitResult(
        measurement=model.measurement.name,
        poi=question.poi,
        statistic=chosen,
        level=level,
        best=experiment.best,
        bounds=question.bounds,
        observed=observed,
        expected=tuple(expected),
        scan=tuple(tested),
        fits=experiment.count(),
        global_fits=experiment.fits(),
        findings=tuple(_findings(experiment, chosen, tested, searches[0])),
        provenance=question.result.provenance,
    )


class _Targets(NamedTuple):
    """Heights that the functions of the six searches have at their roots."""

    observed: float
    expected: tuple[float, ...]


def _search(
    experiment: Experiment, statistic: Statistic, log_alpha: float, grid: Sequence[float]
) -> tuple[list[TestPoint], list[Rising]]:
    """Let all searches run to their ends; every tested point, and the searches."""
    targets = _Targets(
        math.sqrt(-2 * log_alpha), tuple(distance_excluded(log_alpha, z) for z in BANDS)
    )
    upper = experiment.question.bounds[1]
    searches = [Rising(upper, height) for height in (targets.observed, *targets.expected)]
    tested = {0.0, *(float(mu) for mu in grid)}
    asked = [] if experiment.expected is None else _first(experiment, targets)
    while True:
        tested.update(asked)
        places = sorted(tested)
        experiment.find(places)
        points = [experiment.test(statistic, mu) for mu in places]
        asked = [
            place
            for number, one in enumerate(searches)
            if (place := one.ask(_known(points, targets, number))) is not None
        ]
        if not asked:
            return points, searches


def _filled(
    experiment: Experiment,
    statistic: Statistic,
    tested: list[TestPoint],
    searches: Sequence[Rising],
    points: int,
) -> list[TestPoint]:
    """The tested values, and even ones between them."""
    if points <= 0:
        return tested
    upper = experiment.question.bounds[1]
    roots = [one.root for one in searches if one.state is Found.ROOT]
    top = min(_MARGIN * max(roots), upper) if roots else max(one.mu for one in tested)
    even = np.linspace(0.0, top, points + 1)[1:].tolist()
    places = sorted({*even, *(one.mu for one in tested)})
    experiment.find(places)
    return [experiment.test(statistic, mu) for mu in places]


def _known(points: Sequence[TestPoint], targets: _Targets, number: int) -> list[Known]:
    """The function of one search where it is known; at 0 nothing is excluded."""
    if number == 0:
        return [Known(one.mu, _height(one) - targets.observed) for one in points]
    height = targets.expected[number - 1]
    return [
        Known(one.mu, -height if one.mu == 0 else math.sqrt(one.asimov_test_statistic) - height)
        for one in points
    ]


def _height(point: TestPoint) -> float:
    return 0.0 if point.mu == 0 else math.sqrt(max(-2 * point.observed.log_ratio, 0.0))


def _first(experiment: Experiment, targets: _Targets) -> list[float]:
    """Where the limits would be if the likelihood were a parabola."""
    question: Question = experiment.question
    upper = question.bounds[1]
    unit = float(question.result.errors[question.index])
    if not (np.isfinite(unit) and unit > 0):
        unit = upper / _FRACTION if np.isfinite(upper) else max(abs(experiment.best), 1.0)
    guesses = [
        max(experiment.best, 0.0) + _FIRST * unit,
        *(unit * height for height in targets.expected),
    ]
    return sorted({min(mu, upper) for mu in guesses})


def _flat(points: Sequence[TestPoint]) -> bool:
    """Whether not even the last value tested can be told from the truth of the Asimov data."""
    return points[-1].asimov_test_statistic <= _NO_EFFECT


def _limit(search: Rising, points: Sequence[TestPoint]) -> Limit:
    match search.state:
        case Found.BOUND if _flat(points):
            return Limit(value=math.nan, status=LimitStatus.OPEN)
        case Found.ROOT:
            return Limit(value=search.root, status=LimitStatus.FOUND)
        case Found.BOUND:
            return Limit(value=math.nan, status=LimitStatus.BEYOND_BOUND)
        case Found.OPEN:
            return Limit(value=math.nan, status=LimitStatus.OPEN)
        case _:
            return Limit(value=math.nan, status=LimitStatus.FAILED)


def _findings(
    experiment: Experiment, statistic: Statistic, points: Sequence[TestPoint], observed: Rising
) -> Iterator[Finding]:
    poi = experiment.question.poi
    common = experiment.findings(statistic)
    yield from common
    known = experiment.truth if experiment.observed.at(experiment.truth).impossible else None
    lost = [one for point in points for one in point.fits if not one.ok and one.poi != known]
    if lost and not any(one.kind == "fit_failed" for one in common):
        first = failed_fit(lost[0], poi)
        yield Finding(
            kind="scan_failed",
            severity=Severity.WARNING,
            parameters=(poi,),
            message=f"{len(lost)} of the fits at tested values failed. {first.message}",
            advice="Limits that were found do not rest on them.",
            numbers=(("failed", float(len(lost))),),
        )
    if observed.crossings >= _SEVERAL:
        yield Finding(
            kind="several_crossings",
            severity=Severity.WARNING,
            parameters=(poi,),
            message=(
                f"The observed CLs passes its level {observed.crossings} times among the values "
                f"tested: the limit is the highest of them, and values below it are excluded too."
            ),
            advice="Test more values with `grid=`, and quote all pieces.",
            numbers=(("crossings", float(observed.crossings)),),
        )
    if observed.state is Found.BOUND and not _flat(points):
        low, high = experiment.question.bounds
        yield Finding(
            kind="limit_beyond_bound",
            severity=Severity.WARNING,
            parameters=(poi,),
            message=(
                f"The observed limit lies beyond the bounds of {poi}, [{low:g}, {high:g}]: CLs at "
                f"{high:g} is {points[-1].CLs_obs:.3g}."
            ),
            advice=f"Raise the upper bound of {poi} in the document.",
            numbers=(("bound", high),),
        )
