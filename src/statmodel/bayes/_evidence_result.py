"""Marginal likelihoods, and their ratios."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from statmodel.infer import Provenance
from statmodel.infer.internal import number

Method: TypeAlias = Literal["bridge", "nested"]
"""Bridge sampling from draws of NUTS, or nested sampling by dynesty."""


@final
@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The likelihood of the data, averaged over the priors.

    Attributes:
        log: natural log of it; constants that the provenance names are left out.
        error: of `log`, one standard deviation.
        ok: whether both may be used.
        message: what to think of them, and what to try.
        method: of integration; of a model without free parameters there is none.
        focus: the prior of the parameters of interest, by name; empty without one.
        focus_digest: fingerprint of it.
        priors: densities that were given, as they show themselves.
        flat: parameters with neither constraint nor prior: their measure has density 1 in the
            user's units, so that only ratios mean anything.
        fixed: values at which parameters were held, beside those that the document fixes.
        evaluations: of the likelihood.
        key: of the draws.
        provenance: what made the number.
    """

    log: float
    error: float
    ok: bool
    message: str
    method: str
    focus: str
    focus_digest: str
    priors: Mapping[str, str]
    flat: tuple[str, ...]
    fixed: Mapping[str, float]
    evaluations: int
    key: str
    provenance: Provenance

    def to_document(self) -> dict[str, object]:
        """Plain values, as JSON has them."""
        return {
            "status": {"ok": self.ok, "message": self.message},
            "log": number(self.log),
            "error": number(self.error),
            "method": self.method,
            "focus": self.focus or None,
            "focus_digest": self.focus_digest or None,
            "priors": dict(self.priors),
            "flat": list(self.flat),
            "fixed": dict(self.fixed),
            "evaluations": self.evaluations,
            "key": self.key,
            "provenance": self.provenance.to_document(),
        }

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""
        return json.dumps(self.to_document(), indent=2, allow_nan=False)


@final
@dataclass(frozen=True, kw_only=True)
class BayesFactor:
    """The ratio of two marginal likelihoods of the same data.

    Attributes:
        log: its natural log; positive where the data favour the first.
        error: of `log`.
        ok: whether it may be used.
        message: what to think of it.
    """

    log: float
    error: float
    ok: bool
    message: str

    @property
    def value(self) -> float:
        """The ratio itself; infinite where no float holds it."""
        try:
            return math.exp(self.log)
        except OverflowError:
            return math.inf

    def to_document(self) -> dict[str, object]:
        """Plain values, as JSON has them."""
        return {
            "status": {"ok": self.ok, "message": self.message},
            "log": number(self.log),
            "error": number(self.error),
            "value": number(self.value),
        }

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""
        return json.dumps(self.to_document(), indent=2, allow_nan=False)


def bayes_factor(one: Evidence, other: Evidence) -> BayesFactor:
    r"""How much better one model, or prior, foretold the data: :math:`Z_1 / Z_2`.

    The errors are independent if the keys are other ones.

    Args:
        one: the numerator.
        other: the denominator.

    Raises:
        ValueError: they are of different data.

    Example:
        >>> import jax, statmodel as sm
        >>> from statmodel.bayes import bayes_factor
        >>> model, data = sm.compile("specs/lz_like.yaml")
        >>> wide = sm.evidence(model, data, key=jax.random.key(1), focus="wide")
        >>> none = sm.evidence(model, data, key=jax.random.key(2), fixed={"mu": 0.0})
        >>> found = bayes_factor(wide, none)
        >>> found.ok, 1.1 < found.value < 1.25
        (True, True)
    """
    seen = [found.provenance.data for found in (one, other)]
    if all(seen) and seen[0] != seen[1]:
        msg = "a Bayes factor compares marginal likelihoods of the same data, and these differ"
        raise ValueError(msg)
    problems = [
        f"the {which}: {found.message}"
        for which, found in (("first", one), ("second", other))
        if not found.ok
    ]
    alone = sorted(set(one.flat) ^ set(other.flat))
    if alone:
        problems.append(
            f"{', '.join(alone)} has no prior in one of the two, whose scale is arbitrary; give one"
        )
    log, error = one.log - other.log, math.hypot(one.error, other.error)
    return BayesFactor(
        log=log,
        error=error,
        ok=not problems,
        message="; ".join(problems)
        or f"{math.exp(min(abs(log), 700.0)):.3g} times {'more' if log >= 0 else 'less'} likely",
    )
