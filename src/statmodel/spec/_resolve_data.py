"""Where the data of a channel are: files inside the folder, columns that are needed."""

from statmodel._errors import listed, suggestion

from ._channels import Simulation
from ._densities import RatioDensity
from ._measurements import Observation
from ._modifiers import ColumnAnchor
from ._origin import DocumentPath
from ._paths import wrong_path
from ._report import Report
from ._resolved import ResolvedChannel


def columns_of(channel: ResolvedChannel) -> tuple[str, ...]:
    """The columns that a table of the channel must have, weights apart, each once."""
    found = [observable.name for observable in channel.observables]
    for process in channel.processes:
        if isinstance(process.density, RatioDensity):
            found.append(process.density.column or process.density.log_column or "")
        for response in process.densitysys:
            anchors = (response.hi, response.lo)
            found.extend(anchor.column for anchor in anchors if isinstance(anchor, ColumnAnchor))
        found.extend(term.column for term in process.terms)
    return tuple(dict.fromkeys(found))


def check_table(
    table: Observation | Simulation,
    channel: ResolvedChannel,
    path: DocumentPath,
    report: Report,
) -> None:
    """Whether a table names its file and its columns rightly."""
    needed = columns_of(channel)
    weight = () if table.weight is None else (table.weight,)
    for name in table.columns:
        if name not in needed:
            tail = suggestion(name, needed, "Columns of the channel")
            message = f'the channel reads no column "{name}".{tail}'
            report.problem_of_key((*path, "columns", name), message)
    if table.file is not None and (message := wrong_path(table.file, report.origin)):
        report.problem((*path, "file"), message)
    if isinstance(table, Observation) and table.events is not None:
        here = table.events
        missing = [name for name in (*needed, *weight) if name not in here]
        if missing:
            message = f"the events lack {_several(missing)}.{listed('Columns', here)}"
            report.problem((*path, "events"), message)
        for name in here:
            if name not in (*needed, *weight):
                tail = suggestion(name, (*needed, *weight), "Columns of the channel")
                report.problem_of_key(
                    (*path, "events", name), f'the channel reads no column "{name}".{tail}'
                )


def _several(names: list[str]) -> str:
    return " and ".join(f'the column "{name}"' for name in names)
