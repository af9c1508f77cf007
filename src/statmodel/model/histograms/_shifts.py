r"""What histosys modifiers add to the entries.

.. math:: T_e(\alpha) = n_e + \sum_k \big[ A_{ek}\, \alpha_k + B_{ek}\, e_k(\alpha_k) \big]

with the features of :mod:`statmodel.model.histograms._shape_features`. Where most histograms are
moved by many nuisance parameters the coefficients are a matrix for each of them; where each is
moved by few, they are a list for each entry, and the features are gathered.
"""

import abc
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ._placement import Placement, summed
from ._shape_features import Even, ShiftCode, even_feature


class AbstractCoefficients(eqx.Module):
    """The coefficients A and B."""

    @abc.abstractmethod
    def shift(
        self, odd: Float[Array, " variable"], even: Float[Array, " variable"]
    ) -> Float[Array, "sample bin"]:
        """The sum over nuisance parameters, given their features."""

    @abc.abstractmethod
    def pull(
        self, weights: Float[Array, "sample bin"]
    ) -> tuple[Float[Array, " variable"], Float[Array, " variable"]]:
        """The sums over entries of the weights times A, and of the weights times B."""

    @abc.abstractmethod
    def mixed(
        self, weights: Float[Array, "way sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "way variable bin"]:
        """Weighted sums over samples of the derivatives of the entries, A + B e'."""

    @abc.abstractmethod
    def gathered(
        self, weights: Float[Array, "sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "sample channel variable"]:
        """Weighted sums of the same over the bins of each row."""


@final
class DenseCoefficients(AbstractCoefficients):
    """One matrix for all entries: what a data set needs, two products with vectors, many share."""

    table: Float[Array, "feature variable sample bin"]
    """A and B."""
    turned: Float[Array, "entry place"]
    """The same again, as the products of rows that sum over entries are fast."""
    placement: Placement

    def shift(
        self, odd: Float[Array, " variable"], even: Float[Array, " variable"]
    ) -> Float[Array, "sample bin"]:
        flat = self.table.reshape(2 * odd.size, -1)
        return (jnp.concatenate([odd, even]) @ flat).reshape(self.table.shape[2:])

    def pull(
        self, weights: Float[Array, "sample bin"]
    ) -> tuple[Float[Array, " variable"], Float[Array, " variable"]]:
        odd, even = (weights.reshape(-1) @ self.turned).reshape(self.table.shape[:2])
        return odd, even

    def mixed(
        self, weights: Float[Array, "way sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "way variable bin"]:
        def term(sample: Int[Array, ""]) -> Float[Array, "way variable bin"]:
            odd, even = self.table[:, :, sample]
            return weights[:, sample][:, None] * (odd + even * even_slope[:, None])[None]

        ways, samples, bins = weights.shape
        nothing = jnp.zeros((ways, self.table.shape[1], bins), weights.dtype)
        return summed(samples, term, nothing)

    def gathered(
        self, weights: Float[Array, "sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "sample channel variable"]:
        odd, even = self.table
        slopes = (odd + even * even_slope[:, None, None]) * weights[None]
        return jax.vmap(self.placement.to_rows)(slopes).transpose(1, 2, 0)


@final
class SparseCoefficients(AbstractCoefficients):
    """For each entry a padded list of the nuisance parameters that move it."""

    size: int = eqx.field(static=True)
    """The number of nuisance parameters."""
    variables: Int[Array, "place sample bin"]
    """Padded with `size`."""
    odd: Float[Array, "place sample bin"]
    even: Float[Array, "place sample bin"]
    placement: Placement

    def shift(
        self, odd: Float[Array, " variable"], even: Float[Array, " variable"]
    ) -> Float[Array, "sample bin"]:
        features = jnp.pad(jnp.stack([odd, even]), ((0, 0), (0, 1)))[:, self.variables]
        return (self.odd * features[0] + self.even * features[1]).sum(axis=0)

    def pull(
        self, weights: Float[Array, "sample bin"]
    ) -> tuple[Float[Array, " variable"], Float[Array, " variable"]]:
        both = jnp.stack([self.odd, self.even], axis=-1) * weights[None, :, :, None]
        found = jnp.zeros((self.size + 1, 2), both.dtype).at[self.variables].add(both)
        return found[:-1, 0], found[:-1, 1]

    def mixed(
        self, weights: Float[Array, "way sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "way variable bin"]:
        ways, _, bins = weights.shape
        each = self._slopes(even_slope)[None] * weights[:, None]
        place = jnp.broadcast_to(jnp.arange(bins)[None, None], self.variables.shape)
        found = jnp.zeros((ways, self.size + 1, bins), each.dtype)
        return found.at[:, self.variables, place].add(each)[:, :-1]

    def gathered(
        self, weights: Float[Array, "sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "sample channel variable"]:
        samples, channels = weights.shape[0], len(self.placement.bins)
        each = self._slopes(even_slope) * weights[None]
        sample = jnp.broadcast_to(jnp.arange(samples)[None, :, None], each.shape)
        channel = jnp.broadcast_to(self.placement.channel[None, None], each.shape)
        found = jnp.zeros((samples, channels, self.size + 1), each.dtype)
        return found.at[sample, channel, self.variables].add(each)[:, :, :-1]

    def _slopes(self, even_slope: Float[Array, " variable"]) -> Float[Array, "place sample bin"]:
        return self.odd + self.even * jnp.append(even_slope, 0.0)[self.variables]


@final
class Shifts(eqx.Module):
    """Nominal histograms and what moves them."""

    nominal: Float[Array, "sample bin"]
    """Unit: events; 0 where a channel has no such sample."""
    codes: tuple[ShiftCode, ...] = eqx.field(static=True)
    """Those that occur."""
    coded: Float[Array, "code variable"]
    """1 where the variable is of that code, else 0."""
    coefficients: AbstractCoefficients

    @property
    def size(self) -> int:
        """The number of variables."""
        return self.coded.shape[1]

    def features(self, alpha: Float[Array, " variable"]) -> Even:
        """The even features of all variables."""
        found = Even(*(jnp.zeros_like(alpha) for _ in range(3)))
        for code, mask in zip(self.codes, self.coded, strict=True):
            each = even_feature(code, alpha)
            found = Even(*(old + mask * new for old, new in zip(found, each, strict=True)))
        return found

    def __call__(self, alpha: Float[Array, " variable"], even: Even) -> Float[Array, "sample bin"]:
        """The shifted histograms, before any factor."""
        if not self.size:
            return self.nominal
        return self.nominal + self.coefficients.shift(alpha, even.value)
