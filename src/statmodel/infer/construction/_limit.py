r"""Upper limits by toys, protected against data that fluctuate downwards.

.. math::

   p(\mu) = P(T(\mu) \ge t(\mu) \mid \mu), \qquad
   \mathrm{CL_s}(\mu) = \frac{p(\mu)}{P(T(\mu) \ge t(\mu) \mid \mu_\mathrm{null})}

The limit is the largest hypothesis at which p, or :math:`\mathrm{CL_s}` (A. L. Read, J. Phys. G 28
(2002) 2693), is not below one minus the level. A power-constrained limit (arXiv:1105.3166) is not
below what is reached by no more than 16 % of data without signal.
"""

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import jax
import numpy as np
from jaxtyping import Array, Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.model import Model, Prepared

from ._curve import CriticalCurve
from ._drawing import drawing, key_of
from ._tables import tables
from ._truths import truths
from ._values import asked_of, check, found_at

Protection: TypeAlias = Literal["none", "cls", "power"]
"""Of a limit."""
PROTECTIONS: tuple[Protection, ...] = ("none", "cls", "power")

_SHARES = (0.02275013, 0.15865525, 0.5, 0.84134475, 0.97724987)
"""Of data without signal, below -2, -1, 0, 1, 2 standard deviations of a normal distribution."""
_LEAST_POWER = 1
"""Which of these a power-constrained limit does not fall below."""


@final
@dataclass(frozen=True, kw_only=True)
class ToyLimit:
    """An upper limit, and what was to be expected.

    Attributes:
        poi: the parameter.
        level: the confidence level.
        protection: against downward fluctuations.
        null: the value without signal.
        observed: the limit; NaN where there is none.
        unprotected: the same without protection.
        expected: limits without signal, at -2, -1, 0, 1, 2 standard deviations; the third one is
            the median sensitivity.
        ok: whether all of them may be used.
        message: what to think of them.
        statistic: what was tested with.
        focus: fingerprint of its focus.
        provenance: the model.
    """

    poi: str
    level: float
    protection: Protection
    null: float
    observed: float
    unprotected: float
    expected: tuple[float, ...]
    ok: bool
    message: str
    statistic: str
    focus: str
    provenance: Provenance

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        document = {
            "poi": self.poi,
            "level": self.level,
            "protection": self.protection,
            "null": self.null,
            "observed": number(self.observed),
            "unprotected": number(self.unprotected),
            "expected": [number(one) for one in self.expected],
            "status": {"ok": self.ok, "message": self.message},
            "statistic": self.statistic,
            "focus": self.focus,
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def upper_limit_by_toys(  # noqa: PLR0913 (what a limit is of)
    model: Model,
    data: Dataset | Prepared,
    curve: CriticalCurve,
    *,
    key: Array,
    level: float = 0.95,
    protection: Protection = "cls",
    null: float | None = None,
    toys: int = 4000,
) -> ToyLimit:
    """The upper limit of a data set, beside what is expected without signal.

    Args:
        model: that of the curve.
        data: one data set.
        curve: critical values; of `LRS("upper")` for the usual limit.
        key: a typed key, of data sets without signal.
        level: the confidence level.
        protection: "cls", "power" or "none".
        null: the value without signal; the first hypothesis by default.
        toys: data sets without signal, nuisance parameters at the data's conditional estimates.

    Raises:
        ValueError: the curve is of another model, there are several data sets, or an argument is
            none of those above.
    """
    check(model, curve, [level])
    if protection not in PROTECTIONS:
        msg = f"`protection` is one of {', '.join(PROTECTIONS)}, got {protection!r}"
        raise ValueError(msg)
    nothing = float(curve.mu[0]) if null is None else float(null)
    if not curve.mu[0] <= nothing <= curve.mu[-1] or toys < 1:
        msg = (
            f"`null` must lie among the hypotheses, and `toys` be at least 1, got {nothing}, {toys}"
        )
        raise ValueError(msg)
    seen = one_data_set(model, data, "upper_limit_by_toys")
    asked = asked_of(model, [curve])
    (observed,) = found_at(asked, jax.tree.map(lambda leaf: np.asarray(leaf)[None], seen), curve.mu)
    mu = np.full((toys, 1), nothing)
    points = np.broadcast_to(curve.mu[None, :, None], (toys, curve.mu.size, 1))
    where = truths(asked[0].case, seen, "profile", key_of(key, 1), mu)
    drawn = drawing(asked[0].case, mu, points, where, seen, key)
    (without,) = tables(asked, drawn.blocks(), toys)

    some = [curve.distribution.toys(place) for place in range(curve.mu.size)]
    own, others = (_tails(one, some) for one in (observed.values, without.values))
    even = np.full(toys, 1.0 / toys)
    null_toys = [(column, even) for column in without.values.T]
    ratio = _divided(own, _tails(observed.values, null_toys))
    ratios = _divided(others, _tails(without.values, null_toys))
    plain = float(_ends(own, curve.mu, 1 - level)[0])
    protected = protection == "cls"
    limit = float(_ends(ratio if protected else own, curve.mu, 1 - level)[0])
    limits = _ends(ratios if protected else others, curve.mu, 1 - level)
    # A limit that lies beyond all hypotheses is larger than any that was found.
    beyond = np.where(np.isnan(limits), np.inf, limits)
    expected = [float(one) for one in np.quantile(beyond, _SHARES, method="inverted_cdf")]
    if protection == "power":
        limit = max(limit, expected[_LEAST_POWER]) if np.isfinite(limit) else limit
    found = np.isfinite([limit, *expected])
    problems = [
        *([] if curve.ok else [curve.message]),
        *([] if observed.ok[0] else ["the test statistic of these data could not be found"]),
        *([] if found.all() else ["a limit lies beyond the last hypothesis: widen the span"]),
    ]
    words = {"none": "no protection", "cls": "CLs", "power": "power-constrained"}[protection]
    good = f"{words}; median without signal {expected[2]:.4g}, from {toys} toys"
    return ToyLimit(
        poi=curve.poi,
        level=level,
        protection=protection,
        null=nothing,
        observed=limit if observed.ok[0] else float("nan"),
        unprotected=plain if observed.ok[0] else float("nan"),
        expected=tuple(one if np.isfinite(one) else float("nan") for one in expected),
        ok=not problems,
        message="; ".join(problems) or good,
        statistic=curve.said,
        focus=curve.focus,
        provenance=curve.provenance,
    )


def _tails(
    values: Float[np.ndarray, "data point"],
    toys: list[tuple[Float[np.ndarray, " toy"], Float[np.ndarray, " toy"]]],
) -> Float[np.ndarray, "data point"]:
    """Shares of toys that are as large as each value, under each hypothesis."""
    columns: list[np.ndarray] = []
    for column, (drawn, weights) in zip(values.T, toys, strict=True):
        order = np.argsort(drawn, kind="stable")
        above = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0) / weights.sum()
        columns.append(above[np.searchsorted(drawn[order], column, side="left")])
    return np.stack(columns, axis=1)


def _divided(
    p: Float[np.ndarray, "data point"], null: Float[np.ndarray, "data point"]
) -> Float[np.ndarray, "data point"]:
    """Their ratio; one where no data without signal are as extreme, for nothing is known there."""
    some = null > 0
    return np.where(some, p / np.where(some, null, 1.0), 1.0)


def _ends(
    p: Float[np.ndarray, "data point"], mu: Float[np.ndarray, " point"], least: float
) -> Float[np.ndarray, " data"]:
    """Last hypotheses with no smaller p; NaN where these lie beyond; the first if there are none.

    Example:
        >>> _ends(np.array([[1.0, 0.5, 0.1], [1.0, 1.0, 0.5]]), np.array([0.0, 1.0, 2.0]), 0.3)
        array([1.5, nan])
    """
    accepted = p >= least
    last = p.shape[1] - 1 - np.argmax(accepted[:, ::-1], axis=1)
    last = np.where(accepted.any(axis=1), last, 0)
    rows, after = np.arange(len(p)), np.minimum(last + 1, p.shape[1] - 1)
    left, right = p[rows, last], p[rows, after]
    crossing = (left >= least) & (right < least)
    share = np.where(crossing, (left - least) / np.where(crossing, left - right, 1.0), 0.0)
    end = mu[last] + share * (mu[after] - mu[last])
    return np.where(accepted[:, -1], np.nan, end)
