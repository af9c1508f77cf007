"""Unbinned channels: observables, processes, morphing, simulation."""

from typing import Literal, TypeAlias, final

from pydantic import Field, model_validator

from ._base import AbstractPart, NameText, Real, Text, check_order, refuse
from ._densities import Density
from ._formula import Formula
from ._modifiers import Modifier

Normalization: TypeAlias = Literal["analytic", "reference", "simulation_sum"]


@final
class Observable(AbstractPart):
    """A measured quantity and its range; events outside are dropped and counted."""

    name: NameText
    min: Real | None = Field(default=None, description="Lower end of the range.")
    max: Real | None = Field(default=None, description="Upper end of the range.")
    unit: Text | None = None
    label: Text | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Observable":
        check_order(self.min, self.max)
        return self


@final
class Process(AbstractPart):
    """A component of a channel: rate = yield x scale x modifiers, and a density."""

    name: NameText
    yield_: Formula = Field(
        alias="yield",
        description="Expected events inside the ranges at scale one; signed for an interference.",
    )
    scale: Formula = Field(default=Formula.of(1), description="Factor of the rate; may be signed.")
    density: Density
    modifiers: tuple[Modifier, ...] = ()


@final
class MorphingBase(AbstractPart):
    """The prediction at one point of the parameters of interest."""

    name: NameText | None = None
    at: dict[NameText, Real] = Field(description="Values of the parameters of the monomials.")
    yield_: Formula = Field(alias="yield", description="Expected events inside the ranges there.")
    density: Density
    modifiers: tuple[Modifier, ...] = ()


@final
class Morphing(AbstractPart):
    """A prediction linear in monomials of parameters of interest, known at base points."""

    monomials: tuple[Formula, ...] = Field(min_length=1)
    bases: tuple[MorphingBase, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _enough(self) -> "Morphing":
        if len(self.bases) < len(self.monomials):
            wanted = len(self.monomials)
            refuse(f"{wanted} monomials take {wanted} bases or more, got {len(self.bases)}")
        return self


@final
class Simulation(AbstractPart):
    """A pool of events distributed as the reference density; it carries no rate."""

    file: Text = Field(min_length=1, description="Table of events, relative to the spec.")
    key: Text | None = Field(default=None, description="Tree or dataset inside the file.")
    weight: NameText | None = Field(default=None, description="Column of weights, not negative.")
    columns: dict[NameText, NameText] = Field(
        default={}, description="Name in the file of a name in the spec, where they differ."
    )


@final
class Channel(AbstractPart):
    """An unbinned channel."""

    name: NameText
    type: Literal["unbinned"] = Field(description="Events, not counts in bins.")
    observables: tuple[Observable, ...] = Field(min_length=1)
    processes: tuple[Process, ...] = ()
    morphing: Morphing | None = None
    simulation: Simulation | None = None
    normalization: Normalization | None = None
    reference: NameText | None = Field(
        default=None, description="Name of the reference density; the channel's where left out."
    )

    @model_validator(mode="after")
    def _not_empty(self) -> "Channel":
        if not self.processes and self.morphing is None:
            refuse("expected at least one process, or `morphing`")
        return self
