r"""Quantiles of a test statistic as smooth functions of the hypothesis, from toys of everywhere.

.. math::

   \hat Q_\tau = \arg\min_Q \sum_i \rho_\tau(T_i - Q(\mu_i)), \qquad
   \rho_\tau(r) = r\,(\tau - [r < 0])

(R. Koenker, G. Bassett, Econometrica 46 (1978) 33). Many levels are found at once, and cannot
cross: what a network gives are its first level and the distances of the next; splines are put in
order (V. Chernozhukov, I. Fernandez-Val, A. Galichon, Econometrica 78 (2010) 1093), which brings
them nearer to the truth.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer.statistics._climb import Derivatives, climb

from ._calibrations import Calibration, Regressed

LEVELS = np.array([
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6827,
    0.75, 0.8, 0.85, 0.9, 0.95, 0.9545, 0.98, 0.99,
])  # fmt: skip
"""Quantiles that are found."""
_CELLS = 16
"""Of the splines."""
_FEW_CELLS = 3
"""Of what multiplies nuisance parameters."""
_FAR = 4.0
"""Standard deviations of nuisance parameters, beyond which quantiles stay what they are."""
_BANDWIDTHS = (1.0, 0.3, 0.1, 0.03)
"""Of the kernel that rounds the kink of the loss, in standard deviations of the statistic."""
_RIDGE = 1e-9

Rows = Float[np.ndarray, "row input"]


def regression(
    inputs: Rows,
    values: Float[np.ndarray, " row"],
    grid: Float[np.ndarray, "point input"],
    calibration: Calibration,
    key: Array,
) -> Regressed:
    """Fit quantiles.

    Args:
        inputs: the hypothesis that each toy was drawn from, and its nuisance parameters behind it.
        values: the statistic of each under that; may be infinite.
        grid: hypotheses of a table.
        calibration: "splines" or "network".
        key: of what is random in the fit.
    """
    finite = np.isfinite(values)
    # The loss feels only on which side of a quantile a value lies.
    most = values[finite].max(initial=0.0)
    known = np.where(finite, values, most + 10.0 * (values[finite].std() + 1.0))
    scaled = _Scaled(
        low=float(inputs[:, 0].min()),
        high=float(inputs[:, 0].max()),
        mean=inputs[:, 1:].mean(axis=0),
        width=inputs[:, 1:].std(axis=0),
        size=float(values[finite].std()),
    )
    if calibration == "splines":
        curves, sizes = _splines(scaled, inputs, known, grid)
    else:
        from ._network import network  # noqa: PLC0415 (optax)

        curves, spread = network(scaled.unit, scaled.size, inputs, known, LEVELS, key)
        sizes = _sizes(curves(grid), spread(grid))
    return Regressed(curves, LEVELS, curves(grid), sizes, values)


class _Scaled(NamedTuple):
    low: float
    high: float
    mean: Float[np.ndarray, " nuisance"]
    width: Float[np.ndarray, " nuisance"]
    size: float
    """Standard deviation of the statistic."""

    def unit(self, inputs: Rows) -> Rows:
        """The hypothesis from 0 to 1, nuisance parameters in standard deviations."""
        share = (inputs[:, :1] - self.low) / (self.high - self.low)
        away = (inputs[:, 1:] - self.mean) / np.where(self.width > 0, self.width, 1.0)
        return np.concatenate([np.clip(share, 0.0, 1.0), np.clip(away, -_FAR, _FAR)], axis=1)


def _splines(
    scaled: _Scaled,
    inputs: Rows,
    values: Float[np.ndarray, " row"],
    grid: Float[np.ndarray, "point input"],
) -> tuple[Callable[[Rows], np.ndarray], Float[np.ndarray, " point"]]:
    design = basis(scaled.unit(inputs))
    target = values / scaled.size
    found = jnp.tile(jnp.asarray(np.linalg.lstsq(design, target)[0]), (LEVELS.size, 1))
    for bandwidth in _BANDWIDTHS:
        found = _climbed(jnp.asarray(design), jnp.asarray(target), found, jnp.asarray(bandwidth))
    weights = np.asarray(found)

    def curves(rows: Rows) -> Float[np.ndarray, "row level"]:
        # Rearranged, so that they rise with the level.
        return np.sort(scaled.size * basis(scaled.unit(rows)) @ weights.T, axis=1)

    some = basis(scaled.unit(grid))
    inverse = np.linalg.pinv(design.T @ design)
    return curves, 1.0 / np.einsum("ij,jk,ik->i", some, inverse, some)


def basis(unit: Rows) -> Float[np.ndarray, "row term"]:
    """Cubic splines of the hypothesis; fewer of them times each nuisance parameter; its square."""
    nuisances = unit[:, 1:]
    few = spline_basis(unit[:, 0], _FEW_CELLS)
    mixed = (nuisances[:, :, None] * few[:, None, :]).reshape(len(unit), -1)
    return np.concatenate([spline_basis(unit[:, 0], _CELLS), mixed, nuisances**2], axis=1)


def spline_basis(unit: Float[np.ndarray, " row"], cells: int) -> Float[np.ndarray, "row term"]:
    """Cubic B-splines from 0 to 1 over cells that are narrower at the ends.

    Example:
        >>> spline_basis(np.array([0.0, 0.3, 1.0]), 2).sum(axis=1)
        array([1., 1., 1.])
    """
    from scipy.interpolate import BSpline  # noqa: PLC0415 (for regressions only)

    even = np.linspace(0.0, 1.0, cells + 1)
    knots = 0.5 * (even + 0.5 * (1.0 - np.cos(np.pi * even)))
    whole = np.concatenate([np.zeros(3), knots, np.ones(3)])
    return BSpline.design_matrix(np.clip(unit, 0.0, 1.0), whole, 3).toarray()


@jax.jit
def _climbed(
    design: Float[Array, "row term"],
    target: Float[Array, " row"],
    begin: Float[Array, "level term"],
    bandwidth: Float[Array, ""],
) -> Float[Array, "level term"]:
    """Least losses, with the kink rounded by a normal kernel (M. Fernandes et al.)."""

    def one(start: Float[Array, " term"], level: Float[Array, ""]) -> Float[Array, " term"]:
        def derivatives(weights: Float[Array, " term"]) -> Derivatives:
            away = (target - design @ weights) / bandwidth
            below = jax.scipy.stats.norm.cdf(-away)
            density = jax.scipy.stats.norm.pdf(away)
            loss = bandwidth * (away * (level - below) + density)
            slope = design.T @ (level - below)
            bend = (design * (density / bandwidth)[:, None]).T @ design
            ridge = _RIDGE * target.size
            value = -loss.sum() - 0.5 * ridge * weights @ weights
            return value, slope - ridge * weights, bend + ridge * jnp.eye(weights.size)

        endless = jnp.full_like(start, jnp.inf)
        return climb(derivatives, start, -endless, endless, jnp.full_like(start, 1e3)).at

    # One after the other: those that are done need not wait.
    return jax.lax.map(lambda each: one(*each), (begin, jnp.asarray(LEVELS)))


def _sizes(
    table: Float[np.ndarray, "point level"], spread: Float[np.ndarray, "point level"]
) -> Float[np.ndarray, " point"]:
    """Effective toys by the spread of quantiles: that of probabilities, where these rise."""
    slope = np.gradient(LEVELS) / np.maximum(np.gradient(table, axis=1), 1e-300)
    share = (slope * spread) ** 2 / (LEVELS * (1 - LEVELS))
    return 1.0 / np.median(share, axis=1)
