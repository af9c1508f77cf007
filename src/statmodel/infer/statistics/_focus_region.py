"""Where a focus is, for tables and pictures."""

import jax
import jax.numpy as jnp
import numpy as np

from statmodel.model import Model

from ._statistics import focus_of

_CELLS = 8192


def focus_region(
    model: Model, name: str, span: tuple[float, float], *, level: float = 0.6827
) -> tuple[tuple[float, float], ...]:
    """The smallest set that holds so much of a focus of one parameter, as disjoint intervals.

    Args:
        model: the compiled likelihood.
        name: of the focus.
        span: what is looked at, in the user's units; the share is of what lies there. Ends are
            right to 1/8192 of it.
        level: the share.

    Raises:
        ValueError: there is no such focus, it is of several parameters, or it is zero in the span.
    """
    focus = focus_of(model, name)
    if len(focus.pois) > 1:
        msg = f'focus_region: focus "{name}" is of {", ".join(focus.pois)}, and one is wanted'
        raise ValueError(msg)
    edges = np.linspace(*span, _CELLS + 1)
    middles = jnp.asarray(0.5 * (edges[1:] + edges[:-1]))
    logs = np.asarray(jax.vmap(lambda at: focus.log_prob({focus.pois[0]: at}))(middles))
    heights = np.exp(np.where(np.isfinite(logs), logs, -np.inf))
    if not heights.sum() > 0:
        msg = f'focus_region: focus "{name}" is zero from {span[0]:g} to {span[1]:g}'
        raise ValueError(msg)
    order = np.argsort(-heights, kind="stable")
    held = np.cumsum(heights[order]) / heights.sum()
    kept = np.zeros(_CELLS + 2, bool)
    kept[1 + order[: int(np.searchsorted(held, level)) + 1]] = True
    turns = edges[np.flatnonzero(np.diff(kept))]
    return tuple(
        (float(low), float(high)) for low, high in zip(turns[::2], turns[1::2], strict=True)
    )
