"""hepstats on zfit: its frequentist calculator draws toys and fits each twice."""

import numpy as np
import tensorflow as tf
import zfit
from hepstats.hypotests.calculators import FrequentistCalculator
from hepstats.hypotests.parameters import POI, POIarray

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import BACKGROUND, DOWN, FALL, HIGH, HYPOTHESES, LOW, SIGNAL, TOP, UP, Toy, draw, toys

_WIDE = 12.0
"""Where y ends, in place of infinity."""


def build(problem: Problem) -> Contender:
    """The likelihood in zfit's words; of each hypothesis as many toys."""
    count = int(problem["toys"])
    mu = zfit.Parameter("mu", 1.0, 0.0, TOP)
    rate = zfit.Parameter("rate", 0.0, -5.0, 5.0)
    s1, y = zfit.Space("s1", limits=(LOW, HIGH)), zfit.Space("y", limits=(-_WIDE, _WIDE))

    def response(alpha: tf.Tensor) -> tf.Tensor:
        up, down = alpha * np.log(UP), -alpha * np.log(DOWN)
        return BACKGROUND * tf.exp(tf.where(alpha > 0, up, down))

    n_background = zfit.ComposedParameter("n_background", response, params=[rate])
    n_signal = zfit.ComposedParameter("n_signal", lambda at: SIGNAL * at, params=[mu])
    background = zfit.pdf.ProductPDF(
        [zfit.pdf.Uniform(LOW, HIGH, s1), zfit.pdf.Gauss(0.0, 1.0, y)]
    ).create_extended(n_background)
    signal = zfit.pdf.ProductPDF(
        [zfit.pdf.Exponential(-1.0 / FALL, s1), zfit.pdf.Gauss(-1.0, 1.0, y)]
    ).create_extended(n_signal)
    model = zfit.pdf.SumPDF([background, signal])
    minimizer = zfit.minimize.Minuit()

    def loss(toy: Toy) -> zfit.loss.ExtendedUnbinnedNLL:
        data = zfit.Data.from_numpy(obs=s1 * y, array=np.stack([toy.s1, toy.y], axis=1))
        constraint = zfit.constraint.GaussianConstraint(rate, observation=toy.observed, sigma=1.0)
        return zfit.loss.ExtendedUnbinnedNLL(model, data, constraints=[constraint])

    def statistic(toy: Toy, at: float) -> float:
        own = loss(toy)
        mu.set_value(max(at, 0.1))
        rate.set_value(0.0)
        lowest = minimizer.minimize(own).fmin
        with mu.set_value(at):
            return 2.0 * max(float(minimizer.minimize(own, params=[rate]).fmin - lowest), 0.0)

    observed = loss(draw(4.0, np.random.default_rng(1)))

    def drawn(turn: int) -> object:
        del turn
        calculator = FrequentistCalculator(observed, minimizer, ntoysnull=count)
        at = POI(mu, float(HYPOTHESES[10]))
        return calculator.qnull(
            POIarray(mu, [at.value]), None, onesided=False, onesideddiscovery=False
        )

    of_a_curve = count / (HYPOTHESES.size * int(problem["effective"]))
    return Contender(
        {
            "toys": Task(drawn, lambda: [statistic(*one) for one in toys()], pieces=lambda: count),
            "construction": Task(drawn, lambda: [1.0], pieces=lambda: of_a_curve),
        },
        packages=("hepstats", "zfit"),
    )


if __name__ == "__main__":
    serve(build)
