r"""Coverage as a smooth function of true values, by logistic regression.

.. math:: \ln\frac{p}{1 - p} = \sum_k \beta_k P_k(u) + \sum_j \sum_k \gamma_{jk} P_k(v_j)

with Legendre's polynomials of the parameter of interest, up to the third, and of each nuisance
parameter, up to the second, in units in which what was looked at reaches from -1 to 1. Half a toy
is added on either side, so that a coverage of one is no infinite coefficient; toys of the critical
values count as in :class:`SetsAt`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import ArrayLike, Float

from statmodel.infer.toys import Tail

_DEGREE = 3
_OTHER_DEGREE = 2
_STEPS = 50
_NO_STEP = 1e-10
_POOR = 1e-3
"""A probability of so bad a fit that is not accepted."""


@final
@dataclass(frozen=True, kw_only=True)
class CoverageSurface:
    """Coverage of one statistic at one level.

    Attributes:
        statistic: that was inverted.
        level: nominal coverage.
        names: the parameter of interest, then nuisance parameters that had several true values.
        low: where true values begin, of each.
        high: where they end.
        degrees: of the polynomials of each.
        coefficients: a constant, then those of each name.
        covariance: of these.
        deviance: twice the log likelihood that all true values by themselves have above the fit.
        freedom: its degrees of freedom.
        ok: whether the fit is as good as it should be.
        message: what to think of it.
    """

    statistic: str
    level: float
    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    degrees: tuple[int, ...]
    coefficients: Float[np.ndarray, " coefficient"]
    covariance: Float[np.ndarray, "coefficient coefficient"]
    deviance: float
    freedom: int
    ok: bool
    message: str

    def probability(self, at: Mapping[str, ArrayLike]) -> Float[np.ndarray, "*point"]:
        """Coverage at true values.

        Args:
            at: of every name; numbers or arrays of one shape.
        """
        return _logistic(self._terms(at) @ self.coefficients)

    def band(
        self, at: Mapping[str, ArrayLike], *, sigmas: float = 1.0
    ) -> tuple[Float[np.ndarray, "*point"], Float[np.ndarray, "*point"]]:
        """Its lower and upper end, so many standard deviations of the logit away.

        Args:
            at: as of `probability`.
            sigmas: how many.
        """
        terms = self._terms(at)
        centre = terms @ self.coefficients
        error = np.sqrt(np.einsum("...k,kl,...l->...", terms, self.covariance, terms))
        return _logistic(centre - sigmas * error), _logistic(centre + sigmas * error)

    def to_document(self) -> dict[str, object]:
        """For JSON."""
        return {
            "statistic": self.statistic,
            "level": self.level,
            "names": list(self.names),
            "low": list(self.low),
            "high": list(self.high),
            "degrees": list(self.degrees),
            "coefficients": self.coefficients.tolist(),
            "covariance": self.covariance.tolist(),
            "deviance": self.deviance,
            "freedom": self.freedom,
            "status": {"ok": self.ok, "message": self.message},
        }

    def _terms(self, at: Mapping[str, ArrayLike]) -> Float[np.ndarray, "*point coefficient"]:
        missing = [name for name in self.names if name not in at]
        if missing:
            msg = f"coverage is a function of {', '.join(self.names)}: {missing[0]} is missing"
            raise ValueError(msg)
        columns = np.broadcast_arrays(*(np.asarray(at[name], float) for name in self.names))
        return _terms(columns, self.low, self.high, self.degrees)


def coverage_surface(
    truths: Mapping[str, Float[np.ndarray, " row"]],
    covered: Sequence[Tail],
    effective: Float[np.ndarray, " row"],
    *,
    statistic: str,
    level: float,
) -> CoverageSurface | None:
    """Through the true values of one statistic and level; None where there is one value only.

    Args:
        truths: values of the parameter of interest, which comes first, and of nuisance parameters.
        covered: toys whose set holds the truth.
        effective: toys that say as much as those of the critical values did.
        statistic: what was inverted.
        level: nominal coverage.
    """
    from scipy import stats  # noqa: PLC0415 (half a second, and for certificates only)

    poi = next(iter(truths))
    table = {name: one for name, one in truths.items() if np.unique(one).size > 1}
    if not table:
        return None
    names = tuple(table)
    degrees = tuple(
        min(_DEGREE if name == poi else _OTHER_DEGREE, np.unique(one).size - 1)
        for name, one in table.items()
    )
    low = tuple(float(one.min()) for one in table.values())
    high = tuple(float(one.max()) for one in table.values())
    terms = _terms(list(table.values()), low, high, degrees)
    share = np.array([(one.above + 0.5) / (one.toys + 1.0) for one in covered])
    counts = 1.0 / (1.0 / np.array([one.toys for one in covered]) + 1.0 / effective)
    beta, covariance, settled = _regression(terms, share, counts)
    fitted = _logistic(terms @ beta)
    each = share * np.log(share / fitted) + (1 - share) * np.log((1 - share) / (1 - fitted))
    deviance, freedom = float(2.0 * (counts * each).sum()), len(covered) - beta.size
    chance = float(stats.chi2.sf(deviance, freedom)) if freedom > 0 else 1.0
    problems = [
        *([] if settled else ["the regression did not settle"]),
        *([] if chance > _POOR else [f"coverage is not as smooth as that (p = {chance:.2g})"]),
    ]
    return CoverageSurface(
        statistic=statistic,
        level=level,
        names=names,
        low=low,
        high=high,
        degrees=degrees,
        coefficients=beta,
        covariance=covariance,
        deviance=deviance,
        freedom=freedom,
        ok=not problems,
        message="; ".join(problems) or f"deviance {deviance:.3g} of {freedom} degrees of freedom",
    )


def _regression(
    terms: Float[np.ndarray, "row coefficient"],
    share: Float[np.ndarray, " row"],
    counts: Float[np.ndarray, " row"],
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Newton's method: coefficients, their covariance, and whether it has settled."""
    beta = np.zeros(terms.shape[1])
    beta[0] = np.log(share.mean() / (1 - share.mean()))

    def information() -> np.ndarray:
        fitted = _logistic(terms @ beta)
        return terms.T @ (terms * (counts * fitted * (1 - fitted))[:, None])

    settled = False
    for _ in range(_STEPS):
        score = terms.T @ (counts * (share - _logistic(terms @ beta)))
        step = np.linalg.lstsq(information(), score, rcond=None)[0]
        beta = beta + step
        settled = bool(np.abs(step).max() < _NO_STEP)
        if settled:
            break
    return beta, np.linalg.pinv(information()), settled


def _terms(
    columns: Sequence[np.ndarray],
    low: Sequence[float],
    high: Sequence[float],
    degrees: Sequence[int],
) -> Float[np.ndarray, "*point coefficient"]:
    found = [np.ones_like(columns[0])[..., None]]
    for column, start, stop, degree in zip(columns, low, high, degrees, strict=True):
        unit = (2.0 * column - start - stop) / (stop - start)
        powers = np.polynomial.legendre.legvander(np.ravel(unit), degree)[:, 1:]
        found.append(powers.reshape(*np.shape(unit), degree))
    return np.concatenate(found, axis=-1)


def _logistic(x: ArrayLike) -> Float[np.ndarray, "*point"]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(x))))
