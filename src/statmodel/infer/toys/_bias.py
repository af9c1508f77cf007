r"""What toys say of estimates: bias, pulls, errors, coverage.

.. math:: b = \langle\hat\theta - \theta\rangle, \qquad
   g = \frac{\hat\theta - \theta}{\hat\sigma}, \qquad
   c = P\left(|\hat\theta - \theta| \le \hat\sigma\right)

The Gaussian that fits the pulls best (by maximum likelihood) has their mean and their standard
deviation; the core, median and half of the central 68.27 %, does not know of tails.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel._errors import listed
from statmodel.infer._results import Provenance
from statmodel.infer.profiles._profile import heights_of

from ._table import ToyTable
from ._tail import Tail

_ONE_SIGMA = 0.6827
_LEVELS = (0.6827, 0.9545)
_LEAST = 2


@final
@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number from toys, with the error that their number leaves."""

    value: float
    error: float

    def away(self, from_: float) -> float:
        """Its distance from a value, in errors."""
        return (self.value - from_) / self.error if self.error > 0 else math.nan


@final
@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How the estimates of one parameter behave.

    Attributes:
        name: the parameter.
        toys: that have an estimate.
        with_errors: that have an error too; estimates on a bound have none.
        bias: mean of estimate minus truth.
        spread: standard deviation of estimate minus truth.
        mean_error: of the errors that the fits gave.
        pull_mean: of (estimate - truth) / error: 0 where all is well.
        pull_width: 1 where all is well.
        core_mean: median of the pulls.
        core_width: half of their central 68.27 %.
        covered: intervals of one error around the estimate that hold the truth.
        at_bound: share of estimates without an error.
    """

    name: str
    toys: int
    with_errors: int
    bias: Estimate
    spread: Estimate
    mean_error: Estimate
    pull_mean: Estimate
    pull_width: Estimate
    core_mean: float
    core_width: float
    covered: Tail
    at_bound: float


@final
@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How often the set of a profile likelihood held the truth.

    Attributes:
        held: the hypothesis, which was the truth.
        level: nominal probability.
        covered: toys whose t is below the quantile of chi-squared.
    """

    held: Mapping[str, float]
    level: float
    covered: Tail


@final
@dataclass(frozen=True, kw_only=True)
class Bias:
    """What a table of toys says of its estimates.

    Attributes:
        parameters: that vary, in the order of the model.
        coverage: of sets from the profile likelihood, one for each hypothesis that was the truth
            and each level.
        message: how many toys count.
        provenance: of the toys.
    """

    parameters: tuple[Calibration, ...]
    coverage: tuple[Coverage, ...]
    message: str
    provenance: Provenance

    def of(self, name: str) -> Calibration:
        """One parameter.

        Raises:
            KeyError: it is not there.
        """
        for one in self.parameters:
            if one.name == name:
                return one
        msg = f"no parameter {name!r}.{listed('There are', [one.name for one in self.parameters])}"
        raise KeyError(msg)

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""

        def plain(value: object) -> object:
            if isinstance(value, Tail):
                return value.to_document()
            if isinstance(value, float) and not math.isfinite(value):
                return None
            return value

        def row(one: Calibration) -> dict[str, object]:
            found: dict[str, object] = {}
            for name in one.__dataclass_fields__:
                value = getattr(one, name)
                shown = (
                    {key: plain(number) for key, number in asdict(value).items()}
                    if isinstance(value, Estimate)
                    else plain(value)
                )
                found[name] = shown
            return found

        document = {
            "status": {"message": self.message},
            "parameters": {one.name: row(one) for one in self.parameters},
            "coverage": [
                {
                    "held": dict(one.held),
                    "level": one.level,
                    "covered": one.covered.to_document(),
                }
                for one in self.coverage
            ],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def bias(table: ToyTable, *, parameters: Sequence[str] | None = None) -> Bias:
    """Compare the estimates of toys with the points where they were drawn.

    Toys whose fits failed do not count. Parameters that no fit moved are left out.

    Args:
        table: of :func:`run_toys` or of a campaign.
        parameters: which; all that vary by default.

    Raises:
        KeyError: there is no such parameter.
        ValueError: fewer than two toys converged.

    Example:
        >>> import jax, statmodel as sm
        >>> model, _ = sm.compile("specs/lz_like.yaml")
        >>> point = model.space.point({"mu": 8.0})
        >>> toys = sm.run_toys(model, point, key=jax.random.key(2), n=200)
        >>> found = sm.bias(toys).of("mu")
        >>> abs(found.bias.away(0.0)) < 3
        True
    """
    good = table.good
    if good.sum() < _LEAST:
        msg = f"`bias`: {table.message}; at least {_LEAST} are needed"
        raise ValueError(msg)
    names = table.names if parameters is None else tuple(parameters)
    columns = [table.column(name) for name in names]
    off = (table.values - table.truth)[good]
    errors = table.errors[good]
    moved = [
        parameters is not None or bool(np.ptp(table.values[good, column]) > 0) for column in columns
    ]
    return Bias(
        parameters=tuple(
            _calibration(name, off[:, column], errors[:, column])
            for name, column, one in zip(names, columns, moved, strict=True)
            if one
        ),
        coverage=tuple(_coverage(table)),
        message=table.message,
        provenance=table.provenance,
    )


def _calibration(
    name: str, off: Float[np.ndarray, " toy"], errors: Float[np.ndarray, " toy"]
) -> Calibration:
    known = np.isfinite(errors) & (errors > 0)
    pulls = off[known] / errors[known]
    inside = (
        np.quantile(pulls, [0.5 * (1 - _ONE_SIGMA), 0.5, 0.5 * (1 + _ONE_SIGMA)])
        if (pulls.size)
        else np.full(3, np.nan)
    )
    return Calibration(
        name=name,
        toys=off.size,
        with_errors=pulls.size,
        bias=_mean(off),
        spread=_width(off),
        mean_error=_mean(errors[known]),
        pull_mean=_mean(pulls),
        pull_width=_width(pulls),
        core_mean=float(inside[1]),
        core_width=float(0.5 * (inside[2] - inside[0])),
        covered=Tail(int((np.abs(pulls) <= 1).sum()), pulls.size),
        at_bound=float(1 - known.mean()),
    )


def _mean(values: Float[np.ndarray, " toy"]) -> Estimate:
    if values.size < _LEAST:
        return Estimate(value=math.nan, error=math.nan)
    error = values.std(ddof=1) / math.sqrt(values.size)
    return Estimate(value=float(values.mean()), error=float(error))


def _width(values: Float[np.ndarray, " toy"]) -> Estimate:
    """The standard deviation; its error from the fourth moment, so that tails are no surprise."""
    n = values.size
    if n < _LEAST:
        return Estimate(value=math.nan, error=math.nan)
    width = float(values.std(ddof=1))
    away = values - values.mean()
    fourth = float(np.mean(away**4))
    variance = max(fourth - width**4, 0.0) / n
    error = math.sqrt(variance) / (2 * width) if width > 0 else 0.0
    return Estimate(value=width, error=error)


def _coverage(table: ToyTable) -> Iterator[Coverage]:
    """Of the hypotheses that are the truth of every toy."""
    for place, one in enumerate(table.hypotheses):
        truths = [table.truth[:, table.column(name)] == at for name, at in one.held.items()]
        if not np.all(truths):
            continue
        rises = table.rises(place)
        known = rises[np.isfinite(rises)]
        for level in _LEVELS:
            (height,) = heights_of((level,), len(one.held))
            covered = Tail(int((known <= height).sum()), known.size)
            yield Coverage(held=dict(one.held), level=level, covered=covered)
