r"""The real part of the Faddeeva function :math:`w(z) = e^{-z^2}\,\mathrm{erfc}(-iz)`, Im z > 0.

Near the origin by J. A. C. Weideman's rational series (SIAM J. Numer. Anal. 31 (1994) 1497,
eqs. 37-38); for :math:`|z| > 8` by the asymptotic one (DLMF 7.12.1),

.. math:: w(z) \approx \frac{i}{\sqrt\pi} \sum_k \frac{(2k - 1)!!}{2^k\,z^{2k + 1}}

Derivatives follow :math:`w' = -2zw + 2i/\sqrt\pi` near the origin (DLMF 7.10.3) and the series far
from it, where that relation would lose :math:`|z|^2` units of rounding.  Relative error below 1e-12
for y > 0.01 and 4e-11 for y > 1e-4. Real arithmetic throughout, which vectorises.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_TERMS = 40
_BLOCK = 8
_ASYMPTOTIC_TERMS = 18
_FAR_SQUARED = 64.0
_INVERSE_ROOT_PI = float(1.0 / np.sqrt(np.pi))


def real_faddeeva(x: Float[Array, "*node"], y: Float[Array, "*#node"]) -> Float[Array, "*node"]:
    """Re w(x + iy) for `y > 0`.

    Example:
        >>> round(float(real_faddeeva(jnp.array(0.0), jnp.array(1.0))), 12)  # e erfc(1)
        0.427583576156
    """
    return _faddeeva(0, x, jnp.broadcast_to(y, x.shape))[0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _faddeeva(
    order: int, x: Float[Array, "*node"], y: Float[Array, "*node"]
) -> tuple[Float[Array, "*node"], Float[Array, "*node"]]:
    """Real and imaginary part of a derivative of w in z."""
    far = x * x + y * y > _FAR_SQUARED
    near_real, near_imaginary = _near(order, x, y)
    far_real, far_imaginary = _far(order, x, y)
    return jnp.where(far, far_real, near_real), jnp.where(far, far_imaginary, near_imaginary)


@_faddeeva.defjvp
def _faddeeva_jvp(
    order: int,
    primals: tuple[Float[Array, "*node"], Float[Array, "*node"]],
    tangents: tuple[Float[Array, "*node"], Float[Array, "*node"]],
) -> tuple[
    tuple[Float[Array, "*node"], Float[Array, "*node"]],
    tuple[Float[Array, "*node"], Float[Array, "*node"]],
]:
    """Cauchy and Riemann: dw = w' (dx + i dy)."""
    dx, dy = tangents
    real, imaginary = _faddeeva(order + 1, *primals)
    return _faddeeva(order, *primals), (real * dx - imaginary * dy, imaginary * dx + real * dy)


def _near(
    order: int, x: Float[Array, "*node"], y: Float[Array, "*node"]
) -> tuple[Float[Array, "*node"], Float[Array, "*node"]]:
    """Derivatives by the recurrence of the differential equation, w'' = -2zw' - 2w and so on."""
    before = jnp.zeros_like(x), jnp.full_like(x, -_INVERSE_ROOT_PI)
    here = _series(x, y)
    for m in range(order):
        factor = 2.0 * max(m, 1)
        product = _times((x, y), here)
        after = tuple(-2.0 * p - factor * b for p, b in zip(product, before, strict=True))
        before, here = here, (after[0], after[1])
    return here


def _series(
    x: Float[Array, "*node"], y: Float[Array, "*node"]
) -> tuple[Float[Array, "*node"], Float[Array, "*node"]]:
    scale, coefficients = _weideman(_TERMS)
    # Z = (L + iz)/(L - iz), and 1/(L - iz), in parts.
    down = scale + y
    inverse = 1.0 / (down * down + x * x)
    real, imaginary = down * inverse, x * inverse
    z_real = (scale - y) * real - x * imaginary
    z_imaginary = x * real + (scale - y) * imaginary
    # In blocks: the powers of Z within a block once, then real coefficients at half the cost.
    powers = [(jnp.ones_like(x), jnp.zeros_like(x))]
    for _ in range(_BLOCK):
        powers.append(_times(powers[-1], (z_real, z_imaginary)))
    polynomial = jnp.zeros_like(x), jnp.zeros_like(x)
    for first in range(_TERMS - _BLOCK, -1, -_BLOCK):
        lifted = _times(polynomial, powers[_BLOCK])
        terms = list(zip(coefficients[first : first + _BLOCK], powers, strict=False))
        polynomial = (
            lifted[0] + sum(float(c) * p[0] for c, p in terms),
            lifted[1] + sum(float(c) * p[1] for c, p in terms),
        )
    inner = _times(polynomial, _times((real, imaginary), (real, imaginary)))
    return (
        2.0 * inner[0] + _INVERSE_ROOT_PI * real,
        2.0 * inner[1] + _INVERSE_ROOT_PI * imaginary,
    )


def _far(
    order: int, x: Float[Array, "*node"], y: Float[Array, "*node"]
) -> tuple[Float[Array, "*node"], Float[Array, "*node"]]:
    """The series of the file's head, differentiated `order` times, by Horner's scheme in 1/z^2."""
    inverse = 1.0 / (x * x + y * y)
    real, imaginary = x * inverse, -y * inverse  # 1/z
    square = _times((real, imaginary), (real, imaginary))
    total = jnp.zeros_like(x), jnp.zeros_like(x)
    for coefficient in _asymptotic(order):
        shifted = _times(total, square)
        total = shifted[0] + coefficient, shifted[1]
    for _ in range(order + 1):
        total = _times(total, (real, imaginary))
    return -total[1], total[0]


def _asymptotic(order: int) -> list[float]:
    """Coefficients of z^(-2k - 1 - order) in the derivative of w/i, highest k first."""
    odd = 1.0  # (2k - 1)!!/2^k
    coefficients: list[float] = []
    for k in range(_ASYMPTOTIC_TERMS):
        odd *= (k - 0.5) if k > 0 else 1.0
        rising = float(np.prod(np.arange(2 * k + 1, 2 * k + 1 + order, dtype=np.float64)))
        coefficients.append((-1.0) ** order * odd * rising * _INVERSE_ROOT_PI)
    return coefficients[::-1]


def _times(
    one: tuple[Float[Array, "*node"], Float[Array, "*node"]],
    other: tuple[Float[Array, "*node"], Float[Array, "*node"]],
) -> tuple[Float[Array, "*node"], Float[Array, "*node"]]:
    """A complex product in parts."""
    return one[0] * other[0] - one[1] * other[1], one[0] * other[1] + one[1] * other[0]


def _weideman(terms: int) -> tuple[float, Float[np.ndarray, " term"]]:
    """The series' scale L and its coefficients, lowest power first."""
    half = 2 * terms
    scale = float(np.sqrt(terms / np.sqrt(2.0)))
    t = scale * np.tan(0.5 * np.pi * np.arange(-half + 1, half) / half)
    samples = np.concatenate([[0.0], np.exp(-t * t) * (scale * scale + t * t)])
    spectrum = np.fft.fft(np.fft.fftshift(samples)).real / (2 * half)
    return scale, spectrum[1 : terms + 1]
