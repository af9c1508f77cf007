"""zfit: its compiled loss, the loss's gradient, and its default minimiser.

Value and gradient are called where the parameters stand: zfit keeps no result between calls, and to
set parameters takes it as long as to evaluate 10⁵ events.
"""

import numpy as np
import zfit
from jaxtyping import Float

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import HIGH, LOW, NAMES, bounds, points, sample, toys, truth


def build(problem: Problem) -> Contender:
    """Value, gradient and fit."""
    events = int(problem["events"])
    at, box = points(events), bounds(events)
    space = zfit.Space("x", limits=(LOW, HIGH))
    parameters = [
        zfit.Parameter(name, start, *ends, stepsize=0.01 * abs(start))
        for name, start, ends in zip(NAMES, at[0].tolist(), box.tolist(), strict=True)
    ]
    n_signal, mass, width, n_background, slope = parameters
    signal = zfit.pdf.Gauss(mu=mass, sigma=width, obs=space, extended=n_signal)
    background = zfit.pdf.Exponential(lam=slope, obs=space, extended=n_background)
    total = zfit.pdf.SumPDF([signal, background])
    x = sample(events)
    data = zfit.Data.from_numpy(obs=space, array=x)
    loss = zfit.loss.ExtendedUnbinnedNLL(model=total, data=data)
    minimizer = zfit.minimize.Minuit()

    def value() -> float:
        return float(loss.value(full=False))

    def gradient() -> Float[np.ndarray, " parameter"]:
        return np.asarray(loss.value_gradient(parameters, full=False)[1])

    def value_at(point: Float[np.ndarray, " parameter"]) -> float:
        zfit.param.set_values(parameters, point)
        return value()

    def gradient_at(point: Float[np.ndarray, " parameter"]) -> Float[np.ndarray, " parameter"]:
        zfit.param.set_values(parameters, point)
        return gradient()

    def fitted() -> zfit.result.FitResult:
        zfit.param.set_values(parameters, at[0])
        return minimizer.minimize(loss, parameters)

    def descent() -> list[float]:
        before = value_at(at[0])
        result = fitted()
        if not result.valid:
            msg = "the fit did not converge"
            raise RuntimeError(msg)
        best = np.array([result.params[one]["value"] for one in parameters])
        return [value_at(best) - before]

    tasks = {
        "value": Task(
            call=lambda _: value(), values=lambda: np.diff([value_at(one) for one in at])
        ),
        "gradient": Task(
            call=lambda _: gradient(),
            values=lambda: np.concatenate([gradient_at(one) for one in at]),
        ),
        "fit": Task(call=lambda _: fitted(), values=descent),
    }
    if "toys" in problem:
        count, where = int(problem["toys"]), np.array(truth(events))
        sampler = total.create_sampler()
        other = zfit.loss.ExtendedUnbinnedNLL(model=total, data=sampler)

        def toy() -> zfit.result.FitResult:
            zfit.param.set_values(parameters, where)
            sampler.resample()
            zfit.param.set_values(parameters, at[0])
            return minimizer.minimize(other, parameters)

        def descent_of(x: Float[np.ndarray, " event"]) -> float:
            sampler.update_data(x)
            zfit.param.set_values(parameters, at[0])
            before = float(other.value(full=False))
            result = minimizer.minimize(other, parameters)
            if not result.valid:
                msg = "the fit did not converge"
                raise RuntimeError(msg)
            return float(other.value(full=False)) - before

        tasks = {
            "toys": Task(
                call=lambda _: [toy() for _ in range(count)],
                values=lambda: [descent_of(x) for x in toys(events)],
                pieces=lambda: count,
            )
        }
    packages = ("zfit", "tensorflow", "iminuit")
    return Contender(tasks, packages=packages, facts={"stored_bytes": x.nbytes})


if __name__ == "__main__":
    serve(build)
