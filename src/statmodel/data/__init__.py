"""Events, counts and datasets: tables in (Parquet, CSV, NPZ, HDF5, ROOT), checked, frozen."""

from ._counts import BinCounts as BinCounts
from ._counts import make_counts as make_counts
from ._dataset import Dataset as Dataset
from ._events import Events as Events
from ._events import load_events as load_events
from ._events import make_events as make_events
from ._paths import resolve_path as resolve_path
from ._tables import column_names as column_names
from ._tables import read_columns as read_columns
