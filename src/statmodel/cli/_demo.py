"""`statmodel demo`: the shipped example, from spec to table, JSON and pictures."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from statmodel._files import write_text_atomic

from ._document import read_document
from ._options import AsJson, Debug, NoProgress, Verbose
from ._output import progress, reported, say, say_warnings
from ._settings import ExitCode, Settings

EXAMPLE = "offshell_h4l.yaml"


def demo(
    *,
    output_dir: Annotated[
        Path, typer.Option(help="Where the files go; made if there is none.", metavar="DIR")
    ] = Path("results/demo"),
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Fit the shipped off-shell example; write its result and its pictures.

    The result is shown as a table, unless --json is given.
    """
    settings = Settings(verbose=verbose, debug=debug)
    with reported(settings):
        spec = example_spec()
        say(f"fitting {spec}")
        resolved = read_document(spec).resolved
        output_dir.mkdir(parents=True, exist_ok=True)
        from ._follow_up import present, with_findings
        from ._pictures import write_pictures
        from ._run import chosen_data, compiled, fitted

        with progress("compile", settings, shown=not no_progress):
            model, dataset = compiled(spec)
        with progress("fit", settings, shown=not no_progress):
            data = chosen_data(model, dataset, expected=False, start={})
            result = with_findings(model, data, fitted(model, data, start={}, fixed={}), None)
        present(result, None, as_json=as_json)
        written = [write_text_atomic(output_dir / "fit.json", result.to_json())]
        with progress("pictures", settings, shown=not no_progress):
            drawn, notes = write_pictures(model, data, result, resolved, folder=output_dir)
        say_warnings(notes)
        written += drawn
        for path in written:
            say(f"wrote {path}")
    if not result.ok:
        say(f"the fit did not converge: {result.message}")
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def example_spec() -> Path:
    """The example: in the installed package, or in the `specs` folder of a source tree.

    Raises:
        FileNotFoundError: the package was installed without it.
    """
    package = Path(str(resources.files("statmodel")))
    candidates = (package / "specs" / EXAMPLE, package.parents[1] / "specs" / EXAMPLE)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    message = "the shipped example is not installed"
    raise FileNotFoundError(2, message, str(candidates[0]))
