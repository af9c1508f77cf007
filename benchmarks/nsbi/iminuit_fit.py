"""iminuit on this package's value and gradient: the minimiser alone is compared."""

import jax
import numpy as np
from iminuit import Minuit

import statmodel as sm
from benchmarks.worker import Contender, Problem, Task, serve
from statmodel.infer import NllDerivatives

from .model import dataset, model
from .problem import points, table


def build(problem: Problem) -> Contender:
    """MIGRAD at the strategy that the problem names."""
    events, nuisances = int(problem["events"]), int(problem["nuisances"])
    compiled = model(events, nuisances)
    prepared = jax.block_until_ready(compiled.bind(dataset(table(events, nuisances))))
    start = points(nuisances)[0]

    def found(at: np.ndarray, order: int) -> NllDerivatives:
        point = dict(zip(compiled.space.names, at.tolist(), strict=True))
        return sm.derivatives(compiled, prepared, point, order=order)

    def value(at: np.ndarray) -> float:
        return float(found(at, 0).value)

    def gradient(at: np.ndarray) -> np.ndarray:
        return np.asarray(found(at, 1).gradient)

    def fitted() -> Minuit:
        minuit = Minuit(value, start, grad=gradient, name=compiled.space.names)
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.limits = compiled.space.bounds
        minuit.strategy = int(problem["strategy"])
        return minuit.migrad()

    def descent() -> list[float]:
        minuit = fitted()
        if not minuit.valid:
            msg = "MIGRAD did not converge"
            raise RuntimeError(msg)
        return [minuit.fval - value(start)]

    fit = {"fit": Task(call=lambda _: fitted(), values=descent)}
    return Contender(fit, packages=("iminuit",))


if __name__ == "__main__":
    serve(build)
