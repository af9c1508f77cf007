"""The Neyman construction: critical values, confidence sets, coverage."""

from ._belt import Belt as Belt
from ._belt import belts as belts
from ._calibrations import CalibrationMethod as CalibrationMethod
from ._confidence import ConfidenceSet as ConfidenceSet
from ._confidence import Intervals as Intervals
from ._confidence import confidence_interval as confidence_interval
from ._confidence import confidence_intervals as confidence_intervals
from ._confidence import statistic_along as statistic_along
from ._coverage import CoverageCertificate as CoverageCertificate
from ._coverage import SetsAt as SetsAt
from ._coverage import coverage as coverage
from ._coverage_surface import CoverageSurface as CoverageSurface
from ._curve import CriticalCurve as CriticalCurve
from ._focus_study import Candidate as Candidate
from ._focus_study import FocusStudy as FocusStudy
from ._focus_study import focus_study as focus_study
from ._limit import Protection as Protection
from ._limit import ToyLimit as ToyLimit
from ._limit import upper_limit_by_toys as upper_limit_by_toys
from ._neyman import neyman as neyman
from ._neyman import neyman_several as neyman_several
from ._sets import Sets as Sets
from ._sets import confidence_sets as confidence_sets
from ._truths import Ensemble as Ensemble
