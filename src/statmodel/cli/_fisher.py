"""`statmodel fisher`: what data that the model expects would say of its parameters."""

from typing import Annotated

import typer

from statmodel._errors import DataError
from statmodel._files import check_file

from ._document import patching, read_complete
from ._options import (
    AsJson,
    Debug,
    Measurement,
    NoProgress,
    OutputFile,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Verbose,
    assignments,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def fisher(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="At this value of a parameter; the spec's starting value elsewhere. May be "
            "repeated.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    measurement: Measurement = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: OutputFile = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Find the Fisher information of Asimov data, and the errors that it allows.

    No fit is made. The exit code is 1 where the information cannot be inverted.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        from statmodel import infer
        from statmodel.report.tables import fisher_table

        from ._asymptotic import present
        from ._run import check_point, compiled

        point = assignments(at or (), "--at")
        with progress("compile", settings, shown=not no_progress):
            document = read_complete(spec, root=root, patches=patches)
            model, _ = compiled(document, measurement=measurement)
        check_point(model, point, "--at")
        with progress("information", settings, shown=not no_progress):
            try:
                found = infer.fisher(model, point)
            except ValueError as error:
                raise DataError(str(error)) from error
        present(
            fisher_table(found),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
