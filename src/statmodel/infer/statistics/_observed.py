"""Test statistics of one data set at several hypotheses, side by side, with what they rest on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._fit import provenance_of
from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.model import Model, Prepared

from ._statistics import AbstractStatistic, Case, Reference


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ObservedStatistic:
    """A test statistic of one data set.

    Attributes:
        statistic: its name, and that of its focus.
        focus: fingerprint of the focus density; empty without one.
        values: at each hypothesis; NaN where it may not be used.
        log_reference: natural log of what likelihoods are compared with.
        error: of that, as the method itself tells; 0 where it is exact.
        top: the best fit, or the top of likelihood times focus, in the user's units.
        ok: whether it may be used.
        message: in words.
    """

    statistic: str
    focus: str
    values: Float[np.ndarray, " point"]
    log_reference: float
    error: float
    top: float
    ok: bool
    message: str


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ObservedStatistics:
    """Several test statistics of one data set.

    Attributes:
        poi: the parameter of interest.
        mu: hypotheses, in the user's units.
        statistics: one after the other.
        fixed: parameters that were held, and where.
        provenance: the model.
    """

    poi: str
    mu: Float[np.ndarray, " point"]
    statistics: tuple[ObservedStatistic, ...]
    fixed: Mapping[str, float]
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether all of them may be used."""
        return all(one.ok for one in self.statistics)

    @property
    def message(self) -> str:
        """In words."""
        said = [f"{one.statistic}: {one.message}" for one in self.statistics if not one.ok]
        return "; ".join(said) or "every reference was found"

    def to_json(self) -> str:
        """A JSON document; values that do not exist are null."""
        document = {
            "poi": self.poi,
            "status": {"ok": self.ok, "message": self.message},
            "mu": self.mu.tolist(),
            "statistics": [
                {
                    "statistic": one.statistic,
                    "focus": one.focus,
                    "status": {"ok": one.ok, "message": one.message},
                    "reference": {
                        "log": number(one.log_reference),
                        "error": number(one.error),
                        "top": number(one.top),
                    },
                    "values": [number(float(value)) for value in one.values],
                }
                for one in self.statistics
            ],
            "fixed": dict(self.fixed),
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def statistics_at(
    model: Model,
    data: Dataset | Prepared,
    statistics: Sequence[AbstractStatistic],
    mu: Sequence[float] | Float[np.ndarray, " point"],
    *,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> ObservedStatistics:
    """Several test statistics of one data set, as functions of one parameter. No toys.

    What becomes of nuisance parameters is found once for all of them.

    Args:
        model: the compiled likelihood.
        data: one data set.
        statistics: `LRS()`, `FTS("name")`, or some of your own.
        mu: hypotheses, in the user's units.
        poi: the parameter; the measurement's first by default.
        fixed: values at which others are held; those that are free are nuisance parameters.

    Raises:
        ValueError: there is no statistic, no hypothesis, one outside the bounds of the parameter,
            or several data sets.

    Example:
        >>> import statmodel as sm
        >>> from statmodel.infer import statistics_at
        >>> model, data = sm.compile({
        ...     "channels": [{"name": "SR", "samples": [
        ...         {"name": "signal", "data": [1.0], "modifiers": [
        ...             {"name": "mu", "type": "normfactor", "data": None}]}]}],
        ...     "observations": [{"name": "SR", "data": [3]}],
        ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [
        ...         {"name": "mu", "bounds": [[0.0, 20.0]]}]}}],
        ...     "version": "1.0.0"})
        >>> found = statistics_at(model, data, [sm.LRS()], [3.0, 1.0])
        >>> [round(float(value), 4) for value in found.statistics[0].values]  # 2(3 ln 3 - 2)
        [0.0, 2.5917]
    """
    prepared = one_data_set(model, data, "statistics_at")
    name = poi or model.measurement.pois[0]
    cases = tuple(Case.of(model, one, pois=name, fixed=fixed) for one in statistics)
    points = np.asarray(mu, float)
    _check(model, cases, points)
    found = _found(cases, tuple(statistics), prepared, jnp.asarray(points)[:, None])
    return ObservedStatistics(
        poi=name,
        mu=points,
        statistics=tuple(
            _observed(case, repr(one), *each)
            for case, one, each in zip(cases, statistics, found, strict=True)
        ),
        fixed={key: float(np.asarray(value)) for key, value in (fixed or {}).items()},
        provenance=provenance_of(model, "", ""),
    )


def _check(model: Model, cases: Sequence[Case], mu: Float[np.ndarray, " point"]) -> None:
    if not cases:
        msg = "statistics_at: no statistic is given"
        raise ValueError(msg)
    (place,) = cases[0].interest.places
    low, high = model.space.bounds[place]
    if not mu.size or not ((low <= mu) & (mu <= high)).all():
        said = ", ".join(f"{one:g}" for one in mu if not low <= one <= high) or "none"
        msg = f"statistics_at: hypotheses must lie in [{low:g}, {high:g}], got {said}"
        raise ValueError(msg)


@eqx.filter_jit
def _found(
    cases: tuple[Case, ...],
    statistics: tuple[AbstractStatistic, ...],
    prepared: Prepared,
    mu: Float[Array, "point poi"],
) -> list[tuple[Float[Array, " point"], Reference, Float[Array, " poi"]]]:
    """Values, references, and the tops of these in the user's units."""
    way = cases[0].way(prepared)
    found: list[tuple[Float[Array, " point"], Reference, Float[Array, " poi"]]] = []
    for case, statistic in zip(cases, statistics, strict=True):
        likelihood = case.likelihood(prepared, way)
        reference = statistic.reference(case, likelihood)
        reference = reference._replace(ok=reference.ok & likelihood.ok)
        at = jax.vmap(lambda one, case=case: case.interest.inside(case.model, one))(mu)
        values = jax.vmap(
            lambda one, log, case=case, statistic=statistic, reference=reference: statistic.value(
                case, reference, one, log
            )
        )(at, jax.vmap(likelihood)(at))
        found.append((values, reference, case.interest.outside(case.model, reference.at)))
    return found


def _observed(
    case: Case,
    said: str,
    values: Float[Array, " point"],
    reference: Reference,
    top: Float[Array, " poi"],
) -> ObservedStatistic:
    ok = bool(reference.ok)
    return ObservedStatistic(
        statistic=said,
        focus="" if case.focus is None else case.focus.digest,
        values=np.where(ok, np.asarray(values), np.nan),
        log_reference=float(reference.log),
        error=float(reference.error),
        top=float(top[0]),
        ok=ok,
        message="found" if ok else "the reference of these data could not be found",
    )
