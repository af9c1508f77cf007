"""What the compiler did with a model: folded, hoisted, stacked, padded; and what is left to do."""

import dataclasses
import json
from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, PyTree

from statmodel import model
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticChannel,
    RatioChannel,
    RatioEvents,
)

from ._explain_bins import BinsExplanation, explain_bins
from ._explain_bins import lines as lines_of_bins


@final
@dataclass(frozen=True)
class Sample:
    """A bound set of events."""

    name: str
    events: int
    rows: int
    """With padding."""
    chunks: int
    bytes: int


@final
@dataclass(frozen=True)
class Cost:
    """Of one evaluation of a channel, as XLA estimates it before fusing, loops multiplied out."""

    flops: float
    bytes: float


@final
@dataclass(frozen=True)
class ChannelExplanation:
    """One channel, stage by stage."""

    name: str
    kind: str
    processes: int
    folded: tuple[str, ...]
    """At compile time."""
    hoisted: tuple[str, ...]
    """Once for each data set."""
    evaluated: tuple[str, ...]
    """At every evaluation."""
    blocks: tuple[str, ...]
    """What is stacked, and how large it is."""
    samples: tuple[Sample, ...]
    value: Cost | None
    second_order: Cost | None
    """Value, gradient and Hessian together; none without data."""


@final
@dataclass(frozen=True)
class Explanation:
    """The staging of a model."""

    measurement: str
    parameters: int
    free: int
    constrained: int
    under_roots: tuple[str, ...]
    functions: int
    channels: tuple[ChannelExplanation, ...]
    """The unbinned ones."""
    bins: BinsExplanation | None = None
    """The others, together."""

    def to_json(self) -> str:
        """The same as a JSON document."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def explain(built: model.Model, prepared: model.Prepared | None = None) -> Explanation:
    """Say what was done at compile time, what at bind time, and what is left for each evaluation.

    Args:
        built: the compiled likelihood.
        prepared: bound data; without it only the pools are described.
    """
    space = built.space
    events = (None,) * len(built.channels) if prepared is None else prepared.channels
    constrained = sum(int(block.parameters.size) for block in built.constraints)
    return Explanation(
        measurement=built.measurement.name,
        parameters=space.size,
        free=space.size - sum(space.fixed),
        constrained=constrained,
        under_roots=tuple(space.names[index] for index in space.rooted),
        functions=len(built.scope.functions),
        channels=tuple(
            _channel(built, channel, bound)
            for channel, bound in zip(built.channels, events, strict=True)
        ),
        bins=None
        if built.histograms is None
        else explain_bins(built, built.histograms, None if prepared is None else prepared.counts),
    )


def _channel(
    built: model.Model, channel: AbstractChannel, bound: AbstractPrepared | None
) -> ChannelExplanation:
    folded, hoisted, evaluated, blocks, pool = _stages(channel)
    samples = [] if bound is None else [_sample("observed", bound)]
    samples += [] if pool is None else [_sample("pool", pool)]
    rates = channel.rates
    factors = int((np.asarray(rates.factors) != built.scope.one).sum())
    responses = sum(
        int(((np.asarray(one.log_up) != 0) | (np.asarray(one.log_down) != 0)).sum())
        for one in rates.responses
    )
    blocks = (f"{factors} normfactors, {responses} normsys in padded tables", *blocks)
    formulas = f"{len(rates.formulas)} formulas of {rates.nominal.size} rates"
    return ChannelExplanation(
        name=channel.name,
        kind="ratio" if isinstance(channel, RatioChannel) else "analytic",
        processes=len(channel.processes),
        folded=folded,
        hoisted=hoisted,
        evaluated=(formulas, *evaluated),
        blocks=blocks,
        samples=tuple(samples),
        value=_cost(built, channel, bound, second_order=False),
        second_order=_cost(built, channel, bound, second_order=True),
    )


def _stages(
    channel: AbstractChannel,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], RatioEvents | None]:
    constant = "constant factors of the rates"
    match channel:
        case AnalyticChannel():
            names = [
                process
                for process, fixed in zip(channel.processes, channel.fixed(), strict=True)
                if fixed
            ]
            moving = [process for process in channel.processes if process not in names]
            hoisted = tuple(f"density of {name}: reads no parameter" for name in names)
            evaluated = tuple(f"density of {name}" for name in moving)
            return (constant,), hoisted, evaluated, (), None
        case RatioChannel():
            shapes = channel.shapes
            blocks = [f"{len(one.processes)} up/down pairs, {one.code}" for one in shapes.responses]
            heads = [] if shapes.heads is None else [f"{len(shapes.heads.processes)} heads"]
            pairs = sum(len(one.processes) for one in shapes.responses)
            absent = len(channel.processes) * shapes.nuisances.size - pairs
            evaluated = ["responses of all pairs, their product for each process"]
            if channel.normalization != "analytic":
                evaluated.append(_closure(channel))
            return (
                (constant, f"{absent} absent (process, nuisance) pairs: not stored"),
                ("ratios", "logarithms of up/down ratios"),
                tuple(evaluated),
                (*blocks, *heads),
                None if channel.pool is None else channel.pool.events,
            )
        case _:
            msg = f"channel {channel.name} is of no kind that is known here"
            raise TypeError(msg)


def _closure(channel: RatioChannel) -> str:
    """Where Z comes from, and how good it is."""
    if channel.table is None:
        why = f": {channel.streamed_because}" if channel.streamed_because else ""
        return f"Z of each process, streamed over the pool ({channel.normalization}){why}"
    axes, bias = channel.table.slots.size, float(channel.table.bias)
    error = "nu to" if channel.normalization == "simulation_sum" else "N ln Z to"
    good = "not compared with the pool" if np.isnan(bias) else f"which tells {error} {bias:.1g}"
    return (
        f"Z of each process, from a table of {axes} nuisance{'s' * (axes != 1)} "
        f"({channel.normalization}), {good}"
    )


def _sample(name: str, events: AbstractPrepared) -> Sample:
    chunks, rows = events.mask.shape
    leaves = [leaf for leaf in jax.tree.leaves(events) if eqx.is_array(leaf)]
    return Sample(
        name=name,
        events=int(events.mask.sum()),
        rows=chunks * rows,
        chunks=chunks,
        bytes=sum(leaf.nbytes for leaf in leaves),
    )


def _cost(
    built: model.Model,
    channel: AbstractChannel,
    bound: AbstractPrepared | None,
    *,
    second_order: bool,
) -> Cost | None:
    """XLA counts the body of a loop once, so one chunk is costed and multiplied."""
    if bound is None:
        return None
    one = jax.tree.map(lambda leaf: leaf[:1], bound)
    with_pool = _estimate(built, channel, one, second_order=second_order)
    if not isinstance(channel, RatioChannel) or channel.normalization == "analytic":
        return Cost(*(with_pool * bound.mask.shape[0]))
    closed = dataclasses.replace(channel, normalization="analytic")
    without = _estimate(built, closed, one, second_order=second_order)
    pool = channel.pool if channel.table is None else None
    pool_chunks = 1 if pool is None else pool.events.mask.shape[0]
    return Cost(*(without * bound.mask.shape[0] + (with_pool - without) * pool_chunks))


def _estimate(
    built: model.Model, channel: AbstractChannel, one: AbstractPrepared, *, second_order: bool
) -> Float[np.ndarray, "2"]:
    """Operations and bytes of one evaluation on one chunk (and one chunk of the pool)."""
    free = built.space.to_free(built.space.values(built.space.point()))
    # The data are arguments: as constants of the program, numbers that repeat would be cheaper.
    arrays, rest = eqx.partition((channel, one), eqx.is_array)

    def value(u: model.FreeVector, given: PyTree) -> jax.Array:
        whole, events = eqx.combine(given, rest)
        return whole.log_prob(built.scope.at_free(u), events)

    def both(u: model.FreeVector, given: PyTree) -> jax.Array:
        whole, events = eqx.combine(given, rest)
        return whole.log_prob_to_second_order(built.scope.at_free(u), events)

    function = jax.hessian(both) if second_order else value
    analysis = jax.jit(function).lower(free, arrays).cost_analysis() or {}
    return np.asarray([analysis.get(name, np.nan) for name in ("flops", "bytes accessed")])


def _lines(explanation: Explanation) -> list[str]:
    roots = ", ".join(explanation.under_roots)
    lines = [
        f"measurement {explanation.measurement}: {explanation.parameters} parameters, "
        f"{explanation.free} free, {explanation.constrained} constrained, "
        f"{explanation.functions} functions"
    ]
    lines += [f"  fitted as s = sqrt(p): {roots}"] * bool(roots)
    for one in explanation.channels:
        lines.append(f"channel {one.name} ({one.kind}, {one.processes} processes)")
        for title, entries in (
            ("folded at compile time", one.folded),
            ("hoisted to bind time", one.hoisted),
            ("left for every evaluation", one.evaluated),
            ("stacked", one.blocks),
        ):
            lines += [f"  {title}: {'; '.join(entries)}"] * bool(entries)
        for sample in one.samples:
            waste = 1 - sample.events / sample.rows
            lines.append(
                f"  {sample.name}: {sample.events} events padded to {sample.rows} rows "
                f"({waste:.0%} waste) in {sample.chunks} chunks, {sample.bytes / 2**20:.2f} MiB"
            )
        for title, cost in (("value", one.value), ("value, gradient, Hessian", one.second_order)):
            if cost is not None:
                lines.append(
                    f"  {title}: {cost.flops / 1e6:.3g} Mflop, "
                    f"{cost.bytes / 2**20:.3g} MiB before fusing"
                )
    return lines if explanation.bins is None else [*lines, *lines_of_bins(explanation.bins)]
