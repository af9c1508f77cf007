"""iminuit with a cost function of its own, on the NumPy density: toys, as its manual makes them."""

import numpy as np
from iminuit import Minuit
from iminuit.cost import ExtendedUnbinnedNLL
from jaxtyping import Float

from benchmarks.worker import Contender, Problem, Task, serve

from .iminuit_numpy import density
from .problem import NAMES, bounds, draw, points, toys


def build(problem: Problem) -> Contender:
    """Toys."""
    events, count = int(problem["events"]), int(problem["toys"])
    start, box = points(events)[0], bounds(events)

    def fitted(x: Float[np.ndarray, " event"]) -> Minuit:
        minuit = Minuit(ExtendedUnbinnedNLL(x, density), *start, name=NAMES)
        minuit.limits = box
        return minuit.migrad()

    def descent(x: Float[np.ndarray, " event"]) -> float:
        minuit = fitted(x)
        if not minuit.valid:
            msg = "MIGRAD did not converge"
            raise RuntimeError(msg)
        # Its cost is twice the nll.
        return 0.5 * (minuit.fval - ExtendedUnbinnedNLL(x, density)(*start))

    def drawn(turn: int) -> list[Minuit]:
        rng = np.random.default_rng(turn)
        return [fitted(draw(events, rng)) for _ in range(count)]

    task = Task(drawn, lambda: [descent(x) for x in toys(events)], pieces=lambda: count)
    return Contender({"toys": task}, packages=("iminuit", "numpy", "scipy"))


if __name__ == "__main__":
    serve(build)
