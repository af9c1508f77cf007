r"""Asymptotic tail probabilities of the test statistics, in logarithms.

In Wald's approximation the best fit is normal around the true value with a width
:math:`\sigma`. The Asimov data set of the alternative (no signal; for :math:`q_0` a signal) gives
:math:`s = |\mu - \mu'|/\sigma = \sqrt{q_{\mu,A}}`. With v the observed value,

.. math::

   \tilde q_\mu:\quad z = \sqrt v - s \;\;(v \le s^2), \qquad
   z = \frac{v - s^2}{2s} \;\;(v > s^2), \qquad
   CL_{s+b} = \Phi(-z - s), \quad CL_b = \Phi(-z)

and z = sqrt(v) - s always for q and q0. The two-sided statistics add the other tail. (arXiv:
1007.1727, equations 36, 43, 49, 57 and 65.) As in pyhf, a value of 0 has the tail of the
normal distribution, not 1, and the bands are those of z = 2, 1, 0, -1, -2 for the one-sided
statistics; for the others they are quantiles of the statistic without signal.
"""

import math
from typing import NamedTuple, assert_never

from ._normal import log_phi, phi_inverse
from ._statistics import Statistic

BANDS = (2.0, 1.0, 0.0, -1.0, -2.0)
"""Fluctuations of z: those that make the smallest probabilities stand first."""
_FAR = 12.0
"""No quantile of a band lies more standard deviations beyond the median."""
_HALVINGS = 64


class Tails(NamedTuple):
    """Natural logs of tail probabilities; of all statistics the first is the p-value."""

    log_sb: float
    """Of the hypothesis tested."""
    log_b: float
    """Of the alternative."""

    @property
    def log_ratio(self) -> float:
        """Natural log of CLs."""
        return min(self.log_sb - self.log_b, 0.0)


def tails(statistic: Statistic, value: float, asimov: float) -> Tails:
    """Of an observed value.

    Args:
        statistic: which.
        value: of the statistic, >= 0.
        asimov: its value on the Asimov data of the alternative, >= 0.
    """
    root, s = math.sqrt(value), math.sqrt(asimov)
    beyond = root > s > 0
    z = (value - asimov) / (2 * s) if beyond else root - s
    match statistic:
        case "q" | "q0":
            return _one_sided(root - s, s)
        case "qtilde":
            return _one_sided(z, s)
        case "t":
            return _two_sided(root - s, root, s)
        case "ttilde":
            return _two_sided(z, root, s)
        case _:
            assert_never(statistic)


def band(statistic: Statistic, asimov: float) -> tuple[Tails, ...]:
    """Expected under the alternative, smallest p-value first; the median is in the middle."""
    s = math.sqrt(asimov)
    match statistic:
        case "q" | "q0" | "qtilde":
            return tuple(_one_sided(z, s) for z in BANDS)
        case "t" | "ttilde":
            return tuple(tails(statistic, _quantile(statistic, s, z), asimov) for z in BANDS)
        case _:
            assert_never(statistic)


def distance_excluded(log_alpha: float, z: float) -> float:
    r"""The :math:`\sqrt{q_{\mu,A}}` at which an expected CLs is :math:`\alpha`.

    Example:
        >>> round(distance_excluded(math.log(0.05), 0.0), 6)  # two-sided 95 % of a normal
        1.959964
    """
    return -z - phi_inverse(log_alpha + log_phi(-z))


def _one_sided(z: float, s: float) -> Tails:
    return Tails(log_phi(-z - s), log_phi(-z))


def _two_sided(z: float, root: float, s: float) -> Tails:
    """Fluctuations down as for an upper limit, and up, beyond mu + root sigma."""
    down = _one_sided(z, s)
    return Tails(_log_sum(down.log_sb, log_phi(-root)), _log_sum(down.log_b, log_phi(-root - s)))


def _log_sum(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return min(high + math.log1p(math.exp(low - high)), 0.0)


def _quantile(statistic: Statistic, s: float, z: float) -> float:
    """The value that is exceeded under the alternative as often as z by a normal variable."""
    wanted = log_phi(-z)
    low, high = 0.0, s + _FAR
    for _ in range(_HALVINGS):
        root = 0.5 * (low + high)
        if tails(statistic, root**2, s**2).log_b > wanted:
            low = root
        else:
            high = root
    return low**2
