"""What toys gave: one row each, every number beside the status of its fit."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from statmodel._errors import DataError, suggestion
from statmodel.infer._results import Provenance
from statmodel.infer.minimisers._status import Status

from ._parquet import Part, part_bytes, read_part, write_parts

_KNOWN = 1e-5
"""Twice `nll`, within which a fall is the precision of two minima."""


@final
@dataclass(frozen=True, eq=False)
class Hypothesis:
    """Fits of all toys with some parameters held.

    Attributes:
        held: the parameters, and where.
        nll: the minima, one a toy.
        status: a :class:`Status` each.
    """

    held: Mapping[str, float]
    nll: Float[np.ndarray, " toy"]
    status: Int[np.ndarray, " toy"]


@final
@dataclass(frozen=True, eq=False)
class ToyTable:
    """Fits of toys, in the order of their numbers.

    Attributes:
        names: parameters.
        pois: parameters of interest.
        numbers: of the toys; toy i of a key is the same in every table.
        truth: where each was drawn. Units: the user's, as in all columns.
        values: best fits.
        errors: from the inverse Hessian; NaN for fixed parameters, on a bound, where undefined.
        nll: at the best fit.
        edm: estimated distance to the minimum, in units of `nll`.
        steps: evaluations.
        status: a :class:`Status` each.
        tries: how many fits were made before one converged, or all had failed.
        events: of each unbinned channel, how many each toy has.
        hypotheses: further fits of the same toys.
        ensemble: in words, what was drawn and what was not.
        key: of the draws: its kind, and its words.
        provenance: of model and program.
    """

    names: tuple[str, ...]
    pois: tuple[str, ...]
    numbers: Int[np.ndarray, " toy"]
    truth: Float[np.ndarray, "toy parameter"]
    values: Float[np.ndarray, "toy parameter"]
    errors: Float[np.ndarray, "toy parameter"]
    nll: Float[np.ndarray, " toy"]
    edm: Float[np.ndarray, " toy"]
    steps: Int[np.ndarray, " toy"]
    status: Int[np.ndarray, " toy"]
    tries: Int[np.ndarray, " toy"]
    events: Mapping[str, Int[np.ndarray, " toy"]]
    hypotheses: tuple[Hypothesis, ...]
    ensemble: str
    key: str
    provenance: Provenance

    def __len__(self) -> int:
        """The number of toys."""
        return self.numbers.size

    @property
    def good(self) -> np.ndarray:
        """True for toys whose fits all converged."""
        found = self.status == Status.CONVERGED
        for one in self.hypotheses:
            found = found & (one.status == Status.CONVERGED)
        return found

    @property
    def ok(self) -> bool:
        """Whether every fit of every toy converged."""
        return bool(self.good.all())

    @property
    def failures(self) -> dict[str, int]:
        """How many toys failed, by reason."""
        found = Counter(Status(int(one)).name.lower() for one in self.status[self.status != 0])
        for hypothesis in self.hypotheses:
            wrong = hypothesis.status[(hypothesis.status != 0) & (self.status == 0)]
            found.update(f"{Status(int(one)).name.lower()} (held)" for one in wrong)
        return dict(found.most_common())

    @property
    def message(self) -> str:
        """How many toys may be used, and why the others may not."""
        said = f"{int(self.good.sum())} of {len(self)} toys converged"
        reasons = ", ".join(f"{count} {name}" for name, count in self.failures.items())
        again = int((self.tries > 1).sum())
        said += f"; failed: {reasons}" if reasons else ""
        return said + (f"; {again} needed more than one fit" if again else "")

    def column(self, name: str) -> int:
        """The place of a parameter.

        Raises:
            KeyError: there is no such parameter; with the nearest name.
        """
        if name not in self.names:
            msg = f'there is no parameter "{name}".{suggestion(name, self.names, "Parameters")}'
            raise KeyError(msg)
        return self.names.index(name)

    def between(self, first: int, last: int) -> "ToyTable":
        """The toys with numbers from `first` to before `last`."""
        wanted = (self.numbers >= first) & (self.numbers < last)
        if wanted.all():
            return self
        return _mapped([self], lambda column: column[0][wanted])

    def rises(self, hypothesis: int = 0) -> Float[np.ndarray, " toy"]:
        r"""Twice the rise of `nll` to the minimum under a hypothesis; NaN where a fit failed.

        A fall beyond what minima are known to is a failed fit too: the best fit is none.

        .. math:: t = 2[\mathrm{nll}(\hat{\hat\theta}) - \mathrm{nll}(\hat\theta)]
        """
        rise = 2.0 * (self.hypotheses[hypothesis].nll - self.nll)
        return np.where(self.good & (rise >= -_KNOWN), np.maximum(rise, 0.0), np.nan)

    def to_parquet(self, path: str | PathLike[str]) -> Path:
        """Write a Parquet file, whole or not at all: one row a toy.

        Columns are `toy`, `status`, `tries`, `steps`, `nll`, `edm`; `value.NAME`, `error.NAME` and
        `truth.NAME` for each parameter; `events.CHANNEL`; and for each hypothesis `nll.0` and
        `status.0`, `nll.1`, ... What all rows have in common stands in the metadata, as JSON.

        Args:
            path: the file; its folder must exist.

        Raises:
            OSError: the file cannot be written; what stood there stands there still.
        """
        return write_parts(path, [self.part()])

    @classmethod
    def from_parquet(cls, path: str | PathLike[str]) -> "ToyTable":
        """Read back what `to_parquet` wrote.

        Raises:
            OSError: the file cannot be read.
            DataError: it is no table of toys.
        """
        return cls._of(read_part(path, name=Path(path).name), Path(path).name)

    def to_bytes(self) -> bytes:
        """The file that `to_parquet` writes; equal tables have equal bytes."""
        return part_bytes(self.part())

    @classmethod
    def from_bytes(cls, content: bytes, *, name: str = "toys") -> "ToyTable":
        """Read back what `to_bytes` wrote.

        Args:
            content: of a file.
            name: what the file is called in messages.

        Raises:
            DataError: it is no table of toys.
        """
        return cls._of(read_part(content, name=name), name)

    def part(self) -> Part:
        """Rows of a file."""
        columns = {"toy": self.numbers} | {name: getattr(self, name) for name in _PLAIN}
        for prefix, attribute in _OF_PARAMETERS.items():
            block = getattr(self, attribute)
            columns |= {f"{prefix}.{name}": block[:, i] for i, name in enumerate(self.names)}
        columns |= {f"events.{name}": events for name, events in self.events.items()}
        states = {"status"}
        for place, one in enumerate(self.hypotheses):
            columns |= {f"nll.{place}": one.nll, f"status.{place}": one.status}
            states.add(f"status.{place}")
        about = {
            "names": self.names,
            "pois": self.pois,
            "channels": list(self.events),
            "hypotheses": [dict(one.held) for one in self.hypotheses],
            "ensemble": self.ensemble,
            "key": self.key,
            "provenance": self.provenance.to_document(),
        }
        return Part(columns, frozenset(states), about)

    @classmethod
    def _of(cls, part: Part, file: str) -> "ToyTable":
        columns = part.columns
        about: Any = part.about
        try:
            return cls(
                names=tuple(about["names"]),
                pois=tuple(about["pois"]),
                numbers=columns["toy"],
                **{name: columns[name] for name in _PLAIN},
                **{
                    attribute: np.column_stack([columns[f"{prefix}.{n}"] for n in about["names"]])
                    for prefix, attribute in _OF_PARAMETERS.items()
                },
                events={name: columns[f"events.{name}"] for name in about["channels"]},
                hypotheses=tuple(
                    Hypothesis(held, columns[f"nll.{place}"], columns[f"status.{place}"])
                    for place, held in enumerate(about["hypotheses"])
                ),
                ensemble=about["ensemble"],
                key=about["key"],
                provenance=Provenance.from_document(about["provenance"]),
            )
        except KeyError as error:
            message = f"{file}: no complete table of toys, {error} is lacking"
            raise DataError(message) from error


def write_tables(path: str | PathLike[str], tables: Iterable[ToyTable]) -> Path:
    """Write tables of one model and ensemble behind one another, holding one at a time.

    Args:
        path: the file, written whole or not at all; its folder must exist.
        tables: at least one.

    Raises:
        OSError: the file cannot be written; what stood there stands there still.
        DataError: two tables are of different models or ensembles.
    """
    return write_parts(path, (one.part() for one in tables))


def joined(tables: Sequence[ToyTable]) -> ToyTable:
    """Tables of one model and ensemble as one, in the order of the toys' numbers."""
    order = np.argsort(np.concatenate([one.numbers for one in tables]), kind="stable")
    return _mapped(tables, lambda columns: np.concatenate(columns)[order])


def _mapped(
    tables: Sequence[ToyTable], change: Callable[[list[np.ndarray]], np.ndarray]
) -> ToyTable:
    """The first table, each column made of those of all tables."""

    def column(name: str) -> np.ndarray:
        return change([getattr(one, name) for one in tables])

    first = tables[0]
    hypotheses = [
        Hypothesis(
            one.held,
            change([table.hypotheses[place].nll for table in tables]),
            change([table.hypotheses[place].status for table in tables]),
        )
        for place, one in enumerate(first.hypotheses)
    ]
    return replace(
        first,
        **{name: column(name) for name in COLUMNS},
        events={name: change([one.events[name] for one in tables]) for name in first.events},
        hypotheses=tuple(hypotheses),
    )


_PLAIN = ("status", "tries", "steps", "nll", "edm")
_OF_PARAMETERS = MappingProxyType({"value": "values", "error": "errors", "truth": "truth"})
"""What the columns of a parameter are called in a file, and here."""
COLUMNS = ("numbers", "truth", "values", "errors", "nll", "edm", "steps", "status", "tries")
"""Of all toys, whatever the model."""
