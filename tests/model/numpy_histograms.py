"""Expected counts of a pyhf workspace in plain Python: a loop over channels, samples, modifiers.

Interpolations are pyhf's and HistFactory's formulas, one number at a time.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from model.numpy_responses import response


def shift(code: str, alpha: float, up: float, down: float) -> float:
    """What a histosys adds to a bin whose anchors lie `up` and `down` from nominal."""
    if code == "code0":
        return alpha * up if alpha > 0 else -alpha * down
    if code == "code2":
        a, b = 0.5 * (up + down), 0.5 * (up - down)
        if alpha > 1:
            return (b + 2 * a) * (alpha - 1) + up
        if alpha < -1:
            return (b - 2 * a) * (alpha + 1) + down
        return a * alpha**2 + b * alpha
    if abs(alpha) > 1:
        return alpha * up if alpha > 0 else -alpha * down
    s, a = 0.5 * (up - down), 0.0625 * (up + down)
    return alpha * (s + alpha * a * (15 + alpha**2 * (-10 + 3 * alpha**2)))


def expected(
    workspace: Mapping[str, Any],
    point: Mapping[str, float],
    *,
    normsys: str = "code4",
    histosys: str = "code4p",
) -> np.ndarray:
    """Expected counts of all bins; per-bin factors are named `name[bin]`."""
    totals = []
    for channel in workspace["channels"]:
        total = np.zeros(len(channel["samples"][0]["data"]))
        for sample in channel["samples"]:
            counts = [float(n) for n in sample["data"]]
            for b, nominal in enumerate(sample["data"]):
                for one in sample["modifiers"]:
                    if one["type"] == "histosys":
                        up, down = (
                            one["data"][side][b] - nominal for side in ("hi_data", "lo_data")
                        )
                        counts[b] += shift(histosys, point[one["name"]], up, down)
                for one in sample["modifiers"]:
                    name, data = one["name"], one["data"]
                    if one["type"] in ("normfactor", "lumi"):
                        counts[b] *= point[name]
                    elif one["type"] == "normsys":
                        counts[b] *= response(normsys, point[name], data["hi"], data["lo"])
                    elif one["type"] != "histosys":
                        counts[b] *= point[f"{name}[{b}]"]
            total += counts
        totals.append(total)
    return np.concatenate(totals)


def log_prob(counts: np.ndarray, observed: np.ndarray) -> float:
    """The Poisson log probability of whole numbers."""
    return float(stats.poisson.logpmf(observed, counts).sum())
