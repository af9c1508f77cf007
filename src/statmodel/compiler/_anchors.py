r"""Where code 4 between extreme anchors is negative.

Between anchors :math:`h, l \in [e^{-3}, e^3]` the polynomial of code 4 is positive for all
:math:`|\alpha| \le 1` (its lowest value there is the lower anchor, found on a fine grid); beyond,
it may not be, and per-event ratios in tails do go beyond.
"""

from collections.abc import Iterator
from typing import TypeAlias

import jax
import numpy as np
from jaxtyping import Float

from statmodel import model
from statmodel.model.channels import RatioChannel, RatioEvents, ResponseBlock

from ._arrays import on_device
from ._sample import Sample

SAFE_LOG = 3.0
_GRID = 21

Logs: TypeAlias = Float[np.ndarray, "chunk pair row"]


def may_be_negative(channel: RatioChannel, events: RatioEvents) -> bool:
    """Whether some stored response of code 4 has anchors beyond the safe ones."""
    return any(
        bool(np.maximum(np.abs(up), np.abs(down)).max() > SAFE_LOG)
        for _, up, down in _code4(channel, events)
    )


def extreme_anchors(
    built: model.Model, channel: RatioChannel, sample: Sample, events: RatioEvents
) -> Iterator[str]:
    """One message for each (process, nuisance) pair whose code 4 is negative at some event.

    Args:
        built: the model, for names.
        channel: the channel.
        sample: what the events are, and where they stand in their file.
        events: the events of the sample.
    """
    slots = np.asarray(channel.shapes.nuisances)
    for block, up, down in _code4(channel, events):
        for pair, (process, variable) in enumerate(
            zip(block.processes, block.variables, strict=True)
        ):
            message = _negative(up[:, pair].ravel(), down[:, pair].ravel(), sample)
            if message:
                name = built.space.names[int(slots[variable])]
                yield f"process {channel.processes[process]}, densitysys {name}: {message}"


def _code4(
    channel: RatioChannel, events: RatioEvents
) -> Iterator[tuple[ResponseBlock, Logs, Logs]]:
    blocks = zip(channel.shapes.responses, events.log_up, events.log_down, strict=True)
    return (
        (block, np.asarray(up), np.asarray(down))
        for block, up, down in blocks
        if block.code == "code4"
    )


def _negative(
    up: Float[np.ndarray, " row"], down: Float[np.ndarray, " row"], sample: Sample
) -> str:
    rows = np.flatnonzero(np.maximum(np.abs(up), np.abs(down)) > SAFE_LOG)
    if not rows.size:
        return ""
    alpha = np.linspace(-1.0, 1.0, _GRID)
    grid = (on_device(one) for one in (alpha[:, None], up[None, rows], down[None, rows]))
    values = np.asarray(jax.jit(model.interpolate, static_argnums=0)("code4", *grid))
    count = int((values < 0).any(axis=0).sum())
    if not count:
        return ""
    point, event = np.unravel_index(np.argmin(values), values.shape)
    row = rows[event]
    anchors = f"anchors {np.exp(up[row]):.3g} and {np.exp(down[row]):.3g}"
    return (
        f"code4 is negative at {count} {sample.kind} events, lowest {values[point, event]:.3g} "
        f"at alpha = {float(alpha[point]):.2g}, event {sample.rows[row]} ({anchors}). "
        "`interpolation: log_smooth` is positive everywhere."
    )
