"""The document: one statistical model and its data."""

import io
from typing import Final, Literal, final

from pydantic import Field, PrivateAttr
from ruamel.yaml import YAML

from ._base import AbstractPart, NameText, Text
from ._channels import Channel
from ._constraints import MultivariateGaussianConstraint
from ._formula import Formula
from ._measurements import Focus, Measurement, Observation
from ._modifiers import Interpolation
from ._origin import Origin
from ._parameters import Parameter

DEFAULT_CODE: Final = "code4"


@final
class Function(AbstractPart):
    """A named formula, usable wherever the name of a parameter is."""

    name: NameText
    expression: Formula


@final
class InterpolationDefaults(AbstractPart):
    """The interpolation of modifiers that do not say theirs."""

    normsys: Interpolation = DEFAULT_CODE
    densitysys: Interpolation = DEFAULT_CODE


@final
class Spec(AbstractPart):
    """A statistical model and its data, format version 1.

    Build one with `load_spec` or `parse_spec`; `to_yaml` and `to_json` write it back.
    """

    statmodel: Literal["1"] = Field(description="Version of the format.")
    name: NameText | None = None
    description: Text | None = None
    parameters: tuple[Parameter, ...] = ()
    functions: tuple[Function, ...] = ()
    constraints: tuple[MultivariateGaussianConstraint, ...] = ()
    interpolation: InterpolationDefaults = InterpolationDefaults()
    channels: tuple[Channel, ...] = Field(min_length=1)
    observations: tuple[Observation, ...] = ()
    focus: tuple[Focus, ...] = ()
    measurements: tuple[Measurement, ...] = ()

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def origin(self) -> Origin:
        """Where the document came from."""
        return self._origin

    def with_origin(self, origin: Origin) -> "Spec":
        """The same document, said to come from elsewhere."""
        copy = self.model_copy()
        copy._origin = origin  # noqa: SLF001
        return copy

    def to_json(self, *, indent: int | None = 2) -> str:
        """The document as JSON; parses to an equal spec."""
        return self.model_dump_json(by_alias=True, exclude_unset=True, indent=indent)

    def to_yaml(self) -> str:
        """The document as YAML; parses to an equal spec."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        writer = YAML(typ="safe", pure=True)
        writer.default_flow_style = None
        writer.allow_unicode = True
        writer.width = 100
        stream = io.StringIO()
        writer.dump(plain, stream)
        return stream.getvalue()
