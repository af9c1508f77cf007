"""What the focused statistic compares with, on twenty models: dense sums written by hand.

Counts n_b in bins expect s_b mu + i_b sqrt(mu) + b_b exp(sum_k alpha_k d_kb), with auxiliary
observations a_k of alpha_k of width one. The referee profiles by SciPy at every point of an even
grid, and integrates over one or two nuisance parameters by a grid of these.
"""

import dataclasses
import functools
import warnings

import jax
import numpy as np
import pytest
from scipy import integrate, optimize, stats

import measured
import statmodel as sm
from counting_models import observed
from statmodel.infer.statistics import FTS, Case
from statmodel.spec import build_spec

HIGH = 20.0
LOOSE = 1e-7
"""Of the referee: SciPy's minima, and Simpson's rule over 401 points."""


@dataclasses.dataclass(frozen=True)
class Counts:
    """A model and its data; `focus` is a density of the spec, and the same by SciPy."""

    n: tuple[float, ...]
    signal: tuple[float, ...]
    background: tuple[float, ...]
    nuisances: int = 0
    interference: tuple[float, ...] | None = None
    focus: str = "near"
    seed: int = 0

    @functools.cached_property
    def effects(self):
        """Logarithms of what one standard deviation of each nuisance parameter does."""
        rng = np.random.default_rng(self.seed)
        wide = 0.3 / np.sqrt(max(self.nuisances, 1))
        return wide * rng.choice([-1.0, 1.0], (self.nuisances, len(self.n)))

    @functools.cached_property
    def seen(self):
        """Auxiliary observations."""
        return np.random.default_rng(self.seed + 1).normal(0.0, 0.5, self.nuisances)

    def document(self):
        channels = []
        for b, (s, k) in enumerate(zip(self.signal, self.background, strict=True)):
            flat = {"type": "uniform"}
            modifiers = [
                {"type": "normsys", "name": f"a{j}", "interpolation": "code1",
                 "data": {"hi": float(np.exp(d[b])), "lo": float(np.exp(-d[b]))}}
                for j, d in enumerate(self.effects)
            ]  # fmt: skip
            processes = [
                {"name": "S", "yield": float(s), "scale": "mu", "density": flat},
                {"name": "B", "yield": float(k), "density": flat, "modifiers": modifiers},
            ]
            if self.interference is not None:
                own = float(self.interference[b])
                processes.append(
                    {"name": "I", "yield": abs(own), "density": flat,
                     "scale": "sqrt(mu)" if own > 0 else "-sqrt(mu)"}
                )  # fmt: skip
            channels.append(
                {"name": f"c{b}", "type": "unbinned", "processes": processes,
                 "observables": [{"name": "x", "min": 0, "max": 1}]}
            )  # fmt: skip
        return {
            "statmodel": "1",
            "parameters": [{"name": "mu", "init": 1.0, "bounds": [0, HIGH]}],
            "channels": channels,
            "focus": [{"name": "f", "density": {"mu": FOCUSES[self.focus][0]}}],
            "measurements": [{"name": "m", "config": {"poi": "mu"}}],
        }

    def bound(self):
        """The compiled model and its data."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sm.SpecWarning)  # of negative totals far from the data
            model = sm.compile(build_spec(self.document()))[0]
        auxiliary = {f"a{j}": float(a) for j, a in enumerate(self.seen)}
        return model, model.bind(observed(*self.n).with_auxiliary(auxiliary))

    def expected(self, mu, alpha):
        signal = np.array(self.signal) * mu
        if self.interference is not None:
            signal = signal + np.array(self.interference) * np.sqrt(mu)
        return signal, np.array(self.background) * np.exp(alpha @ self.effects)

    def minus_log(self, mu, alpha):
        """And its gradient and Hessian in alpha; log n! is left out, as the program does."""
        signal, background = self.expected(mu, alpha)
        total, n = signal + background, np.array(self.n)
        pull = alpha - self.seen
        value = (total - n * np.log(total)).sum() + 0.5 * pull @ pull
        value += 0.5 * pull.size * np.log(2 * np.pi)
        moved = self.effects * background
        gradient = moved @ (1 - n / total) + pull
        hessian = (moved * (n / total**2)) @ moved.T + np.eye(pull.size)
        hessian += (self.effects * (background * (1 - n / total))) @ self.effects.T
        return value, gradient, hessian

    def profile(self, mu, start):
        found = optimize.minimize(
            lambda alpha: self.minus_log(mu, alpha)[0],
            start,
            jac=lambda alpha: self.minus_log(mu, alpha)[1],
            hess=lambda alpha: self.minus_log(mu, alpha)[2],
            method="trust-exact",
            options={"gtol": 1e-9},
        )
        return found.x

    @functools.cached_property
    def grid(self):
        """Values of mu, dense where sqrt(mu) bends."""
        return HIGH * np.linspace(0.0, 1.0, 401) ** 2

    @functools.cached_property
    def profiled(self):
        """Minus logs and conditional estimates along the grid."""
        alpha, rows = self.seen, []
        for mu in self.grid:
            alpha = self.profile(mu, alpha) if self.nuisances else alpha
            rows.append(alpha)
        return np.array(rows)

    def logs(self, nuisances):
        """Of the likelihood along the grid."""
        found = []
        for mu, alpha in zip(self.grid, self.profiled, strict=True):
            value, _, hessian = self.minus_log(mu, alpha)
            if nuisances == "laplace":
                value += 0.5 * np.linalg.slogdet(hessian / (2 * np.pi))[1]
            elif nuisances == "marginal":
                value = -self._integral(mu, alpha, hessian)
            found.append(-value)
        return np.array(found)

    def _integral(self, mu, alpha, hessian):
        """Over one or two nuisance parameters: the trapezoidal rule, which is exact for these."""
        z = np.linspace(-8.0, 8.0, 65)
        mesh = np.stack(np.meshgrid(*[z] * alpha.size, indexing="ij")).reshape(alpha.size, -1)
        root = np.linalg.cholesky(np.linalg.inv(hessian))
        places = alpha[:, None] + root @ mesh
        signal, background = self.expected(mu, places.T)
        total, pull = signal[None] + background, places - self.seen[:, None]
        logs = (np.array(self.n) * np.log(total) - total).sum(axis=1)
        logs -= 0.5 * (pull**2).sum(axis=0) + 0.5 * alpha.size * np.log(2 * np.pi)
        top = logs.max()
        volume = np.log((z[1] - z[0]) ** alpha.size * np.linalg.det(root))
        return top + np.log(np.exp(logs - top).sum()) + volume

    def denominator(self, nuisances):
        """The log of the average over the focus; Simpson's rule in sqrt(mu)."""
        logs = self.logs(nuisances)
        u = np.sqrt(self.grid)
        top = logs.max()
        density = FOCUSES[self.focus][1](self.grid)
        return top + np.log(integrate.simpson(np.exp(logs - top) * density * 2 * u, x=u))


def truncated(mean, sigma):
    frozen = stats.truncnorm(-mean / sigma, (HIGH - mean) / sigma, loc=mean, scale=sigma)
    return {"type": "gaussian", "mean": mean, "sigma": sigma}, frozen.pdf


def mixed(first, second):
    """Half of each."""
    (one, pdf), (other, other_pdf) = truncated(*first), truncated(*second)
    spec = {"type": "mixture", "terms": [one, other], "fractions": [0.5]}
    return spec, lambda mu: 0.5 * (pdf(mu) + other_pdf(mu))


FOCUSES = {
    "near": truncated(1.0, 2.0),
    "wide": truncated(4.0, 8.0),
    "narrow": truncated(3.0, 0.4),
    "mixture": mixed((1.0, 0.5), (6.0, 2.0)),
}

BINS = {"signal": (4.0, 6.0, 2.0), "background": (30.0, 20.0, 10.0)}
ONE = {"signal": (1.0,), "background": (3.0,)}
MODELS = {
    "a count": Counts(n=(7,), **ONE),
    "no event": Counts(n=(0,), **ONE),
    "a deficit": Counts(n=(1,), focus="wide", **ONE),
    "far from the focus": Counts(n=(16,), focus="narrow", **ONE),
    "bins": Counts(n=(41, 38, 9), **BINS),
    "an empty bin": Counts(n=(33, 0, 12), focus="wide", **BINS),
    "interference": Counts(n=(28, 25, 9), interference=(-9.0, -2.0, -1.0), **BINS),
    "interference, up": Counts(n=(44, 31, 14), interference=(6.0, 3.0, -2.0), **BINS),
    "two peaks": Counts(n=(49, 43, 16), focus="mixture", **BINS),
    "two peaks, 1": Counts(n=(49, 43, 16), nuisances=1, focus="mixture", **BINS),
    "a count, 1": Counts(n=(7,), nuisances=1, **ONE),
    "no event, 1": Counts(n=(0,), nuisances=1, focus="narrow", **ONE),
    "at the bound, 1": Counts(n=(21, 11, 5), nuisances=1, **BINS),
    "interference, 1": Counts(n=(28, 25, 9), nuisances=1, interference=(-9.0, -2.0, -1.0), **BINS),
    "bins, 2": Counts(n=(41, 38, 9), nuisances=2, seed=3, **BINS),
    "wide, 2": Counts(n=(55, 47, 20), nuisances=2, focus="wide", seed=4, **BINS),
    "narrow, 2": Counts(n=(43, 36, 17), nuisances=2, focus="narrow", seed=5, **BINS),
    "bins, 5": Counts(n=(41, 38, 9), nuisances=5, seed=6, **BINS),
    "bins, 20": Counts(n=(41, 38, 9), nuisances=20, seed=7, **BINS),
    "bins, 100": Counts(n=(41, 38, 9), nuisances=100, seed=8, focus="wide", **BINS),
}
MOST_INTEGRATED = 2


QUICK = {
    "a count, 1": ("profile", "laplace", "marginal"),
    "bins, 2": ("profile", "marginal"),
    "bins, 20": ("profile",),
}
"""Of models with nuisance parameters, those of every day; the others take ten seconds each."""


def is_long(name, way):
    return bool(MODELS[name].nuisances) and way not in QUICK.get(name, ())


ASKED = [
    pytest.param(name, way, marks=[pytest.mark.slow] * is_long(name, way), id=f"{name}-{way}")
    for name, one in MODELS.items()
    for way in ("profile", "laplace", "marginal")
    if way == "profile"
    or (one.nuisances and (way == "laplace" or one.nuisances <= MOST_INTEGRATED))
]


@pytest.mark.parametrize(("name", "nuisances"), ASKED)
def test_denominators_are_dense_sums(name, nuisances):
    one = MODELS[name]
    model, data = one.bound()
    statistic = FTS("f", nuisances=nuisances)
    case = Case.of(model, statistic)
    reference = jax.jit(lambda prepared: statistic.reference(case, case.likelihood(prepared)))(data)
    assert bool(reference.ok)
    away = abs(float(reference.log) - one.denominator(nuisances))
    # What is stated is one standard deviation, or the change by a rule of half as many points.
    assert away <= 3 * float(reference.error) + LOOSE
    assert float(reference.error) < 0.02


@pytest.mark.parametrize("size", [20, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("nuisances", ["profile", "laplace", "marginal"])
def test_denominators_of_many_gaussian_nuisance_parameters(size, nuisances):
    """A measurement of mu + sum_k alpha_k / sqrt(K), and one of each alpha_k, of width one."""
    slopes = np.full(size, 1.0 / np.sqrt(size))
    covariance = np.eye(size + 1)
    covariance[0, 0] = 1.0 + slopes @ slopes
    covariance[0, 1:] = covariance[1:, 0] = -slopes
    model = measured.of_first(covariance, 0.5, 1.5)
    x = np.concatenate([[2.6], np.random.default_rng(1).normal(0.0, 1.0, size)])
    statistic = FTS("f", nuisances=nuisances)
    case = Case.of(model, statistic)
    reference = jax.jit(lambda data: statistic.reference(case, case.likelihood(data)))(
        measured.seen(model, x)
    )
    variance = covariance[0, 0]
    exact = stats.norm.logpdf(x[0], 0.5, np.sqrt(variance + 1.5**2))
    if nuisances == "profile":
        # The volume of the nuisance parameters, given mu.
        exact -= 0.5 * size * np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(covariance)[1]
        exact += 0.5 * np.log(variance)
    assert bool(reference.ok)
    assert float(reference.log) == pytest.approx(exact, abs=3 * float(reference.error) + 1e-8)
