r"""Where the likelihood has no value: the channel, the process and the event to blame.

.. math:: m(x_i \mid \theta) = \sum_j \lambda_j(\theta)\, p_j(x_i) > 0, \qquad
   \nu = \sum_j \lambda_j \ge 0

Looked at where a fit could not begin, and on the way on which it could not go on.
"""

from collections.abc import Iterator
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._kept import kept
from statmodel.infer._finding import Finding, Severity
from statmodel.infer.minimisers._extent import extent_of
from statmodel.infer.minimisers._objective import nll_derivatives
from statmodel.infer.minimisers._status import Status
from statmodel.model import ConstraintBlock, FreeVector, Model, Prepared, Slots
from statmodel.model.channels import AbstractChannel, AbstractPrepared

from ._bins import impossible_bins, nearly_empty_bins
from ._case import Case, listed, plural

_FRACTIONS = 0.5 ** np.arange(0, 24, 2)
_NEARLY_ZERO = 0.05


class _Lowest(NamedTuple):
    """The lowest total over the events of a channel; NaN counts as lowest."""

    total: Float[Array, ""]
    terms: Float[Array, " process"]
    position: Int[Array, ""]
    bad: Int[Array, ""]
    share: Float[Array, ""]
    """Total over summed magnitudes of the terms."""
    rates: Float[Array, " process"]


def impossible_start(case: Case) -> Iterator[Finding]:
    """Why nll, or a derivative of it, is not finite at the start."""
    if case.status is not Status.BAD_START:
        return
    found = [*_impossible(case, case.values, "At the start"), *_outside_support(case)]
    yield from found or _without_derivative(case)


def blocked_way(case: Case) -> Iterator[Finding]:
    """What stops a fit whose gradient does not vanish."""
    if case.status is not Status.NO_DECREASE or not case.usable:
        return
    step = _newton_step(case)
    space = case.model.space
    here = np.asarray(space.to_free(jnp.asarray(case.values)))
    lower, upper = (np.asarray(one) for one in space.free_bounds())
    for fraction in _FRACTIONS:
        there = np.clip(here + fraction * step, lower, upper)
        values = np.asarray(space.to_values(jnp.asarray(there)))
        found = list(_impossible(case, values, f"{fraction:.2g} of a Newton step further"))
        if found:
            yield from found[:1]
            return
    nearest = list(_nearly_zero(case))
    if nearest:
        yield from nearest
        return
    yield Finding(
        kind="kink",
        severity=Severity.ERROR,
        message="No step lowers nll, although every total around is positive.",
        advice="Look for a kink in a formula (abs, min, max, where) at these values.",
    )


def _impossible(
    case: Case, values: Float[np.ndarray, " parameter"], where: str
) -> Iterator[Finding]:
    """Channels whose total is not positive at some event, or whose rate is negative or NaN."""
    at = case.model.scope.at_free(case.model.space.to_free(jnp.asarray(values)))
    for channel, events in zip(case.model.channels, case.prepared.channels, strict=True):
        lowest = _lowest(channel, events, at)
        rates = np.asarray(lowest.rates)
        if not rates.sum() >= 0:
            yield _bad_rate(channel, rates, where)
        elif int(lowest.bad):
            yield _bad_total(case, channel, lowest, where)
    yield from impossible_bins(case, values, where)


def _bad_rate(
    channel: AbstractChannel, rates: Float[np.ndarray, " process"], where: str
) -> Finding:
    worst = int(np.argmin(np.nan_to_num(rates, nan=-np.inf)))
    return Finding(
        kind="impossible_rate",
        severity=Severity.ERROR,
        message=(
            f"{where} channel {channel.name} expects {rates.sum():.4g} events; process "
            f"{channel.processes[worst]} {rates[worst]:.4g}."
        ),
        advice="Check the formula of its rate, and the values of the parameters that it reads.",
        numbers=(("expected", float(rates.sum())), ("process", float(rates[worst]))),
    )


def _bad_total(case: Case, channel: AbstractChannel, lowest: _Lowest, where: str) -> Finding:
    terms, total = np.asarray(lowest.terms), float(lowest.total)
    worst = int(np.argmin(np.nan_to_num(terms, nan=-np.inf)))
    process, position = channel.processes[worst], int(lowest.position)
    return Finding(
        kind="impossible_event",
        severity=Severity.ERROR,
        message=(
            f"{where} the total of channel {channel.name} is {total:.4g} at "
            f"{case.event_name(channel, position)}, counted from 0; its lowest term is "
            f"process {process}'s ({terms[worst]:.4g}). {plural(int(lowest.bad), 'event')} like it."
        ),
        advice=(
            f"Start elsewhere (`--start`), set bounds, or check the rate and the density of "
            f"{process} there."
        ),
        numbers=(
            ("total", total),
            ("term", float(terms[worst])),
            ("row", float(_row(case, channel.name, position))),
            ("events", float(lowest.bad)),
        ),
    )


def _nearly_zero(case: Case) -> Iterator[Finding]:
    at = case.model.scope.at_free(case.model.space.to_free(jnp.asarray(case.values)))
    for channel, events in zip(case.model.channels, case.prepared.channels, strict=True):
        lowest = _lowest(channel, events, at)
        if float(lowest.share) < _NEARLY_ZERO:
            position = int(lowest.position)
            yield Finding(
                kind="vanishing_total",
                severity=Severity.ERROR,
                message=(
                    f"The total of channel {channel.name} nearly vanishes at "
                    f"{case.event_name(channel, position)}, counted from 0: "
                    f"{100 * float(lowest.share):.2g} % of its terms' magnitude is left. The "
                    "minimum touches where the model is impossible."
                ),
                advice="Check the signed terms at this event, or keep away by bounds.",
                numbers=(
                    ("total", float(lowest.total)),
                    ("row", float(_row(case, channel.name, position))),
                ),
            )
    yield from nearly_empty_bins(case, _NEARLY_ZERO)


def _outside_support(case: Case) -> Iterator[Finding]:
    """Constrained parameters whose auxiliary observation is impossible there."""
    for block in case.model.constraints:
        each = np.asarray(_log_probs(block, case.prepared.auxiliary, jnp.asarray(case.values)))
        own = np.asarray(block.parameters)
        bad = own[~np.isfinite(each)] if each.size == own.size else own[:0]
        if bad.size:
            names = [case.names[i] for i in bad]
            yield Finding(
                kind="outside_support",
                severity=Severity.ERROR,
                parameters=tuple(names),
                message=f"At the start {listed(names)} is outside the support of its constraint.",
                advice="Start it inside: a rate or a width must be positive.",
                numbers=tuple((case.names[i], float(case.values[i])) for i in bad),
            )


def _without_derivative(case: Case) -> Iterator[Finding]:
    free = case.model.space.to_free(jnp.asarray(case.values))
    own, mixed = (np.asarray(x) for x in _finite_derivatives(case.model, case.prepared, free))
    # One parameter's infinite curvature makes NaN of the mixed derivatives of all.
    names = [case.names[i] for i in np.flatnonzero(~(mixed if own.all() else own))]
    if not names:
        return
    yield Finding(
        kind="no_derivative",
        severity=Severity.ERROR,
        parameters=tuple(names),
        message=(
            f"At the start every total is positive, but a derivative in {listed(names)} is not "
            "finite."
        ),
        advice=(
            "A formula is at the edge of its domain: log or a power at 0, a branch of `where` that "
            "is not guarded. Start elsewhere, or rewrite it."
        ),
    )


def _newton_step(case: Case) -> Float[np.ndarray, " parameter"]:
    """To the minimum of the quadratic model, with absolute curvatures; no endless step."""
    step = np.zeros(case.values.size)
    places = np.flatnonzero(case.free)
    if not places.size:
        return step
    hessian = case.hessian[np.ix_(places, places)]
    scale = np.sqrt(np.abs(np.diagonal(hessian)))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
    curvature = np.maximum(np.abs(values), max(1e-8 * np.abs(values).max(), 1e-200))
    slope = vectors.T @ (case.gradient[places] / scale)
    step[places] = -(vectors @ (slope / curvature)) / scale
    here = case.model.space.to_free(jnp.asarray(case.values))
    size = np.asarray(extent_of(case.model, case.prepared, here).size)
    return step / max(1.0, float(np.max(np.abs(step) / size)))


def _row(case: Case, channel: str, position: int) -> int:
    table = case.events.get(channel)
    return position if table is None else int(table.rows[position])


@eqx.filter_jit
def _lowest(channel: AbstractChannel, events: AbstractPrepared, at: Slots) -> _Lowest:
    terms = channel.components(at, events)
    totals = terms.sum(axis=1)
    counted = events.mask & (events.weights != 0)
    bad = counted & ~((totals > 0) & (totals < jnp.inf))
    # NaN counts as lowest: argmin returns it first.
    position = jnp.argmin(jnp.where(counted, totals, jnp.inf).ravel())
    chunk, place = position // events.mask.shape[1], position % events.mask.shape[1]
    own = terms[chunk, :, place]
    size = jnp.abs(own).sum()
    share = own.sum() / jnp.where(size > 0, size, 1.0)
    return _Lowest(totals[chunk, place], own, position, bad.sum(), share, channel.expected(at))


@eqx.filter_jit
@kept(returns=(0, 0))
def _finite_derivatives(
    model: Model, prepared: Prepared, free: FreeVector
) -> tuple[Bool[Array, " parameter"], Bool[Array, " parameter"]]:
    """Whether each parameter's own derivatives are finite, and whether all that involve it are."""
    _, gradient, hessian = nll_derivatives(model, prepared)(free)
    finite = jnp.isfinite(gradient)
    own = finite & jnp.isfinite(jnp.diagonal(hessian))
    return own, finite & jnp.isfinite(hessian).all(axis=1)


def _log_probs(
    block: eqx.Module,
    observed: Float[Array, " parameter"],
    values: Float[Array, " parameter"],
) -> Float[Array, " constrained"]:
    """One log density a parameter, where the block is a stack of constraints."""
    if not isinstance(block, ConstraintBlock):
        return jnp.zeros(0)
    each = jax.vmap(lambda one, a, p: one.log_prob(a, p))
    return each(block.constraint, observed[block.parameters], values[block.parameters])
