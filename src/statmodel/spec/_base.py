"""What all parts of the document share: frozen, closed, strict about scalars."""

from typing import Annotated, Final, NoReturn, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticCustomError
from typing_extensions import override

# A bool is no number, a text is no number, NaN and the infinities are refused.
Real: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
PositiveReal: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
NotNegativeReal: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Flag: TypeAlias = Annotated[bool, Field(strict=True)]
Text: TypeAlias = Annotated[str, Field(strict=True)]
# Names stand in formulas (in backquotes where they are no identifiers) and in tables.
NAME_PATTERN: Final = r"^[^`\x00-\x1f\x7f]+$"
NameText: TypeAlias = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=200, pattern=NAME_PATTERN)
]


class AbstractPart(BaseModel):
    """A mapping of the document: unknown keys are refused, nothing changes after it is read."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        regex_engine="python-re",
        defer_build=True,  # only what is asked for is built: the whole document, not each part
    )

    @override
    def model_post_init(self, context: object, /) -> None:
        """The `type` is always written, also where Python code left it to its default."""
        del context
        if "type" in type(self).model_fields:
            self.model_fields_set.add("type")


def refuse(message: str) -> NoReturn:
    """Ends a validation with a message, which becomes a problem of the document."""
    kind = "refused"
    raise PydanticCustomError(kind, "{message}", {"message": message})


def check_order(low: float | None, high: float | None) -> None:
    """Ends a validation where a range is empty."""
    if low is not None and high is not None and low >= high:
        refuse(f"the lower end must be less than the upper end, got {low:g} and {high:g}")


def check_fractions(terms: int, fractions: int) -> None:
    """Ends a validation where a mixture has not one fraction less than terms."""
    if fractions != terms - 1:
        wanted = f"{terms - 1} fraction{'' if terms == 2 else 's'}"  # noqa: PLR2004
        refuse(f"{terms} terms take {wanted} (the last term takes the rest), got {fractions}")


def _unpacked(value: object) -> object:
    """The element of a list of one, as pyhf writes scalars."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return value[0]
    return value


def _packed(value: object) -> object:
    """A number as a list of one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (value,)
    return value


def _form_of_bounds(value: object) -> str:
    """Whether bounds are one pair, or pyhf's list of pairs."""
    if isinstance(value, (list, tuple)) and value:
        return "pairs" if all(isinstance(part, (list, tuple)) for part in value) else "pair"
    return "pair"


def _ordered(bounds: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    check_order(*bounds)
    return bounds


OneReal: TypeAlias = Annotated[
    Real,
    BeforeValidator(
        _unpacked,
        json_schema_input_type=Real | Annotated[list[Real], Field(min_length=1, max_length=1)],
    ),
]
Interval: TypeAlias = Annotated[tuple[Real | None, Real | None], AfterValidator(_ordered)]
# pyhf writes a list with one number, or one pair, for each parameter of the name.
Reals: TypeAlias = Annotated[
    tuple[Real, ...],
    BeforeValidator(
        _packed, json_schema_input_type=Real | Annotated[list[Real], Field(min_length=1)]
    ),
    Field(min_length=1),
]
PositiveReals: TypeAlias = Annotated[
    tuple[PositiveReal, ...],
    BeforeValidator(
        _packed,
        json_schema_input_type=PositiveReal | Annotated[list[PositiveReal], Field(min_length=1)],
    ),
    Field(min_length=1),
]
Bounds: TypeAlias = Annotated[
    Annotated[Interval, Tag("pair")]
    | Annotated[tuple[Interval, ...], Field(min_length=1), Tag("pairs")],
    Discriminator(_form_of_bounds),
]
