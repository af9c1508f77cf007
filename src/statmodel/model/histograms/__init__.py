"""All binned channels of a likelihood, as one block of dense arrays."""

from ._assemble import Channel as Channel
from ._assemble import Rate as Rate
from ._assemble import Sample as Sample
from ._assemble import Shift as Shift
from ._assemble import assemble as assemble
from ._blocks import BlockExpansion as BlockExpansion
from ._blocks import BlockGradient as BlockGradient
from ._blocks import BlockMatrix as BlockMatrix
from ._blocks import alone as alone
from ._blocks import block_linear as block_linear
from ._blocks import block_quadratic as block_quadratic
from ._coordinates import Coordinates as Coordinates
from ._coordinates import coordinates as coordinates
from ._coordinates import undivided as undivided
from ._counts import Counts as Counts
from ._counts import counts as counts
from ._histograms import Histograms as Histograms
from ._histograms import Variables as Variables
from ._shape_features import ShiftCode as ShiftCode
from ._tangents import entries_and_tangent as entries_and_tangent
