"""pyhf as it is installed: NumPy, and iminuit on finite differences."""

import numpy as np
import pyhf

from benchmarks.worker import Contender, Problem, Task, serve

from .pyhf_model import Loaded


def build(problem: Problem) -> Contender:
    """Value and fit."""
    pyhf.set_backend("numpy", custom_optimizer="minuit")
    one = Loaded(problem)
    data = one.data.tolist()

    def nll(at: np.ndarray) -> float:
        return -float(one.model.logpdf(at, data)[0])

    def fitted() -> float:
        start = one.at[0].tolist()
        _, twice = pyhf.infer.mle.fit(data, one.model, init_pars=start, return_fitted_val=True)
        return float(twice) / 2

    tasks = {
        "value": Task(lambda i: nll(one.at[i]), lambda: np.diff([nll(at) for at in one.at])),
        "fit": Task(lambda _: fitted(), lambda: [fitted() - nll(one.at[0])]),
    }
    return Contender(tasks, packages=("pyhf", "iminuit", "numpy"))


if __name__ == "__main__":
    serve(build)
