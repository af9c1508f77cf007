"""`statmodel evidence`: marginal likelihoods and Bayes factors."""

from typing import Annotated, Literal, TypeAlias, get_args

import typer

from statmodel._files import check_file

from ._document import patching
from ._options import (
    AsJson,
    Chains,
    Debug,
    Fixed,
    Measurement,
    NoProgress,
    OutputFile,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    Seed,
    SpecPath,
    Verbose,
    Warmup,
    assignments,
    one_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings

_Method: TypeAlias = Literal["bridge", "nested"]


def evidence(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    focus: Annotated[
        list[str] | None,
        typer.Option(
            help="A focus of the spec that is the prior of the parameters of interest; may be "
            "repeated, for Bayes factors to the first. Without one they are even on their bounds.",
            metavar="NAME",
        ),
    ] = None,
    method: Annotated[
        _Method,
        typer.Option(
            help="bridge, from chains of NumPyro, or nested, with dynesty.",
            metavar="NAME",
            parser=one_of(get_args(_Method)),
        ),
    ] = "bridge",
    draws: Annotated[
        int, typer.Option(min=4, help="Draws of each chain.", metavar="NUMBER")
    ] = 2000,
    warmup: Warmup = 1000,
    chains: Chains = 4,
    live: Annotated[
        int, typer.Option(min=20, help="Live points of nested sampling.", metavar="NUMBER")
    ] = 500,
    seed: Seed = 0,
    measurement: Measurement = None,
    fix: Fixed = None,
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
    """Integrate the likelihood over the priors: the marginal likelihood, and Bayes factors.

    The exit code is 1 where a number may not be used; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    fixed = assignments(fix or (), "--fix")
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        import json

        import jax

        from statmodel import bayes
        from statmodel.report.tables import evidence_table

        from ._asymptotic import present, refused
        from ._document import read_complete
        from ._run import check_point, chosen_data, compiled

        with progress("compile", settings, shown=not no_progress):
            given = read_complete(spec, root=root, patches=patches)
            model, dataset = compiled(given, measurement=measurement, root=root)
        check_point(model, fixed, "--fix")
        data = chosen_data(model, dataset, expected=False, start={})
        names = dict.fromkeys(focus or [None])
        with progress("integrals", settings, shown=not no_progress), refused():
            found = [
                bayes.evidence(
                    model,
                    data,
                    key=jax.random.fold_in(jax.random.key(seed), place),
                    focus=name,
                    fixed=fixed,
                    method=method,
                    draws=draws,
                    warmup=warmup,
                    chains=chains,
                    live=live,
                )
                for place, name in enumerate(names)
            ]
        factors = [bayes.bayes_factor(one, found[0]) for one in found[1:]]
        document = {
            "evidences": [one.to_document() for one in found],
            "bayes_factors": [one.to_document() for one in factors],
        }
        present(
            evidence_table(found, factors),
            json.dumps(document, indent=2, allow_nan=False),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
    wrong = [one.message for one in found if not one.ok]
    if wrong:
        say("; ".join(wrong))
        raise typer.Exit(ExitCode.NOT_CONVERGED)
