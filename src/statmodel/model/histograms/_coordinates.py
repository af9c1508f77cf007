r"""Which parameters a Newton step keeps, and which it eliminates bin by bin.

A per-bin factor that nothing else reads couples to its own bin only. Its step follows from the
others' (Schur complement), so that the matrix to be factorised is as wide as the parameters that
are kept, however many bins there are.
"""

from collections.abc import Iterable
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from statmodel.model._expressions import slots_of
from statmodel.model._parameters import Scope

from ._histograms import Histograms


@final
class Coordinates(eqx.Module):
    """The division of the parameters."""

    kept: Int[Array, " kept"]
    """Places in the free vector; those of the shared variables first if `aligned`."""
    own: Int[Array, "gamma bin"]
    """The parameter that is eliminated there; the number of parameters where none is."""
    aligned: bool = eqx.field(static=True)
    """Whether each shared variable is a parameter of its own, and no formula is read."""
    coupled: bool = eqx.field(static=True)
    """Whether some per-bin factor is kept."""


def undivided(size: int) -> Coordinates:
    """All parameters kept, of a model with channels that are not binned."""
    return Coordinates(jnp.arange(size), jnp.zeros((0, 0), int), aligned=False, coupled=False)


def coordinates(histograms: Histograms, scope: Scope, elsewhere: Iterable[int] = ()) -> Coordinates:
    """Divide the parameters of a model that has no other channels.

    Args:
        histograms: all channels.
        scope: what the slots are.
        elsewhere: parameters that are read by more than their bin, as by joint constraints.
    """
    size = scope.space.size
    slots = np.asarray(histograms.gammas.slots)
    shared = np.asarray(histograms.shared)
    formulas = (*scope.functions, *histograms.formulas)
    read = {slot for formula in formulas for slot in slots_of(formula)}
    taken = {*shared.tolist(), *elsewhere, *scope.space.rooted, *read}
    found, times = np.unique(slots, return_counts=True)
    single = [
        slot for slot, count in zip(found.tolist(), times.tolist(), strict=True)
        if count == 1 and slot < size and slot not in taken
    ]  # fmt: skip
    own = np.where(np.isin(slots, single), slots, size)
    aligned = not formulas and not scope.space.rooted and len(set(shared.tolist())) == shared.size
    first = list(dict.fromkeys(shared[shared < size].tolist()))
    rest = [index for index in range(size) if index not in {*first, *single}]
    return Coordinates(
        kept=jnp.asarray([*first, *rest], int),
        own=jnp.asarray(own),
        aligned=aligned,
        coupled=bool(((own == size) & (slots < size)).any()),
    )
