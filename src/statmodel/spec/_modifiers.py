"""Modifiers of unbinned processes: what changes a rate, and what changes a shape."""

from typing import Annotated, Literal, TypeAlias, final

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from ._base import AbstractPart, NameText, PositiveReal, Text, refuse
from ._densities import (
    AnyDensity,
    ArgusDensity,
    BernsteinDensity,
    BifurcatedGaussianDensity,
    BreitWignerDensity,
    ChebyshevDensity,
    CrystalBallDensity,
    DoubleCrystalBallDensity,
    ExponentialDensity,
    FormulaDensity,
    GammaDensity,
    GaussianDensity,
    HistogramDensity,
    JohnsonSUDensity,
    LognormalDensity,
    PolynomialDensity,
    PowerLawDensity,
    ProductDensity,
    RatioDensity,
    SumDensity,
    UniformDensity,
    VoigtDensity,
)
from ._formula import Formula


def _multiplies(value: object) -> object:
    if isinstance(value, str) and value in ("code0", "code2", "code4p"):
        refuse(f"{value} adds, but this modifier multiplies; expected code1, code4 or log_smooth")
    return value


# code4: polynomial of sixth order inside, exponential outside; code1: exponential;
# log_smooth: smooth in the logarithm, positive everywhere.
Interpolation: TypeAlias = Annotated[
    Literal["code1", "code4", "log_smooth"], BeforeValidator(_multiplies)
]


@final
class NormFactor(AbstractPart):
    """Multiplies the rate by a free parameter, or by a function of that name."""

    type: Literal["normfactor"] = "normfactor"
    name: NameText
    data: None = None


@final
class RateData(AbstractPart):
    """Rates at +1 and -1, relative to nominal."""

    hi: PositiveReal
    lo: PositiveReal


@final
class NormSys(AbstractPart):
    """Multiplies the rate by a response to a nuisance parameter."""

    type: Literal["normsys"] = "normsys"
    name: NameText
    data: RateData
    interpolation: Interpolation | None = None


@final
class Lumi(AbstractPart):
    """Multiplies the rate by the luminosity parameter, which must be declared."""

    type: Literal["lumi"] = "lumi"
    name: NameText
    data: None = None


@final
class ScaleData(AbstractPart):
    """A formula that multiplies."""

    formula: Formula


@final
class ScaleFactor(AbstractPart):
    """Multiplies the rate by a formula; the name is a label only."""

    type: Literal["scalefactor"] = "scalefactor"
    name: NameText | None = None
    data: ScaleData


@final
class ColumnAnchor(AbstractPart):
    """p(x|+1)/p(x|0) or p(x|-1)/p(x|0), one number an event, read from a column."""

    column: NameText


def _anchor_tag(value: object) -> str | None:
    if isinstance(value, ColumnAnchor):
        return "column"
    if isinstance(value, dict):
        tag = value.get("type", "column")
        return tag if isinstance(tag, str) else None
    return value.type if isinstance(value, AnyDensity) else None


Anchor: TypeAlias = Annotated[
    Annotated[ColumnAnchor, Tag("column")]
    | Annotated[RatioDensity, Tag("ratio")]
    | Annotated[GaussianDensity, Tag("gaussian")]
    | Annotated[ExponentialDensity, Tag("exponential")]
    | Annotated[UniformDensity, Tag("uniform")]
    | Annotated[PolynomialDensity, Tag("polynomial")]
    | Annotated[ChebyshevDensity, Tag("chebyshev")]
    | Annotated[BernsteinDensity, Tag("bernstein")]
    | Annotated[BreitWignerDensity, Tag("breit_wigner")]
    | Annotated[VoigtDensity, Tag("voigt")]
    | Annotated[CrystalBallDensity, Tag("crystal_ball")]
    | Annotated[DoubleCrystalBallDensity, Tag("double_crystal_ball")]
    | Annotated[ArgusDensity, Tag("argus")]
    | Annotated[JohnsonSUDensity, Tag("johnson_su")]
    | Annotated[LognormalDensity, Tag("lognormal")]
    | Annotated[GammaDensity, Tag("gamma")]
    | Annotated[BifurcatedGaussianDensity, Tag("bifurcated_gaussian")]
    | Annotated[PowerLawDensity, Tag("power_law")]
    | Annotated[SumDensity, Tag("sum")]
    | Annotated[ProductDensity, Tag("product")]
    | Annotated[HistogramDensity, Tag("histogram")]
    | Annotated[FormulaDensity, Tag("formula")],
    Discriminator(_anchor_tag),
]


@final
class ShapeData(AbstractPart):
    """Anchors at +1 and -1, or the columns of a log-polynomial response.

    `terms` maps a monomial of parameters, as `alpha`, `alpha**2` or `alpha*beta`, to the column
    of its coefficient in the logarithm of the response.
    """

    hi: Anchor | None = None
    lo: Anchor | None = None
    terms: dict[Text, NameText] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_form(self) -> "ShapeData":
        anchors = (self.hi is not None, self.lo is not None)
        if self.terms is not None and any(anchors):
            refuse("expected `hi` and `lo`, or `terms`, not both")
        if self.terms is None and not all(anchors):
            refuse("expected both `hi` and `lo`, or `terms`")
        return self


@final
class DensitySys(AbstractPart):
    """Multiplies the density, event by event, by a response to nuisance parameters."""

    type: Literal["densitysys"] = "densitysys"
    name: NameText | None = Field(default=None, description="Left out with `terms`.")
    data: ShapeData
    interpolation: Interpolation | None = None

    @model_validator(mode="after")
    def _named(self) -> "DensitySys":
        if self.data.terms is None and self.name is None:
            refuse("a densitysys with `hi` and `lo` needs `name`")
        if self.data.terms is not None and self.name is not None:
            refuse("`terms` name their parameters themselves; leave out `name`")
        if self.data.terms is not None and self.interpolation is not None:
            refuse("`terms` are not interpolated; leave out `interpolation`")
        return self


Modifier: TypeAlias = Annotated[
    NormFactor | NormSys | Lumi | ScaleFactor | DensitySys, Field(discriminator="type")
]
