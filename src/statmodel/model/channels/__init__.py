"""The terms of the likelihood: unbinned channels of analytic densities and of density ratios."""

from ._analytic import AnalyticChannel as AnalyticChannel
from ._analytic import AnalyticEvents as AnalyticEvents
from ._base import AbstractChannel as AbstractChannel
from ._base import AbstractPrepared as AbstractPrepared
from ._columns import RatioColumns as RatioColumns
from ._mixture import HeadBlock as HeadBlock
from ._mixture import RatioEvents as RatioEvents
from ._mixture import ResponseBlock as ResponseBlock
from ._mixture import Shapes as Shapes
from ._mixture import terms as terms
from ._ratio import Pool as Pool
from ._ratio import RatioChannel as RatioChannel
