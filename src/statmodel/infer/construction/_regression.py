r"""Quantiles of a test statistic as smooth functions of the hypothesis, from toys of everywhere.

.. math::

   \hat Q_\tau = \arg\min_Q \sum_i \rho_\tau(T_i - Q(\mu_i)), \qquad
   \rho_\tau(r) = r\,(\tau - [r < 0])

(R. Koenker, G. Bassett, Econometrica 46 (1978) 33). Many levels are found at once, and cannot
cross: what a network gives are its first level and the distances of the next; splines are put in
order (V. Chernozhukov, I. Fernandez-Val, A. Galichon, Econometrica 78 (2010) 1093), which brings
them nearer to the truth.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer.statistics._climb import Derivatives, climb

from ._calibrations import CalibrationMethod, Curves, Regressed

LEVELS = np.array([
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6827,
    0.75, 0.8, 0.85, 0.9, 0.95, 0.9545, 0.98, 0.99,
])  # fmt: skip
"""Quantiles that are found."""
_LEAST_CELLS, _MOST_CELLS = 12, 40
_TOYS_A_CELL = 800
"""Of the splines: the more toys there are, the smaller the bends that are followed."""
_BROAD = 0.8
"""Share of cells, no fewer than the least, of what is taken from the values beforehand."""
_FEW_CELLS = 3
"""Of what multiplies nuisance parameters."""
_FAR = 4.0
"""Standard deviations of nuisance parameters, beyond which quantiles stay what they are."""
_BANDWIDTHS = (1.0, 0.3, 0.1, 0.03)
"""Of the kernel that rounds the kink of the loss, in widths of the statistic."""
_RIDGE = 1e-9

Rows = Float[np.ndarray, "row input"]


def regression(
    inputs: Rows,
    values: Float[np.ndarray, " row"],
    grid: Float[np.ndarray, "point input"],
    ends: tuple[float, float],
    calibration: CalibrationMethod,
    key: Array,
) -> Regressed:
    """Fit quantiles.

    Args:
        inputs: the hypothesis that each toy was drawn from, and its nuisance parameters behind it.
        values: the statistic of each under that; may be infinite.
        grid: hypotheses of a table.
        ends: of the hypotheses of toys.
        calibration: "splines" or "network".
        key: of what is random in the fit.
    """
    finite = np.isfinite(values)
    # The loss feels only on which side of a quantile a value lies.
    most = values[finite].max(initial=0.0)
    known = np.where(finite, values, most + 10.0 * (values[finite].std() + 1.0))
    cells = int(np.clip(len(inputs) // _TOYS_A_CELL, _LEAST_CELLS, _MOST_CELLS))
    scaled = _scaled(inputs, known, ends, max(int(_BROAD * cells), _LEAST_CELLS))
    target = scaled.inside(inputs, known)
    design = basis(scaled.unit(inputs), cells)
    if calibration == "splines":
        curves = _splines(scaled, design, target, cells)
    else:
        from ._network import network  # noqa: PLC0415 (optax)

        curves = network(scaled.unit, inputs, target, LEVELS, key)

    def outside(rows: Rows) -> Float[np.ndarray, "row level"]:
        return scaled.outside(rows, curves(rows))

    # As many as determine a spline's value there: a network is not trusted with more.
    some, inverse = basis(scaled.unit(grid), cells), np.linalg.pinv(design.T @ design)
    sizes = 1.0 / np.einsum("ij,jk,ik->i", some, inverse, some)
    return Regressed(outside, LEVELS, outside(grid), sizes, values)


def from_angle(unit: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Shares of a span, by shares of a half turn: dense at both ends, where bounds are."""
    return 0.5 * (1.0 - np.cos(np.pi * unit))


class _Scaled(NamedTuple):
    """What makes inputs and values alike everywhere."""

    ends: tuple[float, float]
    mean: Float[np.ndarray, " nuisance"]
    width: Float[np.ndarray, " nuisance"]
    centres: Float[np.ndarray, " term"]
    """Of the values along the hypothesis, and the logarithms of their widths: splines."""
    logs: Float[np.ndarray, " term"]

    def angle(self, inputs: Rows) -> Float[np.ndarray, " row"]:
        """The hypothesis as a share of a half turn."""
        low, high = self.ends
        return np.arccos(1.0 - 2.0 * np.clip((inputs[:, 0] - low) / (high - low), 0, 1)) / np.pi

    def unit(self, inputs: Rows) -> Rows:
        """The same, and nuisance parameters in standard deviations."""
        away = (inputs[:, 1:] - self.mean) / np.where(self.width > 0, self.width, 1.0)
        return np.concatenate([self.angle(inputs)[:, None], np.clip(away, -_FAR, _FAR)], axis=1)

    def inside(self, inputs: Rows, values: Float[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
        """Values without what is known of them by their hypotheses."""
        some = spline_basis(self.angle(inputs), self.logs.size - 1)
        return (values - some @ self.centres) * np.exp(-some @ self.logs)

    def outside(
        self, inputs: Rows, table: Float[np.ndarray, "row level"]
    ) -> Float[np.ndarray, "row level"]:
        """With it."""
        some = spline_basis(self.angle(inputs), self.logs.size - 1)
        return (some @ self.centres)[:, None] + np.exp(some @ self.logs)[:, None] * table


def _scaled(
    inputs: Rows, values: Float[np.ndarray, " row"], ends: tuple[float, float], cells: int
) -> _Scaled:
    """Medians and widths of toys whose hypotheses are alike."""
    mean, width = inputs[:, 1:].mean(axis=0), inputs[:, 1:].std(axis=0)
    none = np.zeros(cells + 1)
    scaled = _Scaled(ends, mean, width, none, none)
    angle = scaled.angle(inputs)
    parts = np.array_split(np.argsort(angle, kind="stable"), 4 * cells)
    parts = [part for part in parts if part.size]
    places = np.array([angle[part].mean() for part in parts])
    some = spline_basis(places, cells)
    thirds = np.array([np.quantile(values[part], [0.16, 0.5, 0.84]) for part in parts])
    least = 1e-9 * (values.std() + 1e-300)
    logs = np.log(np.maximum(thirds[:, 2] - thirds[:, 0], least))
    found = [_least_squares(some, each) for each in (thirds[:, 1], logs)]
    return scaled._replace(centres=found[0], logs=found[1])


def _least_squares(
    design: Float[np.ndarray, "row term"], target: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " term"]:
    return np.linalg.lstsq(design, target)[0]


def _splines(
    scaled: _Scaled,
    design: Float[np.ndarray, "row term"],
    values: Float[np.ndarray, " row"],
    cells: int,
) -> Curves:
    begin = np.tile(_least_squares(design, np.clip(values, -_FAR, _FAR)), (LEVELS.size, 1))
    found = jnp.asarray(begin)
    for bandwidth in _BANDWIDTHS:
        found = _climbed(jnp.asarray(design), jnp.asarray(values), found, jnp.asarray(bandwidth))
    weights = np.asarray(found)

    def curves(rows: Rows) -> Float[np.ndarray, "row level"]:
        # Rearranged, so that they rise with the level.
        return np.sort(basis(scaled.unit(rows), cells) @ weights.T, axis=1)

    return curves


def basis(unit: Rows, cells: int) -> Float[np.ndarray, "row term"]:
    """Cubic splines of the hypothesis; fewer of them times each nuisance parameter; its square."""
    nuisances = unit[:, 1:]
    few = spline_basis(unit[:, 0], _FEW_CELLS)
    mixed = (nuisances[:, :, None] * few[:, None, :]).reshape(len(unit), -1)
    return np.concatenate([spline_basis(unit[:, 0], cells), mixed, nuisances**2], axis=1)


def spline_basis(unit: Float[np.ndarray, " row"], cells: int) -> Float[np.ndarray, "row term"]:
    """Cubic B-splines over even cells from 0 to 1, mirrored at both ends.

    What is smooth in a share of a span is even in its angle, at either end.

    Example:
        >>> spline_basis(np.array([0.0, 0.3, 1.0]), 2).sum(axis=1)
        array([1., 1., 1.])
    """
    places = np.arange(cells + 1)[None, :]
    along = cells * np.clip(unit, 0.0, 1.0)[:, None]
    mirrored = (along - places, along + places, 2 * cells - along - places)
    whole = sum(_cardinal(away) for away in mirrored)
    return np.where((places == 0) | (places == cells), 0.5, 1.0) * whole


def _cardinal(away: Float[np.ndarray, "row term"]) -> Float[np.ndarray, "row term"]:
    """The cubic B-spline with knots at -2, -1, 0, 1, 2."""
    inner, outer = (np.maximum(end - np.abs(away), 0.0) ** 3 for end in (1.0, 2.0))
    return (outer - 4.0 * inner) / 6.0


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
