r"""A density whose shape nuisance parameters morph between templates.

.. math:: p(x \mid \alpha) = \frac{p_0(x) \prod_k g_k(x, \alpha_k)}{Z(\alpha)}, \qquad
   Z(\alpha) = \int p_0 \prod_k g_k\,dx

:math:`g_k` interpolates the ratios :math:`p_{k,\mathrm{up}}/p_0` at +1 and
:math:`p_{k,\mathrm{down}}/p_0` at -1.  Dividing by Z at every :math:`\alpha` keeps p a density:
without it the likelihood has spurious minima far out.  Histograms of equal edges are handled bin by
bin: their logs are stacked over k, and an event only looks its bin up.  Else Z is a quadrature,
whose panels end at every bin edge.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import Observables, Scalar, Slot, Slots
from statmodel.model._interpolation import InterpolationCode

from ._base import AbstractDensity
from ._centres import centres_of
from ._histogram import HistogramDensity
from ._landmarks import Landmark
from ._quadrature import AbstractIntegrated, AbstractRule, LineRule, PlaneRule, even_edges
from ._response import Response, anchor, stacked_codes
from ._sampling import sample_line, sample_plane

_PANELS = 48
_PLANE_PANELS = 10
_LADDERS = 2


@final
class Variation(eqx.Module):
    """One nuisance parameter: its slot, the densities at +1 and -1, how to go between."""

    slot: int = eqx.field(static=True)
    up: AbstractDensity
    down: AbstractDensity
    interpolation: InterpolationCode = eqx.field(static=True, default="code4")


@final
class VariedDensity(AbstractIntegrated):
    """A base density times the interpolated responses of its variations, normalised.

    Where code 4 is negative the density is zero (`-inf`), never its absolute value.
    """

    base: AbstractDensity
    variations: tuple[Variation, ...]
    reads: tuple[Slot, ...]
    responses: tuple[Response, ...]
    """The variations of each interpolation code, as positions in `variations`."""
    tables: tuple[Float[np.ndarray, "variation bin"], Float[np.ndarray, "variation bin"]] | None
    """Anchors at +1 and -1 by bin, where all densities are histograms of equal edges."""
    rule: AbstractRule | None

    def __init__(self, base: AbstractDensity, variations: tuple[Variation, ...]) -> None:
        """Stack the variations.

        Raises:
            ValueError: the densities read different observables, or have to be integrated by
                quadrature over an infinite range or more than two observables.
        """
        self.base = base
        self.variations = variations
        self.reads = tuple(Slot(variation.slot) for variation in variations)
        codes: list[InterpolationCode] = [variation.interpolation for variation in variations]
        self.responses = stacked_codes(codes, [variation.slot for variation in variations])
        self.tables = _tables(base, variations)
        self.rule = None
        _check(self)

    @property
    def axes(self) -> tuple[int, ...]:
        return self.base.axes

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        return self.base.bounds

    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        if self.tables is not None and isinstance(self.base, HistogramDensity):
            table = self._log_table(self.base, at)
            return jnp.where(self.base.inside(x), table[self.base.bin(x)], -jnp.inf)
        log_f = self.log_shape(x, at)
        positive = log_f != -jnp.inf
        return jnp.where(positive, jnp.where(positive, log_f, 0.0) - self.log_norm(at), -jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        if self.tables is not None and isinstance(self.base, HistogramDensity):
            contents = self._log_table(self.base, at) + jnp.asarray(self.base.log_volume).ravel()
            return self.base.sample_bins(contents, key=key, n=n)
        columns = jnp.zeros(max(self.axes) + 1)

        def line(x: Scalar) -> Scalar:
            return self.log_shape(columns.at[self.axes[0]].set(x), at)

        def plane(x: Scalar, y: Scalar) -> Scalar:
            event = columns.at[self.axes[0]].set(x).at[self.axes[1]].set(y)
            return self.log_shape(event, at)

        if len(self.axes) == 1:
            nodes = self.quadrature().nodes(at)[0][:, self.axes[0]]
            return sample_line(line, *self.bounds[0], key=key, n=n, places=nodes)[:, None]
        (low_x, high_x), (low_y, high_y) = self.bounds
        return sample_plane(plane, (low_x, low_y), (high_x, high_y), key=key, n=n)

    def _log_table(self, base: HistogramDensity, at: Slots) -> Float[Array, " bin"]:
        """Natural log of the normalised density of each bin."""
        log_base = jnp.asarray(base.log_density).ravel()
        up, down = self.tables if self.tables is not None else ((), ())
        log_f = log_base + self._log_response(jnp.asarray(up), jnp.asarray(down), at)
        return log_f - jax.nn.logsumexp(log_f + jnp.asarray(base.log_volume).ravel())

    def log_shape(self, x: Observables, at: Slots) -> Scalar:
        log_base = self.base.log_prob(x, at)
        anchors = [
            [anchor(one.log_prob(x, at), log_base) for one in (variation.up, variation.down)]
            for variation in self.variations
        ]
        table = jnp.asarray(anchors, at.dtype).reshape(len(anchors), 2, 1)
        return log_base + self._log_response(table[:, 0], table[:, 1], at)[0]

    def _log_response(
        self, up: Float[Array, "variation place"], down: Float[Array, "variation place"], at: Slots
    ) -> Float[Array, " place"]:
        total = jnp.zeros(up.shape[1:], at.dtype)
        for response in self.responses:
            total = total + response.log_factor(up, down, at)
        return total

    def default_rule(self) -> AbstractRule:
        if len(self.axes) == 1:
            found = self.landmarks()
            return LineRule(
                axis=self.axes[0],
                bound=self.bounds[0],
                edges=even_edges(self.bounds[0], _PANELS, self.breaks(self.axes[0])),
                sharp=tuple(one for one in found if one.sharp),
                centres=tuple(one for one in found if not one.sharp)[:_LADDERS],
            )
        first, second = self.axes
        along_x, along_y = (
            even_edges(bound, _PLANE_PANELS, self.breaks(axis))
            for axis, bound in zip(self.axes, self.bounds, strict=True)
        )
        return PlaneRule((first, second), along_x, along_y)

    def landmarks(self) -> tuple[Landmark, ...]:
        if len(self.axes) > 1:
            return ()
        found = [one for density in self._everyone() for one in centres_of(density)]
        return tuple(dict.fromkeys(found))

    def breaks(self, axis: int) -> Float[np.ndarray, " break"]:
        found: list[Float[np.ndarray, " edge"]] = []
        for one in self._everyone():
            place = one.axes.index(axis)
            found.append(np.asarray([end for end in one.bounds[place] if np.isfinite(end)]))
            if isinstance(one, HistogramDensity):
                found.append(np.asarray(one.edges[place]))
        return np.unique(np.concatenate(found))

    def _everyone(self) -> tuple[AbstractDensity, ...]:
        return (self.base, *(d for v in self.variations for d in (v.up, v.down)))


def _tables(
    base: AbstractDensity, variations: tuple[Variation, ...]
) -> tuple[Float[np.ndarray, "variation bin"], Float[np.ndarray, "variation bin"]] | None:
    if not isinstance(base, HistogramDensity):
        return None
    sides: list[list[Float[np.ndarray, " bin"]]] = [[], []]
    for variation in variations:
        for side, one in zip(sides, (variation.up, variation.down), strict=True):
            if not (isinstance(one, HistogramDensity) and _same_bins(base, one)):
                return None
            logs = anchor(jnp.asarray(one.log_density), jnp.asarray(base.log_density))
            side.append(np.asarray(logs).ravel())
    shape = (len(variations), base.log_density.size)
    return np.reshape(sides[0], shape), np.reshape(sides[1], shape)


def _same_bins(one: HistogramDensity, other: HistogramDensity) -> bool:
    return one.axes == other.axes and all(
        np.array_equal(a, b) for a, b in zip(one.edges, other.edges, strict=True)
    )


def _check(density: VariedDensity) -> None:
    everyone = [d for v in density.variations for d in (v.up, v.down)]
    if any(set(one.axes) != set(density.axes) for one in everyone):
        msg = "the variations of a density must read its observables, got columns " + ", ".join(
            str(one.axes) for one in (density.base, *everyone)
        )
        raise ValueError(msg)
    if density.tables is not None:
        return
    if len(density.axes) > 2:  # noqa: PLR2004
        msg = "densities of more than two observables vary as histograms of equal edges only"
        raise ValueError(msg)
    if not np.isfinite(density.bounds).all():
        msg = (
            "a varied density is normalised numerically, on a finite range: give `min` and `max`, "
            f"got {density.bounds}"
        )
        raise ValueError(msg)
