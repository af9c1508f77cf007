"""Inference: pure functions of a model and its data."""

from ._asimov import asimov as asimov
from ._fit import fit as fit
from ._profile import Scan as Scan
from ._profile import profile as profile
from ._results import Correlation as Correlation
from ._results import Covariance as Covariance
from ._results import FitResult as FitResult
from ._results import Provenance as Provenance
from ._status import Status as Status
