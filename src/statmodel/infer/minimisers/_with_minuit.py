"""First-order minimisation by iminuit's MIGRAD, outside JAX, with the gradient of the likelihood.

(F. James, M. Roos, Comput. Phys. Commun. 10 (1975) 343; H. Dembinski et al., iminuit,
https://doi.org/10.5281/zenodo.3949207.) Bounds are MINUIT's own. This module needs iminuit and is
loaded only when it is asked for.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from iminuit import Minuit
from jaxtyping import Bool, Float

from ._reached import Reached

_TOLERANCE = 1e-3
"""MIGRAD stops where its estimated distance is below 0.002 times this, in units of `nll`."""
_TOO_HIGH = 1e100
"""What stands for `nll` where it is not finite: MIGRAD cannot go on from an infinity."""


def minuit_search(
    slope: Callable[
        [Float[np.ndarray, " parameter"]], tuple[float, Float[np.ndarray, " parameter"]]
    ],
    start: Float[np.ndarray, " parameter"],
    *,
    errors: Float[np.ndarray, " parameter"],
    fixed: Bool[np.ndarray, " parameter"],
    lower: Float[np.ndarray, " parameter"],
    upper: Float[np.ndarray, " parameter"],
    max_steps: int,
) -> Reached:
    """Run MIGRAD once.

    Args:
        slope: value and gradient.
        start: first point.
        errors: first guesses of the errors.
        fixed: coordinates that stay at `start`.
        lower: lower bounds, `-inf` where none.
        upper: upper bounds.
        max_steps: most evaluations.
    """
    seen: tuple[Float[np.ndarray, " parameter"], float, Float[np.ndarray, " parameter"]]
    seen = (np.full_like(start, np.nan), np.nan, start)
    offset, _ = slope(start)
    offset = offset if np.isfinite(offset) else 0.0

    def visited(point: tuple[float, ...]) -> tuple[float, Float[np.ndarray, " parameter"]]:
        """MIGRAD asks for the value and for the gradient one after the other."""
        nonlocal seen
        at = np.asarray(point)
        if not np.array_equal(seen[0], at):
            value, gradient = slope(at)
            usable = np.isfinite(value) and bool(np.isfinite(gradient).all())
            value = value - offset if usable else _TOO_HIGH
            seen = (at, value, gradient if usable else np.zeros_like(at))
        return seen[1], seen[2]

    minuit = Minuit(lambda *at: visited(at)[0], *start, grad=lambda *at: visited(at)[1])
    minuit.errordef, minuit.strategy, minuit.tol = Minuit.LIKELIHOOD, 1, _TOLERANCE
    minuit.errors = errors
    minuit.limits = list(zip(lower, upper, strict=True))
    minuit.fixed = fixed
    if not fixed.all():
        minuit.migrad(ncall=max_steps)
    return Reached(jnp.asarray(np.array(minuit.values)), jnp.asarray(minuit.nfcn + minuit.ngrad))
