"""Gaussians, Breit-Wigners and their relatives."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy import integrate, special, stats

from density_cases.points import HIGH, INFINITY, LOW, DensityCase, Point, peak_range, truncated
from statmodel.model._expressions import Slot
from statmodel.model.densities import (
    BifurcatedGaussian,
    BreitWigner,
    CrystalBall,
    DoubleCrystalBall,
    Gaussian,
    JohnsonSU,
    Voigt,
)


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


def _johnson(mean: float, scale: float, gamma: float, delta: float) -> Point:
    reference = truncated(stats.johnsonsu(gamma, delta, mean, scale), LOW, HIGH)
    mode = mean - scale * np.sinh(gamma / delta)
    return Point(at=(mean, scale, gamma, delta), centre=mode, scale=scale, log_pdf=reference)


peaks: Mapping[str, DensityCase] = MappingProxyType(
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
        "johnson_su": DensityCase(
            make=lambda: JohnsonSU(
                **peak_range, mean=Slot(0), scale=Slot(1), gamma=Slot(2), delta=Slot(3)
            ),
            points=(_johnson(125.0, 2.6, 0.2, 1.3), _johnson(LOW, 5.0, -1.0, 0.8)),
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
    }
)
