"""The terms of the likelihood: unbinned channels of analytic densities and of density ratios."""

from ._analytic import AnalyticChannel as AnalyticChannel
from ._analytic import AnalyticEvents as AnalyticEvents
from ._base import AbstractChannel as AbstractChannel
from ._base import AbstractPrepared as AbstractPrepared
from ._columns import RatioColumns as RatioColumns
from ._kernel import terms as terms
from ._mixture import HeadBlock as HeadBlock
from ._mixture import RatioEvents as RatioEvents
from ._mixture import ResponseBlock as ResponseBlock
from ._mixture import Shapes as Shapes
from ._ratio import Pool as Pool
from ._ratio import RatioChannel as RatioChannel
from ._table import TABLE_REACH as TABLE_REACH
from ._table import ClosureTable as ClosureTable
from ._table import NoTableError as NoTableError
from ._tabulate import Tabulation as Tabulation
from ._tabulate import tabulated as tabulated
