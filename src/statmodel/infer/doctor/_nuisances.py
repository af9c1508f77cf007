r"""What the data have done to the constrained parameters: widths before and after, and pulls.

With :math:`\delta` the width before the fit and :math:`\sqrt V` the one after, the data alone
would measure a parameter to :math:`(1/V - 1/\delta^2)^{-1/2}`. Three pulls are told by name:
`prefit` :math:`(\hat\alpha - \alpha^0)/\delta`, `postfit`
:math:`(\hat\alpha - \alpha^0)/\sqrt V`, and `normalised`
:math:`(\hat\alpha - \alpha^0)/\sqrt{\delta^2 - V}`, which alone has unit width where the model is
right.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float

from statmodel.infer._finding import Finding, Severity

from ._case import MOST_NAMED, Case, listed, plural

OVER_CONSTRAINED = 0.5
"""Width after over width before. At one half the data hold three times the information of the
auxiliary measurement (1/r^2 - 1 = 3): the result rests on the data's calibration of the nuisance,
that is on its model, and no longer on the auxiliary measurement. (At 0.71 both hold the same.)"""
UNTOUCHED = 1e-3
"""A width that changes by a smaller share tells that the data say nothing of the parameter."""
PULLED = 2.0
"""Widths before the fit by which a nuisance may move: what the auxiliary measurement disfavours at
95 %."""
PULLED_NORMALISED = 3.0
"""Of a right model one nuisance in 370 is pulled further."""
_UNDEFINED = 1e-6


def constrained_widths(case: Case) -> Iterator[Finding]:
    """Over-constrained nuisances, and those that the data leave alone, one finding each kind."""
    ratio = _width_ratio(case)
    tight = _sorted(ratio, ratio < OVER_CONSTRAINED)
    if tight:
        shown = listed(f"{case.names[i]} ({ratio[i]:.2f})" for i in tight)
        yield Finding(
            kind="over_constrained",
            severity=Severity.WARNING,
            parameters=tuple(case.names[i] for i in tight),
            message=(
                f"The data measure {plural(len(tight), 'nuisance')} far better than the auxiliary "
                f"measurement did; width after the fit over width before: {shown}."
            ),
            advice=(
                "Ask whether one number can describe this uncertainty everywhere: too rigid a "
                "model calibrates itself. Split it by region or process, or widen its constraint."
            ),
            numbers=tuple((case.names[i], float(ratio[i])) for i in tight),
        )
    idle = _sorted(-ratio, np.abs(ratio - 1) < UNTOUCHED)
    if idle:
        names = [case.names[i] for i in idle]
        yield Finding(
            kind="not_constrained_by_data",
            severity=Severity.NOTE,
            parameters=tuple(names),
            message=(
                f"The data say nothing of {plural(len(names), 'nuisance')} ({listed(names)}): "
                "width after the fit = width before."
            ),
            advice="Harmless. They could be fixed without moving anything.",
            numbers=tuple((case.names[i], float(ratio[i])) for i in idle),
        )


def pulled(case: Case) -> Iterator[Finding]:
    """Nuisances that the fit has moved far from their observations."""
    prefit = np.asarray(case.result.pulls)
    distance = prefit * np.where(np.isfinite(prefit), _document_widths(case), 1.0)
    variance = np.asarray(case.result.errors) ** 2
    left = case.widths**2 - variance
    with np.errstate(invalid="ignore", divide="ignore"):
        postfit = distance / np.sqrt(variance)
        normalised = np.where(
            left > _UNDEFINED * case.widths**2, distance / np.sqrt(np.abs(left)), np.nan
        )
        far = (np.abs(prefit) > PULLED) | (np.abs(normalised) > PULLED_NORMALISED)
    order = _sorted(-np.abs(prefit), far & ~np.asarray(case.result.fixed))
    for i in order[:MOST_NAMED]:
        name, more = case.names[i], len(order) - MOST_NAMED
        others = f" {more} more are pulled beyond {PULLED:g}." if i == order[0] and more > 0 else ""
        yield Finding(
            kind="pulled",
            severity=Severity.WARNING,
            parameters=(name,),
            message=(
                f"{name} is pulled: prefit {prefit[i]:+.2f}, postfit {_told(postfit[i])}, "
                f"normalised {_told(normalised[i])}.{others}"
            ),
            advice=(
                "The data contradict its auxiliary measurement, or the model lacks something that "
                "this nuisance imitates: fix it (`--fix`) and look where the data depart."
            ),
            numbers=(
                ("prefit", float(prefit[i])),
                ("postfit", float(postfit[i])),
                ("normalised", float(normalised[i])),
            ),
        )


def _width_ratio(case: Case) -> Float[np.ndarray, " parameter"]:
    """Width after over width before; NaN where one does not exist."""
    ratio = np.asarray(case.result.errors) / case.widths
    return np.where(case.free & np.isfinite(case.widths), ratio, np.nan)


def _document_widths(case: Case) -> Float[np.ndarray, " parameter"]:
    return np.asarray(case.model.prefit_widths())


def _sorted(
    key: Float[np.ndarray, " parameter"], chosen: Bool[np.ndarray, " parameter"]
) -> list[int]:
    places = np.flatnonzero(chosen)
    return [int(i) for i in places[np.argsort(key[places], kind="stable")]]


def _told(pull: float) -> str:
    return f"{pull:+.2f}" if np.isfinite(pull) else "undefined"
