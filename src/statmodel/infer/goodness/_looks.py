"""How a data set is looked at: the same for the data and for each toy."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel.data import Dataset
from statmodel.infer._batch import cores
from statmodel.infer._results import FitResult
from statmodel.infer.toys import ToyTable
from statmodel.model import Model, Prepared, Sampler, constraint_log_prob
from statmodel.model.channels import AbstractChannel, AnalyticEvents

from ._distances import Points, anderson_darling, kolmogorov_smirnov, saturated
from ._reference import Reference

GOF_STATISTICS = ("saturated", "binned", "ks", "ad", "energy", "point_to_point")
_BETWEEN = ("energy", "point_to_point")
_MOST_EVENTS, _MOST_POINTS = 1024, 1024
"""Of tests between points; of more events every k-th counts."""
_FEWEST_BINS, _MOST_BINS, _EVENTS_A_BIN = 2, 20, 10.0
_WIDTH = 0.2
"""Of the Gaussian kernel, in standard deviations of the observables."""


class Where(NamedTuple):
    """Which statistic, of what."""

    statistic: str
    channel: str
    observable: str


Row: TypeAlias = Mapping[Where, float]
"""Statistics of one data set."""
Events: TypeAlias = tuple[Float[np.ndarray, "event axis"] | None, ...]
"""Observables of each unbinned channel; None where they are not known."""


@final
@dataclass(frozen=True, eq=False)
class _Look:
    """One unbinned channel."""

    reference: Reference
    edges: tuple[Float[np.ndarray, " _"], ...]
    """Of each observable, inner edges of bins that expect as many events each."""
    centre: Float[np.ndarray, " axis"]
    scale: Float[np.ndarray, " axis"]
    chosen: Int[np.ndarray, " chosen"]
    """Points of the reference that stand for the density in tests between points."""
    points: Points
    chance: Float[np.ndarray, " point"]
    """Expected events at all points at the best fit, in proportion to which they were chosen."""
    stride: int

    @classmethod
    def around(cls, channel: AbstractChannel, model: Model, best: FitResult) -> "_Look":
        reference = Reference.of(model.scope, channel, best.values)
        expected = reference.expected(best.values)
        total = float(expected.sum())
        share = expected / total
        centre = share @ reference.x
        spread = np.sqrt(share @ (reference.x - centre) ** 2)
        bins = int(np.clip(total / _EVENTS_A_BIN, _FEWEST_BINS, _MOST_BINS))
        # In an order of no meaning: a grid has directions.
        order = np.random.default_rng(0).permutation(share.size)
        places = np.searchsorted(
            np.cumsum(share[order]), (np.arange(_MOST_POINTS) + 0.5) / _MOST_POINTS
        )
        chosen = order[np.minimum(places, share.size - 1)]
        scale = np.where(spread > 0, spread, 1.0)
        return cls(
            reference=reference,
            edges=tuple(
                _quantiles(reference, share, axis, bins) for axis in range(reference.x.shape[1])
            ),
            centre=centre,
            scale=scale,
            chosen=chosen,
            points=Points.of((reference.x[chosen] - centre) / scale, width=_WIDTH),
            chance=expected,
            stride=max(int(np.ceil(total / _MOST_EVENTS)), 1),
        )

    def statistics(
        self,
        expected: Float[np.ndarray, " point"],
        x: Float[np.ndarray, "event axis"],
        wanted: tuple[str, ...],
        room: int,
    ) -> Iterator[tuple[Where, float]]:
        """All of one data set, at what its fit expects at the points."""
        channel = self.reference.channel
        for axis, name in enumerate(channel.observables):
            u = self.reference.cumulative(expected, axis, x[:, axis])
            if "binned" in wanted:
                yield Where("binned", channel.name, name), self._binned(expected, x, axis)
            if "ks" in wanted:
                yield Where("ks", channel.name, name), kolmogorov_smirnov(u)
            if "ad" in wanted:
                yield Where("ad", channel.name, name), anderson_darling(u)
        if any(one in wanted for one in _BETWEEN):
            some = (x[:: self.stride] - self.centre) / self.scale
            weights = expected[self.chosen] / self.chance[self.chosen]
            room = max(-(-room // self.stride), len(some))
            found = self.points.distances(some, weights, room=room)
            for one, value in zip(_BETWEEN, found, strict=True):
                if one in wanted:
                    yield Where(one, channel.name, ""), value

    def _binned(
        self, expected: Float[np.ndarray, " point"], x: Float[np.ndarray, "event axis"], axis: int
    ) -> float:
        edges = self.edges[axis]
        share = self.reference.cumulative(expected, axis, edges)
        nu = np.diff(np.concatenate([[0.0], share, [1.0]])) * expected.sum()
        n = np.bincount(np.searchsorted(edges, x[:, axis]), minlength=nu.size)
        return saturated(n.astype(float), nu)


@final
@dataclass(frozen=True, eq=False)
class Looks:
    """All channels of a model.

    Attributes:
        model: the compiled likelihood.
        channels: unbinned channels that are looked at, by their place.
        statistics: those that are wanted.
        left_out: what there is not, and why.
    """

    model: Model
    channels: Mapping[int, _Look]
    statistics: tuple[str, ...]
    left_out: tuple[str, ...]

    @classmethod
    def around(
        cls, model: Model, best: FitResult, observed: Events, statistics: tuple[str, ...]
    ) -> "Looks":
        """Choose bins and points at the best fit of the data.

        Raises:
            ValueError: a channel has no pool, or no rule integrates its densities.
        """
        left_out: list[str] = []
        found: dict[int, _Look] = {}
        of_events = [one for one in statistics if one != "saturated"]
        if "saturated" in statistics and model.histograms is None:
            left_out.append("saturated: no binned channel")
        if of_events and not model.channels:
            left_out.append(f"{', '.join(of_events)}: no unbinned channel")
        for place, (channel, x) in enumerate(zip(model.channels, observed, strict=True)):
            if not of_events:
                continue
            if x is None:
                said = f"{', '.join(of_events)} of {channel.name}"
                left_out.append(f"{said}: the data do not hold its observables")
            else:
                found[place] = _Look.around(channel, model, best)
        return cls(model, found, statistics, tuple(left_out))

    def of_data(self, best: FitResult, prepared: Prepared, observed: Events) -> Row:
        """The statistics of the data."""
        found: dict[Where, float] = {}
        if self._bins:
            value = _saturated(self.model, best.values, prepared)
            found[Where("saturated", "", "")] = float(value)
        events = {place: x for place, x in enumerate(observed) if x is not None}
        return found | dict(self._of_events(np.asarray(best.values), events, room=0))

    def of_toys(self, table: ToyTable, sampler: Sampler, key: Array) -> list[Row]:
        """The statistics of the toys of a table, which are of one block; NaN where fits failed."""
        index = int(table.numbers[0]) // sampler.block
        data = sampler.draw(key, index).data
        xs = sampler.observables(key, index) if self.channels else ()
        own = table.numbers - index * sampler.block
        found: list[dict[Where, float]] = [{} for _ in own]
        if self._bins:
            some = _rows(data, own)
            values = np.asarray(_saturated_each(self.model, jnp.asarray(table.values), some))
            for row, value in zip(found, values.tolist(), strict=True):
                row[Where("saturated", "", "")] = value
        masks = {
            place: np.asarray(data.channels[place].mask).reshape(len(xs[place]), -1)
            for place in self.channels
        }
        room = max((one.shape[1] for one in masks.values()), default=0)

        def of_events(row: int) -> Row:
            place = int(own[row])
            events = {one: xs[one][place][masks[one][place]] for one in self.channels}
            return dict(self._of_events(table.values[row], events, room=room))

        with ThreadPoolExecutor(cores()) as pool:
            for row, more in zip(found, pool.map(of_events, range(len(found))), strict=True):
                row.update(more)
        good = table.good.tolist()
        return [
            row if fine else dict.fromkeys(row, float("nan"))
            for row, fine in zip(found, good, strict=True)
        ]

    @property
    def _bins(self) -> bool:
        return "saturated" in self.statistics and self.model.histograms is not None

    def _of_events(
        self,
        values: Float[np.ndarray, " parameter"],
        events: Mapping[int, Float[np.ndarray, "event axis"]],
        *,
        room: int,
    ) -> Iterator[tuple[Where, float]]:
        for place, look in self.channels.items():
            expected = look.reference.expected(values)
            yield from look.statistics(expected, events[place], self.statistics, room)


def events_of(model: Model, data: Dataset | Prepared, prepared: Prepared) -> Events:
    """The observables of the data.

    Raises:
        ValueError: the data are weighted: toys are not, and say nothing of them.
    """
    found: list[Float[np.ndarray, "event axis"] | None] = []
    for channel, events in zip(model.channels, prepared.channels, strict=True):
        mask = np.asarray(events.mask).ravel()
        if (np.asarray(events.weights).ravel()[mask] != 1.0).any():
            msg = (
                f"`gof`: the events of channel {channel.name} are weighted. Toys have weights of "
                "one, so that they are no measure for such data"
            )
            raise ValueError(msg)
        found.append(_observables(channel, data, events, mask))
    return tuple(found)


def _observables(
    channel: AbstractChannel, data: Dataset | Prepared, events: object, mask: np.ndarray
) -> Float[np.ndarray, "event axis"] | None:
    if isinstance(events, AnalyticEvents):
        x = np.asarray(events.x)
        return np.moveaxis(x, 1, 2).reshape(mask.size, x.shape[1])[mask]
    if not isinstance(data, Dataset) or not channel.observables:
        return None
    columns = data.channels[channel.name].columns
    if any(name not in columns for name in channel.observables):
        return None
    return np.stack([columns[name] for name in channel.observables], axis=1)


def _quantiles(
    reference: Reference, share: Float[np.ndarray, " point"], axis: int, bins: int
) -> Float[np.ndarray, " edge"]:
    order = reference.order[:, axis]
    middle = np.cumsum(share[order]) - 0.5 * share[order]
    return np.unique(np.interp(np.arange(1, bins) / bins, middle, reference.x[order, axis]))


def _rows(data: Prepared, own: Int[np.ndarray, " toy"]) -> Prepared:
    """The bins and the auxiliary measurements of some toys."""
    data = eqx.tree_at(lambda one: one.channels, data, ())
    return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)[own]), data)


@eqx.filter_jit
def _saturated(
    model: Model, values: Float[Array, " parameter"], prepared: Prepared
) -> Float[Array, ""]:
    r"""Twice the fall of `nll` to where each bin and auxiliary measurement is as expected."""
    assert model.histograms is not None
    assert prepared.counts is not None
    at = model.scope.at_values(values)
    bins = prepared.counts.constant - model.histograms.log_prob(at, prepared.counts)
    best = constraint_log_prob(model, prepared.auxiliary, prepared)
    return 2.0 * (bins + best - constraint_log_prob(model, at, prepared))


@eqx.filter_jit
def _saturated_each(
    model: Model, values: Float[Array, "toy parameter"], prepared: Prepared
) -> Float[Array, " toy"]:
    return eqx.filter_vmap(_saturated, in_axes=(None, 0, 0))(model, values, prepared)
