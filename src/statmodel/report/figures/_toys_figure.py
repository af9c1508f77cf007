"""Distributions that toys gave: pulls with their Gaussian, test statistics with the data."""

import math

import numpy as np
import scipy.stats
from jaxtyping import Float
from matplotlib.figure import Figure

from statmodel.infer import GofTest, ToyTable, ToyTest, bias

from ._labels import readable
from ._style import COLOURS, INK, SIZE, styled

_BINS = 41
_REACH = 4.5


def pull_figure(table: ToyTable, name: str, *, label: str | None = None) -> Figure:
    """The pulls of a parameter, the Gaussian that fits them, and the one that they should follow.

    Args:
        table: of toys.
        name: of the parameter.
        label: how to write it; LaTeX between dollars.

    Raises:
        ValueError: no toy has an error of the parameter.
    """
    found = bias(table, parameters=[name]).of(name)
    column = table.column(name)
    errors = table.errors[table.good, column]
    off = (table.values - table.truth)[table.good, column]
    pulls = off[errors > 0] / errors[errors > 0]
    if not pulls.size:
        msg = f"no toy has an error of {name}, so there are no pulls"
        raise ValueError(msg)
    edges = np.linspace(-_REACH, _REACH, _BINS)
    counts, _ = np.histogram(np.clip(pulls, edges[0], edges[-1]), edges)
    mean, width = found.pull_mean, found.pull_width
    x = np.linspace(-_REACH, _REACH, 400)
    area = pulls.size * (edges[1] - edges[0])
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        axes.stairs(counts, edges, color=INK, linewidth=1.5, label=f"{pulls.size} toys")
        axes.plot(x, area * scipy.stats.norm.pdf(x), "--", color=COLOURS[9], label="unit normal")
        axes.plot(
            x, area * scipy.stats.norm.pdf(x, mean.value, width.value), color=COLOURS[2],
            label=f"mean {mean.value:.3f} +- {mean.error:.3f}\n"
            f"width {width.value:.3f} +- {width.error:.3f}",
        )  # fmt: skip
        axes.set_xlim(-_REACH, _REACH)
        axes.set_ylim(0, 1.3 * max(float(counts.max()), 1.0))
        shown = readable(label or name, name)
        axes.set_xlabel(f"pull of {shown}: (estimate - truth) / error")
        axes.set_ylabel("toys")
        axes.legend(loc="upper left")
    return figure


def toy_test_figure(found: ToyTest, *, label: str | None = None) -> Figure:
    """The statistic of toys under both hypotheses, with the data; the last bin has all beyond.

    Args:
        found: the test.
        label: how to write the parameter; LaTeX between dollars.
    """
    tested, other = (one[np.isfinite(one)] for one in (found.tested, found.other))
    shown = readable(label or found.poi, found.poi)
    top = _top(np.concatenate([tested, other]), found.test_statistic)
    edges = np.linspace(0.0, top, _BINS)
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        both = ((tested, found.mu, COLOURS[0]), (other, found.alternative, COLOURS[1]))
        for values, mu, colour in both:
            counts, _ = np.histogram(np.minimum(values, top), edges)
            axes.stairs(
                counts / max(values.size, 1), edges, color=colour, linewidth=1.6,
                label=f"toys at {shown} = {mu:g}",
            )  # fmt: skip
        if math.isfinite(found.test_statistic):
            axes.axvline(found.test_statistic, color=INK, linewidth=1.5, label="data")
        axes.set_yscale("log")
        axes.set_xlim(0.0, top)
        axes.set_xlabel(f"{found.statistic} of {shown} = {found.mu:g}")
        axes.set_ylabel("share of toys")
        axes.legend(loc="upper right")
    return figure


def gof_figure(test: GofTest) -> Figure:
    """A statistic of toys, and of the data.

    Args:
        test: of a goodness of fit.
    """
    known = test.toys[np.isfinite(test.toys)]
    both = np.append(known, test.value if math.isfinite(test.value) else [])
    edges = np.linspace(float(both.min()), float(both.max()) + 1e-12, _BINS)
    counts, _ = np.histogram(known, edges)
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        axes.stairs(counts, edges, color=COLOURS[0], linewidth=1.6, label=f"{known.size} toys")
        axes.axvline(
            test.value, color=INK, linewidth=1.5,
            label=f"data: p = {test.p.probability:.3g} +- {test.p.error:.2g}",
        )  # fmt: skip
        axes.set_ylim(0, 1.25 * max(float(counts.max()), 1.0))
        axes.set_xlabel(readable(test.name, test.name))
        axes.set_ylabel("toys")
        axes.legend(loc="upper right")
    return figure


def _top(values: Float[np.ndarray, " toy"], observed: float) -> float:
    reach = float(np.quantile(values, 0.999)) if values.size else 1.0
    return 1.1 * max(reach, observed if math.isfinite(observed) else 0.0, 1.0)
