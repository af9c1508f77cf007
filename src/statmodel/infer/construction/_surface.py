"""Critical values of a test statistic as a function of two parameters of interest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._fit import provenance_of
from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.infer.statistics import AbstractStatistic, Case
from statmodel.model import Model, Prepared

from ._calibrations import AbstractDistribution
from ._curve import LEVELS
from ._drawing import span_of
from ._methods import found_by, judged
from ._plan import Plan, Round, Stage
from ._tables import Asked
from ._truths import ENSEMBLES, Ensemble

Span = tuple[float, float]
_PAIR = 2


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CriticalSurface:
    """A test statistic's distribution under each hypothesis of a grid of two parameters.

    Attributes:
        pois: the parameters of interest.
        statistic: the test statistic.
        said: its name, and that of its focus.
        focus: fingerprint of the focus density; empty without one.
        x: values of the first parameter, in order.
        y: values of the second.
        distribution: of the statistic under each pair, those of one x behind one another.
        toys: how many, in all.
        fixed: parameters that were held, and where.
        ensemble: where nuisance parameters of the toys are, in words; empty without any.
        failed: toys that cannot be judged.
        ok: whether critical values may be used.
        message: what to think of them.
        key: that the toys were drawn with, in words.
        provenance: the model.
    """

    pois: tuple[str, str]
    statistic: AbstractStatistic
    said: str
    focus: str
    x: Float[np.ndarray, " column"]
    y: Float[np.ndarray, " row"]
    distribution: AbstractDistribution
    toys: int
    fixed: Mapping[str, float]
    ensemble: str
    failed: int
    ok: bool
    message: str
    key: str
    provenance: Provenance

    @property
    def effective(self) -> Float[np.ndarray, "column row"]:
        """Toys that would say as much, drawn under each hypothesis."""
        return self._as_grid(self.distribution.effective)

    def critical(self, level: float) -> Float[np.ndarray, "column row"]:
        """Critical values on the grid: data are accepted where the statistic is no larger."""
        return self._as_grid(self.distribution.quantiles(np.full(self.x.size * self.y.size, level)))

    def band(
        self, level: float
    ) -> tuple[Float[np.ndarray, "column row"], Float[np.ndarray, "column row"]]:
        """One standard deviation of these below and above, by the effective number of toys."""
        error = np.sqrt(level * (1 - level) / self.distribution.effective)
        quantiles = self.distribution.quantiles
        low, high = quantiles(np.maximum(level - error, 0.0)), quantiles(level + error)
        return self._as_grid(low), self._as_grid(high)

    def at(self, places: Float[np.ndarray, "place 2"], level: float) -> Float[np.ndarray, " place"]:
        """Critical values between those of the grid, linear in each parameter."""
        from scipy.interpolate import RegularGridInterpolator  # noqa: PLC0415 (half a second)

        return RegularGridInterpolator((self.x, self.y), self.critical(level))(places)

    def to_json(self, levels: Sequence[float] = LEVELS) -> str:
        """A JSON document of the surface; infinite values are null."""

        def plain(values: np.ndarray) -> list[list[float | None]]:
            return [[number(float(one)) for one in row] for row in values]

        document = {
            "pois": list(self.pois),
            "statistic": self.said,
            "focus": self.focus,
            "status": {"ok": self.ok, "message": self.message},
            "toys": self.toys,
            "failed": self.failed,
            "fixed": dict(self.fixed),
            "ensemble": self.ensemble,
            "key": self.key,
            "x": self.x.tolist(),
            "y": self.y.tolist(),
            "effective": plain(self.effective),
            "critical": [
                {"level": level, "values": plain(self.critical(level))} for level in levels
            ],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)

    def _as_grid(self, values: Float[np.ndarray, " point"]) -> Float[np.ndarray, "column row"]:
        return values.reshape(self.x.size, self.y.size)


def critical_surface(  # noqa: PLR0913 (what a construction takes)
    model: Model,
    statistic: AbstractStatistic,
    *,
    key: Array,
    pois: Sequence[str] | None = None,
    toys: int = 20_000,
    grid: tuple[int, int] = (21, 21),
    span: tuple[Span | None, Span | None] = (None, None),
    fixed: Mapping[str, ArrayLike] | None = None,
    data: Dataset | Prepared | None = None,
    ensemble: Ensemble = "profile",
) -> CriticalSurface:
    """Critical values of a test statistic of two parameters of interest.

    Toys are of all hypotheses, and weighted for each of them, as in :func:`neyman`.

    Args:
        model: the compiled likelihood.
        statistic: `LRS()`, `FTS("name")` of a focus of both parameters, or one of your own.
        key: a typed key; toy i depends on `fold_in(key, i)` only.
        pois: the two parameters; those of the focus, or of the measurement, by default.
        toys: how many in all.
        grid: hypotheses along each parameter, even over its span.
        span: what hypotheses cover, of each; its bounds by default.
        fixed: as for :func:`neyman`.
        data: as there.
        ensemble: "profile" or "predictive", as there.

    Returns:
        The surface; look at `ok` and `message` before any number.

    Raises:
        ValueError: there are not two parameters of interest, one has neither bounds nor a span, or
            an argument is none of those above.
    """
    case = Case.of(model, statistic, pois=pois, fixed=fixed)
    names = case.interest.names
    problems: list[str] = []
    if len(names) != _PAIR:
        problems.append(f"two parameters of interest are wanted, got {', '.join(names)}")
    if min(grid) < 2:  # noqa: PLR2004
        problems.append(f"`grid` must be two hypotheses or more along each, got {grid}")
    if isinstance(toys, bool) or toys < 1:
        problems.append(f"`toys` must be at least 1, got {toys}")
    if ensemble not in ENSEMBLES or ensemble == "regression":
        problems.append(f"`ensemble` is one of profile, predictive, got {ensemble!r}")
    if problems:
        raise ValueError("critical_surface: " + "; ".join(problems))
    ends = [span_of(model, name, one) for name, one in zip(names, span, strict=True)]
    low, high = np.array(ends).T
    x, y = (np.linspace(*end, count) for end, count in zip(ends, grid, strict=True))
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, _PAIR)
    asked = asked_of_two(model, statistic, names, fixed, (low, high))
    seen = None if data is None else one_data_set(model, data, "critical_surface")
    plan = Plan((asked,), points, (low, high), seen, ensemble, key)
    (found,) = found_by(plan, Round("mixture", toys), "reweighted", Stage.sheets)
    problems, said = judged(plan, found)
    words = jax.random.key_data(key).reshape(-1).tolist()
    focus = asked.case.focus
    return CriticalSurface(
        pois=(names[0], names[1]),
        statistic=statistic,
        said=repr(statistic),
        focus="" if focus is None else focus.digest,
        x=x,
        y=y,
        distribution=found.distribution,
        toys=found.toys,
        fixed={name: float(np.asarray(value)) for name, value in (fixed or {}).items()},
        ensemble=found.ensemble,
        failed=found.failed,
        ok=not problems,
        message="; ".join(problems or said),
        key=f"{jax.random.key_impl(key)} {' '.join(map(str, words))}",
        provenance=provenance_of(model, "", ""),
    )


def asked_of_two(
    model: Model,
    statistic: AbstractStatistic,
    pois: Sequence[str],
    fixed: Mapping[str, ArrayLike] | None,
    ends: tuple[Float[np.ndarray, " poi"], Float[np.ndarray, " poi"]],
) -> Asked:
    """The statistic, looked at where hypotheses are."""
    return Asked(Case.of(model, statistic, pois=pois, fixed=fixed, span=ends), statistic)
