"""The list of constraint classes that the laws run over, each with what scipy knows of it.

One line here subjects a new constraint to every law of `laws/test_constraints.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from scipy import stats

from statmodel.model import (
    AbstractConstraint,
    GammaConstraint,
    GaussianConstraint,
    HalfGaussianConstraint,
    LogNormalConstraint,
    PoissonConstraint,
    UniformConstraint,
)

Kind = Literal["observation", "counts", "parameter"]


@dataclass(frozen=True, kw_only=True)
class ConstraintCase:
    """A constraint, a value of its parameter, and the law of its observation by other means."""

    name: str
    make: Callable[[float], AbstractConstraint]
    """`make(f)`: the constraint with its first number multiplied by `f`, for stacks."""
    at: float
    log_density: Callable[[np.ndarray, float], np.ndarray]
    """Of the observation, at a value of the parameter."""
    support: tuple[float, float]
    """Of what the density is normalised in; beyond, it is below 1e-15 of its maximum."""
    kind: Kind = "observation"
    """`parameter`: no measurement but a statement on the parameter, normalised in it."""
    centre: float
    width: float
    step: float = 0.0
    """Distance of neighbouring observations; 0 where they are continuous."""
    drawn: tuple[float, float]
    """Mean and standard deviation of a new observation."""
    outside: tuple[float, ...] = ()
    """Values of the parameter that it forbids."""


def _real(*values: float) -> tuple[jnp.ndarray, ...]:
    return tuple(jnp.asarray(value, jnp.float64) for value in values)


_GAMMA_SHAPE = (1.2 / 0.3) ** 2

constraints = (
    ConstraintCase(
        name="gaussian",
        make=lambda f: GaussianConstraint(*_real(0.3 * f, 1.7)),
        at=0.9,
        log_density=lambda a, p: stats.norm.logpdf(a, p, 1.7),
        support=(0.9 - 15, 0.9 + 15),
        centre=0.3,
        width=1.7,
        drawn=(0.9, 1.7),
    ),
    ConstraintCase(
        name="half gaussian",
        make=lambda f: HalfGaussianConstraint(*_real(0.4 * f, 0.8)),
        at=0.9,
        log_density=lambda a, p: stats.halfnorm.logpdf(p, a, 0.8),
        support=(0.4, 0.4 + 8),
        kind="parameter",
        centre=0.4,
        width=0.8,
        drawn=(0.9, 0.8),
    ),
    ConstraintCase(
        name="poisson",
        make=lambda f: PoissonConstraint(*_real(9.5 * f)),
        at=1.3,
        log_density=lambda a, p: stats.poisson.logpmf(np.round(9.5 * a), 9.5 * p),
        support=(0.0, 80 / 9.5),
        kind="counts",
        centre=1.0,
        width=1 / np.sqrt(9.5),
        step=1 / 9.5,
        drawn=(1.3, np.sqrt(1.3 / 9.5)),
        outside=(-0.1, 0.0),
    ),
    ConstraintCase(
        name="gamma",
        make=lambda f: GammaConstraint(*_real(1.2 * f, 0.3)),
        at=1.5,
        log_density=lambda a, p: stats.gamma.logpdf(a, _GAMMA_SHAPE, scale=p / _GAMMA_SHAPE),
        support=(0.0, 10.0),
        centre=1.2,
        width=0.3,
        drawn=(1.5, 1.5 * 0.3 / 1.2),
        outside=(-0.1, 0.0),
    ),
    ConstraintCase(
        name="lognormal",
        make=lambda f: LogNormalConstraint(*_real(0.6 * f, 0.2)),
        at=0.7,
        log_density=lambda a, p: stats.lognorm.logpdf(a, 0.2, scale=p),
        support=(0.1, 5.0),
        centre=0.6,
        width=0.6 * 0.2,
        drawn=(stats.lognorm.mean(0.2, scale=0.7), stats.lognorm.std(0.2, scale=0.7)),
        outside=(-0.1, 0.0),
    ),
    ConstraintCase(
        name="uniform",
        make=lambda f: UniformConstraint(*_real(1.0 * f, 3.0)),
        at=1.7,
        log_density=lambda a, p: stats.uniform.logpdf(p, 1.0, 2.0) + 0.0 * a,
        support=(1.0, 3.0),
        kind="parameter",
        centre=2.0,
        width=np.inf,
        drawn=(2.0, 0.0),  # a box has no measurement: its observation is always the centre
        outside=(0.9, 3.1),
    ),
)
