"""The shipped examples, fitted by numpy and iminuit alone: name of the spec -> its minimum."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from reference import analytic_numpy, offshell_numpy
from reference.numpy_minimum import Minimum, minimum

NUISANCES = ("alpha_lumi", "alpha_gg_norm", "alpha_qqzz_norm", "alpha_gg_shape", "alpha_qqzz_ew")


def offshell(specs: Path) -> Minimum:
    """In (s = sqrt(mu), nuisances)."""
    return offshell_minimum(offshell_numpy.RatioChannel.read(specs / "offshell_h4l.yaml", "SR"))


def offshell_minimum(channel: offshell_numpy.RatioChannel) -> Minimum:
    """In (s = sqrt(mu), nuisances)."""

    def nll(at: np.ndarray) -> float:
        nuisances = dict(zip(NUISANCES, at[1:], strict=True))
        return channel.nll(at[0] ** 2, nuisances) + offshell_numpy.gaussian_constraints(*at[1:])

    start = {"sqrt(mu)": 1.0} | dict.fromkeys(NUISANCES, 0.0)
    limits = {"sqrt(mu)": (0.0, np.sqrt(10.0))} | dict.fromkeys(NUISANCES, (-5.0, 5.0))
    return minimum(nll, start, limits)


def spec_format(specs: Path) -> Minimum:
    """In (s = sqrt(mu), alpha_jes, k_qqzz, mu_on, n_bkg, lambda_bkg)."""
    channel = offshell_numpy.RatioChannel.read(specs / "spec_format_example.yaml", "SR")
    masses = analytic_numpy.read_csv(specs / "spec_format_example_peak.csv")
    peak = analytic_numpy.spec_format_peak(masses)

    def nll(at: np.ndarray) -> float:
        s, alpha, k_qqzz, mu_on, n_background, slope = at
        ratio = channel.nll(s**2, {"alpha_jes": alpha, "k_qqzz": k_qqzz})
        constraint = offshell_numpy.gaussian_constraints(alpha)
        return ratio + peak(mu_on, alpha, n_background, slope) + constraint

    start = {
        "sqrt(mu)": 1.0,
        "alpha_jes": 0.0,
        "k_qqzz": 1.0,
        "mu_on": 1.0,
        "n_bkg": 5000.0,
        "lambda_bkg": -0.02,
    }
    limits = {
        "sqrt(mu)": (0.0, np.sqrt(10.0)),
        "alpha_jes": (-5.0, 5.0),
        "k_qqzz": (0.0, 5.0),
        "mu_on": (0.0, 10.0),
        "n_bkg": (0.0, 20000.0),
        "lambda_bkg": (-0.2, -1e-9),
    }
    return minimum(nll, start, limits)


def peak(specs: Path) -> Minimum:
    """In the parameters of the file."""
    start = {
        "n_signal": 100.0,
        "mass": 125.0,
        "resolution": 1.6,
        "n_background": 2000.0,
        "slope": -0.03,
    }
    limits = {
        "n_signal": (0.0, 1000.0),
        "mass": (120.0, 130.0),
        "resolution": (0.5, 4.0),
        "n_background": (0.0, 10000.0),
        "slope": (-0.2, -1e-9),
    }
    return minimum(analytic_numpy.peak(analytic_numpy.read_csv(specs / "peak.csv")), start, limits)


def lz_like(specs: Path) -> Minimum:
    """In mu."""
    nll = analytic_numpy.lz_like(*analytic_numpy.read_csv(specs / "lz_like.csv"))
    return minimum(nll, {"mu": 1.0}, {"mu": (0.0, 60.0)})


def higgs_tautau(specs: Path) -> Minimum:
    """In mu."""
    masses = analytic_numpy.read_csv(specs / "higgs_tautau_unbinned.csv")
    return minimum(analytic_numpy.higgs_tautau(masses), {"mu": 1.0}, {"mu": (0.0, 10.0)})


FITS: Mapping[str, Callable[[Path], Minimum]] = {
    "offshell_h4l": offshell,
    "spec_format_example": spec_format,
    "peak": peak,
    "lz_like": lz_like,
    "higgs_tautau_unbinned": higgs_tautau,
}
