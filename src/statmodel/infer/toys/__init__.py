"""Fits of pseudo-experiments: one row of a table each."""

from ._run import run_toys as run_toys
from ._table import Hypothesis as Hypothesis
from ._table import ToyTable as ToyTable
