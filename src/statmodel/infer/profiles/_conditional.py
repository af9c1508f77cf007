r"""Conditional fits: minima of `nll` with one parameter held, a batch of them in one program.

At the minimum :math:`\hat{\hat\theta}(\mu)` over the other parameters the envelope theorem gives
the slope of the profile for nothing, and the Hessian its curvature and the way of the minimum:

.. math::

   \frac{d\,\mathrm{nll}}{d\mu} = \frac{\partial\,\mathrm{nll}}{\partial\mu}, \qquad
   \frac{d\hat{\hat\theta}}{d\mu} = -H_{oo}^{-1} H_{o\mu}, \qquad
   \frac{d^2\mathrm{nll}}{d\mu^2} = H_{\mu\mu} - H_{\mu o} H_{oo}^{-1} H_{o\mu}

Which parameter is held is data, so that one program serves them all.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._extent import extent_of
from statmodel.infer.minimisers._minimise import MAX_STEPS, Minimum, minimise
from statmodel.infer.minimisers._objective import nll_derivatives, scored
from statmodel.infer.minimisers._status import Status
from statmodel.infer.minimisers._trust_region import Mask, Matrix, Scalar, Vector, restrict
from statmodel.model import FreeVector, Model, Prepared

BATCH = 16
"""Fits in one call of the program; fewer are filled up with fits that are not made."""


class Task(NamedTuple):
    """One conditional fit; a batch has a leading axis on every field."""

    start: FreeVector
    """Holds the parameter's value, in internal coordinates."""
    held: Int[Array, ""]
    wanted: Bool[Array, ""]
    """False: nothing is done."""


class Conditional(NamedTuple):
    """The end of a conditional fit, in internal coordinates."""

    at: FreeVector
    value: Scalar
    slope: Scalar
    """Derivative of the profiled `nll`."""
    curvature: Scalar
    """Second derivative of the profiled `nll`."""
    tangent: FreeVector
    """Derivative of `at`."""
    status: Int[Array, ""]


def conditional_fits(
    model: Model,
    prepared: Prepared,
    tasks: Task,
    box: Box,
) -> Conditional:
    """Do a batch of conditional fits, one after the other.

    Those of a model of binned channels only are scored; the trust-region method, whose program is
    compiled then, does what that leaves in doubt.
    """
    if model.coordinates is None:
        return judged_fits(model, prepared, tasks, box)
    first = scored_fits(model, prepared, tasks, box)
    open_ = tasks.wanted & (first.status != Status.CONVERGED)
    if not bool(open_.any()):
        return first
    again = tasks._replace(wanted=open_)
    second = judged_fits(model, prepared, again, box)

    def chosen(new: Array, old: Array) -> Array:
        return jnp.where(open_.reshape(open_.shape + (1,) * (old.ndim - 1)), new, old)

    return jax.tree.map(chosen, second, first)


_CONDITIONAL = Conditional._make([0] * len(Conditional._fields))


@vectorised_jit
@kept(returns=_CONDITIONAL)
def judged_fits(
    model: Model,
    prepared: Prepared,
    tasks: Task,
    box: Box,
) -> Conditional:
    """The same by the trust-region method."""
    derivatives = nll_derivatives(model, prepared)

    def run(task: Task) -> Conditional:
        held = _held(box, task)
        extent = extent_of(model, prepared, task.start)
        end = minimise(
            derivatives, task.start, **held._asdict(), max_steps=MAX_STEPS, extent=extent
        )
        return _followed(end, task, held)

    return _each(run, tasks)


@vectorised_jit
@kept(returns=_CONDITIONAL)
def scored_fits(
    model: Model,
    prepared: Prepared,
    tasks: Task,
    box: Box,
) -> Conditional:
    """The same by scoring; whatever is not `CONVERGED` is open."""

    def run(task: Task) -> Conditional:
        held = _held(box, task)
        extent = extent_of(model, prepared, task.start)
        end, _ = scored(model, prepared, task.start, held, extent)
        return _followed(end, task, held)

    return _each(run, tasks)


def _held(box: Box, task: Task) -> Box:
    return box._replace(fixed=box.fixed | (jnp.arange(box.fixed.size) == task.held))


def _followed(end: Minimum, task: Task, held: Box) -> Conditional:
    tangent, curvature = follow(end.hessian, task.held, ~held.fixed & ~end.active)
    slope = end.gradient[task.held]
    return Conditional(end.at, end.value, slope, curvature, tangent, end.status)


def _each(run: Callable[[Task], Conditional], tasks: Task) -> Conditional:
    """One after the other, those that are wanted."""

    def skip(task: Task) -> Conditional:
        shapes = jax.eval_shape(run, task)
        return jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)

    return jax.lax.map(lambda task: jax.lax.cond(task.wanted, run, skip, task), tasks)


def follow(hessian: Matrix, held: Int[Array, ""], moving: Mask) -> tuple[Vector, Scalar]:
    """How the other parameters follow the one held, and the curvature of the profile."""
    diagonal = jnp.abs(jnp.diagonal(hessian))
    scale = jnp.sqrt(jnp.where(diagonal > 0, diagonal, 1.0))
    scaled = hessian / (scale[:, None] * scale[None, :])
    column = scaled[:, held]
    others = restrict(scaled, moving)
    response = jnp.where(moving, -jnp.linalg.solve(others, jnp.where(moving, column, 0.0)), 0.0)
    unit = jnp.zeros_like(scale).at[held].set(1.0)
    curvature = (scaled[held, held] + column @ response) * scale[held] ** 2
    return unit + response * scale[held] / scale, curvature
