"""iminuit on an nll written by hand, for any density: what its two contestants share.

iminuit's own `ExtendedUnbinnedNLL` also sorts the logarithms before it sums them, which takes up to
three times as long as all the rest.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from iminuit import Minuit
from jaxtyping import Float

from benchmarks.worker import Contender, Problem, Task

from .problem import NAMES, bounds, points, sample

Density: TypeAlias = Callable[..., tuple[float, Float[np.ndarray, " event"]]]


def contender(problem: Problem, density: Density, packages: Sequence[str]) -> Contender:
    """Value and fit.

    Args:
        problem: the number of events.
        density: integral and density, as a function of x and the parameters.
        packages: what its author uses.
    """
    events = int(problem["events"])
    x, at = sample(events), points(events)

    def nll(*point: float) -> float:
        integral, each = density(x, *point)
        return integral - np.log(each).sum()

    def fitted() -> Minuit:
        minuit = Minuit(nll, *at[0], name=NAMES)
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.limits = bounds(events)
        return minuit.migrad()

    def descent() -> list[float]:
        minuit = fitted()
        if not minuit.valid:
            msg = "MIGRAD did not converge"
            raise RuntimeError(msg)
        return [minuit.fval - nll(*at[0])]

    tasks = {
        "value": Task(
            call=lambda i: nll(*at[i]), values=lambda: np.diff([nll(*one) for one in at])
        ),
        "fit": Task(call=lambda _: fitted(), values=descent),
    }
    return Contender(tasks, packages=packages, facts={"stored_bytes": x.nbytes})
