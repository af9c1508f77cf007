"""The doctor's findings as text: how bad, what, and what to do."""

import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from statmodel.infer import Finding, Severity

_WIDTH = 100
_STYLES: Mapping[Severity, str] = MappingProxyType(
    {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
)


def doctor_report(findings: Sequence[Finding]) -> RenderableType:
    """All findings in the order given, or one line that says that there are none."""
    if not findings:
        return Text("Doctor: nothing to report.", style="dim")
    page = Table.grid(padding=(0, 2, 0, 0))
    page.add_column(no_wrap=True)
    page.add_column(overflow="fold")
    for one in findings:
        said = Text(one.message)
        if one.advice:
            said.append(f" {one.advice}", style="dim")
        page.add_row(Text(one.severity.name.lower(), style=_STYLES[one.severity]), said)
    return Group(Text(f"Doctor: {_counted(findings)}", style="bold"), page)


def doctor_text(findings: Sequence[Finding]) -> str:
    """The same without colours, 100 columns wide at most."""
    page = io.StringIO()
    console = Console(file=page, width=_WIDTH, no_color=True, force_terminal=False, emoji=False)
    console.print(doctor_report(findings), highlight=False, markup=False)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def _counted(findings: Sequence[Finding]) -> str:
    """`1 error, 2 warnings`."""
    counts = {level: sum(one.severity is level for one in findings) for level in Severity}
    said = [
        f"{count} {level.name.lower()}{'' if count == 1 else 's'}"
        for level, count in sorted(counts.items(), reverse=True)
        if count
    ]
    return ", ".join(said)
