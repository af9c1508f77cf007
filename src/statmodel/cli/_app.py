"""The program `statmodel`: its commands, and the options that stand before them.

Commands import JAX and matplotlib inside their functions, so that help, `validate` and `schema`
answer at once.
"""

import gc
import re
import warnings
from typing import Annotated, TextIO, final

import typer

from ._bias import bias
from ._breakdown import breakdown
from ._citation import citation, version
from ._cls import cls
from ._combine import combine_command
from ._convert import convert
from ._coverage import coverage
from ._demo import demo
from ._digest import digest_command
from ._evidence import evidence
from ._exclusions import exclusions
from ._explain import explain
from ._fisher import fisher
from ._fit import fit
from ._focus_study import focus_study
from ._fts import fts
from ._gof import gof
from ._impacts import impacts
from ._inspect import inspect
from ._interval import interval
from ._limit import limit
from ._neyman import neyman
from ._output import say
from ._patchset import patchset
from ._posterior import posterior
from ._prune import prune_command
from ._pulls import pulls
from ._rename import RenameCommand, rename_command
from ._scan import scan
from ._schema import schema
from ._significance import significance
from ._sort import sort_command
from ._toys import toys
from ._validate import validate
from ._yields import yields

_OBJECTS = 50_000
_CACHE_TROUBLE = re.compile("(?s)Error (?:reading|writing) persistent compilation cache.*")

app = typer.Typer(
    name="statmodel",
    help="Statistical models from declarative specs: check, look into, fit, limit, combine.",
    epilog=(
        "Exit codes: 0 done, 1 a fit did not converge or a limit was not found, 2 wrong usage, 3 "
        "the spec or its data are wrong, 4 a file cannot be read or written. Compiled programs are "
        "kept in the user's folder of caches; the environment variable STATMODEL_CACHE names "
        "another, or says off."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    validate,
    inspect,
    explain,
    fit,
    yields,
    pulls,
    impacts,
    breakdown,
    scan,
    cls,
    limit,
    significance,
    fts,
    neyman,
    interval,
    coverage,
    focus_study,
    posterior,
    evidence,
    gof,
    fisher,
    bias,
    exclusions,
    convert,
):
    app.command()(command)
app.command("ranking", hidden=True)(impacts)
app.command("combine")(combine_command)
app.command("prune")(prune_command)
app.command("rename", cls=RenameCommand)(rename_command)
app.command("sort")(sort_command)
app.command("digest")(digest_command)
app.command()(schema)
app.command()(demo)
app.add_typer(toys, name="toys")
app.add_typer(patchset, name="patchset")


def main() -> None:
    """Run the program on the arguments of the process."""
    # JAX makes millions of small objects, few of them in cycles: to look for those at every 700th,
    # and once more through everything at the end, takes a tenth of the time of a small fit.
    gc.set_threshold(_OBJECTS)
    with warnings.catch_warnings():
        warnings.showwarning = _WarningsOnce()
        try:
            app()
        finally:
            gc.freeze()


@final
class _WarningsOnce:
    """Warnings as lines on standard error, those of single entries of the cache once.

    An entry that JAX cannot read or write is compiled anew, which costs time and nothing else.
    """

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        del category, filename, lineno, file, line
        kind = _CACHE_TROUBLE.sub("", str(message))
        if kind not in self._said:
            self._said.add(kind)
            say(f"warning: {message}")


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
