r"""Expected events of each process of a channel.

.. math:: \lambda_j = \nu_j \, f_j(\mu) \prod_n \kappa_n \prod_k G_{jk}(\alpha_k)

Yields, `scale` and `scalefactor` formulas are expressions; normfactors and luminosity are gathered
from the slots by an index table; rate responses (normsys) are stacked by interpolation code. The
traced program grows with the number of formulas, not with the number of nuisance parameters.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ._expressions import AbstractExpression, Slots
from ._interpolation import InterpolationCode
from ._response import response


@final
class RateResponse(eqx.Module):
    """All normsys modifiers of one interpolation code: a padded table, process by modifier."""

    code: InterpolationCode = eqx.field(static=True)
    slots: Int[Array, "process modifier"]
    log_up: Float[Array, "process modifier"]
    """Natural log of the response at +1; 0 in padding."""
    log_down: Float[Array, "process modifier"]

    def factors(self, at: Slots) -> Float[Array, " process"]:
        """The product over modifiers, one number a process."""
        return response(self.code, at[self.slots], self.log_up, self.log_down).prod(axis=1)


@final
class Rates(eqx.Module):
    """Expected events of every process, as a function of the slots."""

    nominal: Float[Array, " process"]
    """Product of all constant factors. Unit: events."""
    formulas: tuple[tuple[int, AbstractExpression], ...]
    """Non-constant formulas, each with the process that it multiplies."""
    factors: Int[Array, "process factor"]
    """Slots of normfactors and luminosity; padded with the slot that holds one."""
    responses: tuple[RateResponse, ...]

    def __call__(self, at: Slots) -> Float[Array, " process"]:
        """Expected events, signed, at the slot values `at`."""
        rates = self.nominal * at[self.factors].prod(axis=1)
        for block in self.responses:
            rates = rates * block.factors(at)
        columns: list[Array | float] = [1.0] * self.nominal.size
        for process, formula in self.formulas:
            columns[process] = columns[process] * formula.value(at)
        return rates * jnp.stack([jnp.asarray(column, at.dtype) for column in columns])
