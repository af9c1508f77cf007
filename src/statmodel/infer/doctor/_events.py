r"""What the event weights say: :math:`n_\mathrm{eff} = (\sum w)^2 / \sum w^2`."""

from collections.abc import Iterator

import numpy as np

from statmodel.infer._finding import Finding, Severity
from statmodel.model.channels import AnalyticChannel

from ._case import Case, plural

FEW = 10.0
"""Effective events below which the errors of an inverse Hessian are not to be trusted."""
WEIGHTED = 1.1
"""Sum of weights over effective events beyond which errors are too small by five per cent."""


def effective_events(case: Case) -> Iterator[Finding]:
    """Weights that make errors too small, and channels with too few events."""
    for channel, events in zip(case.model.channels, case.prepared.channels, strict=True):
        if isinstance(channel, AnalyticChannel) and not case.events:
            continue  # quadrature nodes of Asimov data: exact, however few
        weights = np.where(np.asarray(events.mask), np.asarray(events.weights), 0.0)
        total, squares = float(weights.sum()), float((weights**2).sum())
        effective = total**2 / squares if squares else 0.0
        numbers = (("sum", total), ("effective", effective))
        if total > 0 and total > WEIGHTED * effective:
            factor = (total / effective) ** 0.5
            yield Finding(
                kind="weighted_events",
                severity=Severity.WARNING,
                message=(
                    f"Channel {channel.name}: the weights add up to {total:.5g}, but carry the "
                    f"information of {effective:.4g} events ((sum w)^2 / sum w^2): as errors of "
                    f"weighted data, those of the inverse Hessian are too small by about "
                    f"{factor:.3g}."
                ),
                advice=(
                    "For Asimov data, use more simulation; the errors are those of data without "
                    "weights. For weighted data, multiply the errors by that factor."
                ),
                numbers=(*numbers, ("factor", factor)),
            )
        if effective < FEW:
            yield Finding(
                kind="few_events",
                severity=Severity.NOTE,
                message=(
                    f"Channel {channel.name} has {plural(round(effective), 'effective event')}: "
                    "the likelihood need not be near its parabola."
                ),
                advice="Take errors from the profile (`--errors profile`), and coverage from toys.",
                numbers=numbers,
            )
