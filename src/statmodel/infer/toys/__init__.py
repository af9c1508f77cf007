"""Fits of pseudo-experiments: one row of a table each."""

from ._bias import Bias as Bias
from ._bias import Calibration as Calibration
from ._bias import Coverage as Coverage
from ._bias import Estimate as Estimate
from ._bias import bias as bias
from ._hypotest import ToyTest as ToyTest
from ._hypotest import hypotest_toys as hypotest_toys
from ._run import ToyPlan as ToyPlan
from ._run import plan_toys as plan_toys
from ._run import run_toys as run_toys
from ._table import Hypothesis as Hypothesis
from ._table import ToyTable as ToyTable
from ._table import joined as joined
from ._table import write_tables as write_tables
from ._tail import Tail as Tail
