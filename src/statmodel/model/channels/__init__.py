"""The terms of the likelihood: unbinned channels of analytic densities and of density ratios."""

from ._analytic import AnalyticChannel as AnalyticChannel
from ._analytic import AnalyticEvents as AnalyticEvents
from ._base import AbstractChannel as AbstractChannel
from ._base import AbstractPrepared as AbstractPrepared
from ._columns import ProcessColumns as ProcessColumns
from ._columns import RatioColumns as RatioColumns
from ._mixture import LogPolynomial as LogPolynomial
from ._mixture import ProcessShape as ProcessShape
from ._mixture import RatioEvents as RatioEvents
from ._mixture import ShapeColumns as ShapeColumns
from ._mixture import ShapeResponse as ShapeResponse
from ._mixture import terms as mixture_terms
from ._ratio import Pool as Pool
from ._ratio import RatioChannel as RatioChannel
