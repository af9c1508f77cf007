"""Normalised densities of observables, each with its sampler: one file a family.

An argument of a density is an expression of the parameters, its range is static. Conventions are
RooFit's.
"""

from ._argus import Argus as Argus
from ._base import AbstractDensity as AbstractDensity
from ._base import AbstractUnivariate as AbstractUnivariate
from ._base import slots_read as slots_read
from ._bernstein import Bernstein as Bernstein
from ._bifurcated_gaussian import BifurcatedGaussian as BifurcatedGaussian
from ._breit_wigner import BreitWigner as BreitWigner
from ._chebyshev import Chebyshev as Chebyshev
from ._crystal_ball import CrystalBall as CrystalBall
from ._crystal_ball import DoubleCrystalBall as DoubleCrystalBall
from ._exponential import Exponential as Exponential
from ._formula import FormulaDensity as FormulaDensity
from ._gamma import Gamma as Gamma
from ._gaussian import Gaussian as Gaussian
from ._histogram import HistogramDensity as HistogramDensity
from ._johnson_su import JohnsonSU as JohnsonSU
from ._landmarks import Landmark as Landmark
from ._lognormal import LogNormal as LogNormal
from ._polynomial import Polynomial as Polynomial
from ._power_law import PowerLaw as PowerLaw
from ._product import ProductDensity as ProductDensity
from ._quadrature import LINE_ORDER as LINE_ORDER
from ._quadrature import PLANE_ORDER as PLANE_ORDER
from ._quadrature import AbstractIntegrated as AbstractIntegrated
from ._quadrature import AbstractRule as AbstractRule
from ._quadrature import LineRule as LineRule
from ._quadrature import PlaneRule as PlaneRule
from ._quadrature import even_edges as even_edges
from ._sum import SumDensity as SumDensity
from ._uniform import Uniform as Uniform
from ._varied import Variation as Variation
from ._varied import VariedDensity as VariedDensity
from ._voigt import Voigt as Voigt
