"""Results as histograms of other packages."""

from ._to_hist import to_hist as to_hist
