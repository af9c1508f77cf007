"""Observed data against the fitted mixture with its components, and the pulls below."""

from collections.abc import Mapping
from types import MappingProxyType

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from statmodel.data import Dataset
from statmodel.infer import FitResult
from statmodel.model import Model, Prepared
from statmodel.model.channels import AbstractChannel, RatioChannel

from ._binning import bin_edges, joined
from ._draw import Panels, draw_data, draw_mixture, draw_pulls, panels
from ._histogram import DataHistogram, histogram
from ._labels import readable, readable_labels
from ._mixture import BinnedMixture, binned_mixture
from ._observed import Observed, axis_of, channel_of, observed
from ._style import styled

_NOTHING: Mapping[str, str] = MappingProxyType({})


def data_figure(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    channel: str,
    observable: str,
    labels: Mapping[str, str] = _NOTHING,
    units: Mapping[str, str] = _NOTHING,
) -> Figure:
    """Draw one observable of one channel.

    Bins where little is expected are joined; all are drawn as events per width of a plain bin. What
    cannot be drawn (components without a simulation pool, data that were not observed) is said in
    the picture.

    Args:
        model: the compiled likelihood.
        data: what was fitted.
        result: where the mixture is evaluated.
        channel: its name.
        observable: its name.
        labels: how to write observables and processes, by name; LaTeX between dollars. What cannot
            be drawn gives way to the name, with a warning.
        units: of observables, by name.

    Raises:
        KeyError: no such channel or observable.
    """
    term = channel_of(model, channel)
    axis = axis_of(term, observable)
    found = observed(model, data, channel=channel, observable=observable)
    seen = found if found is not None else _none()
    edges = bin_edges(*_spread(term, axis, seen), term.ranges[axis])
    at = model.scope.at_point({n: jnp.asarray(v) for n, v in result.point.items()})
    fine = binned_mixture(term, at, axis=axis, edges=edges, typical=_typical(model, data, term))
    width = float(edges[1] - edges[0])
    mixture = fine
    if fine is not None and fine.total.sum() > 0:
        starts = joined(np.maximum(fine.total, 0.0))
        mixture = _sum_of_bins(fine, starts)
        edges = np.append(edges[starts], edges[-1])
    counted = histogram(seen, edges)
    given = units.get(observable, "")
    unit = readable(given, given, of=f"the unit of {observable}")
    written = readable_labels(labels)
    with styled():
        drawn = panels(
            x_label=_axis_label(written.get(observable, observable), unit),
            y_label=_bin_label(width, unit, weighted=seen.weighted),
            title=written.get(channel, channel),
            subtitle=_subtitle(seen, result),
            limits=(float(edges[0]), float(edges[-1])),
        )
        if mixture is not None:
            draw_mixture(drawn, mixture, edges=edges, width=width, labels=written)
            draw_pulls(drawn, counted, mixture, shown=bool(seen.values.size))
        if seen.values.size:
            draw_data(drawn, counted, width=width)
        for line in _missing(term, found, mixture):
            drawn.say(line)
        _finish(drawn, counted, mixture, width=width)
    return drawn.figure


def _finish(
    drawn: Panels, counted: DataHistogram, mixture: BinnedMixture | None, *, width: float
) -> None:
    """The legend, above the highest stroke."""
    tops = counted.counts + (counted.upper if counted.counts.any() else 0.0)
    if mixture is not None:
        tops = np.maximum(tops, mixture.total + mixture.simulation_error)
    drawn.legend(counted.edges, tops * width / np.diff(counted.edges))
    drawn.figure.align_ylabels([drawn.main, drawn.pulls])


def _none() -> Observed:
    return Observed(values=np.zeros(0), weights=np.zeros(0), weighted=False)


def _missing(
    channel: AbstractChannel, found: Observed | None, mixture: BinnedMixture | None
) -> list[str]:
    said: list[str] = []
    if found is None:
        said.append("no observed values of this observable")
    elif not found.values.size:
        said.append("no event was observed")
    if mixture is None:
        said.append(f"{channel.name} has no simulation pool:\nonly the data are drawn")
    return said


def _spread(
    channel: AbstractChannel, axis: int, seen: Observed
) -> tuple[Float[np.ndarray, " event"], Float[np.ndarray, " event"]]:
    """Events that set the bins: the observed ones, or the pool's where there are none."""
    if seen.values.size or not isinstance(channel, RatioChannel) or channel.pool is None:
        return seen.values, seen.weights
    mask = np.asarray(channel.pool.events.mask)
    weights = np.asarray(channel.pool.events.weights)[mask]
    return np.asarray(channel.pool.x)[:, axis][mask], weights


def _typical(
    model: Model, data: Dataset | Prepared, channel: AbstractChannel
) -> Float[np.ndarray, "axis 2"]:
    """Centre and spread of every observable, for the integrals over open ranges."""
    rows: list[tuple[float, float]] = []
    for name in channel.observables:
        seen = observed(model, data, channel=channel.name, observable=name)
        values = np.zeros(0) if seen is None else seen.values
        spread = float(values.std()) if values.size else 1.0
        rows.append((float(values.mean()) if values.size else 0.0, spread or 1.0))
    return np.asarray(rows)


def _sum_of_bins(fine: BinnedMixture, starts: np.ndarray) -> BinnedMixture:
    variance = np.add.reduceat(fine.simulation_error**2, starts)
    return BinnedMixture(
        processes=fine.processes,
        counts=np.add.reduceat(fine.counts, starts, axis=1),
        simulation_error=np.sqrt(variance),
    )


def _axis_label(name: str, unit: str) -> str:
    return f"{name} [{unit}]" if unit else name


def _bin_label(width: float, unit: str, *, weighted: bool) -> str:
    events = "Weighted events" if weighted else "Events"
    return f"{events} / {width:.3g} {unit}".rstrip()


def _subtitle(seen: Observed, result: FitResult) -> str:
    if not result.ok:
        return "the fit did not converge"
    if seen.weighted:
        return f"{seen.values.size} rows, sum of weights {seen.weights.sum():.5g}"
    return f"{seen.values.size} events" if seen.values.size else ""
