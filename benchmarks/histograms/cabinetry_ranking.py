"""cabinetry's `ranking` with its defaults: pyhf on NumPy, iminuit, one nuisance after the other."""

import cabinetry
import numpy as np
import pyhf

from benchmarks.worker import Contender, Problem, Task, serve

from .inputs import COMPARED, RANKED
from .pyhf_model import Loaded


def build(problem: Problem) -> Contender:
    """The ranking; what is compared is a few conditional fits of it."""
    pyhf.set_backend("numpy")
    one = Loaded(problem)
    data = one.data.tolist()
    poi = one.model.config.poi_index

    def compared() -> list[float]:
        top = cabinetry.fit.fit(one.model, data)
        impacts = []
        for name in one.nuisances[:COMPARED]:
            index = one.names.index(name)
            at, error = top.bestfit[index], top.uncertainty[index]
            for value in (at + 1.0, at - 1.0, at + error, at - error):
                start, fixed = one.start.copy(), one.fixed.copy()
                start[index], fixed[index] = value, True
                found = cabinetry.fit.fit(
                    one.model, data, init_pars=start.tolist(), fix_pars=fixed.tolist()
                )
                impacts.append(found.bestfit[poi] - top.bestfit[poi])
        return np.asarray(impacts).tolist()

    ranking = Task(
        lambda _: cabinetry.fit.ranking(one.model, data),
        compared,
        pieces=lambda: RANKED * len(one.nuisances),
    )
    return Contender({"ranking": ranking}, packages=("cabinetry", "pyhf", "iminuit"))


if __name__ == "__main__":
    serve(build)
