r"""Fits that ended beyond the table of the averages Z over a pool, where it is extrapolated.

.. math:: N\,\lvert\delta \ln Z_j\rvert

is told for that point, from the pool itself. Inside, the compiler has looked.
"""

from collections.abc import Iterator

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer._finding import Finding, Severity
from statmodel.model import Slots
from statmodel.model.channels import RatioChannel

from ._case import Case, listed

TOLERATED = 1e-3
"""Shift of the log likelihood that moves nothing, as inside the table."""


def beyond_tables(case: Case) -> Iterator[Finding]:
    """One finding a channel."""
    at = case.model.scope.at_free(case.model.space.to_free(jnp.asarray(case.values)))
    channels = zip(case.model.channels, case.prepared.channels, case.expected, strict=True)
    for channel, events, expected in channels:
        if not isinstance(channel, RatioChannel) or channel.table is None:
            continue
        slots = np.asarray(channel.table.slots)[np.asarray(channel.table.outside(at))]
        if not slots.size:
            continue
        table, pool = (np.asarray(one) for one in _both(channel, at))
        with np.errstate(invalid="ignore", divide="ignore"):
            error = float(np.abs(np.log(np.abs(table / pool)))[table != pool].max(initial=0.0))
        count = max(float(np.abs(events.weights).sum()), float(expected.sum()))
        slots = slots[slots < len(case.names)]  # those of functions have no name here
        names = [case.names[slot] for slot in slots]
        good = count * error <= TOLERATED
        yield Finding(
            kind="beyond_table",
            severity=Severity.NOTE if good else Severity.WARNING,
            parameters=tuple(names),
            message=(
                f"Channel {channel.name}: {listed(names)} ended beyond the table of Z, which was "
                f"extrapolated. N ln Z is off by {count * error:.2g} there."
            ),
            advice=(
                "Nothing needs to be done."
                if good
                else "Compile with `tabulate=False`, which reads the pool at every evaluation."
            ),
            numbers=(
                ("bias", count * error),
                *((case.names[slot], float(case.values[slot])) for slot in slots),
            ),
        )


@eqx.filter_jit
def _both(
    channel: RatioChannel, at: Slots
) -> tuple[Float[Array, " process"], Float[Array, " process"]]:
    """Z from the table, and from the pool."""
    return channel.closure(at), channel.streamed_closure(at)
