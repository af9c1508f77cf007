"""The observable of every observed event of a channel, from a data set or from bound data."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.data import Dataset
from statmodel.model import Model, Prepared
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticEvents,
    RatioChannel,
    RatioEvents,
)


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Observed:
    """Values of one observable.

    Attributes:
        values: in the unit of the observable.
        weights: events that each row stands for.
        weighted: whether the weights are anything but one.
    """

    values: Float[np.ndarray, " event"]
    weights: Float[np.ndarray, " event"]
    weighted: bool


def channel_of(model: Model, name: str) -> AbstractChannel:
    """A channel by name.

    Raises:
        KeyError: there is no such channel.
    """
    for channel in model.channels:
        if channel.name == name:
            return channel
    msg = f"no channel {name!r}; there are {', '.join(one.name for one in model.channels)}"
    raise KeyError(msg)


def axis_of(channel: AbstractChannel, observable: str) -> int:
    """The place of an observable in a channel.

    Raises:
        KeyError: there is no such observable.
    """
    if observable not in channel.observables:
        known = ", ".join(channel.observables)
        msg = f"no observable {observable!r} in channel {channel.name!r}; there are {known}"
        raise KeyError(msg)
    return channel.observables.index(observable)


def observed(
    model: Model, data: Dataset | Prepared, *, channel: str, observable: str
) -> Observed | None:
    """The observed values, or None where the data do not hold any.

    Bound data of a ratio channel hold ratios only; they hold the observable too if their rows are
    those of the channel's pool, as in an Asimov data set. Weighted bound data of an analytic
    channel are nodes of a quadrature, which fill no histogram.
    """
    term = channel_of(model, channel)
    axis = axis_of(term, observable)
    if isinstance(data, Dataset):
        if channel not in data.channels or observable not in data.channels[channel].columns:
            return None
        events = data.channels[channel]
        values = events.columns[observable]
        return _observed(values, np.ones(values.size) if events.weights is None else events.weights)
    prepared = data.channels[model.channels.index(term)]
    mask = np.asarray(prepared.mask)
    weights = np.asarray(prepared.weights)[mask]
    columns = _columns(term, prepared)
    if columns is None or (isinstance(prepared, AnalyticEvents) and (weights != 1.0).any()):
        return None
    return _observed(columns[:, axis][mask], weights)


def _columns(
    channel: AbstractChannel, prepared: AbstractPrepared
) -> Float[np.ndarray, "chunk axis row"] | None:
    if isinstance(prepared, AnalyticEvents):
        return np.asarray(prepared.x)
    if isinstance(channel, RatioChannel) and isinstance(prepared, RatioEvents) and channel.pool:
        pool = channel.pool
        if np.array_equal(np.asarray(prepared.ratios), np.asarray(pool.events.ratios)):
            return np.asarray(pool.x)
    return None


def _observed(
    values: Float[np.ndarray, " event"], weights: Float[np.ndarray, " event"]
) -> Observed:
    return Observed(values=values, weights=weights, weighted=bool((weights != 1.0).any()))
