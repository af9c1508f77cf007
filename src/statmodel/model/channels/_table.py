r"""Tables of the pool averages: Z from one and two nuisances at a time, in place of the pool.

.. math:: \ln \frac{Z_j(\alpha)}{Z_j(0)} = \sum_k a_{jk}(\alpha_k)
   + \sum_{k<l} b_{jkl}(\alpha_k, \alpha_l)

with :math:`a_{jk}` the logarithm of :math:`Z_j/Z_j(0)` where only :math:`\alpha_k` is moved, and
:math:`b_{jkl}` what two that are moved together add. One or two nuisances are exact, but for the
interpolation; of three on, what three do together is left out (cut high-dimensional model
representation: H. Rabitz, O. F. Alis, J. Math. Chem. 25 (1999) 197). Each function is a Chebyshev
series on panels that end where responses are not analytic, so that the table is a small program
which autodiff takes to any order, apart from the ends of panels, where two derivatives are those of
responses. Beyond the outer edges it goes on as a parabola in each nuisance.
"""

from functools import partial
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._expressions import Slots

TABLE_REACH = 5.0
"""A table ends at this distance from 0."""


class NoTableError(ValueError):
    """A channel whose averages over the pool cannot be tabulated; its words say why."""


@final
class ClosureTable(eqx.Module):
    """The averages Z of all processes of a channel, as functions of its axes."""

    slots: Int[Array, " axis"]
    """Where each axis stands among the slots."""
    edges: Float[Array, " edge"]
    """Ends of the panels, increasing; the same for every axis."""
    nominal: Float[Array, " process"]
    """Z where every axis is 0."""
    single: Float[Array, "axis panel process term"]
    """Chebyshev coefficients of a."""
    pairs: Float[Array, "pair panel panel process term term"]
    """Those of b, pairs of axes in the order of the upper triangle."""
    bias: Float[Array, ""]
    """What its errors may do to the log likelihood; NaN where nobody has looked."""

    def __call__(self, at: Slots) -> Float[Array, " process"]:
        """Z of each process."""
        return self.at_axes(at[self.slots])

    def at_axes(self, alpha: Float[Array, " axis"]) -> Float[Array, " process"]:
        """Z of each process at values of the axes."""
        last = self.edges.size - 2
        panel = jnp.clip(jnp.searchsorted(self.edges, alpha, side="right") - 1, 0, last)
        low, high = self.edges[panel], self.edges[panel + 1]
        terms = _terms((2.0 * alpha - low - high) / (high - low), self.single.shape[-1])
        each = np.arange(alpha.size)
        found = jnp.einsum("kjn,kn->j", self.single[each, panel], terms)
        first, second = np.triu_indices(alpha.size, 1)
        own = self.pairs[np.arange(first.size), panel[first], panel[second]]
        found = found + jnp.einsum("ejmn,em,en->j", own, terms[first], terms[second])
        return self.nominal * jnp.exp(found)

    def outside(self, at: Slots) -> Bool[Array, " axis"]:
        """Which axes are beyond the edges, where Z is extrapolated."""
        alpha = at[self.slots]
        return (alpha < self.edges[0]) | (alpha > self.edges[-1])


def _terms(x: Float[Array, " axis"], count: int) -> Float[Array, "axis term"]:
    """The first Chebyshev polynomials on [-1, 1], and their parabolas at the ends beyond."""
    inside = jnp.clip(x, -1.0, 1.0)
    away, value = (x - inside)[:, None], _chebyshev(inside, count)
    slope = value @ _derived(count)
    return value + away * (slope + 0.5 * away * (slope @ _derived(count)))


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _chebyshev(x: Float[Array, " axis"], count: int) -> Float[Array, "axis term"]:
    """The first Chebyshev polynomials, |x| <= 1; derivatives of every order are products."""
    return x[:, None] ** np.arange(count, dtype=float)[None] @ _monomials(count)


@_chebyshev.defjvp
def _chebyshev_jvp(
    count: int, primals: tuple[Float[Array, " axis"]], tangents: tuple[Float[Array, " axis"]]
) -> tuple[Float[Array, "axis term"], Float[Array, "axis term"]]:
    value = _chebyshev(*primals, count)
    return value, (value @ _derived(count)) * tangents[0][:, None]


def _monomials(count: int) -> Float[np.ndarray, "power term"]:
    """Coefficients of the polynomials; below degree 17 they cost 4 digits of the last terms."""
    table = np.zeros((count, count))
    for n in range(count):
        table[: n + 1, n] = np.polynomial.chebyshev.cheb2poly(np.eye(count)[n, : n + 1])
    return table


def _derived(count: int) -> Float[np.ndarray, "term derived"]:
    """The derivative of each polynomial as a sum of polynomials, in columns."""
    table = np.zeros((count, count))
    for n in range(1, count):
        table[:n, n] = np.polynomial.chebyshev.chebder(np.eye(count)[n, : n + 1])
    return table
