"""Responses to nuisance parameters in plain numpy, one number at a time.

Code 4 is written with the six coefficients of its polynomial, solved from the conditions at +-1.
"""

import math

import numpy as np

CODES = ("code1", "code4", "log_smooth")


def response(code: str, alpha: float, up: float, down: float) -> float:
    """The factor at `alpha` between the responses `up` at +1 and `down` at -1."""
    if code == "log_smooth":
        odd, even = 0.5 * math.log(up / down), 0.5 * math.log(up * down)
        sign = math.copysign(1.0, alpha)
        if abs(alpha) < 1:
            sign = alpha * (15 - 10 * alpha**2 + 3 * alpha**4) / 8
        return math.exp(odd * alpha + even * alpha * sign)
    if code == "code1" or abs(alpha) > 1:
        return up**alpha if alpha >= 0 else down**-alpha
    powers = np.arange(1, 7)
    rows, right = [], []
    for sign, anchor in ((1.0, up), (-1.0, down)):
        log = math.log(anchor)
        rows += [sign**powers, powers * sign ** (powers - 1)]
        rows += [powers * (powers - 1) * sign ** (powers - 2.0)]
        right += [anchor - 1, sign * anchor * log, anchor * log**2]
    coefficients = np.linalg.solve(np.array(rows), np.array(right))
    return float(1 + coefficients @ alpha**powers)
