"""A table of tests over a grid of signals: which are excluded, which are expected to be.

Each signal is a model and data of its own, of a patchset or of one spec with other values. Models
of one structure share their compiled programs. A signal that cannot be tested is a row with the
reason, and a table that was begun can be gone on with.
"""

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
    values: Mapping[str, float]
    """Where it stands, as masses by name."""
    model: Model
    data: Dataset | Prepared


class _Row(TypedDict):
    name: str
    values: dict[str, float]
    problem: str
    test: object


class ExclusionsDocument(TypedDict):
    """The JSON document of a table of exclusion."""

    level: float
    signals: list[_Row]


@final
@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """One signal of the table."""

    name: str
    values: tuple[tuple[str, float], ...]
    test: HypoTest | None
    """None where no test could be made."""
    problem: str = ""
    """Why, in words; also where a fit behind the test failed."""

    @property
    def ok(self) -> bool:
        """Whether the test may be used."""
        return self.test is not None and self.test.ok


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
        One row a signal; look at `ok` and `problem` of each.
    """
    before = {row.name: row for row in (() if done is None else done.rows) if row.ok}
    rows = tuple(
        before[one.name]
        if one.name in before
        else _tested(one, mu=mu, poi=poi, statistic=statistic)
        for one in signals
    )
    return Exclusions(level=level, rows=rows)


def _tested(one: Signal, *, mu: float, poi: str | None, statistic: str) -> Exclusion:
    values = tuple((name, float(value)) for name, value in one.values.items())
    try:
        test = hypotest(one.model, one.data, mu, poi=poi, statistic=statistic)
    except (StatmodelError, ValueError, KeyError) as error:
        return Exclusion(name=one.name, values=values, test=None, problem=str(error))
    return Exclusion(name=one.name, values=values, test=test, problem="; ".join(_reasons(test)))


def _reasons(test: HypoTest) -> Iterator[str]:
    return (str(one) for one in test.findings if not test.ok)
