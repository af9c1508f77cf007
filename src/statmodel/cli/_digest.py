"""`statmodel digest`: the hash of a document."""

import json
from typing import Annotated, get_args

import typer

from statmodel._errors import suggestion
from statmodel.spec import Algorithm, digest

from ._document import read_spec
from ._options import Debug, SpecPath, Verbose
from ._output import reported, show_text
from ._settings import Settings


def digest_command(
    spec: SpecPath,
    *,
    algorithm: Annotated[
        list[str] | None,
        typer.Option(
            "--algorithm",
            "-a",
            help="md5, sha1, sha224, sha256, sha384 or sha512; may be repeated; sha256 by default.",
            metavar="NAME",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="As JSON; by default a line each.")
    ] = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Print the digest of a document; of a pyhf workspace it is pyhf's.

    Data files are not read.
    """
    chosen: list[Algorithm] = [_known(name) for name in algorithm or ("sha256",)]
    with reported(Settings(verbose=verbose, debug=debug)):
        document = read_spec(spec)
        found = {name: digest(document, algorithm=name) for name in chosen}
        if as_json:
            show_text(json.dumps(found, indent=2))
        else:
            show_text("\n".join(f"{name}:{value}" for name, value in found.items()))


def _known(name: str) -> Algorithm:
    known: tuple[Algorithm, ...] = get_args(Algorithm)
    for algorithm in known:
        if algorithm == name:
            return algorithm
    msg = f"unknown algorithm {name!r}.{suggestion(name, known, 'Algorithms')}"
    raise typer.BadParameter(msg, param_hint="--algorithm")
