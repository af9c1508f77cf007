r"""The standard normal distribution in logarithms, right far out in its tail.

.. math::

   \ln\Phi(z) = -\tfrac12 z^2 - \ln(-z\sqrt{2\pi})
   + \ln\Bigl(1 - \frac1{z^2} + \frac3{z^4} - \frac{15}{z^6} + \dots\Bigr), \qquad z \to -\infty

(NIST Digital Library of Mathematical Functions, 7.12.1.) On the host, for single numbers.
"""

import math
from statistics import NormalDist

_FAR = -30.0
"""The complementary error function is no number beyond -38; the series has 14 digits from here."""
_TERMS = 6


def log_phi(z: float) -> float:
    """Natural log of the distribution function.

    Example:
        >>> round(log_phi(-40.0), 6), log_phi(0.0) == math.log(0.5)
        (-804.608442, True)
    """
    if math.isnan(z):
        return z
    if z > 0:
        return math.log1p(-0.5 * math.erfc(z * math.sqrt(0.5)))
    if z > _FAR:
        return math.log(0.5 * math.erfc(-z * math.sqrt(0.5)))
    inverse = 1.0 / (z * z)
    series = 1.0
    for k in range(_TERMS, 0, -1):
        series = 1.0 - (2 * k - 1) * inverse * series
    return -0.5 * z * z - math.log(-z * math.sqrt(2 * math.pi)) + math.log(series)


def phi_inverse(log_p: float) -> float:
    """Where the natural log of the distribution function has a value, for p above 1e-300.

    Example:
        >>> round(phi_inverse(math.log(0.025)), 6)
        -1.959964
    """
    return NormalDist().inv_cdf(math.exp(log_p))
