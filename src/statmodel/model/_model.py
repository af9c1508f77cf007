r"""The likelihood: channels, constraints, parameter space and measurement, as one frozen pytree.

.. math:: \log L(\theta) = \sum_c \log L_c(\theta) + \sum_k \log c_k(a_k \mid \alpha_k)

Unbinned channels leave out :math:`\log n!`; binned channels and constraints are full log
probabilities. `nll` is minus the sum.
"""

from collections.abc import Mapping
from typing import TypeAlias, final, get_args

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._errors import suggestion
from statmodel.data import Dataset

from ._constraints import ConstraintBlock, JointGaussian
from ._expressions import Scalar, Slots
from ._focus import Focus
from ._layout import Storage
from ._parameters import ParameterSpace, Scope
from ._prepared import Prepared
from .channels import AbstractChannel
from .histograms import Coordinates, Counts, Histograms
from .toys import Auxiliary, Ensemble, Kept, Sampler, sampler

Expected: TypeAlias = dict[str, dict[str, Float[Array, "*bin"]]]


@final
class Measurement(eqx.Module):
    """What is measured, and how parameters are to be shown; no part of the arithmetic."""

    name: str = eqx.field(static=True)
    pois: tuple[str, ...] = eqx.field(static=True)
    labels: tuple[tuple[str, str], ...] = eqx.field(static=True, default=())
    """(parameter, label) where the document gives a label."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = eqx.field(static=True, default=())
    """(group, parameters)."""
    digest: str = eqx.field(static=True, default="")
    """Fingerprint of the document that the model was compiled from."""

    def label(self, parameter: str) -> str:
        """How to write a parameter in a picture."""
        return dict(self.labels).get(parameter, parameter)


@final
class Model(eqx.Module):
    """A compiled likelihood."""

    scope: Scope
    channels: tuple[AbstractChannel, ...]
    constraints: tuple[ConstraintBlock | JointGaussian, ...]
    measurement: Measurement
    histograms: Histograms | None = None
    """All binned channels; `channels` are the unbinned ones."""
    coordinates: Coordinates | None = None
    """Of a model of binned channels only: what a Newton step keeps, and what it eliminates."""
    focus: tuple[Focus, ...] = ()
    notes: tuple[str, ...] = eqx.field(static=True, default=())
    """What the compiler warned of, word for word; results repeat it."""

    @property
    def space(self) -> ParameterSpace:
        """All parameters, in order."""
        return self.scope.space

    def log_prob(self, point: Mapping[str, ArrayLike], data: Dataset | Prepared) -> Scalar:
        r"""Natural log of the likelihood at a named point.

        Of unbinned channels without :math:`\log n!`.

        Args:
            point: every parameter by name; see `space.point` to fill in starting values.
            data: a data set, or what `bind` made of it (under `jit`, pass that).

        Returns:
            A scalar; `-inf` where a rate or a mixture is negative. Its derivative in a parameter
            that stands under a square root is infinite where that parameter vanishes.
        """
        return log_likelihood(self, self.scope.at_point(point), self.prepared(data))

    def expected(self, point: Mapping[str, ArrayLike]) -> Expected:
        """Expected events: channel name to process or sample name to a rate, or to bins.

        Unit: events. An unbinned channel has a scalar for each process, a binned channel a vector
        for each sample.
        """
        at = self.scope.at_point(point)
        rates: Expected = {
            channel.name: dict(zip(channel.processes, channel.expected(at), strict=True))
            for channel in self.channels
        }
        return rates if self.histograms is None else rates | self.histograms.by_sample(at)

    def bind(self, dataset: Dataset, *, storage: Storage = "float64") -> Prepared:
        """Do once what depends on the data only.

        Args:
            dataset: events or counts of every channel.
            storage: "float32" halves the memory of the stored ratios and rounds each to seven
                digits; arithmetic stays float64. The roundings average out: `nll` changes by less
                than 1e-10 of itself.

        Raises:
            KeyError: if the data set lacks a channel.
            ValueError: `storage` is another word, or a channel has another number of bins.
        """
        if storage not in get_args(Storage):
            msg = f"`bind(storage=...)` is one of {', '.join(get_args(Storage))}; got {storage!r}"
            raise ValueError(msg)
        missing = [c.name for c in self.channels if c.name not in dataset.channels]
        if missing:
            msg = f"the data set has no events for channel {', '.join(missing)}; an empty set is []"
            raise KeyError(msg)
        counts = None if self.histograms is None else _bound_counts(self.histograms, dataset)
        auxiliary = np.array(self.auxiliary())
        for name, value in dataset.auxiliary.items():
            auxiliary[self.space.index(name)] = value
        return Prepared(
            channels=tuple(
                c.bind(dataset.channels[c.name], storage=storage) for c in self.channels
            ),
            auxiliary=jnp.asarray(auxiliary),
            counts=counts,
        )

    def prepared(self, data: Dataset | Prepared) -> Prepared:
        """`data` itself if it is bound, else bound."""
        return self.bind(data) if isinstance(data, Dataset) else data

    def sample(
        self,
        point: Mapping[str, ArrayLike],
        *,
        key: Array,
        n: int | None = None,
        first: int = 0,
        auxiliary: Auxiliary = "redrawn",
        like: Dataset | Prepared | None = None,
    ) -> Prepared:
        r"""Toys: data drawn from the model.

        A ratio channel draws :math:`N \sim \mathrm{Poisson}(\nu)` rows of its pool by the weight
        that the model gives them, an analytic channel events of its densities, a bin a Poisson
        count. Toy i depends on `fold_in(key, i)` only: not on `n`, nor on what is drawn beside it.

        Args:
            point: every parameter by name; arrays give toy i its own point, the i-th.
            key: a typed key, `jax.random.key(seed)`.
            n: how many; None is one data set, without a leading axis.
            first: the number of the first toy.
            auxiliary: `redrawn`, each toy repeats the auxiliary measurements (unconditional
                ensemble); `held`, they stay as observed (conditional).
            like: one data set, whose auxiliary observations are held and whose masked bins are
                masked; those of the document by default.

        Returns:
            Bound data, with a leading axis of length `n`.

        Raises:
            ValueError: the model expects less than no events somewhere, a ratio channel has no
                pool, or an argument is none of those above.

        Example:
            >>> import jax, statmodel as sm
            >>> model, _ = sm.compile({
            ...     "channels": [{"name": "SR", "samples": [
            ...         {"name": "signal", "data": [10.0], "modifiers": [
            ...             {"name": "mu", "type": "normfactor", "data": None}]}]}],
            ...     "observations": [{"name": "SR", "data": [10]}],
            ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            ...     "version": "1.0.0"})
            >>> toys = model.sample({"mu": 2.0}, key=jax.random.key(1), n=1000)
            >>> toys.counts.observed.shape
            (1000, 1)
            >>> abs(float(toys.counts.observed.mean()) - 20) < 0.6
            True
        """
        return self.sampler(point, auxiliary=auxiliary, like=like).sample(key, n=n, first=first)

    def sampler(
        self,
        point: Mapping[str, ArrayLike],
        *,
        auxiliary: Auxiliary = "redrawn",
        like: Dataset | Prepared | None = None,
    ) -> Sampler:
        """What `sample` draws from: everything that toys of a point have in common, found once.

        Args:
            point: as in `sample`.
            auxiliary: as in `sample`.
            like: as in `sample`.
        """
        values = self.space.many_values(point)
        bins = 0 if self.histograms is None else sum(self.histograms.bins)
        kept = Kept(self.auxiliary(), jnp.ones(bins, bool))
        if like is not None:
            observed = self.prepared(like)
            mask = kept.mask if observed.counts is None else observed.counts.mask
            kept = Kept(observed.auxiliary, mask)
        ensemble = Ensemble(self.scope, self.channels, self.constraints, self.histograms)
        return sampler(ensemble, values, kept, auxiliary=auxiliary)

    def auxiliary(self) -> Float[Array, " parameter"]:
        """The auxiliary observations of the document, 0 for unconstrained parameters."""
        observed = jnp.zeros(self.space.size)
        for block in self.constraints:
            observed = observed.at[block.parameters].set(block.centre())
        return observed

    def prefit_widths(self) -> Float[Array, " parameter"]:
        """Width of each parameter before the fit; `inf` where nothing constrains it."""
        widths = jnp.full(self.space.size, jnp.inf)
        for block in self.constraints:
            widths = widths.at[block.parameters].set(block.width())
        return widths


def _bound_counts(histograms: Histograms, dataset: Dataset) -> Counts:
    """The counts of all binned channels, one behind another."""
    unknown = [name for name in dataset.counts if name not in histograms.channels]
    if unknown:
        tail = suggestion(unknown[0], histograms.channels, "Binned channels")
        msg = f'the data set has counts for "{unknown[0]}", and the model no such channel.{tail}'
        raise KeyError(msg)
    missing = [name for name in histograms.channels if name not in dataset.counts]
    if missing:
        msg = f"the data set has no counts for channel {', '.join(missing)}"
        raise KeyError(msg)
    found = [dataset.counts[name] for name in histograms.channels]
    for name, bins, one in zip(histograms.channels, histograms.bins, found, strict=True):
        if one.size != bins:
            msg = f"channel {name} has {bins} bins, the data set {one.size} counts"
            raise ValueError(msg)
    observed = np.concatenate([one.values for one in found])
    return histograms.bind(observed, jnp.asarray(np.concatenate([one.mask for one in found])))


def unobserved(model: Model, dataset: Dataset) -> tuple[str, ...]:
    """Channels of which a data set says nothing."""
    binned = () if model.histograms is None else model.histograms.channels
    return (
        *(one.name for one in model.channels if one.name not in dataset.channels),
        *(name for name in binned if name not in dataset.counts),
    )


def log_likelihood(model: Model, at: Slots, prepared: Prepared) -> Scalar:
    """The log likelihood at slot values."""
    pairs = zip(model.channels, prepared.channels, strict=True)
    total = jnp.asarray(0.0, at.dtype)
    for channel, events in pairs:
        total = total + channel.log_prob(at, events)
    if model.histograms is not None and prepared.counts is not None:
        total = total + model.histograms.log_prob(at, prepared.counts)
    return total + constraint_log_prob(model, at, prepared)


def log_likelihood_to_first_order(model: Model, at: Slots, prepared: Prepared) -> Scalar:
    """The same number and gradient, with the gradients of the channels' own structure.

    What a first-order minimiser differentiates; derivatives beyond the first are not those of
    `log_likelihood`.
    """
    total = constraint_log_prob(model, at, prepared)
    for channel, events in zip(model.channels, prepared.channels, strict=True):
        total = total + channel.log_prob_to_first_order(at, events)
    if model.histograms is not None and prepared.counts is not None:
        total = total + model.histograms.log_prob_to_first_order(at, prepared.counts)
    return total


def log_likelihood_to_second_order(model: Model, at: Slots, prepared: Prepared) -> Scalar:
    """The same number, gradient and Hessian, with the derivatives of the channels' own structure.

    What a second-order minimiser differentiates; derivatives beyond the second are not those of
    `log_likelihood`.
    """
    total = constraint_log_prob(model, at, prepared)
    for channel, events in zip(model.channels, prepared.channels, strict=True):
        total = total + channel.log_prob_to_second_order(at, events)
    if model.histograms is not None and prepared.counts is not None:
        total = total + model.histograms.log_prob_to_second_order(at, prepared.counts)
    return total


def constraint_log_prob(model: Model, at: Slots, prepared: Prepared) -> Scalar:
    """The log density of all auxiliary observations."""
    values = at[: model.space.size]
    total = jnp.asarray(0.0, at.dtype)
    for block in model.constraints:
        total = total + block.log_prob(prepared.auxiliary, values)
    return total
