"""Pseudo-experiments: data drawn from a model at parameter points."""

from ._draw import Ensemble as Ensemble
from ._draw import Kept as Kept
from ._draw import Toy as Toy
from ._sample import Auxiliary as Auxiliary
from ._sample import Sampler as Sampler
from ._sample import sampler as sampler
