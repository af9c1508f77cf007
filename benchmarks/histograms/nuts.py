r"""NumPyro's NUTS on a likelihood that is written directly, for any nll of a vector.

The strength of the signal is flat between its bounds and sampled through a logistic map,

.. math:: \mu = \mu_\mathrm{high}\,\sigma(u), \qquad
   U = -\log L - \log\big(\sigma(u)(1 - \sigma(u))\big);

nuisance parameters have no other bound than their constraint. After one warm-up a call draws a few
chains side by side, and one piece of its work is an effective sample of the parameter that has
fewest. Chains side by side serve both contestants best; each says which acceptance does.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpyro.diagnostics import effective_sample_size
from numpyro.infer import MCMC, NUTS

from benchmarks.worker import Contender, Problem, Task

Nll: TypeAlias = Callable[[Float[Array, " parameter"]], Float[Array, ""]]
HIGH = 10.0
_CHAINS = 4


class Target(NamedTuple):
    """What is sampled, with the place of the strength among the parameters."""

    nll: Nll
    names: Sequence[str]
    poi: int

    def values(self, free: Float[Array, "*draw parameter"]) -> Float[Array, "*draw parameter"]:
        """Parameters as they are meant, of what is sampled."""
        return free.at[..., self.poi].set(HIGH * jax.nn.sigmoid(free[..., self.poi]))

    def potential(self, free: Float[Array, " parameter"]) -> Float[Array, ""]:
        """Minus the logarithm of the posterior density of what is sampled."""
        u = free[self.poi]
        return self.nll(self.values(free)) - jax.nn.log_sigmoid(u) - jax.nn.log_sigmoid(-u)

    @property
    def start(self) -> Float[Array, " parameter"]:
        """Strength one, nuisance parameters zero."""
        return jnp.zeros(len(self.names)).at[self.poi].set(np.log(1 / (HIGH - 1)))


@final
class Chains:
    """A sampler after its warm-up."""

    def __init__(
        self,
        target: Target,
        potential: Callable[[Float[Array, " parameter"]], Float[Array, ""]],
        back: Callable[
            [Float[Array, "chain draw parameter"]], Float[Array, "chain draw parameter"]
        ],
        problem: Problem,
        start: Float[Array, " parameter"],
        acceptance: float,
    ) -> None:
        self._target, self._back = target, back
        self._sampler = MCMC(
            NUTS(potential_fn=potential, target_accept_prob=acceptance),
            num_warmup=int(problem["warmup"]),
            num_samples=int(problem["samples"]),
            num_chains=_CHAINS,
            chain_method="vectorized",
            progress_bar=False,
        )
        starts = jnp.tile(start, (_CHAINS, 1))
        self._sampler.warmup(jax.random.key(1), init_params=starts, extra_fields=("num_steps",))
        self._sampler.post_warmup_state = self._sampler.last_state
        self._seed = 1
        self.effective = 1.0
        self.steps = 0.0

    def run(self) -> Float[np.ndarray, "chain draw parameter"]:
        """All chains, with a key of their own."""
        self._seed += 1
        self._sampler.run(jax.random.key(self._seed), extra_fields=("num_steps",))
        drawn = jax.block_until_ready(self._sampler.get_samples(group_by_chain=True))
        found = np.asarray(self._target.values(self._back(drawn)))
        self.effective = float(effective_sample_size(found).min())
        self.steps = float(self._sampler.get_extra_fields()["num_steps"].mean())
        return found


def contender(chains: Chains, target: Target, packages: Sequence[str]) -> Contender:
    """One task; posterior means are what is compared."""
    order = np.argsort(target.names)

    def means() -> list[float]:
        return chains.run().mean(axis=(0, 1))[order].tolist()

    first = means()
    task = Task(lambda _: chains.run(), lambda: first, pieces=lambda: chains.effective)
    facts = {"steps_a_draw": f"{chains.steps:.0f}", "effective": f"{chains.effective:.0f}"}
    return Contender({"nuts": task}, packages, facts=facts)
