"""The document: one statistical model and its data."""

import io
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias, final

from pydantic import ConfigDict, Discriminator, Field, PrivateAttr, Tag, model_validator
from ruamel.yaml import YAML

from statmodel._errors import Problem, nearest

from ._base import AbstractPart, NameText, Text, refuse
from ._binned import BinnedChannel, HistoInterpolation
from ._channels import Channel
from ._constraints import MultivariateGaussianConstraint
from ._formula import Formula
from ._include import Include
from ._measurements import Focus, Measurement, Observation
from ._modifiers import Interpolation
from ._origin import DocumentPath, Origin
from ._parameters import Parameter

DEFAULT_CODE: Final = "code4"
DEFAULT_HISTO_CODE: Final = "code4p"
PYHF_VERSION: Final = "1.0.0"


_UNBINNED_KEYS: Final = tuple(field.alias or name for name, field in Channel.model_fields.items())
_KEYS_OF_A_CHANNEL: Final = dict.fromkeys((*_UNBINNED_KEYS, *BinnedChannel.model_fields))


def _channel_tag(value: object) -> str | None:
    """A channel is binned where it has `samples`; None where it has nothing that tells."""
    if not isinstance(value, dict):
        return "binned" if isinstance(value, BinnedChannel) else "unbinned"
    if value.get("type") == "unbinned":
        return "unbinned"
    if "samples" in value:
        return "binned"
    meant = {nearest(str(key), _KEYS_OF_A_CHANNEL) for key in value} - {"name", "type"}
    if "samples" in meant:
        return "binned"
    told = value.get("type") != "binned" and nearest(str(value.get("type")), ["unbinned"])
    return "unbinned" if told or meant.intersection(_UNBINNED_KEYS) else None


AnyChannel: TypeAlias = Annotated[
    Annotated[Channel, Tag("unbinned")] | Annotated[BinnedChannel, Tag("binned")],
    Discriminator(
        _channel_tag,
        custom_error_type="channel",
        custom_error_message="a binned channel needs `samples`; an unbinned one needs "
        "`type: unbinned`, `observables` and `processes` (or `morphing`).",
    ),
]


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
    histosys: HistoInterpolation = DEFAULT_HISTO_CODE


@final
@dataclass(frozen=True)
class IncludedFile:
    """A file of which channels came along, under their names here."""

    file: str
    measurement: str
    channels: tuple[str, ...]


@final
@dataclass(frozen=True)
class Disagreement:
    """Two included files that say different things of a parameter, unless it is said here."""

    name: str
    key: str
    problem: Problem


@final
@dataclass(frozen=True)
class Assembly:
    """What a document and those that it includes make together, beside the `Spec` itself.

    Attributes:
        settings: what included files say of parameters, the strongest last, each with its place.
        declared: the names under `parameters` of included files.
        disagreements: of included files.
        files: those that are included, also through others.
        documents: as they were written, the including one first.
        warnings: of included files.
    """

    settings: tuple[tuple[tuple[Parameter, DocumentPath], ...], ...]
    declared: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]
    files: tuple[IncludedFile, ...]
    documents: tuple["Spec", ...]
    warnings: tuple[Problem, ...]


@final
class Spec(AbstractPart):
    """A statistical model and its data, format version 1, or a pyhf workspace.

    Build one with `load_spec` or `parse_spec`; `to_yaml` and `to_json` write it back.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {"anyOf": [{"required": ["statmodel"]}, {"required": ["version"]}]},
                {"anyOf": [{"required": ["channels"]}, {"required": ["include"]}]},
            ]
        }
    )

    statmodel: Literal["1"] | None = Field(
        default=None, description="Version of the format; a plain pyhf workspace has none."
    )
    name: NameText | None = None
    description: Text | None = None
    parameters: tuple[Parameter, ...] = ()
    functions: tuple[Function, ...] = ()
    constraints: tuple[MultivariateGaussianConstraint, ...] = ()
    interpolation: InterpolationDefaults = InterpolationDefaults()
    channels: tuple[AnyChannel, ...] = Field(
        default=(), min_length=1, description="May be left out where `include` brings some."
    )
    include: tuple[Include, ...] = Field(
        default=(), description="Channels of other files, with what is said of their parameters."
    )
    observations: tuple[Observation, ...] = ()
    focus: tuple[Focus, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    version: Literal["1.0.0"] | None = Field(
        default=None, description="Version of pyhf's format, of which this one is a superset."
    )

    _origin: Origin = PrivateAttr(default_factory=Origin)
    _assembly: Assembly | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _versioned(self) -> "Spec":
        if self.statmodel is None and self.version is None:
            refuse('expected `statmodel: "1"`, or the `version` of a pyhf workspace')
        if not self.channels and not self.include:
            refuse("expected `channels`, or `include` that brings some")
        return self

    @property
    def plain_pyhf(self) -> bool:
        """Whether the document is a pyhf workspace: it may ask for parameters that it lacks."""
        return self.statmodel is None

    @property
    def origin(self) -> Origin:
        """Where the document came from."""
        return self._origin

    def with_origin(self, origin: Origin) -> "Spec":
        """The same document, said to come from elsewhere."""
        copy = self.model_copy()
        copy._origin = origin
        return copy

    @property
    def assembly(self) -> Assembly | None:
        """What included files have brought; None where there are none, or before `assemble`."""
        return self._assembly

    def with_assembly(self, assembly: Assembly) -> "Spec":
        """The same document, said to hold what included files have brought."""
        copy = self.model_copy()
        copy._assembly = assembly
        return copy

    def contents(self) -> tuple[str, ...]:
        """All that the model is made from, as JSON: the document, and those that it includes."""
        documents = (self,) if self._assembly is None else self._assembly.documents
        return tuple(document.to_json(indent=None) for document in documents)

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
