r"""Which focus gives short confidence sets, asked before the data are looked at.

Candidates are Gaussian, truncated to the bounds of the parameter of interest. What is compared is
the mean length of confidence sets of toys whose true values are drawn from a prior,

.. math:: \langle \ell \rangle = \int d\mu^*\, f(\mu^*) \sum_D p(D \mid \mu^*)\, \ell(D)

which no test makes shorter than the one whose focus is that prior (J. W. Pratt, J. Am. Stat. Assoc.
56 (1961) 549).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._errors import suggestion
from statmodel.data import Dataset
from statmodel.infer._fit import provenance_of
from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.infer.statistics import (
    LRS,
    AbstractStatistic,
    Case,
    Likelihood,
    Nuisances,
    Reference,
    Support,
    averaged,
    twice_log_ratio,
)
from statmodel.infer.statistics._climb import Scalar, Vector
from statmodel.infer.statistics._interest import interest_of
from statmodel.infer.statistics._support import support_of
from statmodel.model import Constant, Focus, Model, Prepared
from statmodel.model.densities import Gaussian

from ._drawing import key_of, span_of
from ._neyman import hypotheses, neyman
from ._sets import Sets, confidence_sets
from ._truths import Ensemble


@final
@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A focus, and the lengths of its confidence sets.

    Attributes:
        centre: of the Gaussian; None for the likelihood ratio, which has no focus.
        width: its standard deviation.
        length: mean length.
        error: of that, by toys whose sets are looked at.
        median: of the lengths.
        shorter: mean of what its sets are shorter by than those of the likelihood ratio.
        shorter_error: of that; the toys are the same, so it is smaller.
        ok: whether its critical values may be used.
        message: what to think of them.
    """

    centre: float | None
    width: float | None
    length: float
    error: float
    median: float
    shorter: float
    shorter_error: float
    ok: bool
    message: str


@final
@dataclass(frozen=True, kw_only=True)
class FocusStudy:
    """Candidates, the first one being the likelihood ratio.

    Attributes:
        poi: the parameter.
        level: of the confidence sets.
        truth: where true values are, in words.
        rows: one for each candidate.
        toys: whose sets were looked at.
        provenance: the model.
    """

    poi: str
    level: float
    truth: str
    rows: tuple[Candidate, ...]
    toys: int
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether all critical values may be used."""
        return all(one.ok for one in self.rows)

    @property
    def best(self) -> Candidate:
        """The one with the shortest sets, of those that may be used."""
        return min((one for one in self.rows if one.ok), key=lambda one: one.length)

    @property
    def message(self) -> str:
        """What to think of it."""
        bad = dict.fromkeys(one.message for one in self.rows if not one.ok)
        if bad or not self.rows:
            return "; ".join(bad)
        best = self.best
        where = (
            "the likelihood ratio, without a focus"
            if best.centre is None
            else f"a focus at {best.centre:g} of width {best.width:g}"
        )
        alike = sum(
            abs(one.shorter - best.shorter) < 2 * np.hypot(one.shorter_error, best.shorter_error)
            for one in self.rows
            if one is not best
        )
        more = f"; {alike} others are as short within errors" if alike else ""
        return f"shortest for {where}: {best.length:.4g} on average{more}"

    def to_json(self) -> str:
        """A JSON document."""
        numbers = ("centre", "width", "length", "error", "median", "shorter", "shorter_error")
        document = {
            "poi": self.poi,
            "level": self.level,
            "truth": self.truth,
            "toys": self.toys,
            "status": {"ok": self.ok, "message": self.message},
            "candidates": [
                {name: _plain(getattr(one, name)) for name in numbers}
                | {"status": {"ok": one.ok, "message": one.message}}
                for one in self.rows
            ],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def focus_study(  # noqa: PLR0913 (what a study is of)
    model: Model,
    centres: Sequence[float],
    widths: Sequence[float],
    *,
    key: Array,
    truth: str | float | Sequence[float],
    level: float = 0.6827,
    toys: int = 10_000,
    evaluation_toys: int = 2000,
    grid: int = 81,
    span: tuple[float, float] | None = None,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    data: Dataset | Prepared | None = None,
    ensemble: Ensemble = "profile",
    nuisances: Nuisances = "profile",
) -> FocusStudy:
    """Compare focuses by the expected length of their confidence sets.

    Args:
        model: the compiled likelihood.
        centres: of the candidates.
        widths: of the candidates, standard deviations; each goes with every centre.
        key: a typed key; all candidates have the same toys.
        truth: a focus of the model, as a prior of true values, or true values.
        level: of the confidence sets.
        toys: of each construction.
        evaluation_toys: whose sets are looked at.
        grid: hypotheses, even over the span; more lie where candidates do.
        span: as for :func:`neyman`.
        poi: as there.
        fixed: as there.
        data: as there: only nuisance parameters are taken from it.
        ensemble: as there.
        nuisances: what becomes of nuisance parameters in the candidates.

    Raises:
        ValueError: as there, a width is not positive, or there is no focus of that name.
    """
    name = poi or model.measurement.pois[0]
    low, high = span_of(model, name, span)
    if not centres or not widths or min(widths) <= 0:
        msg = "a focus study wants centres, and widths above 0"
        raise ValueError(msg)
    if evaluation_toys < 2:  # noqa: PLR2004
        msg = f"`evaluation_toys` must be at least 2, got {evaluation_toys}"
        raise ValueError(msg)
    true, words = _true(model, name, truth, evaluation_toys, key_of(key, 9))
    fixes = {one: float(np.asarray(value)) for one, value in (fixed or {}).items()}
    point = {one: np.asarray(value) for one, value in model.space.point(fixes).items()}
    point[name] = true
    drawn = model.sample(
        {one: jnp.broadcast_to(jnp.asarray(value), true.shape) for one, value in point.items()},
        key=key_of(key, 8),
        n=evaluation_toys,
    )
    pairs = [(float(centre), float(width)) for centre in centres for width in widths]
    mu = hypotheses(low, high, grid, pairs)
    everyone: list[tuple[float | None, float | None, AbstractStatistic]] = [(None, None, LRS())]
    everyone += [
        (*pair, _candidate(model, name, fixed, pair, nuisances)) for pair in dict.fromkeys(pairs)
    ]
    provenance = provenance_of(model, "", "")
    rows: list[Candidate] = []
    plain: Sets | None = None
    for centre, width, statistic in everyone:
        curve = neyman(
            model,
            statistic,
            key=key,
            toys=toys,
            grid=mu,
            span=(low, high),
            poi=name,
            fixed=fixed,
            data=data,
            ensemble=ensemble,
        )
        (sets,) = confidence_sets(model, drawn, curve, [level])
        plain = sets if plain is None else plain
        away = plain.length - sets.length
        rows.append(
            Candidate(
                centre=centre,
                width=width,
                length=float(sets.length.mean()),
                error=_error(sets.length),
                median=float(np.median(sets.length)),
                shorter=float(away.mean()),
                shorter_error=_error(away),
                ok=curve.ok and bool(sets.ok.all()),
                message=curve.message if sets.ok.all() else "some toys cannot be judged",
            )
        )
    return FocusStudy(
        poi=name,
        level=level,
        truth=words,
        rows=tuple(rows),
        toys=evaluation_toys,
        provenance=provenance,
    )


@final
class _Focused(AbstractStatistic):
    """The focused test statistic of numbers: other ones compile nothing anew."""

    centre: Float[Array, ""]
    width: Float[Array, ""]
    ends: Float[Array, " end"]
    support: Support

    def reference(self, case: Case, likelihood: Likelihood) -> Reference:
        """The likelihood, averaged over the focus."""
        low, high = (self.ends - self.centre) / self.width

        def log_focus(at: Vector) -> Scalar:
            user = case.interest.outside(case.model, at)[0]
            log_prob = jax.scipy.stats.truncnorm.logpdf
            return log_prob(user, low, high, self.centre, self.width)

        return averaged(case, likelihood, log_focus, self.support)

    def value(self, case: Case, reference: Reference, at: Vector, log_likelihood: Scalar) -> Scalar:
        """As that of a focus of the spec."""
        del case, at
        return twice_log_ratio(reference, log_likelihood)


def _candidate(
    model: Model,
    poi: str,
    fixed: Mapping[str, ArrayLike] | None,
    pair: tuple[float, float],
    nuisances: Nuisances,
) -> AbstractStatistic:
    centre, width = pair
    ends = model.space.bounds[model.space.index(poi)]
    density = Gaussian(0, *ends, mean=Constant(centre), sigma=Constant(width))  # pyright: ignore[reportCallIssue]
    support = support_of(model, interest_of(model, poi, fixed), Focus("", (poi,), density))
    return _Focused(  # pyright: ignore[reportCallIssue]
        centre=jnp.asarray(centre, jnp.float64),
        width=jnp.asarray(width, jnp.float64),
        ends=jnp.asarray(ends, jnp.float64),
        support=support,
        nuisances=nuisances,
    )


def _true(
    model: Model, poi: str, truth: str | float | Sequence[float], count: int, key: Array
) -> tuple[Float[np.ndarray, " toy"], str]:
    """True values of toys, and what these are in words."""
    if not isinstance(truth, str):
        values = np.atleast_1d(np.asarray(truth, float))
        said = ", ".join(f"{one:g}" for one in values)
        return np.resize(values, count), f"{poi} = {said}"
    names = tuple(one.name for one in model.focus if one.pois == (poi,))
    for one in model.focus:
        if one.name == truth and one.pois == (poi,):
            drawn = np.asarray(one.density.sample(jnp.zeros(0), key=key, n=count))
            return drawn[:, 0], f"{poi} as the focus {truth}"
    msg = f'the model has no focus "{truth}" of {poi}.{suggestion(truth, names, "Focus densities")}'
    raise ValueError(msg)


def _error(values: Float[np.ndarray, " toy"]) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size))


def _plain(value: float | None) -> float | None:
    return None if value is None else number(value)
