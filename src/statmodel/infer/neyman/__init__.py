"""The Neyman construction: critical values, confidence sets, coverage."""

from ._confidence import ConfidenceSet as ConfidenceSet
from ._confidence import Sets as Sets
from ._confidence import confidence_interval as confidence_interval
from ._confidence import confidence_sets as confidence_sets
from ._curve import CriticalCurve as CriticalCurve
from ._neyman import neyman as neyman
from ._neyman import neyman_several as neyman_several
