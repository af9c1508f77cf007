"""Confidence regions of two parameters of interest, by inverting a test."""

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import jax
import numpy as np
from jaxtyping import Float, Int

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._results import Provenance
from statmodel.model import Model, Prepared

from ._surface import CriticalSurface, asked_of_two
from ._tables import Block, tables

if TYPE_CHECKING:
    from contourpy import ContourGenerator

_FINER = 3
"""Hypotheses looked at for each of the grid, along each parameter."""
_REFUSED = 1e6
"""An excess of hypotheses at which the data cannot be judged."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ConfidenceRegion:
    """All pairs of values that a test accepts.

    Attributes:
        pois: the parameters.
        level: of confidence.
        polygons: disjoint pieces; of each first its boundary, then those of holes, all closed.
        x: values of the first parameter that were looked at.
        y: values of the second.
        excess: of the statistic over its critical value there; accepted where it is not above 0.
        at_edge: whether the region goes on beyond the hypotheses.
        ok: whether it may be used.
        message: what to think of it.
        statistic: that was inverted.
        focus: fingerprint of its focus.
        provenance: the model.
    """

    pois: tuple[str, str]
    level: float
    polygons: tuple[tuple[Float[np.ndarray, "_ 2"], ...], ...]
    x: Float[np.ndarray, " column"]
    y: Float[np.ndarray, " row"]
    excess: Float[np.ndarray, "column row"]
    at_edge: bool
    ok: bool
    message: str
    statistic: str
    focus: str
    provenance: Provenance

    @property
    def area(self) -> float:
        """Of all pieces without their holes."""
        return sum(
            abs(_area(piece[0])) - sum(abs(_area(hole)) for hole in piece[1:])
            for piece in self.polygons
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a pair of values is in the region.

        Raises:
            ValueError: it is not among the hypotheses.
        """
        from scipy.interpolate import RegularGridInterpolator  # noqa: PLC0415 (half a second)

        return bool(RegularGridInterpolator((self.x, self.y), self.excess)([x, y])[0] <= 0)

    def to_json(self) -> str:
        """A JSON document."""
        document = {
            "pois": list(self.pois),
            "level": self.level,
            "status": {"ok": self.ok, "message": self.message},
            "area": self.area,
            "at_edge": self.at_edge,
            "polygons": [[ring.tolist() for ring in piece] for piece in self.polygons],
            "statistic": self.statistic,
            "focus": self.focus,
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def confidence_region(
    model: Model, data: Dataset | Prepared, surface: CriticalSurface, *, level: float = 0.6827
) -> ConfidenceRegion:
    """The region of two parameters that a data set does not exclude.

    Its boundary is where the statistic crosses its critical value, on straight lines between three
    times as many values of each parameter as the surface has.

    Args:
        model: that of the surface.
        data: one data set.
        surface: critical values.
        level: of confidence.

    Raises:
        ValueError: the surface is of another model, there are several data sets, or the level is
            none.
    """
    import contourpy  # noqa: PLC0415 (comes with matplotlib, which a fit does not load)

    if surface.provenance.spec != model.measurement.digest:
        msg = "the surface is of another model"
        raise ValueError(msg)
    if not 0 < level < 1:
        msg = f"a level is a probability between 0 and 1, got {level}"
        raise ValueError(msg)
    prepared = one_data_set(model, data, "confidence_region")
    x, y = (
        np.linspace(one[0], one[-1], _FINER * (one.size - 1) + 1) for one in (surface.x, surface.y)
    )
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    ends = points[0], points[-1]
    asked = asked_of_two(model, surface.statistic, surface.pois, surface.fixed, ends)
    block = Block(jax.tree.map(lambda leaf: np.asarray(leaf)[None], prepared), None, points[None])
    (found,) = tables([asked], [block], 1)
    excess = found.values[0] - surface.at(points, level)
    excess = np.where(np.isfinite(excess), excess, _REFUSED).reshape(x.size, y.size)
    drawn = contourpy.contour_generator(x, y, excess.T, fill_type=contourpy.FillType.OuterOffset)
    polygons = tuple(
        tuple(np.asarray(rings[a:b]) for a, b in itertools.pairwise(own))
        for rings, own in zip(*_filled(drawn, float(excess.min())), strict=True)
    )
    rim = np.concatenate([excess[0], excess[-1], excess[:, 0], excess[:, -1]])
    at_edge = bool((rim <= 0).any())
    problems = [
        *([] if surface.ok else [surface.message]),
        *([] if found.ok[0] else ["the test statistic of these data could not be found"]),
    ]
    said = {0: "an empty region", 1: "one region"}.get(
        len(polygons), f"{len(polygons)} separate regions"
    )
    return ConfidenceRegion(
        pois=surface.pois,
        level=level,
        polygons=polygons,
        x=x,
        y=y,
        excess=excess,
        at_edge=at_edge,
        ok=not problems,
        message="; ".join(problems) or said + (", up to the last hypotheses" if at_edge else ""),
        statistic=surface.said,
        focus=surface.focus,
        provenance=surface.provenance,
    )


def _filled(
    drawn: "ContourGenerator", least: float
) -> tuple[list[Float[np.ndarray, "_ 2"]], list[Int[np.ndarray, " _"]]]:
    """Points of all rings of each piece, and where each ring begins."""
    found = drawn.filled(min(least - 1.0, -1.0), 0.0)
    points, offsets = found[:2]
    return (
        [np.asarray(one) for one in points if one is not None],
        [np.asarray(one, int) for one in offsets if one is not None],
    )


def _area(ring: Float[np.ndarray, "_ 2"]) -> float:
    """Of a closed polygon, with a sign."""
    (x, y), (u, v) = ring[:-1].T, ring[1:].T
    return float(0.5 * (x * v - u * y).sum())
