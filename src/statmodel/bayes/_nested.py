r"""The integral of a density by nested sampling, with the package dynesty.

.. math:: Z = \int_{[0, 1]^n} p(D \mid \theta(v))\, \pi(\theta(v))
   \left|\frac{d\theta}{dv}\right| dv

The unit cube is the whole parameter space, bounds and infinities on its faces: :math:`v =
\sigma(u)` in the coordinates of :mod:`._target`, with widths three times as large, so that nothing
is cut off. (J. S. Speagle, Mon. Not. R. Astron. Soc. 493 (2020) 3132.)
"""

import dataclasses
import importlib
import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._target import Target

_WIDER = 3.0
_LOW = -1e300
"""A natural log for no likelihood: dynesty takes no infinities."""
_REMAINING = 0.01
"""Of log Z, in the live points, at the end."""


class Nested(NamedTuple):
    """A marginal likelihood."""

    log: float
    error: float
    evaluations: int


def nested(target: Target, *, live: int, rng: np.random.Generator) -> Nested:
    """The natural log of the integral.

    Args:
        target: likelihood and priors, in coordinates that suit them.
        live: live points.
        rng: of the points.

    Raises:
        ModuleNotFoundError: dynesty is not installed.
    """
    try:
        dynesty = importlib.import_module("dynesty")
    except ModuleNotFoundError as error:
        msg = (
            'nested sampling needs dynesty, which is not installed: pip install "statmodel[nested]"'
        )
        raise ModuleNotFoundError(msg) from error
    wide = dataclasses.replace(target, width=_WIDER * target.width)
    middle = np.full(target.size, 0.5)
    # Compiled beforehand, a call costs a third of what one through the cache does.
    density = eqx.filter_jit(_log_density).lower(wide, middle).compile()  # pyright: ignore[reportFunctionMemberAccess]

    def log_density(cube: Float[np.ndarray, " free"]) -> float:
        log = float(density(wide, cube))
        return log if math.isfinite(log) else _LOW

    sampler = dynesty.NestedSampler(
        log_density, lambda cube: cube, target.size, nlive=live, rstate=rng
    )
    sampler.run_nested(dlogz=_REMAINING, print_progress=False)
    found = sampler.results
    return Nested(float(found.logz[-1]), float(found.logzerr[-1]), int(np.sum(found.ncall)))


def _log_density(target: Target, cube: Float[Array, " free"]) -> Float[Array, ""]:
    safe = jnp.clip(cube, 1e-300, 1.0 - 1e-16)
    outer = jnp.log(safe) - jnp.log1p(-safe)
    slope = jax.nn.log_sigmoid(outer) + jax.nn.log_sigmoid(-outer)
    return target.log_prob(outer) - slope.sum()
