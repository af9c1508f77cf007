r"""Whether the averages over a pool are read from a table, or the pool at every evaluation.

.. math:: N\,\lvert\delta \ln Z_j(\alpha)\rvert \le 10^{-3}

Under `simulation_sum` it is :math:`\sum_j \lvert\lambda_j Z_j\, \delta \ln Z_j\rvert` that may not
be larger, the error of the expected events. A table is tried where the pool is large, and large
against the data; from three nuisances on it is given up before it is made if a look at some points
and some of the pool tells that it cannot succeed. Its errors are looked at on 256 Sobol points of
the nuisances' own distribution, cut at three widths, and with one nuisance at a time moved between
there and the ends of the table.
"""

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel import model
from statmodel.model.channels import (
    TABLE_REACH,
    NoTableError,
    RatioChannel,
    Tabulation,
)

from ._arrays import on_device
from ._points import centres_and_widths, rates_at, slots_at
from ._sobol import unit_sobol_points
from ._sources import Sources

TOLERATED_BIAS = 1e-3
FEWEST_ROWS = 65_536
"""A smaller pool is read in a few milliseconds."""
FEWEST_A_EVENT = 4
"""Rows of the pool for each event; with less, most of the time goes to the data."""
WIDTHS = 3.0
_LOOK_AT = 16_384
_EXACT = 2
"""So many nuisances have tables without an error but that of interpolation."""
_OUTER = (-4.5, -3.5, 3.5, 4.5)


def with_tables(built: model.Model, sources: Sources) -> tuple[model.Model, tuple[str, ...]]:
    """The model with tables where they are good, and words on those that are not."""
    channels, notes = list(built.channels), list[str]()
    for place, channel in enumerate(built.channels):
        if not isinstance(channel, RatioChannel) or not _wanted(built, channel, sources):
            continue
        try:
            channels[place] = _with_table(built, channel, sources)
        except NoTableError as error:
            channels[place] = replace(channel, streamed_because=str(error))
            rows = sources.pools[channel.name].size
            notes.append(
                f"channel {channel.name}: Z has no table, so the {rows} events of the pool are "
                f"read at every evaluation: {error}."
            )
    return replace(built, channels=tuple(channels)), tuple(notes)


def _wanted(built: model.Model, channel: RatioChannel, sources: Sources) -> bool:
    if channel.normalization == "analytic" or channel.pool is None:
        return False
    rows = sources.pools[channel.name].size
    return rows >= FEWEST_ROWS and rows >= FEWEST_A_EVENT * _events(built, channel, sources)


def _with_table(built: model.Model, channel: RatioChannel, sources: Sources) -> RatioChannel:
    """The channel with its table.

    Raises:
        NoTableError: where there is none that is good enough, and why.
    """
    how = Tabulation.of(channel, one=built.scope.one)
    points = _points(built, how.axes.slots)
    check = _Check(
        channel=channel,
        rates=_nominal_rates(built, channel),
        events=_events(built, channel, sources),
    )
    if len(how.axes.slots) > _EXACT:
        step = max(1, sources.pools[channel.name].size // _LOOK_AT)
        few = points[: how.nodes.size]
        # What noise of the smaller pool adds shrinks with its size; what is left cannot be less.
        bias = check.bias(how.errors_of_pairs(few, step=step)) / np.sqrt(step)
        check.refuse(bias)
    table = how.table()
    found, exact = how.compared(table, points)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.where(found == exact, 0.0, np.log(np.abs(found / exact)))
    bias = check.bias(errors, exact)
    check.refuse(bias)
    return replace(channel, table=replace(table, bias=on_device(np.float64(bias))))


@final
@dataclass(frozen=True)
class _Check:
    """What errors of ln Z do to the log likelihood."""

    channel: RatioChannel
    rates: Float[np.ndarray, " process"]
    events: float

    def bias(
        self,
        errors: Float[np.ndarray, "point process"],
        closure: Float[np.ndarray, "point process"] | float = 1.0,
    ) -> float:
        """The largest shift at any point; NaN where an error is."""
        if self.channel.normalization == "simulation_sum":
            return float(np.abs(self.rates * closure * errors).sum(axis=1).max())
        return self.events * float(np.abs(errors).max(initial=0.0))

    def refuse(self, bias: float) -> None:
        """Give up a table that is not good enough.

        Raises:
            NoTableError: with the number.
        """
        if not bias <= TOLERATED_BIAS:
            what = "nu" if self.channel.normalization == "simulation_sum" else "N ln Z"
            msg = (
                f"nuisances moved one and two at a time tell {what} to {bias:.2g}, and at most "
                f"{TOLERATED_BIAS:g} is wanted"
            )
            raise NoTableError(msg)


def _points(built: model.Model, slots: tuple[int, ...]) -> Float[np.ndarray, "point axis"]:
    """Where errors are looked at: Sobol points first.

    Raises:
        NoTableError: where an axis is no parameter with a constraint inside the table.
    """
    centre, width = centres_and_widths(built)
    for slot in slots:
        name = built.space.names[slot] if slot < built.space.size else "a function"
        if slot >= built.space.size or not np.isfinite(width[slot]):
            msg = f"{name} moves shapes and has no constraint that tells how far it goes"
            raise NoTableError(msg)
        if abs(centre[slot]) + WIDTHS * width[slot] > TABLE_REACH:
            msg = f"{name} may leave the table, which ends at {TABLE_REACH:g}"
            raise NoTableError(msg)
    own = np.asarray(slots, int)
    # Shifted by multiples of the golden ratio: the sequence begins in a corner.
    shift = (0.5 + 0.618033988749895 * np.arange(own.size)) % 1.0
    uniform = (unit_sobol_points(own.size) + shift) % 1.0
    normal = NormalDist()
    low, high = normal.cdf(-WIDTHS), normal.cdf(WIDTHS)
    steps = np.vectorize(normal.inv_cdf, otypes=[float])(np.clip(uniform, low, high))
    inner = centre[own] + width[own] * steps
    outer = [step * one for one in np.eye(own.size) for step in _OUTER]
    return np.concatenate([inner, np.reshape(outer, (-1, own.size))])


def _events(built: model.Model, channel: RatioChannel, sources: Sources) -> float:
    """How many there are, or are expected at nominal, whichever is more."""
    observed = sources.observed.get(channel.name)
    expected = float(_nominal_rates(built, channel).sum())
    return max(expected, 0.0 if observed is None else float(observed.size))


def _nominal_rates(built: model.Model, channel: RatioChannel) -> Float[np.ndarray, " process"]:
    nominal = np.asarray(built.space.init)[None]
    return np.asarray(rates_at(channel, slots_at(built.scope, on_device(nominal))))[0]
