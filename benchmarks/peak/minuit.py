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

from .problem import NAMES, bounds, draw, points, sample, toys

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

    def nll_of(x: Float[np.ndarray, " event"]) -> Callable[..., float]:
        def nll(*point: float) -> float:
            integral, each = density(x, *point)
            return integral - np.log(each).sum()

        return nll

    nll = nll_of(x)

    def fitted(nll: Callable[..., float] = nll) -> Minuit:
        minuit = Minuit(nll, *at[0], name=NAMES)
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.limits = bounds(events)
        return minuit.migrad()

    def descent(nll: Callable[..., float] = nll) -> list[float]:
        minuit = fitted(nll)
        if not minuit.valid:
            msg = "MIGRAD did not converge"
            raise RuntimeError(msg)
        return [minuit.fval - nll(*at[0])]

    if "toys" in problem:
        count = int(problem["toys"])

        def drawn(turn: int) -> list[Minuit]:
            rng = np.random.default_rng(turn)
            return [fitted(nll_of(draw(events, rng))) for _ in range(count)]

        descents = [nll_of(x) for x in toys(events)]
        task = Task(
            drawn,
            lambda: [number for one in descents for number in descent(one)],
            pieces=lambda: count,
        )
        return Contender({"toys": task}, packages=packages)

    tasks = {
        "value": Task(
            call=lambda i: nll(*at[i]), values=lambda: np.diff([nll(*one) for one in at])
        ),
        "fit": Task(call=lambda _: fitted(), values=descent),
    }
    return Contender(tasks, packages=packages, facts={"stored_bytes": x.nbytes})
