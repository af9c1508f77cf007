"""`statmodel posterior`: the posterior density by draws."""

from pathlib import Path
from typing import Annotated

import typer

from statmodel._files import check_file, check_folder

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
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def posterior(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    focus: Annotated[
        str | None,
        typer.Option(
            help="The focus of the spec that is the prior of the parameters of interest; without "
            "one they are even on their bounds.",
            metavar="NAME",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=4, help="Draws of each chain.", metavar="NUMBER")
    ] = 1000,
    warmup: Warmup = 1000,
    chains: Chains = 4,
    seed: Seed = 0,
    with_draws: Annotated[
        bool, typer.Option("--with-draws", help="JSON with all draws, not with what they say only.")
    ] = False,
    measurement: Measurement = None,
    fix: Fixed = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: OutputFile = None,
    plots: Annotated[
        Path | None, typer.Option(help="Write pictures (PDF and PNG) here.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Draw from the posterior density, with NumPyro's No-U-Turn sampler.

    Constraints of the spec are in the likelihood. The exit code is 1 where the chains may not be
    used; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    fixed = assignments(fix or (), "--fix")
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        import jax

        from statmodel import bayes
        from statmodel.report.tables import posterior_table

        from ._asymptotic import present, refused
        from ._document import read_complete
        from ._run import check_point, chosen_data, compiled

        with progress("compile", settings, shown=not no_progress):
            given = read_complete(spec, root=root, patches=patches)
            model, dataset = compiled(given, measurement=measurement, root=root)
        check_point(model, fixed, "--fix")
        data = chosen_data(model, dataset, expected=False, start={})
        with progress("draws", settings, shown=not no_progress), refused():
            found = bayes.posterior(
                model,
                data,
                key=jax.random.key(seed),
                focus=focus,
                fixed=fixed,
                draws=draws,
                warmup=warmup,
                chains=chains,
            )
        present(
            posterior_table(found),
            found.to_json(draws=with_draws),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._pictures import write_posterior

            for path in write_posterior(model, found, folder=plots):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
