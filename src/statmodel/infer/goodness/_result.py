"""What tests of goodness found."""

import json
import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.infer.toys import Tail
from statmodel.infer.toys._tail import tail

_FAILED = 0.01


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GofTest:
    """One statistic: of the data, and of toys that were fitted as the data were.

    Attributes:
        statistic: `saturated`, `binned`, `ks`, `ad`, `energy` or `point_to_point`.
        channel: whose events or bins; empty for all binned channels and constraints together.
        observable: that the events are projected on; empty where all count.
        value: of the data.
        toys: of each toy; NaN where its fit failed.
        asymptotic: p-value of chi-squared, NaN where there is none.
        degrees: of freedom of it, 0 where there are none.
    """

    statistic: str
    channel: str
    observable: str
    value: float
    toys: Float[np.ndarray, " toy"]
    asymptotic: float = math.nan
    degrees: int = 0

    @property
    def p(self) -> Tail:
        """How many toys are as far from their fits as the data, or farther."""
        return tail(self.toys, self.value, tie=1e-9 * (1 + abs(self.value)))

    @property
    def name(self) -> str:
        """For readers."""
        where = " ".join(part for part in (self.channel, self.observable) if part)
        return f"{self.statistic} {where}".strip()

    def to_document(self) -> dict[str, object]:
        """Plain values, as JSON has them."""
        return {
            "statistic": self.statistic,
            "channel": self.channel or None,
            "observable": self.observable or None,
            "value": number(self.value),
            "p": self.p.to_document(),
            "asymptotic": number(self.asymptotic),
            "degrees_of_freedom": self.degrees or None,
        }


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Goodness:
    """How well the best fit describes the data, by several statistics.

    Several p-values of the same data: the smallest of them is not one itself.
    """

    tests: tuple[GofTest, ...]
    ok: bool
    """Whether the fit of the data and 99 % of those of toys converged."""
    message: str
    left_out: tuple[str, ...]
    """Statistics that these data do not have, and why."""
    ensemble: str
    key: str
    provenance: Provenance

    def of(self, statistic: str, *, channel: str = "", observable: str = "") -> GofTest:
        """The first test of a statistic; of a channel and an observable if they are named.

        Raises:
            KeyError: there is none.
        """
        for one in self.tests:
            asked = (one.statistic, channel or one.channel, observable or one.observable)
            if asked == (statistic, one.channel, one.observable):
                return one
        made = ", ".join(one.name for one in self.tests)
        msg = f"no test {statistic} {channel} {observable}".strip() + f"; there are: {made}"
        raise KeyError(msg)

    def to_json(self) -> str:
        """A JSON document, without the toys; numbers that do not exist are null."""
        document = {
            "status": {"ok": self.ok, "message": self.message},
            "tests": [one.to_document() for one in self.tests],
            "left_out": list(self.left_out),
            "ensemble": self.ensemble,
            "key": self.key,
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def enough(good: int, toys: int) -> bool:
    """Whether few enough of the toys failed."""
    return good >= (1 - _FAILED) * toys
