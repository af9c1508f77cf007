"""The lists that the laws run over: one line here subjects a new density to every law.

A case is a density whose arguments are slots, and the points at which it is tried, hard ones
included. `centre` and `scale` tell the laws where to look; `kinks` where the density is not smooth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from scipy import integrate, special, stats

from statmodel.model._expressions import (
    AbstractExpression,
    Binary,
    Constant,
    Observable,
    Slot,
    Unary,
)
from statmodel.model.densities import (
    AbstractDensity,
    Argus,
    Bernstein,
    BifurcatedGaussian,
    BreitWigner,
    Chebyshev,
    CrystalBall,
    DoubleCrystalBall,
    Exponential,
    FormulaDensity,
    Gamma,
    Gaussian,
    HistogramDensity,
    JohnsonSU,
    LogNormal,
    Polynomial,
    PowerLaw,
    ProductDensity,
    SumDensity,
    Uniform,
    Variation,
    VariedDensity,
    Voigt,
)

INFINITY = float("inf")
LogPdf = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Point:
    """Slot values, and what is known there."""

    at: tuple[float, ...]
    centre: float
    scale: float
    kinks: tuple[float, ...] = ()
    rough: tuple[int, ...] = ()
    """Slots in which the density has no derivative there."""
    log_pdf: LogPdf | None = None
    """The normalised log density by other means (scipy, or a closed form)."""


@dataclass(frozen=True, kw_only=True)
class DensityCase:
    """A density of one observable and its points."""

    make: Callable[[], AbstractDensity]
    points: tuple[Point, ...]
    tolerance: float = 1e-9
    """Of the integral and of `log_pdf`: closed forms 1e-9, numerical norms 1e-8."""
    differentiable: bool = True
    """Whether the laws of derivatives run: not without parameters, and once for each formula."""


def truncated(dist, lower: float, upper: float) -> LogPdf:
    """scipy's log density on a range, the mass taken from the side that does not cancel."""
    if dist.median() < lower:
        mass = dist.sf(lower) - dist.sf(upper)
    else:
        mass = dist.cdf(upper) - dist.cdf(lower)
    return lambda x: dist.logpdf(x) - np.log(mass)


def by_quadrature(shape: Callable[[np.ndarray], np.ndarray], lower: float, upper: float) -> LogPdf:
    """The log of a shape over its integral by QUADPACK."""
    total, _ = integrate.quad(shape, lower, upper, epsabs=0.0, epsrel=1e-12, limit=500)
    return lambda x: np.log(shape(x)) - np.log(total)


def slots(n: int, first: int = 0) -> tuple[Slot, ...]:
    return tuple(Slot(first + k) for k in range(n))


LOW, HIGH = 100.0, 180.0
peak_range = {"axis": 0, "lower": LOW, "upper": HIGH}


def _gaussian(mean: float, sigma: float, lower: float = LOW, upper: float = HIGH) -> Point:
    reference = None
    if abs(mean - np.clip(mean, lower, upper)) < 8 * sigma:
        reference = truncated(stats.norm(mean, sigma), lower, upper)
    return Point(at=(mean, sigma), centre=mean, scale=sigma, log_pdf=reference)


def _far_gaussian(mean: float, sigma: float, lower: float, upper: float) -> Point:
    """Peak below the range: scipy's log survival function knows the tail."""
    dist = stats.norm(mean, sigma)
    log_a, log_b = dist.logsf(lower), dist.logsf(upper)
    log_mass = log_a + np.log1p(-np.exp(log_b - log_a))
    decay = sigma**2 / (lower - mean)
    return Point(
        at=(mean, sigma), centre=lower, scale=decay, log_pdf=lambda x: dist.logpdf(x) - log_mass
    )


def _bifurcated(mean: float, left: float, right: float) -> Point:
    return Point(at=(mean, left, right), centre=mean, scale=min(left, right), kinks=(mean,))


def _exponential(slope: float, lower: float = LOW, upper: float = HIGH) -> Point:
    finite = np.isfinite(lower) and np.isfinite(upper)
    scale = min(1.0 / max(abs(slope), 1e-9), upper - lower if finite else INFINITY)
    end = lower if slope < 0 else upper
    reference = None
    if slope < 0:
        reference = truncated(stats.expon(loc=lower, scale=-1.0 / slope), lower, upper)
    if slope == 0:
        reference = truncated(stats.uniform(lower, upper - lower), lower, upper)
    return Point(at=(slope,), centre=end, scale=scale, log_pdf=reference)


def _breit_wigner(mean: float, width: float, lower: float = LOW, upper: float = HIGH) -> Point:
    dist = stats.cauchy(mean, width / 2)
    reference = truncated(dist, lower, upper)
    return Point(at=(mean, width), centre=mean, scale=width, log_pdf=reference)


def _voigt(mean: float, width: float, sigma: float, lower: float = LOW, upper: float = HIGH):
    def shape(x: np.ndarray) -> np.ndarray:
        return special.voigt_profile(x - mean, sigma, width / 2)

    # quad would miss a narrow peak: the untruncated profile has norm one, tails are added.
    inside = lower < mean - 20 * (width + sigma) and upper > mean + 20 * (width + sigma)
    reference = None
    if inside:
        tails = sum(
            integrate.quad(shape, *ends, epsabs=0.0, epsrel=1e-10)[0]
            for ends in ((-INFINITY, lower), (upper, INFINITY))
            if np.isfinite(ends).any() and ends[0] < ends[1]
        )
        reference = lambda x: np.log(shape(x)) - np.log1p(-tails)  # noqa: E731
    return Point(at=(mean, width, sigma), centre=mean, scale=width + sigma, log_pdf=reference)


def _crystal_ball(  # noqa: PLR0913, PLR0917
    mean: float, sigma: float, alpha: float, n: float, lower: float = LOW, upper: float = HIGH
) -> Point:
    reference = None
    if n > 1:  # scipy has no other
        reference = truncated(stats.crystalball(alpha, n, mean, sigma), lower, upper)
    kink = mean - alpha * sigma
    return Point(
        at=(mean, sigma, alpha, n), centre=mean, scale=sigma, kinks=(kink,), log_pdf=reference
    )


def _double_crystal_ball(*at: float) -> Point:
    mean, left, right, alpha_left, _, alpha_right, _ = at
    kinks = (mean, mean - alpha_left * left, mean + alpha_right * right)
    return Point(at=at, centre=mean, scale=min(left, right), kinks=kinks)


def _argus(endpoint: float, slope: float, power: float, lower: float, upper: float) -> Point:
    reference = None
    if power == 0.5:
        dist = stats.argus(np.sqrt(-2.0 * slope), scale=endpoint)
        reference = truncated(dist, lower, min(upper, endpoint))
    top = min(upper, endpoint)
    return Point(
        at=(endpoint, slope, power),
        centre=top,
        scale=1e-3 * (top - lower),
        kinks=(endpoint,),
        log_pdf=reference,
    )


def _power_law(power: float, lower: float, upper: float) -> Point:
    def log_pdf(x: np.ndarray) -> np.ndarray:
        if power == -1.0:
            return -np.log(x) - np.log(np.log(upper / lower))
        ends = [0.0 if b in (0.0, INFINITY) else b ** (power + 1) for b in (lower, upper)]
        return power * np.log(x) + np.log(abs(power + 1)) - np.log(abs(ends[1] - ends[0]))

    origin = 0.0 if lower == 0.0 else lower
    scale = upper if lower == 0.0 else lower
    return Point(
        at=(power,), centre=origin, scale=1e-18 * scale if lower == 0 else scale, log_pdf=log_pdf
    )


def _lognormal(median: float, shape: float, lower: float, upper: float) -> Point:
    dist = stats.lognorm(shape, scale=median)
    reference = truncated(dist, max(lower, 0.0), upper)
    return Point(
        at=(median, shape), centre=max(lower, 0.0), scale=median * shape / 10, log_pdf=reference
    )


def _johnson(mean: float, scale: float, gamma: float, delta: float) -> Point:
    reference = truncated(stats.johnsonsu(gamma, delta, mean, scale), LOW, HIGH)
    mode = mean - scale * np.sinh(gamma / delta)
    return Point(at=(mean, scale, gamma, delta), centre=mode, scale=scale, log_pdf=reference)


def _gamma(shape: float, scale: float, location: float, lower: float, upper: float) -> Point:
    dist = stats.gamma(shape, loc=location, scale=scale)
    reference = truncated(dist, lower, upper)
    start = max(lower, location)
    # A shape below one has a pole at the location: the test's nodes must crowd there.
    width = 1e-22 * scale if shape < 1 else 0.3 * scale
    return Point(
        at=(shape, scale, location),
        centre=start,
        scale=width,
        kinks=(location,),
        rough=(2,) if shape < 1 and location == lower else (),
        log_pdf=reference,
    )


def _series(at: tuple[float, ...], value: Callable[[np.ndarray], np.ndarray], integral: float):
    return Point(
        at=at,
        centre=0.5 * (LOW + HIGH),
        scale=0.5 * (HIGH - LOW),
        log_pdf=lambda x: np.log(value(x) / integral),
    )


def _polynomial(*at: float) -> Point:
    polynomial = np.polynomial.Polynomial([1.0, *at])
    whole = polynomial.integ()
    return _series(at, polynomial, whole(HIGH) - whole(LOW))


def _chebyshev(*at: float) -> Point:
    series = np.polynomial.Chebyshev([1.0, *at], domain=[LOW, HIGH])
    whole = series.integ()
    return _series(at, series, whole(HIGH) - whole(LOW))


def _bernstein(*at: float) -> Point:
    n = len(at) - 1

    def value(x: np.ndarray) -> np.ndarray:
        u = (x - LOW) / (HIGH - LOW)
        return sum(b * stats.binom.pmf(k, n, u) for k, b in enumerate(at))

    return _series(at, value, (HIGH - LOW) * np.mean(at))


def _histogram(edges: list[float], values: list[float], lower: float, upper: float) -> DensityCase:
    inside = np.clip(edges, lower, upper)
    heights = np.asarray(values) / np.diff(edges)
    total = (heights * np.diff(inside)).sum()

    def log_pdf(x: np.ndarray) -> np.ndarray:
        bins = np.clip(np.digitize(x, edges) - 1, 0, len(values) - 1)
        with np.errstate(divide="ignore"):
            return np.log(heights[bins] / total)

    make = partial(HistogramDensity, (0,), (lower,), (upper,), [edges], values)
    point = Point(
        at=(0.0,),
        centre=0.5 * (inside[0] + inside[-1]),
        scale=inside[-1] - inside[0],
        kinks=tuple(inside),
        log_pdf=log_pdf,
    )
    return DensityCase(make=make, points=(point,), differentiable=False)


def _mixture() -> AbstractDensity:
    narrow = Gaussian(**peak_range, mean=Slot(0), sigma=Constant(2.0))
    falling = Exponential(**peak_range, slope=Constant(-0.02))
    flat = Uniform(**peak_range)
    return SumDensity((narrow, falling, flat), (Slot(1), Slot(2)))


def _mixture_point(mean: float, first: float, second: float) -> Point:
    parts = (
        truncated(stats.norm(mean, 2.0), LOW, HIGH),
        truncated(stats.expon(LOW, 50.0), LOW, HIGH),
        truncated(stats.uniform(LOW, HIGH - LOW), LOW, HIGH),
    )
    shares = (first, second, 1.0 - first - second)
    return Point(
        at=(mean, first, second),
        centre=mean,
        scale=2.0,
        log_pdf=lambda x: np.log(sum(f * np.exp(p(x)) for f, p in zip(shares, parts, strict=True))),
    )


def bump(axis: int, mean: AbstractExpression, sigma: AbstractExpression) -> AbstractExpression:
    """exp(-(x - mean)^2/(2 sigma^2)) as a formula."""
    z = Binary("/", Binary("-", Observable(axis), mean), sigma)
    square = Binary("**", z, Constant(2.0))
    return Unary("exp", Binary("*", Constant(-0.5), square))


def varied_gaussian() -> VariedDensity:
    """A peak on a flat floor: place, width, height; slots 0, 1, 2."""

    def on_flat(mean: float, sigma: float, share: float = 0.9) -> SumDensity:
        peak = Gaussian(**peak_range, mean=Constant(mean), sigma=Constant(sigma))
        return SumDensity((peak, Uniform(**peak_range)), (Constant(share),))

    shifted, widened = (
        (on_flat(126.0, 8.0), on_flat(124.0, 8.0)),
        (on_flat(125, 9), on_flat(125, 7.2)),
    )
    mixed = on_flat(125.0, 8.0, 0.85), on_flat(125.0, 8.0, 0.94)
    return VariedDensity(
        on_flat(125.0, 8.0),
        (
            Variation(slot=0, up=shifted[0], down=shifted[1], interpolation="log_smooth"),
            Variation(slot=1, up=widened[0], down=widened[1], interpolation="code4"),
            Variation(slot=2, up=mixed[0], down=mixed[1], interpolation="code4"),
        ),
    )


EDGES = [100.0, 110.0, 125.0, 150.0, 180.0]
BASE, UP, DOWN = [40.0, 30.0, 20.0, 10.0], [44.0, 30.0, 17.0, 9.0], [35.0, 30.0, 22.0, 13.0]
OTHER_UP, OTHER_DOWN = [40.0, 36.0, 24.0, 9.0], [40.0, 24.0, 17.0, 11.0]


def histogram(values: list[float], edges: list[float] = EDGES) -> HistogramDensity:
    return HistogramDensity((0,), (LOW,), (HIGH,), [edges], values)


def varied_histogram() -> VariedDensity:
    """Two nuisance parameters on equal edges; slots 0 and 1."""
    return VariedDensity(
        histogram(BASE),
        (
            Variation(slot=0, up=histogram(UP), down=histogram(DOWN), interpolation="code4"),
            Variation(
                slot=1,
                up=histogram(OTHER_UP),
                down=histogram(OTHER_DOWN),
                interpolation="log_smooth",
            ),
        ),
    )


def _at(
    *at: float, centre: float = 125.0, scale: float = 8.0, kinks: tuple[float, ...] = ()
) -> Point:
    return Point(at=at, centre=centre, scale=scale, kinks=kinks)


densities: Mapping[str, DensityCase] = MappingProxyType(
    {
        "gaussian": DensityCase(
            make=lambda: Gaussian(**peak_range, mean=Slot(0), sigma=Slot(1)),
            points=(
                _gaussian(125.0, 1.8),
                _gaussian(LOW, 3.0),  # peak on the edge
                _gaussian(90.0, 4.0),  # outside
                _gaussian(125.0, 1e-3),  # very narrow
                _gaussian(140.0, 5e4),  # nearly flat
                _far_gaussian(20.0, 2.0, LOW, HIGH),  # 40 sigma outside
                _far_gaussian(-200.0, 1.0, LOW, HIGH),  # 300 sigma outside
            ),
        ),
        "gaussian_open_above": DensityCase(
            make=lambda: Gaussian(axis=0, lower=0.0, upper=INFINITY, mean=Slot(0), sigma=Slot(1)),
            points=(_gaussian(1.0, 2.0, 0.0, INFINITY), _far_gaussian(-50.0, 2.0, 0.0, INFINITY)),
        ),
        "gaussian_open": DensityCase(
            make=lambda: Gaussian(
                axis=0, lower=-INFINITY, upper=INFINITY, mean=Slot(0), sigma=Slot(1)
            ),
            points=(_gaussian(-3.0, 0.7, -INFINITY, INFINITY),),
            differentiable=False,
        ),
        "bifurcated_gaussian": DensityCase(
            make=lambda: BifurcatedGaussian(
                **peak_range, mean=Slot(0), sigma_left=Slot(1), sigma_right=Slot(2)
            ),
            points=(
                _bifurcated(125.0, 1.0, 4.0),
                _bifurcated(LOW, 2.0, 5.0),
                Point(at=(80.0, 3.0, 1.0), centre=LOW, scale=0.05),
            ),
        ),
        "exponential": DensityCase(
            make=lambda: Exponential(**peak_range, slope=Slot(0)),
            points=tuple(_exponential(slope) for slope in (-0.025, 0.0, 1e-9, 0.03, -40.0, 12.0)),
        ),
        "exponential_open_above": DensityCase(
            make=lambda: Exponential(axis=0, lower=LOW, upper=INFINITY, slope=Slot(0)),
            points=(_exponential(-0.1, LOW, INFINITY),),
        ),
        "exponential_open_below": DensityCase(
            make=lambda: Exponential(axis=0, lower=-INFINITY, upper=5.0, slope=Slot(0)),
            points=(_exponential(0.5, -INFINITY, 5.0),),
        ),
        "uniform": DensityCase(
            make=lambda: Uniform(**peak_range),
            points=(
                Point(
                    at=(0.0,),
                    centre=140.0,
                    scale=40.0,
                    log_pdf=truncated(stats.uniform(LOW, 80.0), LOW, HIGH),
                ),
            ),
            differentiable=False,
        ),
        "polynomial": DensityCase(
            make=lambda: Polynomial(**peak_range, coefficients=slots(2)),
            points=(_polynomial(0.02, 4e-4), _polynomial(-5e-3, 0.0), _polynomial(0.0, 0.0)),
        ),
        "chebyshev": DensityCase(
            make=lambda: Chebyshev(**peak_range, coefficients=slots(3)),
            points=(_chebyshev(-0.3, 0.12, 0.05), _chebyshev(0.0, 0.0, 0.0)),
        ),
        "bernstein": DensityCase(
            make=lambda: Bernstein(**peak_range, coefficients=slots(4)),
            points=(_bernstein(1.0, 0.8, 0.5, 0.3), _bernstein(0.0, 3.0, 0.0, 1.0)),
        ),
        "breit_wigner": DensityCase(
            make=lambda: BreitWigner(**peak_range, mean=Slot(0), width=Slot(1)),
            points=(
                _breit_wigner(125.0, 4.0),
                _breit_wigner(60.0, 0.5),
                _breit_wigner(125.0, 1e-3),
                _breit_wigner(HIGH, 2.0),
            ),
        ),
        "breit_wigner_open": DensityCase(
            make=lambda: BreitWigner(
                axis=0, lower=-INFINITY, upper=INFINITY, mean=Slot(0), width=Slot(1)
            ),
            points=(_breit_wigner(1.0, 2.0, -INFINITY, INFINITY),),
            differentiable=False,
        ),
        "breit_wigner_open_below": DensityCase(
            make=lambda: BreitWigner(
                axis=0, lower=-INFINITY, upper=0.0, mean=Slot(0), width=Slot(1)
            ),
            points=(_breit_wigner(5.0, 2.0, -INFINITY, 0.0),),
            differentiable=False,
        ),
        "voigt": DensityCase(
            make=lambda: Voigt(**peak_range, mean=Slot(0), width=Slot(1), sigma=Slot(2)),
            points=(
                _voigt(125.0, 2.5, 1.3),
                _voigt(125.0, 4e-3, 1.8),  # the Higgs: width far below the resolution
                _voigt(125.0, 2.0, 1e-3),  # and far above
                _voigt(70.0, 2.5, 1.3),  # outside
                _voigt(LOW, 2.5, 1.3),
            ),
            tolerance=1e-8,
        ),
        "voigt_open": DensityCase(
            make=lambda: Voigt(
                axis=0, lower=-INFINITY, upper=INFINITY, mean=Slot(0), width=Slot(1), sigma=Slot(2)
            ),
            points=(_voigt(0.0, 1.0, 1.0, -INFINITY, INFINITY),),
            tolerance=1e-8,
            differentiable=False,
        ),
        "crystal_ball": DensityCase(
            make=lambda: CrystalBall(
                **peak_range, mean=Slot(0), sigma=Slot(1), alpha=Slot(2), n=Slot(3)
            ),
            points=(
                _crystal_ball(125.0, 2.0, 1.2, 3.0),
                _crystal_ball(125.0, 2.0, 1.2, 1.0),  # the integral's logarithm
                _crystal_ball(125.0, 2.0, 0.5, 0.7),
                _crystal_ball(200.0, 2.0, 1.0, 4.0),  # tail only
                _crystal_ball(80.0, 2.0, 1.0, 4.0),  # gaussian side, 10 sigma out
                _crystal_ball(125.0, 2.0, 1.5, 80.0),
            ),
        ),
        "crystal_ball_open_below": DensityCase(
            make=lambda: CrystalBall(
                axis=0,
                lower=-INFINITY,
                upper=HIGH,
                mean=Slot(0),
                sigma=Slot(1),
                alpha=Slot(2),
                n=Slot(3),
            ),
            points=(_crystal_ball(125.0, 2.0, 1.2, 3.0, -INFINITY, HIGH),),
        ),
        "double_crystal_ball": DensityCase(
            make=lambda: DoubleCrystalBall(
                **peak_range,
                mean=Slot(0),
                sigma_left=Slot(1),
                sigma_right=Slot(2),
                alpha_left=Slot(3),
                n_left=Slot(4),
                alpha_right=Slot(5),
                n_right=Slot(6),
            ),
            points=(
                _double_crystal_ball(125.0, 2.0, 2.6, 1.1, 2.5, 1.6, 4.0),
                _double_crystal_ball(LOW, 2.0, 2.6, 1.1, 2.5, 1.6, 1.0),
            ),
        ),
        "argus": DensityCase(
            make=lambda: Argus(
                axis=0, lower=5.2, upper=5.3, endpoint=Slot(0), slope=Slot(1), power=Slot(2)
            ),
            points=(
                _argus(5.29, -20.0, 0.5, 5.2, 5.3),
                _argus(5.4, -8.0, 0.5, 5.2, 5.3),
                _argus(5.29, 10.0, 0.8, 5.2, 5.3),
            ),
            tolerance=1e-8,
        ),
        "power_law": DensityCase(
            make=lambda: PowerLaw(**peak_range, power=Slot(0)),
            points=tuple(_power_law(power, LOW, HIGH) for power in (-3.5, -1.0, 0.0, 2.5)),
        ),
        "power_law_open_above": DensityCase(
            make=lambda: PowerLaw(axis=0, lower=2.0, upper=INFINITY, power=Slot(0)),
            points=(_power_law(-2.5, 2.0, INFINITY),),
        ),
        "power_law_from_zero": DensityCase(
            make=lambda: PowerLaw(axis=0, lower=0.0, upper=3.0, power=Slot(0)),
            points=(_power_law(-0.3, 0.0, 3.0), _power_law(1.5, 0.0, 3.0)),
        ),
        "lognormal": DensityCase(
            make=lambda: LogNormal(**peak_range, median=Slot(0), shape=Slot(1)),
            points=(_lognormal(120.0, 0.12, LOW, HIGH), _lognormal(60.0, 0.1, LOW, HIGH)),
        ),
        "lognormal_open": DensityCase(
            make=lambda: LogNormal(
                axis=0, lower=-INFINITY, upper=INFINITY, median=Slot(0), shape=Slot(1)
            ),
            points=(_lognormal(2.0, 0.8, -INFINITY, INFINITY),),
            differentiable=False,
        ),
        "johnson_su": DensityCase(
            make=lambda: JohnsonSU(
                **peak_range, mean=Slot(0), scale=Slot(1), gamma=Slot(2), delta=Slot(3)
            ),
            points=(_johnson(125.0, 2.6, 0.2, 1.3), _johnson(LOW, 5.0, -1.0, 0.8)),
        ),
        "gamma": DensityCase(
            make=lambda: Gamma(**peak_range, shape=Slot(0), scale=Slot(1), location=Slot(2)),
            points=(
                _gamma(4.0, 9.0, 95.0, LOW, HIGH),
                _gamma(2.5, 9.0, 104.0, LOW, HIGH),  # begins inside the range
                _gamma(0.6, 9.0, 90.0, LOW, HIGH),
                _gamma(900.0, 0.05, 100.0, LOW, HIGH),  # nearly gaussian
                _gamma(3.0, 1.0, 60.0, LOW, HIGH),  # deep in the tail
                _gamma(60.0, 9.0, 95.0, LOW, HIGH),  # peak above the range
            ),
        ),
        "gamma_open": DensityCase(
            make=lambda: Gamma(
                axis=0, lower=0.0, upper=INFINITY, shape=Slot(0), scale=Slot(1), location=Slot(2)
            ),
            points=(_gamma(4.0, 9.0, 0.0, 0.0, INFINITY), _gamma(0.5, 2.0, 0.0, 0.0, INFINITY)),
        ),
        "sum": DensityCase(
            make=_mixture,
            points=(_mixture_point(125.0, 0.2, 0.5), _mixture_point(LOW, 0.0, 0.9)),
        ),
        "histogram": _histogram(EDGES, [5.0, 0.0, 2.0, 7.0], LOW, HIGH),
        "histogram_cut": _histogram(EDGES, [5.0, 1.0, 2.0, 7.0], 105.0, 170.0),
        "histogram_one_bin": _histogram([LOW, HIGH], [3.0], LOW, HIGH),
        "formula": DensityCase(
            make=lambda: FormulaDensity(
                (0,), (LOW,), (HIGH,), Binary("+", bump(0, Slot(0), Slot(1)), Slot(2))
            ),
            points=(
                _at(125.0, 1.8, 0.01, scale=1.8),
                _at(125.0, 0.5, 1e-6, scale=0.5),
                _at(LOW, 3.0, 0.1, centre=LOW, scale=3.0),
            ),
            tolerance=1e-8,
        ),
        "varied_gaussian": DensityCase(
            make=varied_gaussian,
            points=(_at(0.0, 0.0, 0.0), _at(0.4, -0.7, 0.3), _at(-2.5, 1.8, -1.3)),
            tolerance=1e-8,
        ),
        "varied_histogram": DensityCase(
            make=varied_histogram,
            points=tuple(
                _at(*at, kinks=tuple(EDGES)) for at in ((0.0, 0.0), (0.6, -0.3), (-2.0, 3.0))
            ),
        ),
    }
)


def plane_formula() -> FormulaDensity:
    """A bump whose place along y follows x; slots 0 and 1."""
    centre = Binary("*", Slot(0), Observable(0))
    along_y = bump(1, centre, Slot(1))
    return FormulaDensity((0, 1), (0.0, -2.0), (3.0, 5.0), Binary("*", along_y, Observable(0)))


def plane_product() -> ProductDensity:
    return ProductDensity(
        (
            Exponential(axis=1, lower=0.0, upper=4.0, slope=Slot(0)),
            Gaussian(axis=0, lower=-2.0, upper=3.0, mean=Slot(1), sigma=Constant(0.7)),
        )
    )


PLANE_EDGES = ([0.0, 1.0, 4.0], [-1.0, 0.0, 2.0, 3.0])
PLANE_VALUES = np.array([[1.0, 2.0, 3.0], [6.0, 0.0, 5.0]])


def plane_histogram(values: np.ndarray = PLANE_VALUES) -> HistogramDensity:
    return HistogramDensity((0, 1), (0.0, -0.5), (4.0, 3.0), PLANE_EDGES, values)


def plane_varied() -> VariedDensity:
    """Quadrature in two dimensions: a product between a product and a shifted one; slot 0."""
    factors = [
        ProductDensity(
            (
                Gaussian(axis=0, lower=-2.0, upper=3.0, mean=Constant(m), sigma=Constant(1.0)),
                Exponential(axis=1, lower=0.0, upper=4.0, slope=Constant(-0.5)),
            )
        )
        for m in (0.0, 0.3, -0.3)
    ]
    return VariedDensity(factors[0], (Variation(slot=0, up=factors[1], down=factors[2]),))


@dataclass(frozen=True, kw_only=True)
class PlaneCase:
    """A density of two observables; `kinks` along its two axes."""

    make: Callable[[], AbstractDensity]
    at: tuple[float, ...]
    kinks: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())


plane_densities: Mapping[str, PlaneCase] = MappingProxyType(
    {
        "formula": PlaneCase(make=plane_formula, at=(0.8, 0.4)),
        "product": PlaneCase(make=plane_product, at=(-0.6, 0.2)),
        "histogram": PlaneCase(make=plane_histogram, at=(0.0,), kinks=PLANE_EDGES),
        "varied": PlaneCase(make=plane_varied, at=(-1.6,)),
    }
)
