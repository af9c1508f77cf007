r"""What histosys modifiers add to the entries.

.. math:: T_e(\alpha) = n_e + \sum_k \big[ A_{ek}\, \alpha_k + B_{ek}\, e_k(\alpha_k) \big]

with the features of :mod:`statmodel.model.histograms._shape_features`. Where most histograms are
moved by many nuisance parameters the coefficients are a matrix; where each is moved by few, they
are a list for each entry, and the features are gathered.
"""

import abc
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ._placement import Placement
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
        self, weights: Float[Array, "bin way sample"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "bin way variable"]:
        """Weighted sums over samples of the derivatives of the entries, A + B e'."""

    @abc.abstractmethod
    def gathered(
        self, weights: Float[Array, "sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "sample channel variable"]:
        """Weighted sums of the same over the bins of each row."""


@final
class DenseCoefficients(AbstractCoefficients):
    """A matrix, A and B along `feature`."""

    table: Float[Array, "bin sample feature variable"]
    by_row: Float[Array, "sample channel most feature variable"]
    """The same numbers in another order: a product reads either without a copy."""
    placement: Placement

    def shift(
        self, odd: Float[Array, " variable"], even: Float[Array, " variable"]
    ) -> Float[Array, "sample bin"]:
        bins, samples, _, size = self.table.shape
        matrix = self.table.reshape(bins * samples, 2 * size)
        return (matrix @ jnp.concatenate([odd, even])).reshape(bins, samples).T

    def pull(
        self, weights: Float[Array, "sample bin"]
    ) -> tuple[Float[Array, " variable"], Float[Array, " variable"]]:
        matrix = self.table.reshape(weights.size, 2 * self.table.shape[3])
        odd, even = jnp.split(weights.T.reshape(-1) @ matrix, 2)
        return odd, even

    def mixed(
        self, weights: Float[Array, "bin way sample"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "bin way variable"]:
        bins, samples, _, size = self.table.shape
        matrix = self.table.reshape(bins, samples, 2 * size)
        both = jnp.einsum("bps,bsf->bpf", weights, matrix)
        odd, even = jnp.split(both, 2, axis=-1)
        return odd + even * even_slope[None, None]

    def gathered(
        self, weights: Float[Array, "sample bin"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "sample channel variable"]:
        rows = self.placement.cut(weights.T).transpose(2, 0, 1)
        matrix = self.by_row.reshape(*rows.shape, 2 * self.by_row.shape[4])
        odd, even = jnp.split(jnp.einsum("scw,scwf->scf", rows, matrix), 2, axis=-1)
        return odd + even * even_slope[None, None]


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
        self, weights: Float[Array, "bin way sample"], even_slope: Float[Array, " variable"]
    ) -> Float[Array, "bin way variable"]:
        bins, ways, _ = weights.shape
        each = self._slopes(even_slope)[..., None] * weights.transpose(2, 0, 1)[None]
        place = jnp.broadcast_to(jnp.arange(bins)[None, None], self.variables.shape)
        found = jnp.zeros((bins, self.size + 1, ways), each.dtype)
        found = found.at[place, self.variables].add(each)
        return found[:, :-1].transpose(0, 2, 1)

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
