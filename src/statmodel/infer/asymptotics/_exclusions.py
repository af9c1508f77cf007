"""A table of tests over a grid of signals: which are excluded, which are expected to be.

Each signal is a model and data of its own, of a patchset or of one spec with other values. Models
of one structure share their compiled programs. A signal that cannot be tested is a row with the
reason, and a table that was begun can be gone on with.
"""

import enum
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypedDict, final

from statmodel._errors import StatmodelError
from statmodel.data import Dataset
from statmodel.model import Model, Prepared

from ._hypotest import HypoTest, hypotest


class Signal(NamedTuple):
    """One point of a grid."""

    name: str
    values: Mapping[str, float | str]
    """Where it stands, as masses by name."""
    model: Model
    data: Dataset | Prepared


class _Row(TypedDict):
    name: str
    values: dict[str, float | str]
    status: str
    problem: str
    test: object


class ExclusionsDocument(TypedDict):
    """The JSON document of a table of exclusion."""

    level: float
    signals: list[_Row]


class ExclusionStatus(enum.Enum):
    """What became of one signal."""

    TESTED = "tested"
    FIT_FAILED = "fit_failed"
    NOT_TESTED = "not_tested"


@final
@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """One signal of the table."""

    name: str
    values: tuple[tuple[str, float | str], ...]
    test: HypoTest | None
    """None where no test could be made."""
    problem: str = ""
    """Why, in words; also where a fit behind the test failed."""

    @property
    def ok(self) -> bool:
        """Whether the test may be used."""
        return self.test is not None and self.test.ok

    @property
    def status(self) -> ExclusionStatus:
        """Tested, tested with fits that failed, or not tested at all."""
        if self.test is None:
            return ExclusionStatus.NOT_TESTED
        return ExclusionStatus.TESTED if self.test.ok else ExclusionStatus.FIT_FAILED


@final
@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """The tests of a grid of signals, in its order."""

    level: float
    rows: tuple[Exclusion, ...]

    @property
    def ok(self) -> bool:
        """Whether every signal was tested."""
        return all(row.ok for row in self.rows)

    def row(self, name: str) -> Exclusion:
        """One of them.

        Raises:
            KeyError: there is none of that name.
        """
        return {row.name: row for row in self.rows}[name]

    def excluded(self) -> tuple[str, ...]:
        """Signals whose observed CLs is below one minus the level."""
        return tuple(
            row.name
            for row in self.rows
            if row.ok and row.test is not None and row.test.CLs_obs < 1 - self.level
        )

    def to_json(self) -> str:
        """A JSON document, with the whole of every test."""
        document: ExclusionsDocument = {
            "level": self.level,
            "signals": [
                {
                    "name": row.name,
                    "values": dict(row.values),
                    "status": row.status.value,
                    "problem": row.problem,
                    "test": None if row.test is None else json.loads(row.test.to_json()),
                }
                for row in self.rows
            ],
        }
        return json.dumps(document, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Exclusions":
        """Read back what `to_json` wrote."""
        document: ExclusionsDocument = json.loads(text)
        return cls(
            level=document["level"],
            rows=tuple(
                Exclusion(
                    name=row["name"],
                    values=tuple(row["values"].items()),
                    problem=row["problem"],
                    test=None
                    if row["test"] is None
                    else HypoTest.from_json(json.dumps(row["test"])),
                )
                for row in document["signals"]
            ),
        )


def exclusions(
    signals: Iterable[Signal],
    *,
    mu: float = 1.0,
    level: float = 0.95,
    poi: str | None = None,
    statistic: str = "qtilde",
    done: Exclusions | None = None,
) -> Exclusions:
    """Test one strength of each of many signals.

    Args:
        signals: their models and data; an iterator makes them one at a time.
        mu: the strength tested.
        level: the confidence level that `excluded` takes.
        poi: the parameter of interest; each measurement's first by default.
        statistic: `qtilde` or `q`.
        done: a table made before: what it has tested is not tested again.

    Returns:
        One row a signal; look at `status` and `problem` of each.

    Raises:
        ValueError: `done` was made for another strength, parameter or statistic.
    """
    _check_done(done, mu=mu, poi=poi, statistic=statistic)
    before = {row.name: row for row in (() if done is None else done.rows) if row.ok}
    rows = tuple(
        before[one.name]
        if one.name in before
        else _tested(one, mu=mu, poi=poi, statistic=statistic)
        for one in signals
    )
    return Exclusions(level=level, rows=rows)


def _check_done(done: Exclusions | None, *, mu: float, poi: str | None, statistic: str) -> None:
    for row in () if done is None else done.rows:
        if row.test is None:
            continue
        made = (row.test.mu, row.test.poi, row.test.point.statistic)
        if made != (mu, row.test.poi if poi is None else poi, statistic):
            msg = (
                f"`exclusions(done=...)`: the table was made with {made[1]} = {made[0]:g} tested "
                f"by {made[2]}, another question than the one asked now"
            )
            raise ValueError(msg)


def _tested(one: Signal, *, mu: float, poi: str | None, statistic: str) -> Exclusion:
    values = tuple(
        (name, value if isinstance(value, str) else float(value))
        for name, value in one.values.items()
    )
    try:
        test = hypotest(one.model, one.data, mu, poi=poi, statistic=statistic)
    except (StatmodelError, ValueError, KeyError) as error:
        return Exclusion(name=one.name, values=values, test=None, problem=str(error))
    return Exclusion(name=one.name, values=values, test=test, problem="; ".join(_reasons(test)))


def _reasons(test: HypoTest) -> Iterator[str]:
    return (str(one) for one in test.findings if not test.ok)
