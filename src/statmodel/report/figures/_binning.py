r"""Bins for pictures: widths from the spread of the data, thin bins joined.

.. math:: \text{width} = \tfrac12\, \mathrm{IQR}\; n^{-1/3}

a quarter of what D. Freedman and P. Diaconis, Z. Wahrscheinlichkeit 57 (1981) 453, take for the
estimate of a smooth density: a picture of a fit should resolve a peak rather than hide it. Then the
width is rounded so that it reads well, and neighbours are joined until enough events are expected.
"""

import math

import numpy as np
from jaxtyping import Float, Int

_FEWEST, _MOST = 10, 100
_SMALLEST_EXPECTATION = 2.0
_SMALLEST_SHARE = 0.01
_FASTEST_GROWTH = 3
"""A group has at most so many times the bins of the group before it."""


def bin_edges(
    values: Float[np.ndarray, " event"],
    weights: Float[np.ndarray, " event"],
    bounds: tuple[float, float],
) -> Float[np.ndarray, " edge"]:
    """Even bins over a range; where it has no end, over the values.

    Args:
        values: events, all inside `bounds`.
        weights: of the events; signs do not count.
        bounds: the range of the observable; infinite ends are allowed.
    """
    low, high = _ends(values, bounds)
    weights = np.abs(weights)
    if values.size == 0 or not weights.sum() > 0:
        return np.linspace(low, high, 41)
    lower, upper = np.quantile(values, [0.25, 0.75], weights=weights, method="inverted_cdf")
    effective = weights.sum() ** 2 / (weights**2).sum()
    width = 0.5 * (upper - lower) * effective ** (-1 / 3)
    ideal = (high - low) / width if width > 0 else _MOST
    wanted = int(np.clip(round(ideal), _FEWEST, _MOST))
    return np.linspace(low, high, _readable(high - low, wanted) + 1)


def joined(
    expected: Float[np.ndarray, " bin"], smallest: float | None = None
) -> Int[np.ndarray, " group"]:
    """The first bin of each group of neighbours that together expect enough events.

    Groups grow from the fullest bin outwards, so that peaks keep their bins and tails lose theirs.
    Where next to nothing is expected a group ends when it is three times as wide as its neighbour.

    Args:
        expected: events in each bin.
        smallest: events that a group needs; by default 2, or 1 % of all where that is less.

    Example:
        >>> joined(np.array([1.0, 6.0, 9.0, 5.0, 3.0, 2.0, 1.0]), 5.0).tolist()
        [0, 2, 3, 4]
    """
    needed = min(_SMALLEST_EXPECTATION, _SMALLEST_SHARE * float(expected.sum()))
    needed = needed if smallest is None else smallest
    mode = int(np.argmax(expected))
    right = mode + _group_starts(expected[mode:], needed)
    if expected[:mode].sum() < needed:
        return np.concatenate([[0], right[1:]])
    left = mode - _group_starts(expected[:mode][::-1], needed)
    return np.concatenate([[0], left[:0:-1], right])


def _group_starts(expected: Float[np.ndarray, " bin"], needed: float) -> Int[np.ndarray, " group"]:
    """Where groups begin, counted from the first bin.

    What is left over joins the last group, or is a group itself where it is the wider of the two.
    """
    starts, held, before = [0], 0.0, 1
    for position, value in enumerate(expected, start=1):
        held += float(value)
        size = position - starts[-1]
        if held >= needed or size >= _FASTEST_GROWTH * before:
            starts.append(position)
            held, before = 0.0, size
    left_over = expected.size - starts[-1]
    if len(starts) > 1 and left_over < before + 1:
        starts.pop()
    return np.asarray(starts)


def _ends(values: Float[np.ndarray, " event"], bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = bounds
    first, last = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    margin = 0.02 * (last - first) or 0.5
    low = low if math.isfinite(low) else min(first - margin, high - 1.0)
    high = high if math.isfinite(high) else max(last + margin, low + 1.0)
    return low, high


def _readable(length: float, wanted: int) -> int:
    """The number of bins near `wanted` whose width has the fewest digits."""
    near = range(max(_FEWEST, round(0.8 * wanted)), min(_MOST, round(1.25 * wanted)) + 1)
    return min(near, key=lambda bins: (_digits(length / bins), abs(bins - wanted)))


def _digits(width: float) -> int:
    """Significant digits, six at most; trailing zeros do not count."""
    mantissa = f"{width:.5e}".split("e")[0].replace(".", "")
    return len(mantissa.rstrip("0"))
