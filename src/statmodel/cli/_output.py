"""Where things are shown: results on standard output, all else on standard error."""

import contextlib
import re
import sys
import time
import traceback
from collections.abc import Generator, Iterable

import typer
from rich.console import Console, RenderableType

from statmodel._errors import SpecErrors, StatmodelError

from ._settings import ExitCode, Settings

_CALL = re.compile(r"^`[a-z_]+(?:\([^`]*\))?`:? ")


def wants_json(*, asked: bool) -> bool:
    """Whether a result is shown as JSON: asked for, or read by another program."""
    return asked or not sys.stdout.isatty()


def show(*parts: RenderableType) -> None:
    """Print to standard output, as wide as the terminal."""
    console = Console(highlight=False, emoji=False, markup=False)
    for part in parts:
        console.print(part)


def show_text(text: str) -> None:
    """Print a text to standard output as it is."""
    typer.echo(text)


def say(text: str) -> None:
    """Print a line to standard error."""
    typer.echo(text, err=True)


def without_call(text: str) -> str:
    """A message without the Python call that begins it, which nobody typed here.

    Example:
        >>> without_call("`hypotest(mu=50)`: mu = 50 is outside its bounds [0, 10].")
        'mu = 50 is outside its bounds [0, 10].'
    """
    return _CALL.sub("", text, count=1)


def say_warnings(notes: Iterable[object]) -> None:
    """Each warning once, a line each."""
    for note in dict.fromkeys(str(note) for note in notes):
        say(f"warning: {note}")


@contextlib.contextmanager
def progress(what: str, settings: Settings, *, shown: bool = True) -> Generator[None]:
    """A spinner while a long step runs, on a terminal only; `-v` says how long it took."""
    begun = time.perf_counter()
    if shown and sys.stderr.isatty():
        with Console(stderr=True).status(f"{what} ..."):
            yield
    else:
        yield
    if settings.verbose:
        say(f"{what}: {time.perf_counter() - begun:.2f} s")


@contextlib.contextmanager
def reported(settings: Settings) -> Generator[None]:
    """Bad input becomes sentences on standard error and an exit code, never a traceback.

    `--debug` shows the traceback too.
    """
    try:
        yield
    except BrokenPipeError:  # the reader has enough; typer ends quietly
        raise
    except SpecErrors as error:
        _trace(settings)
        count = len(error.problems)
        for problem in error.problems:
            say(str(problem))
        say(f"{count} problem{'' if count == 1 else 's'}")
        unreadable = isinstance(error.__cause__, OSError)
        raise typer.Exit(ExitCode.FILE if unreadable else ExitCode.BAD_INPUT) from error
    except StatmodelError as error:
        _trace(settings)
        say(f"error: {error}")
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    except OSError as error:
        _trace(settings)
        say(f"error: {error.filename or 'file'}: {error.strerror or error}")
        raise typer.Exit(ExitCode.FILE) from error


def _trace(settings: Settings) -> None:
    if settings.debug:
        traceback.print_exc()
