"""RooFit, with its vectorised `cpu` evaluation; derivatives are Minuit's finite differences."""

from collections.abc import Sequence
from typing import final

import numpy as np
import ROOT

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import HIGH, LOW, NAMES, bounds, points, sample, toys, truth

CONVERGED = 0


@final
class Likelihood:
    """The model, its data and its nll; what one refers to must not be dropped by Python."""

    def __init__(self, events: int) -> None:
        self.start = points(events)[0].tolist()
        self.box = bounds(events).tolist()
        self.x = ROOT.RooRealVar("x", "", LOW, HIGH)
        self.variables = [
            ROOT.RooRealVar(name, "", *ends) for name, ends in zip(NAMES, self.box, strict=True)
        ]
        n_signal, mass, width, n_background, slope = self.variables
        self.signal = ROOT.RooGaussian("signal", "", self.x, mass, width)
        self.background = ROOT.RooExponential("background", "", self.x, slope)
        self.total = ROOT.RooAddPdf(
            "total",
            "",
            ROOT.RooArgList(self.signal, self.background),
            ROOT.RooArgList(n_signal, n_background),
        )
        self.values = sample(events)
        self.data = ROOT.RooDataSet.from_numpy({"x": self.values}, [self.x])
        self.nll = self.total.createNLL(self.data, Extended=True, EvalBackend="cpu")

    def value(self, point: Sequence[float]) -> float:
        """The nll at a point."""
        for variable, number in zip(self.variables, point, strict=True):
            variable.setVal(number)
        return self.nll.getVal()

    def fitted(self) -> ROOT.RooMinimizer:
        """MIGRAD from the start, with first steps of a hundredth, as iminuit takes them."""
        for variable, start in zip(self.variables, self.start, strict=True):
            variable.setVal(start)
            variable.setError(0.01 * abs(start))
        minimizer = ROOT.RooMinimizer(self.nll)
        minimizer.setPrintLevel(-1)
        minimizer.setStrategy(1)
        minimizer.minimize("Minuit2", "migrad")
        return minimizer

    def refit(self, data: ROOT.RooDataSet) -> float:
        """A fit of other data with the same nll, and how far it gets down.

        The likelihood is compiled once, and reads new data.
        """
        self.nll.setData(data, False)  # noqa: FBT003 (C++ has no names of arguments)
        before = self.value(self.start)
        result = self.fitted()
        if result.save().status() != CONVERGED:
            msg = "MIGRAD did not converge"
            raise RuntimeError(msg)
        return self.nll.getVal() - before

    def toy(self, at: Sequence[float]) -> ROOT.RooMinimizer:
        """Draw data at a point, and fit them."""
        for variable, number in zip(self.variables, at, strict=True):
            variable.setVal(number)
        self.data = self.total.generate(ROOT.RooArgSet(self.x), Extended=True)
        self.nll.setData(self.data, False)  # noqa: FBT003 (C++ has no names of arguments)
        return self.fitted()

    def descent(self) -> list[float]:
        """How far a fit gets down."""
        before = self.value(self.start)
        result = self.fitted().save()
        if result.status() != CONVERGED:
            msg = f"MIGRAD ended with status {result.status()}"
            raise RuntimeError(msg)
        return [self.nll.getVal() - before]


def build(problem: Problem) -> Contender:
    """Value and fit."""
    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
    events = int(problem["events"])
    one, at = Likelihood(events), points(events).tolist()
    tasks = {
        "value": Task(
            call=lambda i: one.value(at[i]),
            values=lambda: np.diff([one.value(point) for point in at]),
        ),
        "fit": Task(call=lambda _: one.fitted(), values=one.descent),
    }
    if "toys" in problem:
        count, where = int(problem["toys"]), truth(events)
        sets = [ROOT.RooDataSet.from_numpy({"x": x}, [one.x]) for x in toys(events)]
        tasks = {
            "toys": Task(
                call=lambda _: [one.toy(where) for _ in range(count)],
                values=lambda: [one.refit(data) for data in sets],
                pieces=lambda: count,
            )
        }
    facts = {"stored_bytes": one.values.nbytes, "ROOT": str(ROOT.__version__)}
    return Contender(tasks, packages=("root",), facts=facts)


if __name__ == "__main__":
    serve(build)
