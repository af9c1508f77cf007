"""The walk of `exclusions` over the patches of a patchset. The command imports it when it runs."""

import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import typer

from statmodel import compiler
from statmodel._configure import configure
from statmodel._errors import SpecWarning, StatmodelError
from statmodel._files import write_text_atomic
from statmodel.infer import Exclusion, Exclusions, Signal, exclusions
from statmodel.interop import Patch, apply_patch
from statmodel.spec import Spec

from ._output import progress, say, say_warnings, without_call
from ._settings import Settings


@final
@dataclass(frozen=True, kw_only=True)
class Grid:
    """What is asked of every signal."""

    background: Spec
    labels: tuple[str, ...]
    order: tuple[str, ...]
    """Names of all signals, as the table lists them."""
    measurement: str | None
    poi: str | None
    mu: float
    level: float
    statistic: str
    output_file: Path | None

    def table(self, rows: Iterable[Exclusion]) -> Exclusions:
        """The rows in the order of the patchset; others, which a file may hold, behind them."""
        known = {row.name: row for row in rows}
        first = [known[name] for name in self.order if name in known]
        rest = [row for name, row in known.items() if name not in self.order]
        return Exclusions(level=self.level, rows=(*first, *rest))


def begun(grid: Grid) -> Exclusions:
    """The table of an output file that exists already, an empty one where there is none.

    Raises:
        typer.BadParameter: the file holds something else, or answers to another question.
    """
    file = grid.output_file
    if file is None or not file.is_file() or file.stat().st_size == 0:
        return grid.table(())
    try:
        found = Exclusions.from_json(file.read_text(encoding="utf-8"))
        exclusions((), mu=grid.mu, poi=grid.poi, statistic=grid.statistic, done=found)
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        msg = f"{file} exists and is no table of exclusion; it is left as it is. Name another file."
        raise typer.BadParameter(msg, param_hint="--output-file") from error
    except ValueError as error:
        msg = f"{file} exists: {without_call(str(error))}. It is left as it is; name another file."
        raise typer.BadParameter(msg, param_hint="--output-file") from error
    return found


def walk(
    grid: Grid, patches: Sequence[Patch], before: Exclusions, settings: Settings, *, shown: bool
) -> Exclusions:
    """Test one signal after the other; the file is whole after each.

    Raises:
        typer.BadParameter: a row of the file was made from another document.
    """
    configure(cache=True)
    rows = {row.name: row for row in before.rows}
    told: set[str] = set()
    for number, patch in enumerate(patches, start=1):
        done = rows.get(patch.name)
        place = f"{patch.name} ({number} of {len(patches)})"
        with progress(place, settings, shown=shown):
            row, notes = _row(grid, patch, done)
        say_warnings(note for note in notes if note not in told)
        told.update(notes)
        if shown:
            say(f"{place}: {_said(row, again=row is done)}")
        rows[patch.name] = row
        if grid.output_file is not None and row is not done:
            write_text_atomic(grid.output_file, grid.table(rows.values()).to_json())
    found = grid.table(rows.values())
    if grid.output_file is not None:
        if found != before:  # other rows or another level
            write_text_atomic(grid.output_file, found.to_json())
        say(
            f"{grid.output_file} held all of it" if found == before else f"wrote {grid.output_file}"
        )
    return found


def _row(grid: Grid, patch: Patch, done: Exclusion | None) -> tuple[Exclusion, tuple[str, ...]]:
    values = dict(zip(grid.labels, patch.values, strict=True))
    try:
        spec = apply_patch(grid.background, patch.operations, name=f"the patch {patch.name}")
        if done is not None and done.ok and done.test is not None:
            _check_same(grid, done.test.provenance.spec, spec, patch.name)
            return done, ()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SpecWarning)  # the model keeps them, word for word
            model, data = compiler.compile(spec, measurement=grid.measurement)
    except StatmodelError as error:
        held = tuple(values.items())
        return Exclusion(name=patch.name, values=held, test=None, problem=str(error)), ()
    signal = Signal(patch.name, values, model, data)
    found = exclusions(
        [signal], mu=grid.mu, level=grid.level, poi=grid.poi, statistic=grid.statistic
    )
    return found.rows[0], model.notes


def _check_same(grid: Grid, made: str, spec: Spec, name: str) -> None:
    if made != compiler.fingerprint(spec):
        msg = (
            f"{grid.output_file} holds {name} of another workspace or patchset. It is left as it "
            "is; name another file."
        )
        raise typer.BadParameter(msg, param_hint="--output-file")


def _said(row: Exclusion, *, again: bool) -> str:
    if row.test is None or not row.ok:
        return without_call(row.problem)
    known = ", tested before" if again else ""
    return f"CLs {row.test.CLs_obs:.5g}, expected {row.test.CLs_exp[2]:.5g}{known}"
