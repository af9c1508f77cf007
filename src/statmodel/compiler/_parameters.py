"""From resolved parameters to the parameter space and the constraint blocks."""

from collections.abc import Iterable
from typing import TypeVar, assert_never

import equinox as eqx
import jax
import numpy as np

from statmodel import model, spec

from ._arrays import on_device

Module = TypeVar("Module", bound=eqx.Module)


def parameter_space(
    parameters: tuple[spec.ResolvedParameter, ...], rooted: frozenset[str]
) -> model.ParameterSpace:
    """All parameters in the order of the document; hard constraints narrow the bounds."""
    return model.ParameterSpace(
        names=tuple(one.name for one in parameters),
        init=tuple(float(one.init) for one in parameters),
        bounds=tuple(_bounds(one, rooted=one.name in rooted) for one in parameters),
        fixed=tuple(one.fixed for one in parameters),
        rooted=tuple(i for i, one in enumerate(parameters) if one.name in rooted),
    )


def constraint_blocks(
    resolved: spec.ResolvedSpec, space: model.ParameterSpace
) -> tuple[model.ConstraintBlock | model.JointGaussian, ...]:
    """Constraints of one class stacked; joint constraints as they are."""
    by_class: dict[type, list[tuple[int, model.AbstractConstraint]]] = {}
    for index, parameter in enumerate(resolved.parameters):
        constraint = _constraint(parameter.constraint)
        if constraint is not None:
            by_class.setdefault(type(constraint), []).append((index, constraint))
    blocks = [
        model.ConstraintBlock(
            parameters=on_device([index for index, _ in entries]),
            constraint=stack(constraint for _, constraint in entries),
        )
        for entries in by_class.values()
    ]
    joint = [_joint(one, space) for one in resolved.joint_constraints]
    return (*blocks, *joint)


def stack(modules: Iterable[Module]) -> Module:
    """One module whose arrays have a leading axis."""
    return jax.tree.map(lambda *leaves: on_device(np.stack(leaves)), *modules)


def _bounds(parameter: spec.ResolvedParameter, *, rooted: bool) -> tuple[float, float]:
    low, high = parameter.bounds
    match parameter.constraint:
        case spec.UniformConstraint(min=edge_low, max=edge_high):
            low, high = max(low, edge_low), min(high, edge_high)
        case spec.HalfGaussianConstraint(mean=edge):
            low = max(low, edge)
        case spec.PoissonConstraint() | spec.GammaConstraint() | spec.LognormalConstraint():
            low = max(low, 0.0)
        case _:
            pass
    return (max(low, 0.0) if rooted else low), high


def _constraint(constraint: spec.AnyConstraint) -> model.AbstractConstraint | None:
    match constraint:
        case spec.GaussianConstraint(mean=mean, sigma=sigma):
            return model.GaussianConstraint(_real(mean), _real(sigma))
        case spec.PoissonConstraint(rate=rate):
            return model.PoissonConstraint(_real(rate))
        case spec.GammaConstraint(mean=mean, sigma=sigma):
            return model.GammaConstraint(_real(mean), _real(sigma))
        case spec.LognormalConstraint(median=median, shape=shape):
            return model.LogNormalConstraint(_real(median), _real(shape))
        case spec.HalfGaussianConstraint(mean=mean, sigma=sigma):
            return model.HalfGaussianConstraint(_real(mean), _real(sigma))
        case spec.UniformConstraint(min=low, max=high):
            return model.UniformConstraint(_real(low), _real(high))
        case spec.NoConstraint():
            return None
        case _:
            assert_never(constraint)


def _joint(
    constraint: spec.ResolvedJointConstraint, space: model.ParameterSpace
) -> model.JointGaussian:
    covariance = np.asarray(constraint.covariance, float)
    return model.JointGaussian(
        parameters=on_device([space.index(name) for name in constraint.parameters]),
        mean=on_device(np.asarray(constraint.mean, float)),
        cholesky=on_device(np.linalg.cholesky(0.5 * (covariance + covariance.T))),
    )


def _real(value: float) -> jax.Array:
    return on_device(np.float64(value))
