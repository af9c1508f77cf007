"""Parameters, as a document or a measurement declares them."""

from typing import final

from pydantic import Field, model_validator

from ._base import AbstractPart, Flag, Interval, NameText, OneReal, Text, refuse
from ._constraints import Constraint


@final
class Parameter(AbstractPart):
    """A declaration; every key that it leaves out keeps the value that a modifier implies."""

    name: NameText
    init: OneReal | None = Field(default=None, description="Initial value.")
    bounds: Interval | None = Field(
        default=None, description="Lower and upper bound; null where there is none."
    )
    fixed: Flag | None = Field(default=None, description="Held at its initial value in fits.")
    constraint: Constraint | None = Field(default=None, description="Auxiliary measurement.")
    groups: tuple[NameText, ...] | None = Field(
        default=None, description="Groups for breakdowns of errors."
    )
    label: Text | None = Field(default=None, description="Name in pictures; may be LaTeX.")
    description: Text | None = None
    unit: Text | None = None
    inits: OneReal | None = Field(default=None, description="pyhf's spelling of `init`.")
    auxdata: OneReal | None = Field(
        default=None, description="pyhf's spelling of the mean of a gaussian constraint."
    )
    sigmas: OneReal | None = Field(
        default=None, gt=0, description="pyhf's spelling of the sigma of a gaussian constraint."
    )
    factors: OneReal | None = Field(
        default=None, description="pyhf's factors of Poisson constraints of binned channels."
    )

    @model_validator(mode="after")
    def _one_spelling(self) -> "Parameter":
        if self.init is not None and self.inits is not None:
            refuse("`init` and `inits` are one thing; keep `init`")
        if self.constraint is not None and not (self.auxdata is None and self.sigmas is None):
            refuse("`constraint` says what `auxdata` and `sigmas` say; keep `constraint`")
        return self

    @property
    def start(self) -> float | None:
        """The initial value, in either spelling."""
        return self.inits if self.init is None else self.init
