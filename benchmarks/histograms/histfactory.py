"""RooFit's HistFactory, built through its classes, with the vectorised `cpu` evaluation.

ROOT's package on PyPI cannot read HistFactory's XML, so pyhf's export is of no use here.
"""

from collections.abc import Sequence
from typing import final

import numpy as np
import ROOT

from benchmarks.worker import Contender, Problem, Task, serve

from .inputs import Values
from .pyhf_model import Loaded

CONVERGED = 0
_FACTORY = ROOT.RooStats.HistFactory


def imported(document: dict) -> ROOT.RooWorkspace:
    """HistFactory's workspace of a pyhf document without per-bin factors."""
    (settings,) = document["measurements"]
    measurement = _FACTORY.Measurement(settings["name"], "")
    measurement.SetPOI(settings["config"]["poi"])
    measurement.SetLumi(1.0)
    measurement.AddConstantParam("Lumi")
    observed = {one["name"]: one["data"] for one in document["observations"]}
    for each in document["channels"]:
        channel = _FACTORY.Channel(each["name"])
        channel.SetData(_histogram(f"{each['name']} data", observed[each["name"]]))
        for described in each["samples"]:
            channel.AddSample(_sample(each["name"], described))
        measurement.AddChannel(channel)
    return _FACTORY.HistoToWorkspaceFactoryFast(measurement).MakeCombinedModel(measurement)


def _sample(channel: str, described: dict) -> ROOT.RooStats.HistFactory.Sample:
    name = f"{channel} {described['name']}"
    sample = _FACTORY.Sample(described["name"])
    sample.SetHisto(_histogram(name, described["data"]))
    for one in described["modifiers"]:
        match one["type"]:
            case "normfactor":
                sample.AddNormFactor(one["name"], 1.0, 0.0, 10.0)
            case "normsys":
                sample.AddOverallSys(one["name"], one["data"]["lo"], one["data"]["hi"])
            case "histosys":
                shape = _FACTORY.HistoSys()
                shape.SetName(one["name"])
                for side, keep in (("lo", shape.SetHistoLow), ("hi", shape.SetHistoHigh)):
                    bins = one["data"][f"{side}_data"]
                    keep(_histogram(f"{name} {one['name']} {side}", bins))
                sample.AddHistoSys(shape)
            case other:
                message = f"{other} is not imported"
                raise RuntimeError(message)
    return sample


def _histogram(name: str, data: Sequence[float]) -> ROOT.TH1D:
    found = ROOT.TH1D(name, "", len(data), 0.0, float(len(data)))
    found.SetDirectory(ROOT.nullptr)
    ROOT.SetOwnership(found, False)  # noqa: FBT003  HistFactory deletes it
    for index, number in enumerate(data):
        found.SetBinContent(index + 1, number)
    return found


@final
class Likelihood:
    """The nll, and its parameters by pyhf's names; what one refers to must not be dropped."""

    def __init__(self, one: Loaded) -> None:
        self.workspace = imported(one.document)
        config = self.workspace.obj("ModelConfig")
        self.data = self.workspace.data("obsData")
        self.nll = config.GetPdf().createNLL(
            self.data,
            GlobalObservables=config.GetGlobalObservables(),
            EvalBackend="cpu",
        )
        free = {one.names[i] for i in one.free}
        found = {v.GetName(): v for v in self.nll.getParameters(self.data) if not v.isConstant()}
        self.variables = {
            name: found.pop(name, None) or found.pop(f"alpha_{name}") for name in free
        }
        if found:
            message = f"parameters that pyhf does not have: {sorted(found)}"
            raise RuntimeError(message)
        self.start: Values = {n: v.getVal() for n, v in self.variables.items()}
        self.at = [dict(zip(one.names, at.tolist(), strict=True)) for at in one.at]

    def value(self, point: Values) -> float:
        """The nll at a point."""
        for name, variable in self.variables.items():
            variable.setVal(point[name])
        return self.nll.getVal()

    def fitted(self) -> ROOT.RooMinimizer:
        """MIGRAD from the first point at strategy 0."""
        self.value(self.at[0])
        for variable in self.variables.values():
            variable.setError(0.1)
        minimizer = ROOT.RooMinimizer(self.nll)
        minimizer.setPrintLevel(-1)
        minimizer.setStrategy(0)
        minimizer.minimize("Minuit2", "migrad")
        return minimizer

    def descent(self) -> list[float]:
        """How far a fit gets down."""
        before = self.value(self.at[0])
        status = self.fitted().save().status()
        if status != CONVERGED:
            message = f"MIGRAD ended with status {status}"
            raise RuntimeError(message)
        return [self.nll.getVal() - before]


def build(problem: Problem) -> Contender:
    """Value and fit."""
    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
    one = Likelihood(Loaded(problem))
    tasks = {
        "value": Task(
            lambda i: one.value(one.at[i]), lambda: np.diff([one.value(at) for at in one.at])
        ),
        "fit": Task(lambda _: one.fitted(), one.descent),
    }
    return Contender(tasks, packages=("root", "pyhf"), facts={"ROOT": str(ROOT.__version__)})


if __name__ == "__main__":
    serve(build)
