"""Densities of unbinned processes; every argument is a number or a formula.

Analytic densities are normalised on the ranges of their observables (base measure: Lebesgue);
a ratio is taken to the reference density of its channel. Conventions are RooFit's.
"""

from typing import Annotated, Literal, TypeAlias, final

from pydantic import Field, model_validator

from ._base import AbstractPart, Flag, NameText, check_fractions, refuse
from ._formula import Formula
from ._nested import Nested, edges_of, flat, wrong_histogram


@final
class RatioDensity(AbstractPart):
    """p(x)/p_ref(x), one number an event, read from a column."""

    type: Literal["ratio"] = "ratio"
    column: NameText | None = Field(default=None, description="Column of the ratio itself.")
    log_column: NameText | None = Field(default=None, description="Column of its logarithm.")
    signed: Flag = Field(default=False, description="Whether the ratio may be negative.")

    @model_validator(mode="after")
    def _one_column(self) -> "RatioDensity":
        if (self.column is None) == (self.log_column is None):
            refuse("expected exactly one of `column` and `log_column`")
        if self.signed and self.log_column is not None:
            refuse("a signed ratio has no logarithm; give `column`")
        return self


class AbstractOneDimensional(AbstractPart):
    """A density of one observable, which may be left out where the channel has one."""

    observable: NameText | None = None


@final
class GaussianDensity(AbstractOneDimensional):
    """exp(-(x - mean)^2 / (2 sigma^2))."""

    type: Literal["gaussian"] = "gaussian"
    mean: Formula
    sigma: Formula


@final
class ExponentialDensity(AbstractOneDimensional):
    """exp(slope x)."""

    type: Literal["exponential"] = "exponential"
    slope: Formula


@final
class UniformDensity(AbstractOneDimensional):
    """A constant."""

    type: Literal["uniform"] = "uniform"


@final
class PolynomialDensity(AbstractOneDimensional):
    """1 + a1 x + a2 x^2 + ...; `coefficients` begin with a1."""

    type: Literal["polynomial"] = "polynomial"
    coefficients: tuple[Formula, ...]


@final
class ChebyshevDensity(AbstractOneDimensional):
    """1 + a1 T1(u) + a2 T2(u) + ..., u the observable mapped from its range to [-1, 1]."""

    type: Literal["chebyshev"] = "chebyshev"
    coefficients: tuple[Formula, ...]


@final
class BernsteinDensity(AbstractOneDimensional):
    """Sum of b_k C(n, k) u^k (1 - u)^(n-k), u the observable mapped from its range to [0, 1]."""

    type: Literal["bernstein"] = "bernstein"
    coefficients: tuple[Formula, ...] = Field(min_length=1)


@final
class BreitWignerDensity(AbstractOneDimensional):
    """1 / ((x - mean)^2 + width^2 / 4); `width` is the full width at half maximum."""

    type: Literal["breit_wigner"] = "breit_wigner"
    mean: Formula
    width: Formula


@final
class VoigtDensity(AbstractOneDimensional):
    """A breit_wigner of full width `width` convolved with a gaussian of `sigma`."""

    type: Literal["voigt"] = "voigt"
    mean: Formula
    width: Formula
    sigma: Formula


@final
class CrystalBallDensity(AbstractOneDimensional):
    """A gaussian with a power tail below, joined `alpha` > 0 sigmas from the mean."""

    type: Literal["crystal_ball"] = "crystal_ball"
    mean: Formula
    sigma: Formula
    alpha: Formula
    n: Formula


@final
class DoubleCrystalBallDensity(AbstractOneDimensional):
    """A gaussian with two widths and two power tails."""

    type: Literal["double_crystal_ball"] = "double_crystal_ball"
    mean: Formula
    sigma_left: Formula
    sigma_right: Formula
    alpha_left: Formula
    n_left: Formula
    alpha_right: Formula
    n_right: Formula


@final
class ArgusDensity(AbstractOneDimensional):
    """x (1 - (x/endpoint)^2)^power exp(slope (1 - (x/endpoint)^2)) below the endpoint."""

    type: Literal["argus"] = "argus"
    endpoint: Formula
    slope: Formula
    power: Formula = Formula.of(0.5)


@final
class JohnsonSUDensity(AbstractOneDimensional):
    """gamma + delta asinh((x - mean)/scale) is a unit gaussian."""

    type: Literal["johnson_su"] = "johnson_su"
    mean: Formula
    scale: Formula
    gamma: Formula
    delta: Formula


@final
class LognormalDensity(AbstractOneDimensional):
    """ln x is a gaussian around ln(median), with standard deviation `shape`."""

    type: Literal["lognormal"] = "lognormal"
    median: Formula
    shape: Formula


@final
class GammaDensity(AbstractOneDimensional):
    """(x - location)^(shape - 1) exp(-(x - location)/scale)."""

    type: Literal["gamma"] = "gamma"
    shape: Formula
    scale: Formula
    location: Formula = Formula.of(0)


@final
class BifurcatedGaussianDensity(AbstractOneDimensional):
    """A gaussian with one width on each side of the mean."""

    type: Literal["bifurcated_gaussian"] = "bifurcated_gaussian"
    mean: Formula
    sigma_left: Formula
    sigma_right: Formula


@final
class PowerLawDensity(AbstractOneDimensional):
    """x^power."""

    type: Literal["power_law"] = "power_law"
    power: Formula


@final
class SumDensity(AbstractPart):
    """A mixture: n terms with n - 1 fractions, the last fraction being the rest."""

    type: Literal["sum"] = "sum"
    # The one place where a part contains its own kind, hence a name in quotes.
    terms: tuple["Density", ...] = Field(min_length=2)
    fractions: tuple[Formula, ...]

    @model_validator(mode="after")
    def _counted(self) -> "SumDensity":
        check_fractions(len(self.terms), len(self.fractions))
        return self


@final
class ProductDensity(AbstractPart):
    """A product of densities of different observables."""

    type: Literal["product"] = "product"
    factors: tuple["Density", ...] = Field(min_length=2)


@final
class HistogramDensity(AbstractPart):
    """Constant in bins; `values` are contents (counts or probabilities), not heights."""

    type: Literal["histogram"] = "histogram"
    edges: Nested = Field(
        description="Bin edges; a list of lists where there are several observables."
    )
    values: Nested = Field(description="Bin contents, nested as the observables are ordered.")
    observables: tuple[NameText, ...] | None = Field(
        default=None, description="In the order of `edges`; the channel's where left out."
    )

    @model_validator(mode="after")
    def _binned(self) -> "HistogramDensity":
        if message := wrong_histogram(self.axes, self.values):
            refuse(message)
        return self

    @property
    def axes(self) -> tuple[tuple[float, ...], ...]:
        """The edges, one tuple an observable."""
        return edges_of(self.edges)

    @property
    def contents(self) -> tuple[float, ...]:
        """The bin contents in one row, the last observable running fastest."""
        return flat(self.values)


@final
class FormulaDensity(AbstractPart):
    """A formula of observables and parameters, normalised numerically."""

    type: Literal["formula"] = "formula"
    expression: Formula
    observables: tuple[NameText, ...] | None = Field(
        default=None, description="Those named in the expression where left out."
    )


OneDimensional: TypeAlias = (
    GaussianDensity
    | ExponentialDensity
    | UniformDensity
    | PolynomialDensity
    | ChebyshevDensity
    | BernsteinDensity
    | BreitWignerDensity
    | VoigtDensity
    | CrystalBallDensity
    | DoubleCrystalBallDensity
    | ArgusDensity
    | JohnsonSUDensity
    | LognormalDensity
    | GammaDensity
    | BifurcatedGaussianDensity
    | PowerLawDensity
)
AnyDensity: TypeAlias = (
    RatioDensity | OneDimensional | SumDensity | ProductDensity | HistogramDensity | FormulaDensity
)
Density: TypeAlias = Annotated[AnyDensity, Field(discriminator="type")]
