r"""From the samples of binned channels, one by one, to the arrays that hold them all.

Every modifier is told by the slot that it reads. A slot that one sample reads under histosys and
another under normsys is one variable; a slot under two interpolation codes of one kind is two.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, TypeVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import AbstractExpression
from statmodel.model._interpolation import InterpolationCode

from ._factors import Factors, Responses
from ._gammas import Gammas
from ._histograms import Histograms
from ._placement import Placement, placement
from ._shape_features import ShiftCode
from ._shifts import AbstractCoefficients, DenseCoefficients, Shifts, SparseCoefficients

Bins: TypeAlias = tuple[float, ...]
Code = TypeVar("Code", ShiftCode, InterpolationCode)


class Rate(NamedTuple):
    """A normsys modifier; anchors are positive."""

    slot: int
    code: InterpolationCode
    up: float
    down: float


class Shift(NamedTuple):
    """A histosys modifier; anchors are histograms."""

    slot: int
    code: ShiftCode
    up: Bins
    down: Bins


class Sample(NamedTuple):
    """One sample of one channel."""

    name: str
    data: Bins
    """Unit: events; times all constant factors."""
    factors: tuple[int, ...] = ()
    """Slots of normfactors and luminosity."""
    formulas: tuple[AbstractExpression, ...] = ()
    rates: tuple[Rate, ...] = ()
    shifts: tuple[Shift, ...] = ()
    gammas: tuple[tuple[int, ...], ...] = ()
    """For each per-bin modifier the slots of the bins."""


class Channel(NamedTuple):
    """One binned channel."""

    name: str
    samples: tuple[Sample, ...]


class _Row(NamedTuple):
    """A sample, where it stands in the arrays."""

    place: int
    channel: int
    bins: slice
    sample: Sample


class _Both(NamedTuple):
    """A nuisance parameter with its codes; a slot as often as codes demand."""

    slot: int
    rate: InterpolationCode | None
    shift: ShiftCode | None


DENSE_FROM = 0.125
"""The share of coefficients that do not vanish, from which a matrix is faster than a list."""


def assemble(channels: Sequence[Channel], *, one: int) -> Histograms:
    """All binned channels of a model as one block.

    Args:
        channels: at least one, each of at least one sample and one bin.
        one: the slot that always holds 1; formulas are read behind the last slot, which it is.

    Raises:
        ValueError: if the samples of a channel, or their modifiers, differ in their bins; if a
            parameter stands under two equal normsys modifiers of one sample.
    """
    bins = tuple(_width(channel) for channel in channels)
    where = placement(bins)
    edges = np.concatenate([[0], np.cumsum(bins)])
    rows = [
        _Row(place, c, slice(int(edges[c]), int(edges[c + 1])), sample)
        for c, channel in enumerate(channels)
        for place, sample in enumerate(channel.samples)
    ]
    depth = max(len(channel.samples) for channel in channels)
    nuisances = _nuisances(rows)
    moving = [v for v in nuisances if v.shift is not None]
    turning = [v for v in nuisances if v.rate is not None]
    formulas = tuple(dict.fromkeys(formula for row in rows for formula in row.sample.formulas))
    behind = {formula: one + 1 + place for place, formula in enumerate(formulas)}
    plain = sorted({slot for row in rows for slot in _plain(row.sample, behind)})
    nominal = np.zeros((depth, int(edges[-1])))
    for row in rows:
        nominal[row.place, row.bins] = row.sample.data
    return Histograms(
        channels=tuple(channel.name for channel in channels),
        samples=tuple(tuple(s.name for s in channel.samples) for channel in channels),
        placement=where,
        formulas=formulas,
        shared=jnp.asarray([*(v.slot for v in nuisances), *plain], int),
        first_rate=len(nuisances) - len(turning),
        shifts=_shifts(rows, moving, nominal, where),
        factors=_factors(rows, turning, plain, behind, (depth, len(channels))),
        gammas=_gammas(rows, (depth, nominal.shape[1]), one),
    )


def _width(channel: Channel) -> int:
    """The number of bins of a channel, if all of it agrees."""
    width = len(channel.samples[0].data)
    for sample in channel.samples:
        lengths = {len(sample.data), *(len(slots) for slots in sample.gammas)}
        lengths |= {len(side) for one in sample.shifts for side in (one.up, one.down)}
        if lengths != {width}:
            msg = f"sample {sample.name} of channel {channel.name}: {sorted(lengths)} bins, not "
            raise ValueError(msg + str(width))
    return width


def _nuisances(rows: Sequence[_Row]) -> list[_Both]:
    """Those of histosys only, then of both, then of normsys only."""
    rates: dict[int, dict[InterpolationCode, None]] = {}
    shifts: dict[int, dict[ShiftCode, None]] = {}
    for row in rows:
        for rate in row.sample.rates:
            rates.setdefault(rate.slot, {})[rate.code] = None
        for shift in row.sample.shifts:
            shifts.setdefault(shift.slot, {})[shift.code] = None
    found: list[_Both] = []
    for slot in sorted({*rates, *shifts}):
        turns, moves = list(rates.get(slot, ())), list(shifts.get(slot, ()))
        for place in range(max(len(turns), len(moves))):
            turn = turns[place] if place < len(turns) else None
            move = moves[place] if place < len(moves) else None
            found.append(_Both(slot, turn, move))
    return sorted(found, key=lambda v: (v.shift is None) - (v.rate is None))


def _shifts(
    rows: Sequence[_Row],
    moving: Sequence[_Both],
    nominal: Float[np.ndarray, "sample bin"],
    where: Placement,
) -> Shifts:
    places = {(v.slot, v.shift): place for place, v in enumerate(moving)}
    lists: list[tuple[int, _Row, Float[np.ndarray, "2 _"]]] = []
    for row in rows:
        data = np.asarray(row.sample.data)
        for shift in row.sample.shifts:
            up, down = np.asarray(shift.up) - data, np.asarray(shift.down) - data
            both = 0.5 * np.stack([up - down, up + down])
            lists.append((places[shift.slot, shift.code], row, both))
    shift_codes: list[ShiftCode | None] = [v.shift for v in moving]
    codes, coded = _coded(shift_codes)
    filled = sum(both.shape[1] for _, _, both in lists)
    dense = filled >= DENSE_FROM * nominal.size * len(moving)
    coefficients = (_dense if dense else _sparse)(lists, nominal.shape, len(moving), where)
    return Shifts(jnp.asarray(nominal), codes, coded, coefficients)


def _dense(
    lists: Sequence[tuple[int, _Row, Float[np.ndarray, "2 _"]]],
    shape: tuple[int, ...],
    size: int,
    where: Placement,
) -> AbstractCoefficients:
    table = np.zeros((2, size, *shape))
    for variable, row, both in lists:
        table[:, variable, row.place, row.bins] += both
    turned = np.ascontiguousarray(table.reshape(2 * size, shape[0] * shape[1]).T)
    return DenseCoefficients(jnp.asarray(table), jnp.asarray(turned), where)


def _sparse(
    lists: Sequence[tuple[int, _Row, Float[np.ndarray, "2 _"]]],
    shape: tuple[int, ...],
    size: int,
    where: Placement,
) -> AbstractCoefficients:
    used = np.zeros(shape, int)
    for _, row, _ in lists:
        used[row.place, row.bins] += 1
    most = int(used.max(initial=0))
    variables, table = np.full((most, *shape), size), np.zeros((2, most, *shape))
    used[:] = 0
    for variable, row, both in lists:
        level = used[row.place, row.bins][0]
        variables[level, row.place, row.bins] = variable
        table[:, level, row.place, row.bins] = both
        used[row.place, row.bins] += 1
    odd, even = table
    return SparseCoefficients(
        size, jnp.asarray(variables), jnp.asarray(odd), jnp.asarray(even), where
    )


def _factors(
    rows: Sequence[_Row],
    turning: Sequence[_Both],
    plain: Sequence[int],
    behind: dict[AbstractExpression, int],
    shape: tuple[int, int],
) -> Factors:
    places = {(v.slot, v.rate): place for place, v in enumerate(turning)}
    rate_codes: list[InterpolationCode | None] = [v.rate for v in turning]
    codes, coded = _coded(rate_codes)
    logs = np.zeros((2, len(turning), *shape))
    carriers = np.zeros((len(turning), 6, *shape))
    powers = np.zeros((len(plain), *shape))
    most = max([len(_plain(row.sample, behind)) for row in rows])
    factors = np.full((most, *shape), len(plain))
    for row in rows:
        for rate in row.sample.rates:
            here = (places[rate.slot, rate.code], row.place, row.channel)
            if logs[(slice(None), *here)].any():
                msg = f"sample {row.sample.name}: two normsys modifiers read one parameter"
                raise ValueError(msg)
            sides = (rate.up, rate.down)
            logs[(slice(None), *here)] = np.log(sides)
            if rate.code == "code4":
                each = [(g - 1, g * np.log(g), g * np.log(g) ** 2) for g in sides]
                carriers[here[0], :, *here[1:]] = np.concatenate(each)
        for place, slot in enumerate(_plain(row.sample, behind)):
            factors[place, row.place, row.channel] = plain.index(slot)
            powers[plain.index(slot), row.place, row.channel] += 1
    responses = Responses(codes, coded, jnp.asarray(logs), jnp.asarray(carriers))
    return Factors(responses, jnp.asarray(factors), jnp.asarray(powers))


def _plain(sample: Sample, behind: dict[AbstractExpression, int]) -> tuple[int, ...]:
    """The slots of plain factors, formulas included."""
    return (*sample.factors, *(behind[formula] for formula in sample.formulas))


def _gammas(rows: Sequence[_Row], shape: tuple[int, int], one: int) -> Gammas:
    # In each bin: slot -> samples; a slot that multiplies a sample twice counts as two.
    found: list[dict[tuple[int, int], list[int]]] = [{} for _ in range(shape[1])]
    for row in rows:
        for column in range(row.bins.start, row.bins.stop):
            slots = [modifier[column - row.bins.start] for modifier in row.sample.gammas]
            for place, slot in enumerate(slots):
                key = (slot, slots[:place].count(slot))
                found[column].setdefault(key, []).append(row.place)
    most = max(len(each) for each in found)
    slots = np.full((most, shape[1]), one)
    touched = np.zeros((most, *shape), bool)
    for column, each in enumerate(found):
        for place, ((slot, _), samples) in enumerate(each.items()):
            slots[place, column] = slot
            touched[place, samples, column] = True
    return Gammas(jnp.asarray(slots), jnp.asarray(touched))


def _coded(found: Sequence[Code | None]) -> tuple[tuple[Code, ...], Array]:
    """The codes that occur, and which variable is of which."""
    codes = tuple(sorted({code for code in found if code is not None}))
    mask = [[1.0 * (code == own) for own in found] for code in codes]
    return codes, jnp.asarray(mask, jnp.float64).reshape(len(codes), len(found))
