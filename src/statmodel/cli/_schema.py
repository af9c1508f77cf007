"""`statmodel schema`: the JSON Schema of spec documents."""

import json
from pathlib import Path
from typing import Annotated

import typer

from statmodel.report import write_text_atomic
from statmodel.spec import json_schema

from ._output import reported, say, show_text
from ._settings import settings_of


def schema(
    context: typer.Context,
    *,
    output_file: Annotated[
        Path | None, typer.Option(help="Write it here instead of standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Print the JSON Schema of specs, for editors and other programs."""
    with reported(settings_of(context)):
        text = json.dumps(json_schema(), indent=2)
        if output_file is None:
            show_text(text)
        else:
            write_text_atomic(output_file, text)
            say(f"wrote {output_file}")
