"""Draws from the posterior density by NumPyro's No-U-Turn sampler, all chains side by side.

One flat vector and one potential: what is compiled does not grow with the number of parameters.
(M. Hoffman, A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593; D. Phan, N. Pradhan, M. Jankowiak,
arXiv:1912.11554.)
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ._priors import Scalar, as_numpyro_does
from ._start import Begin, starts_of

_ACCEPTED = 0.9
"""Probability that steps are adapted to."""


class Drawn(NamedTuple):
    """By chain and draw."""

    z: Float[Array, "chain draw free"]
    values: Float[Array, "chain draw free"]
    """In the user's units."""
    log_prob: Float[Array, "chain draw"]
    """Natural log of q, over u."""
    log_density: Float[Array, "chain draw"]
    """Of likelihood times prior, in the user's units."""
    diverging: Bool[Array, "chain draw"]
    steps: Int[Array, "chain draw"]
    """Evaluations of the gradient."""


def drawn(begin: Begin, key: Array, *, chains: int, warmup: int, draws: int) -> Drawn:
    """Run the chains; chain i depends on `fold_in(key, i)` and on where it begins."""
    with as_numpyro_does():
        return _drawn(begin, key, chains, warmup, draws)


@eqx.filter_jit
def _drawn(begin: Begin, key: Array, chains: int, warmup: int, draws: int) -> Drawn:
    from numpyro.infer import NUTS  # noqa: PLC0415 (two thirds of a second)

    target = begin.target

    def potential(z: Float[Array, " free"]) -> Scalar:
        return -target.log_prob(begin.outer(z))

    kernel = NUTS(potential_fn=potential, target_accept_prob=_ACCEPTED)

    def chain(key: Array, start: Float[Array, " free"]) -> Drawn:
        state = kernel.init(key, warmup, start, (), {})

        def step(now: object, _: None) -> tuple[object, Drawn]:
            then = kernel.sample(now, (), {})
            outer = begin.outer(then.z)
            log_prob = -then.potential_energy
            return then, Drawn(
                z=then.z,
                values=target.values(outer),
                log_prob=log_prob,
                log_density=log_prob - target.log_stretch(outer),
                diverging=then.diverging,
                steps=then.num_steps,
            )

        # One loop for warm-up and draws: half as much to compile.
        every = jax.lax.scan(step, state, length=warmup + draws)[1]
        return jax.tree.map(lambda leaf: leaf[warmup:], every)

    starts = starts_of(begin, jax.random.fold_in(key, chains), chains)
    keys = jax.vmap(lambda number: jax.random.fold_in(key, number))(jnp.arange(chains))
    return jax.vmap(chain)(keys, starts)
