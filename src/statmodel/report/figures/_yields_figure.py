"""Expected events of a channel by sample and bin, their uncertainty, and the data over them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from statmodel.infer import ChannelYields, Yields

from ._draw import panels
from ._draw_yields import Bars, draw_bars, draw_points, draw_ratio
from ._labels import readable, readable_labels, shortened
from ._style import COLOURS, styled

_NOTHING: Mapping[str, str] = MappingProxyType({})
_MOST_TICKS = 12
"""Bins that are all numbered."""
_LONGEST_TITLE = 38


def yields_figure(
    yields: Yields,
    *,
    channel: str,
    edges: Sequence[float] | Float[np.ndarray, " edge"] | None = None,
    observable: str = "",
    unit: str = "",
    labels: Mapping[str, str] = _NOTHING,
) -> Figure:
    """Draw one channel: stacked samples, the uncertainty of their total, data, and their ratio.

    What is negative in a bin is stacked below zero, hatched; the line of the total is the sum of
    both. Data have central 68.27 % Poisson intervals. Bins that are masked are shaded.

    Args:
        yields: before or after a fit.
        channel: its name.
        edges: of the bins, increasing, where the channel has some in truth; then events are drawn
            per width of the narrowest bin. Bins are numbered without.
        observable: what the edges are edges of; LaTeX between dollars.
        unit: of the edges.
        labels: how to write channels and samples, by name; LaTeX between dollars.

    Raises:
        KeyError: no such channel.
        ValueError: edges of another number of bins, or that do not increase.
    """
    one = yields.channel(channel)
    size = one.bins.events.size
    width, where = _edges(edges, size, channel)
    written = readable_labels(labels)
    title = written.get(channel, shortened(channel, _LONGEST_TITLE))
    scale = np.ones(size) if edges is None else width / np.diff(where)
    with styled():
        drawn = panels(
            x_label=_axis(observable, unit, numbered=edges is None),
            y_label="Events" if edges is None else f"Events / {width:.3g} {unit}".rstrip(),
            title=title,
            subtitle=_subtitle(yields, one),
            limits=(float(where[0]), float(where[-1])),
        )
        bars = _bars(one, scale, where, _colours(yields, one))
        draw_bars(drawn.main, bars, labels=written, title=_expectation(yields))
        if one.observed is not None:
            draw_points(drawn.main, bars, scale)
        draw_ratio(drawn.pulls, bars, title=_ratio(yields))
        if edges is None:
            _number_bins((drawn.main, drawn.pulls), size)
        if not yields.ok:
            drawn.say("the fit did not converge: no errors")
        drawn.legend(where, np.maximum(bars.highest, 0.0))
        drawn.figure.align_ylabels([drawn.main, drawn.pulls])
    return drawn.figure


def _colours(yields: Yields, one: ChannelYields) -> tuple[str, ...]:
    """Of each sample, by its place among those of all channels, the largest first.

    Where there are more samples than colours, one that is taken in this channel gives way.
    """
    sizes: dict[str, float] = {}
    for channel in yields.channels:
        events = np.abs(np.asarray(channel.entries.events)).sum(axis=1)
        for name, size in zip(channel.samples, events.tolist(), strict=True):
            sizes[name] = sizes.get(name, 0.0) + size
    ranked = sorted(sizes, key=lambda name: -sizes[name])
    found: dict[str, str] = {}
    for place, name in enumerate(ranked):
        if name in one.samples:
            order = [COLOURS[(place + k) % len(COLOURS)] for k in range(len(COLOURS))]
            free = (colour for colour in order if colour not in found.values())
            found[name] = next(free, order[0])
    return tuple(found[name] for name in one.samples)


def _bars(
    one: ChannelYields,
    scale: Float[np.ndarray, " bin"],
    edges: np.ndarray,
    colours: tuple[str, ...],
) -> Bars:
    observed = None if one.observed is None else np.asarray(one.observed)
    return Bars(
        edges=edges,
        samples=one.samples,
        colours=colours,
        heights=np.asarray(one.entries.events) * scale,
        total=np.asarray(one.bins.events) * scale,
        error=np.nan_to_num(np.asarray(one.bins.errors)) * scale,
        observed=observed,
        scale=scale,
    )


def _edges(
    edges: Sequence[float] | Float[np.ndarray, " edge"] | None, size: int, channel: str
) -> tuple[float, Float[np.ndarray, " edge"]]:
    """The width of the narrowest bin, and all edges."""
    if edges is None:
        return 1.0, np.arange(size + 1) - 0.5
    where = np.asarray(edges, float).reshape(-1)
    if where.size != size + 1:
        msg = (
            f"`yields_figure(edges=...)`: channel {channel} has {size} bins, hence {size + 1} "
            f"edges; got {where.size}"
        )
        raise ValueError(msg)
    widths = np.diff(where)
    if not (np.isfinite(where).all() and (widths > 0).all()):
        msg = "`yields_figure(edges=...)` must be finite and increase"
        raise ValueError(msg)
    return float(widths.min()), where


def _axis(observable: str, unit: str, *, numbered: bool) -> str:
    name = readable(observable, observable) if observable else ""
    if numbered:
        return f"{name} (bin)" if name else "Bin"
    return f"{name} [{unit}]" if unit else name


def _subtitle(yields: Yields, one: ChannelYields) -> str:
    said = "before the fit" if yields.fit is None else "after the fit"
    if one.observed is None:
        return said
    counted = np.asarray(one.observed)
    return f"{np.nansum(counted):.6g} events, {said}"


def _expectation(yields: Yields) -> str:
    return "Expected" if yields.fit is None else "Fit"


def _ratio(yields: Yields) -> str:
    return "Data / exp." if yields.fit is None else "Data / fit"


def _number_bins(axes: Sequence[Axes], size: int) -> None:
    for one in axes:
        one.xaxis.set_minor_locator(NullLocator())
        every = size <= _MOST_TICKS
        one.xaxis.set_major_locator(
            FixedLocator(list(range(size))) if every else MaxNLocator(nbins=10, integer=True)
        )
