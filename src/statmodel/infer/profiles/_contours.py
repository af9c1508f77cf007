r"""Contours: where :math:`-2\ln` of the profile likelihood ratio of two parameters has a height.

The lines are drawn on :math:`\sqrt t`, which is straight along every ray of a parabola, so that
linear interpolation between the places of the grid suffices.
"""

import json
from collections.abc import Mapping, Sequence
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._result_json import number
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared

from ._grid import fitted_grid, mesh
from ._profile import LEVELS, check_grid, default_grid, heights_of


@final
class Contours(eqx.Module):
    """Minima of `nll` at fixed values of two parameters."""

    over: tuple[str, str] = eqx.field(static=True)
    x: Float[Array, " column"]
    """Values of the first."""
    y: Float[Array, " row"]
    """Values of the second."""
    nll: Float[Array, "row column"]
    """NaN where the conditional fit failed."""
    minimum: Float[Array, ""]
    """The unconditional minimum that the scan is measured from."""
    status: Int[Array, "row column"]
    best: tuple[float, float] = eqx.field(static=True)
    """The best fit."""
    names: tuple[str, ...] = eqx.field(static=True)
    """Of all parameters."""
    values: Float[Array, "row column parameter"]
    """Where they are."""
    levels: tuple[float, ...] = eqx.field(static=True)
    """Probabilities."""

    @property
    def t(self) -> Float[Array, "row column"]:
        """-2 ln of the profile likelihood ratio."""
        return 2.0 * (self.nll - self.minimum)

    @property
    def heights(self) -> tuple[float, ...]:
        """Of t, for each level: quantiles of chi-squared with two degrees of freedom."""
        return heights_of(self.levels, 2)

    def lines(self, level: float) -> list[Float[np.ndarray, "point xy"]]:
        """The pieces of a contour; a closed one ends where it begins.

        Args:
            level: a probability, not necessarily one of `levels`.
        """
        import contourpy  # noqa: PLC0415 (comes with matplotlib, which a fit does not load)

        root = np.sqrt(np.maximum(np.asarray(self.t), 0.0))
        drawn = contourpy.contour_generator(
            np.asarray(self.x), np.asarray(self.y), np.ma.masked_invalid(root)
        )
        (height,) = heights_of((level,), 2)
        return [np.asarray(one) for one in drawn.lines(float(np.sqrt(height)))]

    def is_cut(self, level: float) -> bool:
        """Whether a contour leaves the grid, or meets places where fits failed."""
        return any(bool((one[0] != one[-1]).any()) for one in self.lines(level))

    @property
    def ok(self) -> bool:
        """Whether every fit converged."""
        return bool((np.asarray(self.status) == Status.CONVERGED).all())

    @property
    def message(self) -> str:
        """How the fits ended, and which contours are not whole."""
        status = np.asarray(self.status)
        good = int((status == Status.CONVERGED).sum())
        said = f"{good} of {status.size} conditional fits converged"
        cut = [f"{one:g}" for one in self.levels if self.is_cut(one)]
        return said + (f"; cut by the edge of the grid: {', '.join(cut)}" if cut else "")

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""
        words = [[Status(int(one)).name.lower() for one in row] for row in np.asarray(self.status)]
        lines = [
            {
                "level": level,
                "height": height,
                "cut": self.is_cut(level),
                "lines": [one.tolist() for one in self.lines(level)],
            }
            for level, height in zip(self.levels, self.heights, strict=True)
        ]
        return json.dumps(
            {
                "parameters": list(self.over),
                "status": {"ok": self.ok, "message": self.message},
                "nll_minimum": float(self.minimum),
                "best": list(self.best),
                "x": np.asarray(self.x).tolist(),
                "y": np.asarray(self.y).tolist(),
                "t": [[number(one) for one in row] for row in np.asarray(self.t)],
                "points": words,
                "contours": lines,
            },
            indent=2,
        )


def contours(  # noqa: PLR0913 (the grid has three ways to be given)
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    over: tuple[str, str],
    grids: Mapping[str, Float[Array, " point"]] | None = None,
    points: int = 31,
    levels: Sequence[float] = LEVELS,
) -> Contours:
    """Scan two parameters, all others profiled.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        result: the unconditional fit of the same data; the scan sets out from each of its minima.
        over: the parameters of the first and the second axis.
        grids: their values, increasing; by default `points` values over three errors on each side
            of the best fit, within the bounds.
        points: how many along an axis that has no grid.
        levels: probabilities, of two parameters together.

    Raises:
        ValueError: a value of a grid is out of bounds, a level is no probability, or the two
            parameters are one.
        KeyError: there is no such parameter.

    Example:
        >>> import statmodel as sm
        >>> model, data = sm.compile("specs/peak.yaml")
        >>> best = sm.fit(model, data)
        >>> found = sm.contours(model, data, best, over=("n_signal", "mass"), points=9)
        >>> found.message
        '81 of 81 conditional fits converged'
        >>> [len(found.lines(level)) for level in found.levels]
        [1, 1]
    """
    held = [model.space.index(name) for name in over]
    if held[0] == held[1]:
        msg = f"`contours(over=...)` takes two parameters, {over[0]} is there twice"
        raise ValueError(msg)
    heights_of(levels, 2)
    axes = dict(grids or {})
    for name in over:
        axes.setdefault(name, default_grid(model, result, name, points))
        check_grid(model, name, axes[name])
    x, y = (np.asarray(axes[name], float) for name in over)
    shape = (y.size, x.size)
    places = np.stack([one.ravel() for one in np.meshgrid(x, y)], axis=1)
    prepared = one_data_set(model, data, "contours")
    found = fitted_grid(model, prepared, result, held, places, mesh(*shape))
    nll = np.where(np.isfinite(found.nll), found.nll, np.nan)
    return Contours(
        over=over,
        x=jnp.asarray(x),
        y=jnp.asarray(y),
        nll=jnp.asarray(nll.reshape(shape)),
        minimum=jnp.asarray(np.fmin(float(result.nll), found.nll.min())),
        status=jnp.asarray(found.status.reshape(shape)),
        best=(float(result.values[held[0]]), float(result.values[held[1]])),
        names=model.space.names,
        values=jnp.asarray(found.values.reshape(*shape, -1)),
        levels=tuple(levels),
    )
