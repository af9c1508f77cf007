r"""Test statistics of one parameter of interest, from profiled minima of `nll`.

With :math:`t_\mu = 2[\mathrm{nll}(\mu, \hat{\hat\theta}) - \mathrm{nll}(\hat\mu, \hat\theta)]` and
:math:`\tilde t_\mu`, the same with the denominator at 0 where :math:`\hat\mu < 0`:

.. math::

   q_\mu = t_\mu\,[\hat\mu \le \mu], \qquad \tilde q_\mu = \tilde t_\mu\,[\hat\mu \le \mu], \qquad
   q_0 = t_0\,[\hat\mu \ge 0]

(G. Cowan, K. Cranmer, E. Gross, O. Vitells, arXiv:1007.1727, equations 8, 11, 12, 14 and 16; the
names are pyhf's.)
"""

from typing import Literal, TypeAlias, assert_never, get_args

Statistic: TypeAlias = Literal["q", "qtilde", "q0", "t", "ttilde"]
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)


def value_of(statistic: Statistic, mu: float, *, best: float, t_mu: float, t_zero: float) -> float:
    """A test statistic of one data set.

    Args:
        statistic: which.
        mu: the value tested; `q0` tests 0.
        best: the best fit.
        t_mu: twice the rise of `nll` from the best fit to the minimum at `mu`.
        t_zero: the same at 0; used where the best fit is negative.

    Example:
        >>> value_of("qtilde", 1.0, best=-0.5, t_mu=2.25, t_zero=0.25)
        2.0
        >>> value_of("q", 1.0, best=1.5, t_mu=0.25, t_zero=2.25)
        0.0
    """
    inside = t_mu - t_zero if best < 0 else t_mu
    match statistic:
        case "q":
            return t_mu if best <= mu else 0.0
        case "qtilde":
            return inside if best <= mu else 0.0
        case "q0":
            return t_mu if best >= 0 else 0.0
        case "t":
            return t_mu
        case "ttilde":
            return inside
        case _:
            assert_never(statistic)


def refusal(
    statistic: Statistic, poi: str, bounds: tuple[float, float], *, rooted: bool, mu: float
) -> str:
    """Why a statistic does not exist for a parameter with these bounds; empty where it does.

    Args:
        statistic: which.
        poi: the parameter of interest.
        bounds: of it.
        rooted: whether a formula takes its square root.
        mu: the value tested.
    """
    low, high = bounds
    box = f"[{low:g}, {high:g}]"
    if low > 0 or high < 0:
        return (
            f"no signal is {poi} = 0, which is outside its bounds {box}. Asymptotic tests compare "
            "with no signal: let the bounds contain 0"
        )
    if not low <= mu <= high:
        return f"{poi} = {mu:g} is outside its bounds {box}"
    if statistic == "q0" and mu != 0:
        return f'"q0" tests {poi} = 0, got {mu:g}'
    if statistic != "t" and mu < 0:
        return f'"{statistic}" tests {poi} >= 0, got {mu:g}; "t" tests any value'
    if statistic in ("q", "t") and low >= 0:
        other = {"q": "qtilde", "t": "ttilde"}[statistic]
        why = (
            f"a formula takes the square root of {poi}, so there is none"
            if rooted
            else f"the bounds of {poi} are {box}"
        )
        fix = "" if rooted else f", or let the bounds of {poi} reach below 0"
        return (
            f'"{statistic}" needs the likelihood at negative best fits, and {why}. Take '
            f'"{other}", which does not{fix}'
        )
    return ""
