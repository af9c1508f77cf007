"""`statmodel prune`: a spec without some of its parts."""

from typing import Annotated

import typer

from statmodel.spec import prune

from ._document import read_spec, write_document
from ._options import Debug, DocumentFile, SpecPath, Verbose
from ._output import reported
from ._settings import Settings


def prune_command(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    channel: Annotated[
        list[str] | None,
        typer.Option("--channel", "-c", help="A channel; may be repeated.", metavar="NAME"),
    ] = None,
    sample: Annotated[
        list[str] | None,
        typer.Option(
            "--sample", "-s", help="A sample or process; may be repeated.", metavar="NAME"
        ),
    ] = None,
    modifier: Annotated[
        list[str] | None,
        typer.Option("--modifier", "-m", help="A modifier; may be repeated.", metavar="NAME"),
    ] = None,
    modifier_type: Annotated[
        list[str] | None,
        typer.Option(
            "--modifier-type",
            "-t",
            help="All modifiers of a type; may be repeated.",
            metavar="TYPE",
        ),
    ] = None,
    measurement: Annotated[
        list[str] | None,
        typer.Option(help="A measurement; may be repeated.", metavar="NAME"),
    ] = None,
    output_file: DocumentFile = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Remove channels, samples, modifiers and measurements from a document."""
    with reported(Settings(verbose=verbose, debug=debug)):
        left = prune(
            read_spec(spec),
            channels=channel or (),
            samples=sample or (),
            modifiers=modifier or (),
            modifier_types=modifier_type or (),
            measurements=measurement or (),
        )
        write_document(left, output_file, like=spec)
