r"""Likelihoods without a lowest point where it is looked for.

Per-event responses that are not normalised make a mixture's nll curve downward in a nuisance:
beyond :math:`|\alpha| = 1`, in units of its width and rates aside, the curvature is
:math:`1 - \sum_i \mathrm{Var}_{p(j|x_i)}[\ln g_j(x_i)]`. Once that is negative, minimisers run to
a spurious minimum many widths out, deeper than the true one. Dividing by the responses' integral
removes it.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from statmodel.infer._finding import Finding, Severity
from statmodel.model.channels import RatioChannel

from ._case import Case, derivatives_at, listed, plural

FAR_OUT = 5.0
"""Widths from its observation at which a nuisance is suspected of a spurious minimum."""
_TESTED_AT = (1.25, 2.0, 3.0)
_ROUNDING = 1e-9
_DOWNWARD = -0.05


def spurious_minima(case: Case) -> Iterator[Finding]:
    """Nuisances that are far out, where nll curves downward on the way there."""
    pulls = np.asarray(case.result.pulls)
    with np.errstate(invalid="ignore"):
        # A nuisance may rest on the bound that a modifier implies, which is just there.
        out = np.abs(pulls) >= FAR_OUT * (1 - _ROUNDING)
    far = np.flatnonzero(~np.asarray(case.result.fixed) & out)
    for index in far[np.argsort(-np.abs(pulls[far]))]:
        curvature, place = min(
            (_curvature_on_the_way(case, int(index), far, widths=widths), widths)
            for widths in _TESTED_AT
        )
        if not curvature < 0:
            continue
        name = case.names[index]
        yield Finding(
            kind="spurious_minimum",
            severity=Severity.ERROR,
            parameters=(name,),
            message=(
                f"{name} has run {abs(pulls[index]):.3g} widths from its observation, and on the "
                f"way, {place:g} widths out, nll curves downward ({curvature:.3g}, where its "
                "constraint alone gives +1): this is no minimum of the physics."
            ),
            advice=_remedy(case),
            numbers=(("pull", float(pulls[index])), ("curvature", curvature)),
        )


def negative_data_curvature(case: Case) -> Iterator[Finding]:
    """Nuisances that the data push apart instead of measuring, where the fit has ended."""
    jacobian = np.where(case.jacobian == 0, 1.0, case.jacobian)
    own = np.diagonal(case.hessian) / jacobian**2 - np.diagonal(case.prior)
    constrained = case.free & np.isfinite(case.widths)
    share = np.where(constrained, own * np.where(constrained, case.widths, 0.0) ** 2, 0.0)
    chosen = np.flatnonzero(share < _DOWNWARD)
    if not chosen.size:
        return
    order = chosen[np.argsort(share[chosen])]
    names = [case.names[i] for i in order]
    yield Finding(
        kind="negative_data_curvature",
        severity=Severity.WARNING,
        parameters=tuple(names),
        message=(
            f"Without its constraint nll curves downward in {plural(len(names), 'nuisance')} "
            f"({listed(f'{case.names[i]} {share[i]:.2g}' for i in order)}; the constraint gives "
            "+1): the data push away from where the fit has ended, and the error comes out wider "
            "than before the fit."
        ),
        advice=_remedy(case),
        numbers=tuple((case.names[i], float(share[i])) for i in order),
    )


def negative_weights(case: Case) -> Iterator[Finding]:
    """Observed events of negative weight: nll has no lowest point."""
    for channel, events in zip(case.model.channels, case.prepared.channels, strict=True):
        weights = np.where(np.asarray(events.mask), np.asarray(events.weights), 0.0).ravel()
        bad = np.flatnonzero(weights < 0)
        if not bad.size:
            continue
        yield Finding(
            kind="negative_weights",
            severity=Severity.WARNING,
            message=(
                f"Channel {channel.name}: {plural(bad.size, 'event')} of negative weight (first "
                f"{case.event_name(channel, int(bad[0]))}), adding up to "
                f"{weights[bad].sum():.4g} of {weights.sum():.4g}. nll falls without end where the "
                "total vanishes at one of them, so a minimum is a local one at best."
            ),
            advice=(
                "Data are counts, and a pool must be positive: put signs into ratios (`signed`), "
                "or join events of opposite signs before the fit."
            ),
            numbers=(("events", float(bad.size)), ("sum", float(weights[bad].sum()))),
        )


def _curvature_on_the_way(
    case: Case, index: int, far: Int[np.ndarray, " far"], *, widths: float
) -> float:
    """Curvature in units of the width, with this nuisance alone moved out by so many widths."""
    observed = np.asarray(case.prepared.auxiliary)
    point = case.values.copy()
    point[far] = observed[far]
    step = widths * np.asarray(case.model.prefit_widths())[index]
    point[index] = observed[index] + np.sign(case.result.pulls[index]) * step
    bounds = np.asarray(case.model.space.bounds)
    point = np.clip(point, bounds[:, 0], bounds[:, 1])
    _, hessian, usable = derivatives_at(case.model, case.prepared, point)
    width = float(case.widths[index])
    return float(hessian[index, index]) * width**2 if usable else np.inf


def _remedy(case: Case) -> str:
    loose = [
        one.name
        for one in case.model.channels
        if isinstance(one, RatioChannel) and one.normalization == "analytic"
    ]
    if not loose:
        return "Check how the responses of this nuisance are extrapolated beyond their anchors."
    where = f"channel{'s' * (len(loose) > 1)} {', '.join(loose)}"
    return (
        f"The responses in {where} are not normalised: say `normalization: reference` there, and "
        "look at the closure that compilation warns of."
    )
