r"""Where code 4 between extreme anchors is negative.

Between anchors :math:`h, l \in [e^{-3}, e^3]` the polynomial of code 4 is positive for all
:math:`|\alpha| \le 1` (its lowest value there is the lower anchor, found on a fine grid); beyond, it
may not be, and per-event ratios in tails do go beyond.
"""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np

from statmodel import model
from statmodel.model.channels import RatioChannel, RatioEvents

SAFE_LOG = 3.0
_GRID = 21


def may_be_negative(channel: RatioChannel, events: RatioEvents) -> bool:
    """Whether some stored response of code 4 has anchors beyond the safe ones."""
    return any(
        bool(jnp.maximum(jnp.abs(up), jnp.abs(down)).max() > SAFE_LOG)
        for shape, columns in zip(channel.shapes, events.shapes, strict=True)
        for response, up, down in zip(
            shape.responses, columns.log_up, columns.log_down, strict=True
        )
        if response.code == "code4"
    )


def extreme_anchors(
    built: model.Model, channel: RatioChannel, events: RatioEvents
) -> Iterator[str]:
    """One message for each (process, nuisance) pair whose code 4 is negative at some event."""
    for process, shape, columns in zip(
        channel.processes, channel.shapes, events.shapes, strict=True
    ):
        for response, up, down in zip(
            shape.responses, columns.log_up, columns.log_down, strict=True
        ):
            if response.code != "code4":
                continue
            for place, slot in enumerate(np.asarray(response.slots)):
                message = _negative(up[:, place].ravel(), down[:, place].ravel())
                if message:
                    name = built.space.names[int(slot)]
                    yield f"process {process}, densitysys {name}: {message}"


def _negative(up: jax.Array, down: jax.Array) -> str:
    extreme = jnp.maximum(jnp.abs(up), jnp.abs(down)) > SAFE_LOG
    rows = np.flatnonzero(np.asarray(extreme))
    if not rows.size:
        return ""
    alpha = jnp.linspace(-1.0, 1.0, _GRID)
    values = np.asarray(
        model.interpolate("code4", alpha[:, None], up[rows][None, :], down[rows][None, :])
    )
    count = int((values < 0).any(axis=0).sum())
    if not count:
        return ""
    point, event = np.unravel_index(np.argmin(values), values.shape)
    return (
        f"code4 is negative at {count} events, lowest {values[point, event]:.3g} at alpha = "
        f"{float(alpha[point]):.2g}, event {rows[event]} (anchors {np.exp(up[rows[event]]):.3g} and "
        f"{np.exp(down[rows[event]]):.3g}). `interpolation: log_smooth` is positive everywhere."
    )
