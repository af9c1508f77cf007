"""The likelihood as frozen modules: parameters, formulas, densities, channels, constraints.

Nothing here knows of files or of spec documents: a model can be built by hand.
"""

from ._constraints import AbstractConstraint as AbstractConstraint
from ._constraints import ConstraintBlock as ConstraintBlock
from ._constraints import GammaConstraint as GammaConstraint
from ._constraints import GaussianConstraint as GaussianConstraint
from ._constraints import HalfGaussianConstraint as HalfGaussianConstraint
from ._constraints import JointGaussian as JointGaussian
from ._constraints import LogNormalConstraint as LogNormalConstraint
from ._constraints import PoissonConstraint as PoissonConstraint
from ._constraints import UniformConstraint as UniformConstraint
from ._expressions import AbstractExpression as AbstractExpression
from ._expressions import Binary as Binary
from ._expressions import Constant as Constant
from ._expressions import Observable as Observable
from ._expressions import Slot as Slot
from ._expressions import Slots as Slots
from ._expressions import Unary as Unary
from ._expressions import Where as Where
from ._expressions import is_constant as is_constant
from ._expressions import nodes as nodes
from ._expressions import slots_of as slots_of
from ._focus import Focus as Focus
from ._interpolation import InterpolationCode as InterpolationCode
from ._interpolation import interpolate as interpolate
from ._layout import CHUNK as CHUNK
from ._layout import Storage as Storage
from ._layout import chunk_shape as chunk_shape
from ._layout import in_chunks as in_chunks
from ._layout import padded_size as padded_size
from ._layout import row_mask as row_mask
from ._layout import sum_over_chunks as sum_over_chunks
from ._model import Measurement as Measurement
from ._model import Model as Model
from ._model import constraint_log_prob as constraint_log_prob
from ._model import log_likelihood as log_likelihood
from ._model import log_likelihood_to_first_order as log_likelihood_to_first_order
from ._model import (
    log_likelihood_to_second_order as log_likelihood_to_second_order,
)
from ._model import unobserved as unobserved
from ._parameters import FreeVector as FreeVector
from ._parameters import ParameterSpace as ParameterSpace
from ._parameters import Point as Point
from ._parameters import Scope as Scope
from ._prepared import Prepared as Prepared
from ._rates import RateResponse as RateResponse
from ._rates import Rates as Rates
from ._structured import Structured as Structured
from ._structured import assembled as assembled
from ._structured import expected_information as expected_information
from ._structured import structured_nll as structured_nll
from .toys import Auxiliary as Auxiliary
from .toys import Sampler as Sampler
