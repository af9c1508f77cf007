r"""Crystal balls: gaussians with a power tail below, or with one on each side.

.. math::

   \ell(x) = -\tfrac12 t^2 \ (t > -\alpha), \qquad
   -\tfrac12\alpha^2 - n \ln\bigl(1 - \tfrac{\alpha}{n}(t + \alpha)\bigr) \ (t \le -\alpha),
   \qquad t = \frac{x - \mathrm{mean}}{\sigma}

(J. Gaiser, SLAC-R-255 (1982), appendix F; M. Oreglia, SLAC-R-236 (1980), appendix D.)  The
two-sided form mirrors the tail and has a width for each side, as RooFit's `RooCrystalBall`.
"""

from typing import final

import equinox as eqx
from jaxtyping import Array, Float

from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._peak import Peak, flanks, without_tail
from ._sampling import uniforms


@final
class CrystalBall(AbstractUnivariate):
    """A gaussian with a power tail below; `alpha` > 0 in units of `sigma`, `n` > 0.

    On a range that is open below, `n` must exceed 1: a slower tail has no integral.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    sigma: AbstractExpression
    alpha: AbstractExpression
    n: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return self._peak(at).log_value(x)

    def log_integral(self, at: Slots) -> Scalar:
        return self._peak(at).log_integral()

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        return self._peak(at).quantile(uniforms(key, n))[:, None]

    def _peak(self, at: Slots) -> Peak:
        sigma = self.sigma.value(at)
        left = (sigma, self.alpha.value(at), self.n.value(at))
        both = flanks(left, without_tail(sigma))
        return Peak(self.mean.value(at), both, self.lower, self.upper)


@final
class DoubleCrystalBall(AbstractUnivariate):
    """A gaussian with a width and a power tail on each side; arguments as in `CrystalBall`."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    sigma_left: AbstractExpression
    sigma_right: AbstractExpression
    alpha_left: AbstractExpression
    n_left: AbstractExpression
    alpha_right: AbstractExpression
    n_right: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return self._peak(at).log_value(x)

    def log_integral(self, at: Slots) -> Scalar:
        return self._peak(at).log_integral()

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        return self._peak(at).quantile(uniforms(key, n))[:, None]

    def _peak(self, at: Slots) -> Peak:
        left = (self.sigma_left, self.alpha_left, self.n_left)
        right = (self.sigma_right, self.alpha_right, self.n_right)
        both = flanks(_values(left, at), _values(right, at))
        return Peak(self.mean.value(at), both, self.lower, self.upper)


def _values(
    side: tuple[AbstractExpression, AbstractExpression, AbstractExpression], at: Slots
) -> tuple[Scalar, Scalar, Scalar]:
    sigma, alpha, n = (argument.value(at) for argument in side)
    return sigma, alpha, n
