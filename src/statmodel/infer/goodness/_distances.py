r"""How far events are from a density: on projections, and between points.

With :math:`u_i = F(x_i)` in increasing order:

- Kolmogorov-Smirnov, :math:`\sqrt n\,\max_i \max(i/n - u_i,\; u_i - (i-1)/n)`;
- Anderson-Darling, :math:`A^2 = -n - \frac1n \sum_i (2i-1)[\ln u_i + \ln(1-u_{n+1-i})]`
  (T. Anderson and D. Darling, J. Am. Stat. Assoc. 49 (1954) 765);
- binned and saturated, :math:`2\sum_b [\nu_b - n_b + n_b \ln(n_b/\nu_b)]` (S. Baker and R. Cousins,
  Nucl. Instrum. Meth. 221 (1984) 437);
- point to point, with a kernel :math:`\psi` of the distance of standardised observables,

.. math:: T = \frac{1}{n^2}\sum_{i<j} \psi(x_i, x_j) - \frac{1}{n}\sum_{i,r} p_r\,\psi(x_i, x_r)
            + \frac12 \sum_{r,s} p_r p_s\,\psi(x_r, x_s)

  where p are weights of points that stand for the density: the energy test with
  :math:`\psi = -\ln(d + \epsilon)` (B. Aslan and G. Zech, Nucl. Instrum. Meth. A 537 (2005) 626),
  the point-to-point dissimilarity with a Gaussian (M. Williams, JINST 5 (2010) P09004).
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

_LEAST = 1e-12
"""A distribution function nearer to 0 or 1 is so near."""
_EPSILON = 1e-3
"""Of the energy test, in standard deviations: below the resolution of events at hand."""


def kolmogorov_smirnov(u: Float[np.ndarray, " event"]) -> float:
    """Zero events have no distance.

    Example:
        >>> kolmogorov_smirnov(np.array([0.5]))
        0.5
    """
    n = u.size
    if not n:
        return 0.0
    ordered, step = np.sort(u), np.arange(1, n + 1) / n
    return float(np.sqrt(n) * np.maximum(step - ordered, ordered - step + 1 / n).max())


def anderson_darling(u: Float[np.ndarray, " event"]) -> float:
    """Zero events have no distance.

    Example:
        >>> round(anderson_darling(np.array([0.5])), 6)  # 2 ln 2 - 1
        0.386294
    """
    n = u.size
    if not n:
        return 0.0
    inside = np.clip(np.sort(u), _LEAST, 1 - _LEAST)
    odd = 2 * np.arange(1, n + 1) - 1
    return float(-n - (odd * (np.log(inside) + np.log1p(-inside[::-1]))).sum() / n)


def saturated(observed: Float[np.ndarray, " bin"], expected: Float[np.ndarray, " bin"]) -> float:
    """Twice the distance of a Poisson likelihood from the one that has every bin right.

    Infinite where events are observed and none is expected.

    Example:
        >>> saturated(np.array([0.0, 3.0]), np.array([1.0, 3.0]))
        2.0
    """
    some = observed > 0
    if (expected[some] <= 0).any():
        return float("inf")
    logs = np.zeros_like(expected)
    logs[some] = observed[some] * np.log(observed[some] / expected[some])
    return float(2 * (expected - observed + logs).sum())


@final
class Points(eqx.Module):
    """Points that stand for a density in tests between points."""

    x: Float[Array, "point axis"]
    """Standardised."""
    width: float = eqx.field(static=True)
    """Of the Gaussian kernel, in standard deviations of the observables."""
    kernels: Float[Array, "kernel point point"]
    """Of all pairs; nothing on the diagonals."""

    @classmethod
    def of(cls, x: Float[np.ndarray, "point axis"], *, width: float) -> "Points":
        """Standardised points."""
        given = jnp.asarray(x)
        return cls(given, width, _kernels(given, given, width) * _apart(len(x)))

    def distances(
        self,
        events: Float[np.ndarray, "event axis"],
        weights: Float[np.ndarray, " point"],
        *,
        room: int,
    ) -> tuple[float, float]:
        """The energy test and the dissimilarity; zero events have none.

        Args:
            events: standardised.
            weights: of the points.
            room: rows that the program is compiled for, as many as events at least.
        """
        n = len(events)
        if not n:
            return 0.0, 0.0
        padded = np.zeros((room, events.shape[1]))
        padded[:n] = events
        mask, p = np.arange(room) < n, weights / weights.sum()
        found = _distances(self, jnp.asarray(padded), jnp.asarray(mask), jnp.asarray(p))
        return float(found[0]), float(found[1])


@eqx.filter_jit
def _distances(
    points: Points,
    x: Float[Array, "event axis"],
    mask: Bool[Array, " event"],
    p: Float[Array, " point"],
) -> Float[Array, " kernel"]:
    share = mask.astype(p.dtype) / mask.sum().astype(p.dtype)
    own = _kernels(x, x, points.width) * _apart(mask.size)
    cross = _kernels(x, points.x, points.width)
    near = 0.5 * (own @ share) @ share
    return near - (cross @ p) @ share + 0.5 * (points.kernels @ p) @ p


def _kernels(
    x: Float[Array, "one axis"], y: Float[Array, "other axis"], width: float
) -> Float[Array, "kernel one other"]:
    square = _squares(x, y)
    energy = -jnp.log(jnp.sqrt(square) + _EPSILON)
    return jnp.stack([energy, jnp.exp(-0.5 / width**2 * square)])


def _apart(size: int) -> Float[Array, "1 one other"]:
    return 1.0 - jnp.eye(size)[None]


def _squares(
    x: Float[Array, "one axis"], y: Float[Array, "other axis"]
) -> Float[Array, "one other"]:
    """Squared distances; differences first, so that near points lose no digits."""
    return sum(
        ((x[:, axis, None] - y[None, :, axis]) ** 2 for axis in range(x.shape[1])),
        start=jnp.zeros((x.shape[0], y.shape[0])),
    )
