"""What a compiler reads: no dangling names, no defaults left to fill, no morphing.

Names in formulas are parameters, functions, or (inside a `formula` density) observables; no name
has two meanings, so a look-up suffices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from ._channels import Normalization, Simulation
from ._constraints import (
    GammaConstraint,
    GaussianConstraint,
    HalfGaussianConstraint,
    LognormalConstraint,
    NoConstraint,
    PoissonConstraint,
    UniformConstraint,
)
from ._densities import AnyDensity
from ._document import IncludedFile
from ._measurements import (
    GammaFocus,
    GaussianFocus,
    HalfGaussianFocus,
    HistogramFocus,
    LognormalFocus,
    MixtureFocus,
    Observation,
    UniformFocus,
)
from ._modifiers import ColumnAnchor
from ._nodes import Node
from ._origin import DocumentPath, Origin

ChannelKind: TypeAlias = Literal["ratio", "analytic"]
InterpolationCode: TypeAlias = Literal["code1", "code4", "log_smooth"]
HistoCode: TypeAlias = Literal["code0", "code2", "code4p"]
AnyConstraint: TypeAlias = (
    GaussianConstraint
    | PoissonConstraint
    | GammaConstraint
    | LognormalConstraint
    | HalfGaussianConstraint
    | UniformConstraint
    | NoConstraint
)
AnyFocus: TypeAlias = (
    GaussianFocus
    | UniformFocus
    | LognormalFocus
    | GammaFocus
    | HalfGaussianFocus
    | HistogramFocus
    | MixtureFocus
)


@final
@dataclass(frozen=True)
class ResolvedParameter:
    """A parameter with all its settings; `bounds` are infinite where there are none."""

    name: str
    init: float
    bounds: tuple[float, float]
    fixed: bool
    constraint: AnyConstraint
    groups: tuple[str, ...]
    label: str
    description: str
    unit: str
    declared: bool


@final
@dataclass(frozen=True)
class ResolvedFunction:
    """A named formula; it reads parameters and functions that stand before it."""

    name: str
    tree: Node


@final
@dataclass(frozen=True)
class ResolvedJointConstraint:
    """A multivariate gaussian constraint; `covariance` row by row."""

    name: str
    parameters: tuple[str, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]


@final
@dataclass(frozen=True)
class ResolvedObservable:
    """An observable; the ends of its range are infinite where there are none."""

    name: str
    min: float
    max: float
    unit: str
    label: str


@final
@dataclass(frozen=True)
class RateResponse:
    """A normsys: rates relative to nominal at +1 and -1."""

    name: str
    hi: float
    lo: float
    interpolation: InterpolationCode


@final
@dataclass(frozen=True)
class ShapeResponse:
    """A densitysys with anchors: both columns (ratio channels) or both densities."""

    name: str
    hi: ColumnAnchor | AnyDensity
    lo: ColumnAnchor | AnyDensity
    interpolation: InterpolationCode
    path: DocumentPath


@final
@dataclass(frozen=True)
class Term:
    """A term of a log-polynomial response: `alpha**2` is `("alpha", "alpha")`."""

    parameters: tuple[str, ...]
    column: str
    path: DocumentPath


@final
@dataclass(frozen=True)
class ResolvedProcess:
    """A process; densities know their observables.

    `normfactors` are parameters or functions, the luminosity included; `luminosities` are those of
    them that are luminosities.
    """

    name: str
    yield_: Node
    scale: Node
    density: AnyDensity
    normfactors: tuple[str, ...]
    luminosities: tuple[str, ...]
    scalefactors: tuple[Node, ...]
    normsys: tuple[RateResponse, ...]
    densitysys: tuple[ShapeResponse, ...]
    terms: tuple[Term, ...]
    path: DocumentPath


@final
@dataclass(frozen=True)
class ResolvedChannel:
    """A channel; processes from morphing stand behind the others.

    `morphing_condition` is the condition number of the morphing matrix, None without morphing.
    """

    name: str
    observables: tuple[ResolvedObservable, ...]
    kind: ChannelKind
    processes: tuple[ResolvedProcess, ...]
    simulation: Simulation | None
    normalization: Normalization
    reference: str
    morphing_condition: float | None
    path: DocumentPath


@final
@dataclass(frozen=True)
class HistoResponse:
    """A histosys: contents of all bins at +1 and -1."""

    name: str
    hi: tuple[float, ...]
    lo: tuple[float, ...]
    interpolation: HistoCode


@final
@dataclass(frozen=True)
class BinFactors:
    """A shapefactor, shapesys or staterror: one parameter a bin, each multiplying its bin.

    Attributes:
        name: of the modifier.
        parameters: bin by bin, as `name[0]`.
        uncertainties: absolute, bin by bin; None for a shapefactor.
    """

    name: str
    parameters: tuple[str, ...]
    uncertainties: tuple[float, ...] | None


@final
@dataclass(frozen=True)
class ResolvedSample:
    """A sample of a binned channel.

    `normfactors` are parameters or functions, the luminosity included; `luminosities` are those of
    them that are luminosities.
    """

    name: str
    data: tuple[float, ...]
    scale: Node
    normfactors: tuple[str, ...]
    luminosities: tuple[str, ...]
    scalefactors: tuple[Node, ...]
    normsys: tuple[RateResponse, ...]
    histosys: tuple[HistoResponse, ...]
    shapefactors: tuple[BinFactors, ...]
    shapesys: tuple[BinFactors, ...]
    staterrors: tuple[BinFactors, ...]
    path: DocumentPath


@final
@dataclass(frozen=True)
class ResolvedBinnedChannel:
    """A binned channel; all its samples have `bins` bins."""

    name: str
    bins: int
    samples: tuple[ResolvedSample, ...]
    path: DocumentPath


@final
@dataclass(frozen=True)
class ResolvedFocus:
    """A focus density: independent densities by parameter of interest."""

    name: str
    densities: Mapping[str, AnyFocus]


@final
@dataclass(frozen=True)
class ResolvedSpec:
    """A document of which nothing is left to look up.

    Attributes:
        name: of the document, the file's where it has none.
        description: of the document.
        measurement: its name; empty where the document has none.
        pois: parameters of interest, the first being the default one.
        parameters: in order: as declared, then as implied.
        functions: each behind those that it reads.
        joint_constraints: each parameter of theirs has `NoConstraint` of its own.
        channels: the unbinned ones, in the order of the document.
        binned_channels: the others, in the order of the document.
        observations: by unbinned channel; a channel may have none.
        counts: observed counts, bin by bin, by binned channel; a channel may have none.
        focus: in the order of the document.
        origin: for messages, and for the folder of the data.
        included: files of which channels came along.
    """

    name: str
    description: str
    measurement: str
    pois: tuple[str, ...]
    parameters: tuple[ResolvedParameter, ...]
    functions: tuple[ResolvedFunction, ...]
    joint_constraints: tuple[ResolvedJointConstraint, ...]
    channels: tuple[ResolvedChannel, ...]
    binned_channels: tuple[ResolvedBinnedChannel, ...]
    observations: Mapping[str, Observation]
    counts: Mapping[str, tuple[float, ...]]
    focus: tuple[ResolvedFocus, ...]
    origin: Origin
    included: tuple[IncludedFile, ...] = ()
