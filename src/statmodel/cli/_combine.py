"""`statmodel combine`: two specs as one."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from statmodel.spec import Join, combine

from ._document import STDIN, read_spec, write_document
from ._options import Debug, DocumentFile, Verbose, one_of
from ._output import reported
from ._settings import Settings


def combine_command(
    left: Annotated[
        Path,
        typer.Argument(metavar="SPEC", help="A spec, or - for standard input.", show_default=False),
    ],
    right: Annotated[
        Path,
        typer.Argument(
            metavar="SPEC", help="Another, or - for standard input.", show_default=False
        ),
    ],
    *,
    join: Annotated[
        Join,
        typer.Option(
            "--join",
            "-j",
            help="none: nothing in common; outer: what is in common is equal; left outer, right "
            "outer: what is in common is taken from that side.",
            metavar="JOIN",
            parser=one_of(get_args(Join)),
        ),
    ] = "none",
    merge_channels: Annotated[
        bool,
        typer.Option(
            "--merge-channels", help="Merge channels of one name, sample by sample; not with none."
        ),
    ] = False,
    output_file: DocumentFile = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Make one document of two; what bears one name becomes one thing."""
    if merge_channels and join == "none":
        msg = "goes with --join outer, 'left outer' or 'right outer'"
        raise typer.BadParameter(msg, param_hint="--merge-channels")
    if left == right == STDIN:
        msg = "standard input can be read once only"
        raise typer.BadParameter(msg, param_hint="SPEC")
    with reported(Settings(verbose=verbose, debug=debug)):
        both = combine(read_spec(left), read_spec(right), join=join, merge_channels=merge_channels)
        write_document(both, output_file, like=left)
