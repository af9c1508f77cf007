"""RooFit, with its vectorised `cpu` evaluation; derivatives are Minuit's finite differences."""

from collections.abc import Sequence
from typing import final

import numpy as np
import ROOT

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import HIGH, LOW, NAMES, bounds, points, sample

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
    facts = {"stored_bytes": one.values.nbytes, "ROOT": str(ROOT.__version__)}
    return Contender(tasks, packages=("root",), facts=facts)


if __name__ == "__main__":
    serve(build)
