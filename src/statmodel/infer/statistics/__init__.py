"""Test statistics of one to three parameters of interest, focused ones among them."""

from ._focus_region import focus_region as focus_region
from ._interest import Interest as Interest
from ._likelihood import Likelihood as Likelihood
from ._likelihood import Nuisances as Nuisances
from ._likelihood import Question as Question
from ._likelihood import along as along
from ._likelihood import fitted as fitted
from ._observed import ObservedStatistic as ObservedStatistic
from ._observed import ObservedStatistics as ObservedStatistics
from ._observed import statistics_at as statistics_at
from ._statistics import FTS as FTS
from ._statistics import LRS as LRS
from ._statistics import AbstractStatistic as AbstractStatistic
from ._statistics import Case as Case
from ._statistics import Reference as Reference
from ._statistics import averaged as averaged
from ._statistics import twice_log_ratio as twice_log_ratio
from ._support import Support as Support
from ._way import Path as Path
from ._way import Way as Way
