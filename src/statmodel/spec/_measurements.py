"""Observed data, focus densities, and measurements."""

from typing import Annotated, Literal, TypeAlias, final

from pydantic import Field, StringConstraints, model_validator

from ._base import (
    NAME_PATTERN,
    AbstractPart,
    NameText,
    NotNegativeReal,
    PositiveReal,
    Real,
    Text,
    check_fractions,
    check_order,
    refuse,
)
from ._nested import wrong_histogram
from ._parameters import Parameter


@final
class Observation(AbstractPart):
    """The observed events of a channel, in a file or in place; counts of a binned channel."""

    name: NameText = Field(description="The channel.")
    file: Text | None = Field(
        default=None, min_length=1, description="Table of events, relative to the spec."
    )
    key: Text | None = Field(default=None, description="Tree or dataset inside the file.")
    weight: NameText | None = Field(default=None, description="Column of weights.")
    columns: dict[NameText, NameText] = Field(
        default={}, description="Name in the file of a name in the spec, where they differ."
    )
    events: dict[NameText, tuple[Real, ...]] | None = Field(
        default=None, description="Small data in place: numbers by column."
    )
    data: tuple[NotNegativeReal, ...] | None = Field(
        default=None, min_length=1, description="Counts of a binned channel, bin by bin."
    )

    @model_validator(mode="after")
    def _one_source(self) -> "Observation":
        if self.data is not None:
            return self._only_data()
        if (self.file is None) == (self.events is None):
            refuse("expected either `file` or `events`, or `data` of a binned channel")
        if self.events is not None and (self.key is not None or self.columns):
            refuse("`key` and `columns` go with `file` only")
        lengths = {name: len(column) for name, column in (self.events or {}).items()}
        if len(set(lengths.values())) > 1:
            listing = ", ".join(f"{name} {length}" for name, length in lengths.items())
            refuse(f"columns of unequal length: {listing}")
        return self

    def _only_data(self) -> "Observation":
        others = {"file": self.file, "key": self.key, "weight": self.weight, "events": self.events}
        said = [key for key, value in others.items() if value is not None]
        said += ["columns"] if self.columns else []
        if said:
            refuse(f"`data` are the counts of a binned channel; leave out `{said[0]}`")
        return self


@final
class GaussianFocus(AbstractPart):
    """A gaussian, truncated to the bounds of the parameter."""

    type: Literal["gaussian"] = "gaussian"
    mean: Real
    sigma: PositiveReal


@final
class UniformFocus(AbstractPart):
    """A constant between `min` and `max`, the bounds of the parameter where left out."""

    type: Literal["uniform"] = "uniform"
    min: Real | None = None
    max: Real | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "UniformFocus":
        check_order(self.min, self.max)
        return self


@final
class LognormalFocus(AbstractPart):
    """The logarithm is gaussian around ln(median), with standard deviation `shape`."""

    type: Literal["lognormal"] = "lognormal"
    median: PositiveReal
    shape: PositiveReal


@final
class GammaFocus(AbstractPart):
    """p^(shape - 1) exp(-p/scale)."""

    type: Literal["gamma"] = "gamma"
    shape: PositiveReal
    scale: PositiveReal


@final
class HalfGaussianFocus(AbstractPart):
    """The part above `mean` of a gaussian."""

    type: Literal["half_gaussian"] = "half_gaussian"
    mean: Real = 0.0
    sigma: PositiveReal


@final
class HistogramFocus(AbstractPart):
    """Constant in bins; `values` are contents, not heights."""

    type: Literal["histogram"] = "histogram"
    edges: tuple[Real, ...]
    values: tuple[Real, ...]

    @model_validator(mode="after")
    def _binned(self) -> "HistogramFocus":
        if message := wrong_histogram((self.edges,), self.values):
            refuse(message)
        return self


SimpleFocus: TypeAlias = Annotated[
    GaussianFocus | UniformFocus | LognormalFocus | GammaFocus | HalfGaussianFocus | HistogramFocus,
    Field(discriminator="type"),
]


@final
class MixtureFocus(AbstractPart):
    """A mixture: n terms with n - 1 fractions, the last fraction being the rest."""

    type: Literal["mixture"] = "mixture"
    terms: tuple[SimpleFocus, ...] = Field(min_length=2)
    fractions: tuple[Real, ...]

    @model_validator(mode="after")
    def _counted(self) -> "MixtureFocus":
        check_fractions(len(self.terms), len(self.fractions))
        if min(self.fractions) < 0 or sum(self.fractions) > 1:
            refuse("fractions must not be negative, and add up to one at most")
        return self


FocusDensity: TypeAlias = Annotated[
    GaussianFocus
    | UniformFocus
    | LognormalFocus
    | GammaFocus
    | HalfGaussianFocus
    | HistogramFocus
    | MixtureFocus,
    Field(discriminator="type"),
]


@final
class Focus(AbstractPart):
    """A named density over parameters of interest: where sensitivity is wanted."""

    name: NameText
    density: dict[NameText, FocusDensity] = Field(min_length=1)


# pyhf writes an empty text where there is no parameter of interest.
NameOrNone: TypeAlias = Annotated[
    str, StringConstraints(strict=True, max_length=200, pattern=rf"^$|{NAME_PATTERN}")
]


@final
class MeasurementConfig(AbstractPart):
    """The parameters of interest, and settings that go before all others."""

    poi: NameOrNone | None = Field(
        default=None, description="One parameter of interest; none where the text is empty."
    )
    pois: tuple[NameText, ...] | None = Field(default=None, description="Several.")
    parameters: tuple[Parameter, ...] = ()

    @model_validator(mode="after")
    def _one_key(self) -> "MeasurementConfig":
        if (self.poi is None) == (self.pois is None):
            refuse("expected either `poi` or `pois`")
        return self

    @property
    def interest(self) -> tuple[str, ...]:
        """The parameters of interest, the first being the default one."""
        if self.poi is not None:
            return (self.poi,) if self.poi else ()
        return self.pois or ()


@final
class Measurement(AbstractPart):
    """A question to the model."""

    name: NameText
    config: MeasurementConfig
