"""Goodness of fit: how well the best fit describes the data, with toys as the measure."""

from ._gof import gof as gof
from ._looks import GOF_STATISTICS as GOF_STATISTICS
from ._result import GofTest as GofTest
from ._result import Goodness as Goodness
