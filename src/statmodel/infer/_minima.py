r"""The local minima that several starts have led to, lowest first.

Interference makes the likelihood a polynomial in :math:`\sqrt\mu`, which can have two minima. Where
the second lies less than :math:`\tfrac12 z^2` above the first in `nll`, the set of values within z
standard deviations may be two intervals instead of one.
"""

from collections.abc import Mapping
from typing import TypedDict, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .minimisers._status import Status

NEAR = 9.0
"""-2 ln of the likelihood ratio below which a minimum is worth naming: three sigma."""
_NAMED = 3
_TELLING = 1e-3
"""Relative difference of a parameter that tells two minima apart."""


class _Minimum(TypedDict):
    values: dict[str, float]
    nll: float
    status: str
    starts: int


class MinimaDocument(TypedDict):
    """The JSON document of local minima."""

    poi: list[str]
    minima: list[_Minimum]
    failed: dict[str, int]


@final
class LocalMinima(eqx.Module):
    """Distinct minima of `nll`, lowest first."""

    names: tuple[str, ...] = eqx.field(static=True)
    pois: tuple[str, ...] = eqx.field(static=True)
    values: Float[Array, "minimum parameter"]
    """In the user's units."""
    nll: Float[Array, " minimum"]
    status: Int[Array, " minimum"]
    """A :class:`Status` each: converged, or a minimum that is flat along some direction."""
    starts: Int[Array, " minimum"]
    """How many starts ended there."""
    failed: tuple[tuple[str, int], ...] = eqx.field(static=True, default=())
    """(status, number) of the starts that ended at no minimum."""

    @property
    def count(self) -> int:
        """How many distinct minima there are."""
        return self.nll.shape[0]

    @property
    def t(self) -> Float[Array, " minimum"]:
        """-2 ln of the likelihood of each relative to the lowest."""
        return 2.0 * (self.nll - self.nll[:1])

    @property
    def message(self) -> str:
        """The minima near the lowest by value, in one sentence; empty where there are none."""
        heights = np.asarray(self.nll - self.nll[:1])
        near = [k for k in range(1, self.count) if 2 * heights[k] < NEAR]
        said = [f"{self._where(k)} lies {heights[k]:.3g} above" for k in near[:_NAMED]]
        if not said:
            return ""
        more = f", and {len(near) - _NAMED} more" if len(near) > _NAMED else ""
        return (
            f"Another minimum at {'; one at '.join(said)}{more}: the set of likely values may be "
            "disjoint; see the profile errors."
        )

    @property
    def summary(self) -> tuple[tuple[str, ...], ...]:
        """Rows of a table, the first one its head."""
        head = ("minimum", *self._told(), "nll - lowest", "starts", "status")
        rows = [
            (
                str(k + 1),
                *(f"{float(self.values[k, self.names.index(name)]):.5g}" for name in self._told()),
                f"{float(self.t[k]) / 2:.4g}",
                str(int(self.starts[k])),
                Status(int(self.status[k])).name.lower(),
            )
            for k in range(self.count)
        ]
        return (head, *rows)

    def to_document(self) -> MinimaDocument:
        """Plain Python values for a JSON document."""
        return {
            "poi": list(self.pois),
            "minima": [
                {
                    "values": dict(zip(self.names, self.values[k].tolist(), strict=True)),
                    "nll": float(self.nll[k]),
                    "status": Status(int(self.status[k])).name.lower(),
                    "starts": int(self.starts[k]),
                }
                for k in range(self.count)
            ],
            "failed": dict(self.failed),
        }

    @classmethod
    def from_document(cls, document: MinimaDocument) -> "LocalMinima":
        """Read back what `to_document` wrote."""
        every = document["minima"]
        names = tuple(every[0]["values"]) if every else ()
        return cls(
            names=names,
            pois=tuple(document["poi"]),
            values=jnp.asarray(
                [[one["values"][name] for name in names] for one in every], jnp.float64
            ).reshape(len(every), len(names)),
            nll=jnp.asarray([one["nll"] for one in every], jnp.float64),
            status=jnp.asarray([Status[one["status"].upper()].value for one in every], int),
            starts=jnp.asarray([one["starts"] for one in every], int),
            failed=tuple(document["failed"].items()),
        )

    def point(self, minimum: int) -> Mapping[str, Float[Array, ""]]:
        """One minimum by name: a start for a fit, or for a profile."""
        return dict(zip(self.names, self.values[minimum], strict=True))

    def _told(self) -> tuple[str, ...]:
        """The parameters that tell minima apart: those of interest, else the one that differs."""
        of_interest = tuple(name for name in self.pois if name in self.names)
        if self.count <= 1 or not self.names:
            return of_interest
        sizes = np.abs(np.asarray(self.values)).max(axis=0)
        differ = np.ptp(np.asarray(self.values), axis=0) / np.where(sizes > 0, sizes, 1.0)
        telling = tuple(n for n in of_interest if differ[self.names.index(n)] > _TELLING)
        return telling or (self.names[int(differ.argmax())],)

    def _where(self, minimum: int) -> str:
        at = self.point(minimum)
        return ", ".join(f"{name}={float(at[name]):.3g}" for name in self._told())
