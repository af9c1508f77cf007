"""Parameters, as a document or a measurement declares them."""

from typing import final

from pydantic import Field, model_validator

from ._base import AbstractPart, Bounds, Flag, NameText, OneReal, PositiveReals, Reals, Text, refuse
from ._constraints import Constraint


@final
class Parameter(AbstractPart):
    """A declaration; every key that it leaves out keeps the value that a modifier implies.

    The name may be that of a modifier with one parameter a bin: pyhf's keys then hold one number a
    bin (`bounds` one pair a bin), and every other key is said of each of the parameters.
    """

    name: NameText
    init: OneReal | None = Field(default=None, description="Initial value.")
    bounds: Bounds | None = Field(
        default=None,
        description="Lower and upper bound; null where there is none. One pair, or one a bin.",
    )
    fixed: Flag | None = Field(default=None, description="Held at its initial value in fits.")
    constraint: Constraint | None = Field(default=None, description="Auxiliary measurement.")
    groups: tuple[NameText, ...] | None = Field(
        default=None, description="Groups for breakdowns of errors."
    )
    label: Text | None = Field(default=None, description="Name in pictures; may be LaTeX.")
    description: Text | None = None
    unit: Text | None = None
    inits: Reals | None = Field(
        default=None, description="pyhf's spelling of `init`: a list, one number a parameter."
    )
    auxdata: Reals | None = Field(
        default=None,
        description="pyhf's observations: means of gaussian, rates of poisson constraints.",
    )
    sigmas: PositiveReals | None = Field(
        default=None, description="pyhf's spelling of the sigma of a gaussian constraint."
    )
    factors: PositiveReals | None = Field(
        default=None, description="pyhf's spelling of the rate of a poisson constraint."
    )

    @model_validator(mode="after")
    def _one_spelling(self) -> "Parameter":
        if self.init is not None and self.inits is not None:
            refuse("`init` and `inits` are one thing; keep `init`")
        if self.constraint is not None and not (self.auxdata is None and self.sigmas is None):
            refuse("`constraint` says what `auxdata` and `sigmas` say; keep `constraint`")
        if self.constraint is not None and self.factors is not None:
            refuse("`constraint` says what `factors` says; keep `constraint`")
        return self
