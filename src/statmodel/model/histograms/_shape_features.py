r"""Additive interpolation of a histogram between its anchors at :math:`\alpha = \pm 1`.

With :math:`u, d` the differences of the upper and of the lower histogram from the nominal one,

.. math::

   \Delta(\alpha) = \tfrac{u - d}{2}\,\alpha + \tfrac{u + d}{2}\,e(\alpha), \qquad
   e(\alpha) = \begin{cases}
     |\alpha| & \text{code 0} \\
     \alpha^2 \text{ inside},\ 2|\alpha| - 1 \text{ beyond } \pm 1 & \text{code 2} \\
     \alpha^2 (15 - 10\alpha^2 + 3\alpha^4)/8 \text{ inside},\ |\alpha| \text{ beyond} &
     \text{code 4p}
   \end{cases}

(HistFactory, CERN-OPEN-2012-016, section 4; pyhf's `code0`, `code4p`; code 2 continues its line
from the anchor, as ROOT does, where pyhf's formula jumps). Each code is thus linear in two numbers
that depend on the parameter alone, and the shifts of all histograms are one matrix product.
"""

from typing import Literal, NamedTuple, TypeAlias, assert_never

import jax.numpy as jnp
from jaxtyping import Array, Float

ShiftCode: TypeAlias = Literal["code0", "code2", "code4p"]
"""How a histosys modifier interpolates."""


class Even(NamedTuple):
    """The even feature e with its first and second derivatives."""

    value: Float[Array, " variable"]
    slope: Float[Array, " variable"]
    bend: Float[Array, " variable"]


def even_feature(code: ShiftCode, alpha: Float[Array, " variable"]) -> Even:
    """The feature at the values of the nuisance parameters; at a kink, the mean of both slopes.

    Example:
        >>> [float(x[0]) for x in even_feature("code2", jnp.array([3.0]))]
        [5.0, 2.0, 0.0]
    """
    size, sign = jnp.abs(alpha), jnp.sign(alpha)
    inside = size <= 1.0
    a = jnp.where(inside, alpha, 0.0)
    square = a * a
    match code:
        case "code0":
            return Even(size, sign, jnp.zeros_like(alpha))
        case "code2":
            line, steep = 2.0 * size - 1.0, 2.0 * sign
            value, slope, bend = square, 2.0 * a, jnp.full_like(a, 2.0)
        case "code4p":
            line, steep = size, sign
            value = square * (15.0 + square * (-10.0 + 3.0 * square)) / 8.0
            slope = a * (15.0 + square * (-20.0 + 9.0 * square)) / 4.0
            bend = (15.0 + square * (-60.0 + 45.0 * square)) / 4.0
        case _:
            assert_never(code)
    return Even(
        jnp.where(inside, value, line),
        jnp.where(inside, slope, steep),
        jnp.where(inside, bend, 0.0),
    )
