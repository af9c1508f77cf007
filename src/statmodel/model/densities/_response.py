"""Responses of many nuisance parameters at once, one stacked block for each interpolation code."""

from collections.abc import Sequence
from typing import assert_never, final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model._expressions import Slots
from statmodel.model._interpolation import (
    InterpolationCode,
    code1_exponent,
    code4_exponent,
    code4_factor,
    log_smooth_exponent,
)

# A template that is empty where the base is not: a ratio of exp(-300), whose square is finite too.
_SMALLEST_LOG_ANCHOR = -300.0
_LARGEST_LOG_ANCHOR = 300.0


@final
class Response(eqx.Module):
    """The variations of one interpolation code: which they are, and the slots that move them."""

    code: InterpolationCode = eqx.field(static=True)
    members: tuple[int, ...] = eqx.field(static=True)
    slots: tuple[int, ...] = eqx.field(static=True)

    def log_factor(
        self, up: Float[Array, "variation place"], down: Float[Array, "variation place"], at: Slots
    ) -> Float[Array, " place"]:
        """Natural log of the product over the members; `-inf` where any of them is negative.

        Args:
            up: natural logs of the anchors at +1, of all variations.
            down: those at -1.
            at: slot values.
        """
        alpha = at[jnp.asarray(self.slots)][:, None]
        members = jnp.asarray(self.members)
        log_up, log_down = up[members], down[members]
        match self.code:
            case "code1":
                return code1_exponent(alpha, log_up, log_down).sum(axis=0)
            case "code4":
                # Logs factor by factor: two negative ones must not make a positive product.
                inside = safe_log(code4_factor(alpha, log_up, log_down))
                return (inside + code4_exponent(alpha, log_up, log_down)).sum(axis=0)
            case "log_smooth":
                return log_smooth_exponent(alpha, log_up, log_down).sum(axis=0)
            case _:
                assert_never(self.code)


def stacked_codes(codes: Sequence[InterpolationCode], slots: Sequence[int]) -> tuple[Response, ...]:
    """Group variations by their interpolation code.

    Args:
        codes: the code of each variation.
        slots: the slot of each variation.
    """
    groups = []
    for code in dict.fromkeys(codes):
        members = tuple(k for k, other in enumerate(codes) if other == code)
        groups.append(Response(code, members, tuple(slots[k] for k in members)))
    return tuple(groups)


def anchor(
    log_density: Float[Array, "*place"], log_base: Float[Array, "*place"]
) -> Float[Array, "*place"]:
    """Natural log of the ratio of a template to the base: finite, and 0 where the base is empty."""
    present = log_base > -jnp.inf
    populated = present & (log_density > -jnp.inf)
    safe = jnp.where(populated, log_density, 0.0) - jnp.where(populated, log_base, 0.0)
    ratio = jnp.where(populated, safe, jnp.where(present, _SMALLEST_LOG_ANCHOR, 0.0))
    return jnp.clip(ratio, _SMALLEST_LOG_ANCHOR, _LARGEST_LOG_ANCHOR)
