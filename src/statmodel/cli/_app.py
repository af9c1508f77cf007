"""The program `statmodel`: its commands, and the options that stand before them.

Commands import JAX and matplotlib inside their functions, so that help, `validate` and `schema`
answer at once.
"""

from typing import Annotated

import typer

from ._citation import citation, version
from ._demo import demo
from ._explain import explain
from ._fit import fit
from ._inspect import inspect
from ._schema import schema
from ._validate import validate

app = typer.Typer(
    name="statmodel",
    help="Statistical models from declarative specs: check, look into, fit.",
    epilog=(
        "Exit codes: 0 done, 1 a fit did not converge, 2 wrong usage, 3 the spec or its data are "
        "wrong, 4 a file cannot be read or written."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (validate, inspect, explain, fit, schema, demo):
    app.command()(command)


def main() -> None:
    """Run the program on the arguments of the process."""
    app()


def _print_version(asked: bool) -> bool:  # noqa: FBT001 (typer calls it by position)
    if asked:
        typer.echo(f"statmodel {version()}")
        raise typer.Exit
    return asked


def _print_citation(asked: bool) -> bool:  # noqa: FBT001 (typer calls it by position)
    if asked:
        typer.echo(citation())
        raise typer.Exit
    return asked


@app.callback()
def before(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version, and end."
        ),
    ] = False,
    cite: Annotated[
        bool,
        typer.Option(
            "--cite", callback=_print_citation, is_eager=True, help="Print a BibTeX entry, and end."
        ),
    ] = False,
) -> None:
    del version, cite  # their callbacks have acted
