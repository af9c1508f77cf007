r"""What multiplies whole histograms: normfactors, luminosity, formulas, normsys.

.. math:: F_r = \prod_n z_{n(r)} \prod_k G_{rk}(\alpha_k), \qquad
   G = \begin{cases} h^{p_+(\alpha)}\, l^{p_-(\alpha)} & \text{code 1, log\_smooth} \\
       1 + \sum_{c=1}^{6} W_c(\alpha)\, v_c(h, l) & \text{code 4},\ |\alpha| \le 1
   \end{cases}

The weights W depend on the parameter alone, the carriers :math:`v = (h - 1, h \ln h, h \ln^2 h)`
and the same of l on the anchors alone. Beyond its anchors code 4 is code 1. Exponents add up, so
one exponential a row is taken. With :math:`\phi_{rk} = \partial_k \ln F_r` the second derivatives
in two parameters are :math:`F_r \phi_{rk}\phi_{rl}`; those in one stand apart, because
:math:`z^2 \cdot z^{-2}` would not cancel at :math:`z = 0`.
"""

from typing import NamedTuple, final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from statmodel.model._interpolation import InterpolationCode
from statmodel.model._response import AnchoredWeights, weights_at

TINY = 1e-100
"""Stands for a factor of exactly zero where derivatives are taken: its logarithm has some, and the
products that result are right to all digits."""


def without_zeros(values: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The same numbers, with `TINY` for zero."""
    return jnp.where(values == 0, TINY, values)


class RowDerivatives(NamedTuple):
    """The factor of each row and its relative derivatives."""

    value: Float[Array, "sample channel"]
    factor: Float[Array, "sample channel"]
    """The same, with zeros replaced: what the derivatives multiply."""
    slope: Float[Array, "rate sample channel"]
    """The first derivatives, divided by the factor."""
    bend: Float[Array, "rate sample channel"]
    """The second derivatives in one parameter, divided by the factor."""


class _Weights(NamedTuple):
    exponent: Float[Array, "order side variable"]
    carried: Float[Array, "order carrier variable"]


@final
class Responses(eqx.Module):
    """All normsys modifiers."""

    codes: tuple[InterpolationCode, ...] = eqx.field(static=True)
    """Those that occur."""
    coded: Float[Array, "code variable"]
    """1 where the variable is of that code, else 0."""
    logs: Float[Array, "side variable sample channel"]
    """Logs of the anchors; 0 where the parameter does not move the row."""
    carriers: Float[Array, "variable carrier sample channel"]
    """Of code 4; 0 for other codes."""

    @property
    def size(self) -> int:
        """The number of variables."""
        return self.coded.shape[1]

    def factors(self, alpha: Float[Array, " variable"]) -> Float[Array, "sample channel"]:
        """The product over nuisance parameters."""
        weights = self._weights(alpha)
        growth = jnp.exp(self._exponent(weights, 0))
        return growth * (1.0 + self._carried(weights, 0)).prod(axis=0)

    def derivatives(self, alpha: Float[Array, " variable"]) -> RowDerivatives:
        """The same product with its derivatives."""
        weights = self._weights(alpha)
        inside = without_zeros(1.0 + self._carried(weights, 0))
        slope = self._carried(weights, 1) / inside
        tilt = self._tilt(weights, 1)
        bend = self._carried(weights, 2) / inside
        bend = bend + tilt * (2.0 * slope + tilt) + self._tilt(weights, 2)
        factor = jnp.exp(self._exponent(weights, 0)) * inside.prod(axis=0)
        return RowDerivatives(factor, factor, slope + tilt, bend)

    def _weights(self, alpha: Float[Array, " variable"]) -> _Weights:
        exponent = jnp.zeros((3, 2, alpha.size), alpha.dtype)
        carried = jnp.zeros((3, 6, alpha.size), alpha.dtype)
        for code, mask in zip(self.codes, self.coded, strict=True):
            here = alpha
            own = mask[None, None]
            if code == "code4":
                between = jnp.abs(alpha) <= 1.0
                found = weights_at("code4", jnp.where(between, alpha, 0.0))
                if isinstance(found, AnchoredWeights):
                    inner = jnp.where(between[None, None], found.carried[:, 1:], 0.0)
                    carried = carried + own * inner
                here = jnp.where(between, 0.0, alpha)
                own = own * jnp.where(between, 0.0, 1.0)[None, None]
            outer = weights_at("code1" if code == "code4" else code, here)
            if not isinstance(outer, AnchoredWeights):
                exponent = exponent + own * outer.exponent
        return _Weights(exponent, carried)

    def _exponent(self, weights: _Weights, order: int) -> Float[Array, "sample channel"]:
        _, _, samples, channels = self.logs.shape
        flat = self.logs.reshape(-1, samples * channels)
        return (weights.exponent[order].reshape(-1) @ flat).reshape(samples, channels)

    def _tilt(self, weights: _Weights, order: int) -> Float[Array, "variable sample channel"]:
        up, down = weights.exponent[order][:, :, None, None]
        return up * self.logs[0] + down * self.logs[1]

    def _carried(self, weights: _Weights, order: int) -> Float[Array, "variable sample channel"]:
        return jnp.einsum("ck,kcsr->ksr", weights.carried[order], self.carriers)


@final
class Factors(eqx.Module):
    """Everything that multiplies rows: responses, then plain factors."""

    responses: Responses
    factors: Int[Array, "place sample channel"]
    """Plain factors of each row, as places among the plain variables; padded with their number."""
    powers: Float[Array, "plain sample channel"]
    """How often each plain variable multiplies each row."""

    @property
    def size(self) -> int:
        """The number of variables: responses' and plain ones."""
        return self.responses.size + self.powers.shape[0]

    def __call__(self, at: Float[Array, " rate"]) -> Float[Array, "sample channel"]:
        """The factor of each row; variables of responses come first."""
        alpha, plain = self._split(at)
        product = self._product(plain)
        return product * self.responses.factors(alpha) if self.responses.size else product

    def derivatives(self, at: Float[Array, " rate"]) -> RowDerivatives:
        """The factor of each row, with its derivatives."""
        alpha, plain = self._split(at)
        safe = without_zeros(plain)
        value, product = self._product(plain), self._product(safe)
        each = safe[:, None, None]
        slope = self.powers / each
        bend = slope * (self.powers - 1.0) / each
        if not self.responses.size:
            return RowDerivatives(value, product, slope, bend)
        moved = self.responses.derivatives(alpha)
        return RowDerivatives(
            value * moved.factor,
            product * moved.factor,
            jnp.concatenate([moved.slope, slope], axis=0),
            jnp.concatenate([moved.bend, bend], axis=0),
        )

    def _split(
        self, at: Float[Array, " rate"]
    ) -> tuple[Float[Array, " variable"], Float[Array, " plain"]]:
        return at[: self.responses.size], at[self.responses.size :]

    def _product(self, plain: Float[Array, " plain"]) -> Float[Array, "sample channel"]:
        return jnp.append(plain, 1.0)[self.factors].prod(axis=0)
