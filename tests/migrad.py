"""iminuit's MIGRAD on the plain likelihood, with gradients by autodiff: the referee of minima."""

import equinox as eqx
import iminuit
import jax
import jax.numpy as jnp
import numpy as np

from statmodel.model import log_likelihood


@eqx.filter_jit
def slope(model, prepared, free):
    """nll and its gradient by autodiff of the plain likelihood, not of its structured twin."""
    return jax.value_and_grad(lambda u: -log_likelihood(model, model.scope.at_free(u), prepared))(
        free
    )


def best_of_migrad(model, prepared, starts):
    """The lowest nll that iminuit finds, and the calls of value or gradient from each start."""
    lower, upper = (np.asarray(side) for side in model.space.free_bounds())

    def value(at):
        found = float(slope(model, prepared, jnp.asarray(at))[0])
        return found if np.isfinite(found) else 1e100

    def gradient(at):
        found = np.asarray(slope(model, prepared, jnp.asarray(at))[1])
        return np.where(np.isfinite(found), found, 0.0)

    lowest, calls = np.inf, []
    for start in starts:
        minuit = iminuit.Minuit(value, np.asarray(start), grad=gradient)
        minuit.errordef, minuit.strategy = iminuit.Minuit.LIKELIHOOD, 2
        minuit.limits = list(zip(lower, upper, strict=True))
        minuit.fixed = model.space.fixed_mask()
        minuit.migrad(ncall=20_000)
        lowest = min(lowest, minuit.fval)
        calls.append(minuit.nfcn + minuit.ngrad)
    return lowest, calls
