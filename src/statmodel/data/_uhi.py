"""Histograms of other packages as counts: whatever speaks the protocol of UHI.

(Unified histogram interface, `PlottableHistogram`: https://uhi.readthedocs.io.) hist,
boost-histogram, uproot and others do. None of them is imported.
"""

import abc
import warnings
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from statmodel._errors import DataError, SpecWarning

from ._counts import BinCounts, make_counts

_EQUAL = 1e-9


@runtime_checkable
class Histogram(Protocol):
    """What is used of a histogram."""

    @property
    @abc.abstractmethod
    def kind(self) -> object:
        """`COUNT`, or `MEAN` of a profile."""

    @property
    @abc.abstractmethod
    def axes(self) -> Sequence[object]:
        """One an observable."""

    @abc.abstractmethod
    def values(self) -> np.ndarray:
        """Contents of the bins, those of under- and overflow left out."""

    @abc.abstractmethod
    def variances(self) -> np.ndarray | None:
        """Of the contents, where they are known."""


def counts_from_histogram(histogram: Histogram, *, mask: Sequence[bool] | None = None) -> BinCounts:
    """The contents of a histogram as the counts of a binned channel.

    Bins of several axes follow one another with the last axis the fastest. Under- and overflow are
    no bins of a channel and are left out.

    Args:
        histogram: anything with the protocol of UHI: hist, boost-histogram, uproot.
        mask: true for bins that count; all of them by default.

    Raises:
        DataError: a profile, contents that are no counts, or a mask of another length.

    Warns:
        SpecWarning: of weighted contents, since a likelihood takes counts for Poisson.

    Example:
        ```python
        data = data.with_counts({"SR": counts_from_histogram(h)})
        ```
    """
    kind = str(histogram.kind).rpartition(".")[2].upper()
    if kind != "COUNT":
        msg = f"a histogram of counts is needed, and this one is of kind {kind} (a profile?)."
        raise DataError(msg)
    values = np.asarray(histogram.values(), float)
    if values.ndim != len(histogram.axes) or not values.size:
        msg = f"{len(histogram.axes)} axes, but contents of shape {values.shape}."
        raise DataError(msg)
    found = make_counts(values.reshape(-1).tolist(), mask=mask)
    variances = histogram.variances()
    if variances is not None and not np.allclose(variances, values, rtol=_EQUAL, atol=0):
        warnings.warn(
            "the histogram is weighted (variances differ from contents), but the likelihood takes "
            "its contents for Poisson counts",
            SpecWarning,
            stacklevel=2,
        )
    return found
