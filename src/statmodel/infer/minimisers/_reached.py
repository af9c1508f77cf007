"""What a first-order search hands on to the second-order minimiser that judges it."""

from typing import NamedTuple

from jaxtyping import Array, Int

from ._trust_region import Vector


class Reached(NamedTuple):
    """Where a search ended, in internal coordinates."""

    at: Vector
    steps: Int[Array, ""]
    """Evaluations made."""
