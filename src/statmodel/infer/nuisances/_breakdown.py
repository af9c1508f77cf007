r"""Where the error of a parameter comes from, in parts whose squares add up.

.. math::

   V_{\mu\mu} = (V H_\mathrm{data} V)_{\mu\mu} + \sum_G V_{\mu G}\, C_G\, V_{G\mu}, \qquad
   C_G = \delta_k^{-2} \ \text{for a single constraint}

exactly: how much of the estimate's variance comes from the data, and how much from each auxiliary
measurement (A. Pinto et al., Eur. Phys. J. C 84 (2024) 593). The first term is the square of the
statistical part, which parameters without a constraint belong to.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import final

import numpy as np

from statmodel._errors import suggestion
from statmodel.data import Dataset
from statmodel.infer._result_json import number
from statmodel.infer._results import FitResult, Provenance
from statmodel.model import Model, Prepared

from ._around import Around, blocks_of

_OTHERS = "others"


@final
@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the error: what auxiliary measurements of a group of parameters contribute."""

    name: str
    parameters: tuple[str, ...]
    error: float
    share: float
    """Of the variance."""


@final
@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """Parts of an error; their squares add up to its own."""

    measurement: str
    poi: str
    value: float
    error: float
    statistical: float
    """From the data, parameters without a constraint included."""
    systematic: float
    """From all auxiliary measurements."""
    parts: tuple[Part, ...]
    """Of groups, the largest first."""
    ok: bool
    message: str
    provenance: Provenance

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        document = {
            "measurement": self.measurement,
            "poi": self.poi,
            "status": {"ok": self.ok, "message": self.message},
            "value": number(self.value),
            "error": number(self.error),
            "statistical": number(self.statistical),
            "systematic": number(self.systematic),
            "parts": [
                asdict(one) | {"error": number(one.error), "share": number(one.share)}
                for one in self.parts
            ],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def breakdown(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    poi: str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Breakdown:
    """Split the error of a parameter into a statistical part and parts of groups of nuisances.

    Args:
        model: the compiled likelihood.
        data: one data set.
        result: its fit.
        poi: the parameter whose error it is; the measurement's first by default.
        groups: parameters by group, no two of which share one; those of the document by default,
            and what is in none is in `others`. Parameters of a joint constraint stay together.

    Returns:
        The parts; look at `ok` before any number.

    Raises:
        ValueError: unknown parameters, groups that overlap or tear a joint constraint apart,
            several data sets, their fits, or a fit of another model.
    """
    found = Around.of(model, data, result, "breakdown")
    place = found.poi(poi, "breakdown")
    asked = dict(model.measurement.groups) if groups is None else dict(groups)
    members = _members(found, asked)
    variance = found.covariance[place, place] if found.free[place] else np.nan
    row = found.covariance[place]
    parts: list[Part] = []
    for name, places in members.items():
        own = np.asarray(places, int)
        square = float(row[own] @ found.constraints[np.ix_(own, own)] @ row[own])
        parts.append(
            Part(
                name=name,
                parameters=tuple(model.space.names[k] for k in places),
                error=_root(square),
                share=square / variance,
            )
        )
    together = sum(one.share for one in parts)
    return Breakdown(
        measurement=result.measurement,
        poi=model.space.names[place],
        value=float(found.values[place]),
        error=_root(variance),
        statistical=_root(variance * (1.0 - together)),
        systematic=_root(variance * together),
        parts=tuple(sorted(parts, key=lambda one: -one.error if one.error > 0 else 0.0)),
        ok=result.ok,
        message=result.message,
        provenance=result.provenance,
    )


def _members(found: Around, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """Places of the constrained parameters that move, by group."""
    names = found.model.space.names
    problems: list[str] = []
    group_of: dict[int, str] = {}
    for group, members in groups.items():
        for name in members:
            if name not in names:
                near = suggestion(name, names, "Parameters")
                problems.append(f'group "{group}": there is no parameter "{name}".{near}')
            elif group_of.setdefault(names.index(name), group) != group:
                problems.append(f'{name} is in "{group_of[names.index(name)]}" and in "{group}"')
    placed: dict[str, list[int]] = {group: [] for group in groups}
    for block in blocks_of(found.constraints):
        here = {group_of.get(k, _OTHERS) for k in block}
        if len(here) > 1:
            joint = ", ".join(names[k] for k in block)
            problems.append(f"{joint} are constrained together, and in different groups")
        placed.setdefault(here.pop(), []).extend(k for k in block if found.free[k])
    if problems:
        raise ValueError("breakdown: " + "; ".join(problems))
    return {group: tuple(places) for group, places in placed.items() if places}


def _root(square: float) -> float:
    return math.sqrt(square) if square >= 0 else math.nan
