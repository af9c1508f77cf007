"""`statmodel schema`: the JSON Schema of spec documents."""

import json
from pathlib import Path
from typing import Annotated

import typer

from statmodel._files import write_text_atomic
from statmodel.spec import json_schema

from ._options import Debug, Verbose
from ._output import reported, say, show_text
from ._settings import Settings


def schema(
    *,
    output_file: Annotated[
        Path | None, typer.Option(help="Write it here instead of standard output.", metavar="FILE")
    ] = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of specs, for editors and other programs."""
    with reported(Settings(verbose=verbose, debug=debug)):
        text = json.dumps(json_schema(), indent=2)
        if output_file is None:
            show_text(text)
        else:
            write_text_atomic(output_file, text)
            say(f"wrote {output_file}")
