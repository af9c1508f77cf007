"""cabinetry's ranking with its defaults: pyhf on NumPy, iminuit, one fit after the other.

`cabinetry.fit.ranking` of all 60 nuisance parameters of A takes half an hour, so a call makes the
conditional fits of the first ones by name, with the function that it calls for each. Times are
those of one fit.
"""

import cabinetry
import pyhf

from benchmarks.worker import Contender, Problem, Task, serve

from .inputs import COMPARED, RANKED
from .pyhf_model import Loaded


def build(problem: Problem) -> Contender:
    """A part of the ranking."""
    pyhf.set_backend("numpy")
    one = Loaded(problem)
    data = one.data.tolist()
    poi = one.model.config.poi_index

    top = cabinetry.fit.fit(one.model, data)

    def ranked() -> list[float]:
        """What `ranking` does for each nuisance parameter, from the same starting values."""
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
                impacts.append(float(found.bestfit[poi] - top.bestfit[poi]))
        return impacts

    ranking = Task(lambda _: ranked(), ranked, pieces=lambda: RANKED * COMPARED)
    return Contender({"ranking": ranking}, packages=("cabinetry", "pyhf", "iminuit"))


if __name__ == "__main__":
    serve(build)
