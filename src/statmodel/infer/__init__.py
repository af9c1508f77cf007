"""Inference: pure functions of a model and its data."""

from ._asimov import asimov as asimov
from ._backends import Minimizer as Minimizer
from ._cross_check import CrossCheck as CrossCheck
from ._cross_check import CrossCheckRun as CrossCheckRun
from ._cross_check import cross_check as cross_check
from ._finding import Finding as Finding
from ._finding import Severity as Severity
from ._fit import fit as fit
from ._intervals import End as End
from ._intervals import IntervalStatus as IntervalStatus
from ._intervals import NewMinimum as NewMinimum
from ._intervals import ProfileErrors as ProfileErrors
from ._intervals import ProfileInterval as ProfileInterval
from ._intervals import Segment as Segment
from ._minima import LocalMinima as LocalMinima
from ._profile import Scan as Scan
from ._profile import profile as profile
from ._profile_errors import profile_errors as profile_errors
from ._results import Correlation as Correlation
from ._results import Covariance as Covariance
from ._results import FitResult as FitResult
from ._results import Provenance as Provenance
from ._status import Status as Status
from .doctor import Diagnosis as Diagnosis
from .doctor import diagnose as diagnose
