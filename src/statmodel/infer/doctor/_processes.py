"""Processes that add nothing where the fit has ended, and channels whose processes cancel."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from statmodel.infer._finding import Finding, Severity

from ._case import Case, listed

NEGLIGIBLE = 1e-6
"""Share of a channel below which a process is as good as absent."""
CANCELLING = 0.1
"""Share of the summed magnitudes that is left of the sum."""


def yields(case: Case) -> Iterator[Finding]:
    """Negligible processes in one finding, cancelling channels in one each."""
    absent: list[str] = []
    for channel, processes, rates in _rates(case):
        size = float(np.abs(rates).sum())
        if not size > 0:
            continue
        absent += [
            f"{process} in {channel}"
            for process, rate in zip(processes, rates, strict=True)
            if abs(rate) < NEGLIGIBLE * size
        ]
        left = float(rates.sum()) / size
        if left < CANCELLING:
            yield _cancelling(channel, processes, rates, left)
    if absent:
        yield Finding(
            kind="negligible_process",
            severity=Severity.NOTE,
            message=(
                f"No event is expected of {listed(absent)} at this point, so that nothing is "
                "learned of what moves nothing else."
            ),
            advice="Look whether the rate is meant to vanish there.",
        )


def _rates(
    case: Case,
) -> Iterator[tuple[str, tuple[str, ...], Float[np.ndarray, " process"]]]:
    """Each channel with its processes or samples, and the events that it expects of each."""
    for channel, rates in zip(case.model.channels, case.expected, strict=True):
        yield channel.name, channel.processes, rates
    for name, samples in case.bins.items():
        yield name, tuple(samples), np.asarray([bins.sum() for bins in samples.values()])


def _cancelling(
    channel: str, processes: tuple[str, ...], rates: Float[np.ndarray, " process"], left: float
) -> Finding:
    terms = ", ".join(f"{name} {rate:.4g}" for name, rate in zip(processes, rates, strict=True))
    return Finding(
        kind="cancelling_processes",
        severity=Severity.WARNING,
        message=(
            f"Channel {channel}: its processes cancel ({terms}); {100 * left:.2g} % of their "
            "magnitude is left, and uncertainties of the terms are that much larger in the sum."
        ),
        advice=(
            "Write the mixture in terms of positive densities (S, SBI, B in place of S, I, B), and "
            "put uncertainties on those."
        ),
        numbers=(("share_left", left), *zip(processes, rates.tolist(), strict=True)),
    )
