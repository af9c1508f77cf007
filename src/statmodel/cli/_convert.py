"""`statmodel convert`: a document in another format."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from statmodel.interop import read_xml, to_pyhf
from statmodel.spec import Format, Spec

from ._document import read_complete, read_spec, write_document
from ._options import Debug, DocumentFile, SpecPath, Verbose, one_of
from ._output import reported, say
from ._settings import Settings

_Target: TypeAlias = Literal["pyhf", "json", "yaml"]
_Source: TypeAlias = Literal["spec", "xml"]


def convert(
    spec: SpecPath,
    *,
    to: Annotated[
        _Target | None,
        typer.Option(
            help="pyhf: a plain pyhf workspace; json, yaml: the same document in that language. By "
            "default what the name of the output file says.",
            metavar="FORMAT",
            parser=one_of(get_args(_Target)),
        ),
    ] = None,
    source: Annotated[
        _Source | None,
        typer.Option(
            "--from",
            help="spec, or xml: HistFactory's XML with ROOT histograms, read by pyhf. By default "
            "what the name of the file says.",
            metavar="FORMAT",
            parser=one_of(get_args(_Source)),
        ),
    ] = None,
    basedir: Annotated[
        Path | None,
        typer.Option(
            help="Paths in XML files start here; the present folder by default.", metavar="DIR"
        ),
    ] = None,
    binned_only: Annotated[
        bool,
        typer.Option(
            "--binned-only",
            help="With --to pyhf: leave out unbinned channels, focus densities, and all parameters "
            "of interest but the first.",
        ),
    ] = False,
    output_file: DocumentFile = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Write a document in another format: JSON or YAML, a plain pyhf workspace, from XML.

    Everything that the other format cannot say is told, and nothing is written then. What was left
    out is said on standard error.
    """
    if binned_only and to != "pyhf":
        msg = "goes with --to pyhf"
        raise typer.BadParameter(msg, param_hint="--binned-only")
    begun = source or ("xml" if spec.suffix.lower() == ".xml" else "spec")
    if basedir is not None and begun != "xml":
        msg = "goes with --from xml"
        raise typer.BadParameter(msg, param_hint="--basedir")
    with reported(Settings(verbose=verbose, debug=debug)):
        read = read_complete if to == "pyhf" else read_spec
        document = _from_xml(spec, basedir) if begun == "xml" else read(spec)
        if to == "pyhf":
            document, notes = to_pyhf(document, binned_only=binned_only)
            for note in notes:
                say(f"note: {note}")
        write_document(document, output_file, like=Path("-"), language=_language(to))


def _language(to: _Target | None) -> Format | None:
    return "json" if to == "pyhf" else to


def _from_xml(path: Path, folder: Path | None) -> Spec:
    try:
        return read_xml(path, folder=folder)
    except ModuleNotFoundError as error:
        raise typer.BadParameter(str(error), param_hint="--from") from error
