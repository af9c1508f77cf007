r"""The first points of a Sobol sequence, without the half second that importing a library costs.

.. math:: x_{id} = 2^{-8} \bigoplus_k g_k(i)\, v_{kd}, \qquad v_{kd} = m_{kd}\, 2^{8-k}, \quad
   m_k = 2^s m_{k-s} \oplus m_{k-s} \bigoplus_{j=1}^{s-1} 2^j a_j m_{k-j}

with the bits g of the Gray code of i, and in each dimension a primitive polynomial over GF(2) of
degree s with the coefficients a. Polynomials and initial numbers are those of S. Joe and F. Y. Kuo,
SIAM J. Sci. Comput. 30 (2008) 2635, in the order of their file new-joe-kuo-6. From degree 8 on, all
numbers that 256 points need are initial ones, which may be any odd m_k < 2^k.
"""

import random
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

SOBOL_POINTS = 256
_BITS = 8

# The primitive polynomials below degree 8, as bits, each with the initial numbers of its dimension.
_JOE_KUO = (
    (3, (1,)),
    (7, (1, 3)),
    (11, (1, 3, 1)),
    (13, (1, 1, 1)),
    (19, (1, 1, 3, 3)),
    (25, (1, 3, 5, 13)),
    (37, (1, 1, 5, 5, 17)),
    (41, (1, 1, 5, 5, 5)),
    (47, (1, 1, 7, 11, 19)),
    (55, (1, 1, 5, 1, 1)),
    (59, (1, 1, 1, 3, 11)),
    (61, (1, 3, 5, 5, 31)),
    (67, (1, 3, 3, 9, 7, 49)),
    (91, (1, 1, 1, 15, 21, 21)),
    (97, (1, 3, 1, 13, 27, 49)),
    (103, (1, 1, 1, 15, 7, 5)),
    (109, (1, 3, 1, 15, 13, 25)),
    (115, (1, 1, 5, 5, 19, 61)),
    (131, (1, 3, 7, 11, 23, 15, 103)),
    (137, (1, 3, 7, 13, 13, 15, 69)),
    (143, (1, 1, 3, 13, 7, 35, 63)),
    (145, (1, 3, 5, 9, 1, 25, 53)),
    (157, (1, 3, 1, 13, 9, 35, 107)),
    (167, (1, 3, 1, 5, 27, 61, 31)),
    (171, (1, 1, 5, 11, 19, 41, 61)),
    (185, (1, 3, 5, 3, 3, 13, 69)),
    (191, (1, 1, 7, 13, 1, 19, 1)),
    (193, (1, 3, 7, 5, 13, 19, 59)),
    (203, (1, 1, 3, 9, 25, 29, 41)),
    (211, (1, 3, 5, 13, 23, 1, 55)),
    (213, (1, 3, 7, 3, 13, 59, 17)),
    (229, (1, 3, 1, 3, 5, 53, 69)),
    (239, (1, 1, 5, 5, 23, 33, 13)),
    (241, (1, 1, 7, 7, 1, 61, 123)),
    (247, (1, 1, 7, 9, 13, 61, 49)),
    (253, (1, 3, 3, 5, 3, 55, 33)),
)


def unit_sobol_points(dimensions: int) -> Float[np.ndarray, "point dimension"]:
    """256 points of the half-open unit cube, the origin first.

    Example:
        >>> unit_sobol_points(2)[:4].tolist()
        [[0.0, 0.0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]
    """
    index = np.arange(SOBOL_POINTS)
    gray = index ^ (index >> 1)
    points = np.zeros((SOBOL_POINTS, dimensions), int)
    for dimension in range(dimensions):
        for bit, direction in enumerate(_directions(dimension)):
            points[:, dimension] ^= ((gray >> bit) & 1) * direction
    return points / SOBOL_POINTS


def _directions(dimension: int) -> Int[np.ndarray, " bit"]:
    """The direction numbers v of one dimension, counted from zero."""
    if dimension == 0:
        numbers = [1] * _BITS
    elif dimension <= len(_JOE_KUO):
        numbers = _recursive(*_JOE_KUO[dimension - 1])
    else:
        drawn = random.Random(dimension)
        numbers = [2 * drawn.randrange(1 << bit) + 1 for bit in range(_BITS)]
    return np.asarray([number << (_BITS - 1 - bit) for bit, number in enumerate(numbers)])


def _recursive(polynomial: int, initial: Sequence[int]) -> list[int]:
    degree = polynomial.bit_length() - 1
    numbers = list(initial)
    while len(numbers) < _BITS:
        number = numbers[-degree] ^ (numbers[-degree] << degree)
        for step in range(1, degree):
            if polynomial >> (degree - step) & 1:
                number ^= numbers[-step] << step
        numbers.append(number)
    return numbers
