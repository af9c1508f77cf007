"""`statmodel explain`: what the compiler did with a model, and what an evaluation costs."""

from ._document import patching, read_complete
from ._options import (
    AsJson,
    Debug,
    Measurement,
    NoProgress,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Verbose,
)
from ._output import progress, reported, say, show_text, wants_json
from ._settings import Settings


def explain(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    measurement: Measurement = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Show the staging of a model: folded, hoisted, stacked, padded; bytes and flops."""
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        given = read_complete(spec, root=root, patches=patches)
        from statmodel.model import unobserved

        from ._run import compiled, explanation

        with progress("compile", settings, shown=not no_progress):
            model, dataset = compiled(given, measurement=measurement, root=root)
        missing = unobserved(model, dataset)
        if missing:
            say(f"no observations for {', '.join(missing)}: only the pools are described")
        with progress("explain", settings, shown=not no_progress):
            found = explanation(model, None if missing else dataset)
        show_text(found.to_json() if wants_json(asked=as_json) else str(found))
