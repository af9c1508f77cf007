"""Asymptotic inference: tests, upper limits, significances, tables of exclusion."""

from ._exclusions import Exclusion as Exclusion
from ._exclusions import Exclusions as Exclusions
from ._exclusions import ExclusionStatus as ExclusionStatus
from ._exclusions import Signal as Signal
from ._exclusions import exclusions as exclusions
from ._hypotest import HypoTest as HypoTest
from ._hypotest import hypotest as hypotest
from ._limit_result import Limit as Limit
from ._limit_result import LimitResult as LimitResult
from ._limit_result import LimitStatus as LimitStatus
from ._question import candidates as candidates
from ._significance import Significance as Significance
from ._significance import significance as significance
from ._statistics import STATISTICS as STATISTICS
from ._statistics import Statistic as Statistic
from ._test_point import FitSummary as FitSummary
from ._test_point import TestPoint as TestPoint
from ._upper_limit import upper_limit as upper_limit
