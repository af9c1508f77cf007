"""The value of every field that takes a number or a formula."""

import math
from dataclasses import dataclass
from typing import Final, final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ._nodes import Node, Number, names
from ._numbers import BEYOND, Beyond
from ._parser import FormulaError, parse_formula

_LARGEST_WHOLE: Final = 2**53


@final
@dataclass(frozen=True)
class Formula:
    """A number, or the text of a formula with its tree.

    Attributes:
        source: what the document says; written back exactly.
        tree: what it means.

    Example:
        >>> Formula.of("1 - sqrt(mu)").names
        ('mu',)
        >>> Formula.of(-0.5).tree
        Number(value=-0.5)
    """

    source: float | int | str
    tree: Node

    @classmethod
    def of(cls, source: float | int | str) -> "Formula":
        """The formula of a number or a text.

        Raises:
            FormulaError: the text is no formula, or the number is not finite.
        """
        if isinstance(source, str):
            return cls(source, parse_formula(source))
        if isinstance(source, Beyond):
            msg = f"got {source.words}, expected a finite number or a formula.{BEYOND}"
            raise FormulaError(msg, 0)
        if isinstance(source, int) and abs(source) > _LARGEST_WHOLE:
            msg = "the whole number has more digits than a 64-bit number holds."
            raise FormulaError(msg, 0)
        if not math.isfinite(source):
            msg = f"got {source}, expected a finite number or a formula."
            raise FormulaError(msg, 0)
        return cls(source, Number(float(source)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the formula reads, in order of appearance."""
        return names(self.tree)

    @property
    def constant(self) -> bool:
        """Whether the formula reads no name."""
        return not self.names

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validated by `of`, written as `source`."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            _validated,
            serialization=core_schema.plain_serializer_function_ser_schema(_source),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A number or a text."""
        del schema, handler
        return {"type": ["number", "string"], "description": "A number or a formula."}


def _source(formula: Formula) -> float | int | str:
    return formula.source


def _validated(value: object) -> Formula:
    if isinstance(value, Formula):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        kind = "formula_type"
        raise PydanticCustomError(kind, "expected a number or a formula")
    try:
        return Formula.of(value)
    except FormulaError as error:
        kind = "formula"
        raise PydanticCustomError(
            kind, "{message}", {"message": error.message, "offset": error.offset}
        ) from error
