"""The lists that the laws run over: one line in `density_cases` subjects a density to every law."""

from collections.abc import Mapping
from types import MappingProxyType

from density_cases.composed import composed
from density_cases.peaks import peaks
from density_cases.planes import planes
from density_cases.points import DensityCase, PlaneCase
from density_cases.series import series
from density_cases.tails import tails

densities: Mapping[str, DensityCase] = MappingProxyType({**peaks, **tails, **series, **composed})
plane_densities: Mapping[str, PlaneCase] = planes
