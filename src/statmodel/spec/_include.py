"""What a document takes from other files: their channels, observations and settings."""

from typing import final

from pydantic import Field

from ._base import AbstractPart, NameText, Text


@final
class Rename(AbstractPart):
    """New names, by the name in the included file.

    `modifiers` are the names of parameters, of functions and of joint constraints; they change in
    formulas too. A modifier with one parameter a bin takes its parameters along.
    """

    channels: dict[NameText, NameText] = Field(default={}, description="Channels.")
    samples: dict[NameText, NameText] = Field(default={}, description="Samples and processes.")
    modifiers: dict[NameText, NameText] = Field(
        default={}, description="Parameters, functions and joint constraints."
    )


@final
class Include(AbstractPart):
    """A file of which channels come along, with their observations, formulas and settings."""

    file: Text = Field(
        min_length=1, description="A spec or a pyhf workspace, relative to the spec."
    )
    measurement: NameText | None = Field(
        default=None,
        description="Of the file: its settings come along, its parameter of interest does not. "
        "The first one where left out.",
    )
    channels: tuple[NameText, ...] | None = Field(
        default=None, min_length=1, description="Those that come along; all where left out."
    )
    rename: Rename = Rename()
