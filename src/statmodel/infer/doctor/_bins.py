r"""Where binned channels are impossible, or nearly: the channel, the bin and the sample to blame.

.. math:: \nu_b(\theta) = \sum_s \nu_{sb}(\theta) \ge 0, \qquad \nu_b > 0 \text{ where } n_b > 0
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from statmodel.infer._finding import Finding, Severity

from ._case import Case, bins_at, plural


class _Bins(NamedTuple):
    """One channel, with its observed bins."""

    channel: str
    samples: tuple[str, ...]
    terms: Float[np.ndarray, "sample bin"]
    observed: Float[np.ndarray, " bin"]
    counted: Bool[np.ndarray, " bin"]


def impossible_bins(
    case: Case, values: Float[np.ndarray, " parameter"], where: str
) -> Iterator[Finding]:
    """Channels with bins that expect less than nothing, or nothing where something was counted."""
    for one in _channels(case, bins_at(case.model, values)):
        totals = one.terms.sum(axis=0)
        possible = (totals > 0) | ((totals == 0) & (one.observed == 0))
        bad = one.counted & ~(possible & (totals < np.inf))
        if not bad.any():
            continue
        place = _lowest(np.where(bad, totals, np.inf))
        worst = _lowest(one.terms[:, place])
        yield Finding(
            kind="impossible_bin",
            severity=Severity.ERROR,
            message=(
                f"{where} channel {one.channel} expects {totals[place]:.4g} events in bin {place}, "
                f"which has {one.observed[place]:g}; its lowest term is sample "
                f"{one.samples[worst]}'s ({one.terms[worst, place]:.4g}). "
                f"{plural(int(bad.sum()), 'bin')} like it."
            ),
            advice=(
                f"Start elsewhere (`--start`), set bounds, or check sample {one.samples[worst]} "
                "and its modifiers there."
            ),
            numbers=(
                ("total", float(totals[place])),
                ("term", float(one.terms[worst, place])),
                ("bin", float(place)),
                ("observed", float(one.observed[place])),
                ("bins", float(bad.sum())),
            ),
        )


def nearly_empty_bins(case: Case, share: float) -> Iterator[Finding]:
    """Channels with a bin whose samples nearly cancel where the fit ended."""
    for one in _channels(case, case.bins):
        size = np.abs(one.terms).sum(axis=0)
        left = np.where(size > 0, one.terms.sum(axis=0) / np.where(size > 0, size, 1.0), 1.0)
        place = int(np.argmin(np.where(one.counted, left, 1.0)))
        if left[place] < share:
            yield Finding(
                kind="vanishing_total",
                severity=Severity.ERROR,
                message=(
                    f"What channel {one.channel} expects nearly vanishes in bin {place}: "
                    f"{100 * left[place]:.2g} % of its terms' magnitude is left. The minimum "
                    "touches where the model is impossible."
                ),
                advice="Check the signed samples in this bin, or keep away by bounds.",
                numbers=(
                    ("total", float(one.terms[:, place].sum())),
                    ("bin", float(place)),
                ),
            )


def _channels(
    case: Case, bins: Mapping[str, Mapping[str, Float[np.ndarray, " bin"]]]
) -> Iterator[_Bins]:
    counts = case.prepared.counts
    if counts is None:
        return
    observed, mask, first = np.asarray(counts.observed), np.asarray(counts.mask), 0
    for channel, samples in bins.items():
        terms = np.stack([np.asarray(one) for one in samples.values()])
        here = slice(first, first + terms.shape[1])
        yield _Bins(channel, tuple(samples), terms, observed[here], mask[here])
        first = here.stop


def _lowest(values: Float[np.ndarray, " _"]) -> int:
    return int(np.argmin(np.nan_to_num(values, nan=-np.inf)))
