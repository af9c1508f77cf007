"""`statmodel rename`: a spec with other names."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, final

import typer
from typer.core import TyperCommand
from typing_extensions import override

from statmodel.spec import rename

from ._document import read_spec, write_document
from ._options import Debug, DocumentFile, SpecPath, Verbose
from ._output import reported
from ._settings import Settings

_PAIRED: Final = ("-c", "--channel", "-s", "--sample", "-m", "--modifier", "--measurement")
_BETWEEN: Final = "\n"  # stands in no name


@final
class RenameCommand(TyperCommand):
    """Takes two words behind each of its options, which typer cannot where they are repeated."""

    @override
    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        """Join the two words before the arguments are parsed."""
        # The class of the context is click's in some versions of typer, its own in others.
        return TyperCommand.parse_args(self, ctx, _joined(args))  # pyright: ignore[reportArgumentType]


def rename_command(
    spec: SpecPath,
    *,
    channel: Annotated[
        list[str] | None,
        typer.Option("--channel", "-c", help="A channel; may be repeated.", metavar="OLD NEW"),
    ] = None,
    sample: Annotated[
        list[str] | None,
        typer.Option(
            "--sample", "-s", help="A sample or process; may be repeated.", metavar="OLD NEW"
        ),
    ] = None,
    modifier: Annotated[
        list[str] | None,
        typer.Option(
            "--modifier",
            "-m",
            help="A modifier, parameter or function; may be repeated.",
            metavar="OLD NEW",
        ),
    ] = None,
    measurement: Annotated[
        list[str] | None,
        typer.Option(help="A measurement; may be repeated.", metavar="OLD NEW"),
    ] = None,
    output_file: DocumentFile = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Rename parts of a document wherever they stand, in formulas too."""
    new = {
        "--channel": _pairs(channel, "--channel"),
        "--sample": _pairs(sample, "--sample"),
        "--modifier": _pairs(modifier, "--modifier"),
        "--measurement": _pairs(measurement, "--measurement"),
    }
    with reported(Settings(verbose=verbose, debug=debug)):
        renamed = rename(
            read_spec(spec),
            channels=new["--channel"],
            samples=new["--sample"],
            modifiers=new["--modifier"],
            measurements=new["--measurement"],
        )
        write_document(renamed, output_file, like=spec)


def _joined(words: Sequence[str]) -> list[str]:
    r"""Each paired option with its two words in one.

    Example:
        >>> _joined(["a.json", "-c", "SR", "SR1"])
        ['a.json', '-c', 'SR\nSR1']
    """
    joined: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, sign, first = word.partition("=")
        if word in _PAIRED and len(rest) > 1:
            joined += [word, _BETWEEN.join((rest.pop(0), rest.pop(0)))]
        elif sign and option in _PAIRED and rest:
            joined += [option, _BETWEEN.join((first, rest.pop(0)))]
        else:
            joined.append(word)
    return joined


def _pairs(given: Iterable[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given or ():
        old, between, new = text.partition(_BETWEEN)
        if not between:
            msg = f"takes two words, the old name and the new one; got {old!r}"
            raise typer.BadParameter(msg, param_hint=option)
        if old in found:
            msg = f"{old!r} is given twice"
            raise typer.BadParameter(msg, param_hint=option)
        found[old] = new
    return found
