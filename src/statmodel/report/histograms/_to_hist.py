"""Yields as histograms of the package `hist`, which speak the protocol of UHI."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np

from statmodel.data import Histogram
from statmodel.infer import Yields

TOTAL = "total"
"""The name of the sum over samples."""
_NUMBERED: Mapping[str, Sequence[float]] = MappingProxyType({})


def to_hist(
    yields: Yields, *, edges: Mapping[str, Sequence[float]] = _NUMBERED
) -> dict[str, Histogram]:
    """A histogram for each channel: samples and `total` along the first axis, bins along the other.

    Each is a `hist.Hist`. Contents are expected events, variances the squares of their errors:
    `h["signal", :]` is one sample, `h["total", :]` the sum with its own error. (Adding samples up
    would add their variances, as if they were independent.)

    Args:
        yields: before or after a fit.
        edges: of the bins, by channel; bins of other channels are numbered.

    Raises:
        ModuleNotFoundError: `hist` is not installed; the extra `hist` brings it.
        ValueError: edges of another number of bins, or a sample that is called `total`.
    """
    if find_spec("hist") is None:
        msg = '`to_hist` needs hist, which is not installed: pip install "statmodel[hist]"'
        raise ModuleNotFoundError(msg, name="hist")
    import hist  # noqa: PLC0415

    found: dict[str, Histogram] = {}
    for channel in yields.channels:
        size = channel.bins.events.size
        given = edges.get(channel.name)
        if given is not None and len(given) != size + 1:
            msg = (
                f"`to_hist(edges=...)`: channel {channel.name} has {size} bins, hence {size + 1} "
                f"edges; got {len(given)}"
            )
            raise ValueError(msg)
        if TOTAL in channel.samples:
            msg = f"channel {channel.name} has a sample called {TOTAL!r}, the name of the sum"
            raise ValueError(msg)
        bins = (
            hist.axis.Integer(0, size, name="bin", flow=False)
            if given is None
            else hist.axis.Variable(list(given), name="bin", flow=False)
        )
        samples = hist.axis.StrCategory([*channel.samples, TOTAL], name="process", flow=False)
        one = hist.Hist(samples, bins, storage=hist.storage.Weight(), name=channel.name)
        values = np.vstack([channel.entries.events, channel.bins.events[None]])
        variances = np.vstack([channel.entries.errors, channel.bins.errors[None]]) ** 2
        one[...] = np.stack([values, variances], axis=-1)
        found[channel.name] = one
    return found
