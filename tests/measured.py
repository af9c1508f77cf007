"""Parameters that are measured themselves, with Gaussian errors: statistics have closed forms."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from statmodel.model import (
    Focus,
    JointGaussian,
    Measurement,
    Model,
    ParameterSpace,
    Prepared,
    Scope,
)
from statmodel.model._expressions import Constant
from statmodel.model.densities import Gaussian, ProductDensity


def measured(covariance, centres, widths, bounds=None):
    """The model x ~ N(mu, covariance), with the focus N(centres, widths) called `f`."""
    size = len(centres)
    names = ("mu", "nu", "xi", *(f"alpha_{k}" for k in range(3, size)))[:size]
    limits = bounds or ((-np.inf, np.inf),) * size
    factors = tuple(
        Gaussian(axis, *limits[axis], mean=Constant(centre), sigma=Constant(width))
        for axis, (centre, width) in enumerate(zip(centres, widths, strict=True))
    )
    matrix = np.asarray(covariance, float).reshape(size, size)
    return Model(
        scope=Scope(ParameterSpace(names, (0.0,) * size, limits, (False,) * size)),
        channels=(),
        constraints=(
            JointGaussian(
                jnp.arange(size), jnp.zeros(size), jnp.asarray(np.linalg.cholesky(matrix))
            ),
        ),
        measurement=Measurement("m", names),
        focus=(Focus("f", names, factors[0] if size == 1 else ProductDensity(factors)),),
    )


def of_first(covariance, centre, width):
    """The first of several measured parameters is of interest, the others are not."""
    size = len(covariance)
    bounds = ((-40.0, 40.0),) * size
    model = measured(covariance, [centre] * size, [width] * size, bounds)
    focus = model.focus[0]
    return dataclasses.replace(
        model,
        measurement=dataclasses.replace(model.measurement, pois=("mu",)),
        focus=(dataclasses.replace(focus, pois=("mu",), density=focus.density.factors[0]),),
    )


def seen(model, x):
    """Data: what was measured; a leading axis stays one."""
    auxiliary = jnp.asarray(x, float).reshape(*np.shape(x)[: np.ndim(x) - 1], model.space.size)
    one = Prepared((), jnp.zeros(model.space.size), None)
    return jax.tree.map(lambda _: auxiliary, one)


def with_focus(model, density):
    """The model with a density of its own as focus `f`."""
    return dataclasses.replace(model, focus=(Focus("f", model.measurement.pois, density),))
