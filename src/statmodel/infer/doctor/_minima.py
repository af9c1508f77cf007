"""Other local minima near the lowest one."""

from collections.abc import Iterator

import numpy as np

from statmodel.infer._finding import Finding, Severity
from statmodel.infer._minima import NEAR

from ._case import Case


def other_minima(case: Case) -> Iterator[Finding]:
    """One finding, where several starts have led to several minima."""
    minima = case.result.minima
    if minima is None:
        return
    heights = np.asarray(minima.t)
    near = [k for k in range(1, minima.count) if heights[k] < NEAR]
    if near:
        yield Finding(
            kind="other_minima",
            severity=Severity.WARNING,
            parameters=minima.pois,
            message=minima.message,
            advice="One error around one of them is no summary: give the pieces of the interval.",
            numbers=tuple((f"t_{k + 1}", float(heights[k])) for k in near),
        )
