"""`statmodel bias`: what toys say of estimates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from statmodel._files import check_file, check_folder, file_stem, write_text_atomic

from ._options import AsJson, Debug, OutputFile, Verbose, check_names
from ._output import reported, say, show, show_text, wants_json
from ._settings import Settings

if TYPE_CHECKING:
    from statmodel.infer import ToyTable


def bias(
    toys: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|DIR...",
            help="A merged file of toys, or folders of one campaign.",
            show_default=False,
        ),
    ],
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="Only this one; may be repeated.", metavar="NAME"),
    ] = None,
    output_file: OutputFile = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="Write pictures of pulls (PDF and PNG) here: of --parameter, or of the parameters "
            "of interest.",
            metavar="DIR",
        ),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Compare the estimates of toys with the truth: bias, pulls, errors, coverage.

    What is more than three errors from where it should be stands out. Coverage of the profile
    likelihood is stated for each --hypothesis that was the truth.
    """
    with reported(Settings(verbose=verbose, debug=debug)):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel import infer
        from statmodel.report.tables import bias_table

        table = _table(toys)
        check_names(parameter or (), "--parameter", table.names)
        try:
            found = infer.bias(table, parameters=parameter or None)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="FILE|DIR...") from error
        text = found.to_json()
        if wants_json(asked=as_json):
            show_text(text)
        else:
            show(bias_table(found))
        if output_file is not None:
            write_text_atomic(output_file, text)
            say(f"wrote {output_file}")
        if plots is not None:
            _draw(table, parameter or table.pois, plots)


def _table(paths: list[Path]) -> "ToyTable":
    from statmodel import infer
    from statmodel.jobs import ToyCampaign, tables

    if any(one.is_dir() for one in paths):
        return infer.joined(tuple(tables([ToyCampaign.open(one) for one in paths])))
    if len(paths) > 1:
        msg = "one file, or folders of one campaign"
        raise typer.BadParameter(msg, param_hint="FILE|DIR...")
    return infer.ToyTable.from_parquet(paths[0])


def _draw(table: "ToyTable", names: "list[str] | tuple[str, ...]", folder: Path) -> None:
    from statmodel.report.figures import pull_figure, save_figure

    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for path in save_figure(pull_figure(table, name), folder / file_stem("pull", name)):
            say(f"wrote {path}")
