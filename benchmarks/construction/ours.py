"""This package: toys of each hypothesis, or toys from everywhere that serve all hypotheses."""

import jax
import jax.numpy as jnp

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES
from benchmarks.worker import Contender, Problem, Task, serve
from statmodel.data import make_events
from statmodel.infer import CriticalCurve
from statmodel.spec import build_spec

from .problem import HYPOTHESES, Toy, document, toys


def compiled(nuisances: int) -> sm.Model:
    """The spec, compiled."""
    return sm.compile(build_spec(document(nuisances)))[0]


def bound(model: sm.Model, toy: Toy) -> sm.Prepared:
    """A toy that came from elsewhere."""
    events = make_events({"s1": toy.s1, "y": toy.y})
    auxiliary = {"rate_0": toy.observed} if "rate_0" in model.space.names else {}
    return model.bind(sm.Dataset(channels={"tpc": events}, auxiliary=auxiliary))


def build(problem: Problem) -> Contender:
    """Constructions, and the statistics of the toys that are checked."""
    model = compiled(1)
    count = int(problem["toys"])
    everywhere, effective = int(problem["everywhere"]), int(problem["effective"])
    span = (float(HYPOTHESES[0]), float(HYPOTHESES[-1]))

    def construction(turn: int, toys: int, calibration: str) -> CriticalCurve:
        return sm.neyman(
            model,
            sm.LRS(),
            key=jax.random.key(turn),
            toys=toys,
            grid=HYPOTHESES,
            span=span,
            calibration=calibration,
        )

    def whole(turn: int) -> CriticalCurve:
        curve = construction(turn, everywhere, "reweighted")
        if curve.effective.min() < effective:
            raise RuntimeError(curve.message)
        return curve

    def values() -> list[float]:
        return [float(sm.LRS()(model, bound(model, toy), jnp.asarray(mu))) for toy, mu in toys()]

    return Contender(
        {
            "toys": Task(
                lambda turn: construction(turn, count, "points"), values, pieces=lambda: count
            ),
            "construction": Task(whole, lambda: [1.0]),
        },
        PACKAGES,
    )


if __name__ == "__main__":
    serve(build)
