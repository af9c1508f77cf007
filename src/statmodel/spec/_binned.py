"""Binned channels, as pyhf has them: samples with expected counts, and modifiers in bins.

In a bin, a sample has (Cranmer et al., HistFactory, CERN-OPEN-2012-016, section 4)

    scale x (data + sum of histosys) x normfactors x scalefactors x lumi x normsys x gammas

expected events, gammas being the parameters of shapefactor, shapesys and staterror in that bin.
`scale` and scalefactor are formulas, which pyhf has not.
"""

from typing import Annotated, Literal, TypeAlias, final

from pydantic import BeforeValidator, Field

from ._base import AbstractPart, NameText, NotNegativeReal, Real, refuse
from ._formula import Formula
from ._modifiers import Lumi, NormFactor, NormSys, ScaleFactor

Counts: TypeAlias = Annotated[tuple[Real, ...], Field(min_length=1)]
Uncertainties: TypeAlias = Annotated[tuple[NotNegativeReal, ...], Field(min_length=1)]


def _adds(value: object) -> object:
    if isinstance(value, str) and value in ("code1", "code4", "log_smooth"):
        refuse(f"{value} multiplies, but this modifier adds; expected code0, code2 or code4p")
    return value


# code0: two lines; code2: a parabola inside, its tangents outside; code4p: a polynomial of sixth
# order inside, lines outside.
HistoInterpolation: TypeAlias = Annotated[
    Literal["code0", "code2", "code4p"], BeforeValidator(_adds)
]


@final
class HistoData(AbstractPart):
    """Expected counts at +1 and -1, one a bin."""

    hi_data: Counts
    lo_data: Counts


@final
class HistoSys(AbstractPart):
    """Adds a response to a nuisance parameter, bin by bin."""

    type: Literal["histosys"] = "histosys"
    name: NameText
    data: HistoData
    interpolation: HistoInterpolation | None = None


@final
class ShapeFactor(AbstractPart):
    """Multiplies each bin by a free parameter of its own."""

    type: Literal["shapefactor"] = "shapefactor"
    name: NameText
    data: None = None


@final
class ShapeSys(AbstractPart):
    """Multiplies each bin by a parameter of its own, with a Poisson constraint.

    The auxiliary count is (content / uncertainty)^2. A bin in which one of the two is zero has its
    parameter fixed.
    """

    type: Literal["shapesys"] = "shapesys"
    name: NameText
    data: Uncertainties = Field(description="Absolute uncertainty of each bin.")


@final
class StatError(AbstractPart):
    """Multiplies each bin by a parameter that the samples of the channel share.

    Its constraint is gaussian around one; the width is the uncertainties of the samples that have
    the modifier, added in quadrature, over the sum of their contents. A bin in which one of the
    two is zero has its parameter fixed.
    """

    type: Literal["staterror"] = "staterror"
    name: NameText
    data: Uncertainties = Field(description="Absolute uncertainty of each bin.")


BinnedModifier: TypeAlias = Annotated[
    NormFactor
    | NormSys
    | HistoSys
    | ShapeSys
    | StatError
    | ShapeFactor
    | Lumi
    | ScaleFactor,
    Field(discriminator="type"),
]  # fmt: skip


@final
class Sample(AbstractPart):
    """A component of a binned channel."""

    name: NameText
    data: Counts = Field(description="Expected events of each bin at scale one; may be signed.")
    scale: Formula = Field(default=Formula.of(1), description="Factor of all bins; may be signed.")
    modifiers: tuple[BinnedModifier, ...] = ()


@final
class BinnedChannel(AbstractPart):
    """A binned channel: it has `samples`, and no `type`."""

    name: NameText
    samples: tuple[Sample, ...] = Field(min_length=1)

    @property
    def bins(self) -> int:
        """Their number, of which the first sample decides."""
        return len(self.samples[0].data)
