"""The shipped examples by numpy, pyhf and iminuit alone: name of the spec -> its minimum."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML
from scipy import stats

from reference import analytic_numpy, offshell_numpy
from reference.binned_pyhf import BinnedChannels
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
    """In (s = sqrt(mu), alpha_jes, k_qqzz, mu_on, n_bkg, lambda_bkg, bkg_rate)."""
    channel = offshell_numpy.RatioChannel.read(specs / "spec_format_example.yaml", "SR")
    masses = analytic_numpy.read_csv(specs / "spec_format_example_peak.csv")
    peak = analytic_numpy.spec_format_peak(masses)
    bins = BinnedChannels.read(specs / "spec_format_example.yaml")  # with both constraints

    def nll(at: np.ndarray) -> float:
        s, alpha, k_qqzz, mu_on, n_background, slope, rate = at
        shared = {"alpha_jes": alpha, "k_qqzz": k_qqzz}
        binned = bins.nll({**shared, "mu_on": mu_on, "bkg_rate": rate})
        return channel.nll(s**2, shared) + peak(mu_on, alpha, n_background, slope) + binned

    start = {
        "sqrt(mu)": 1.0,
        "alpha_jes": 0.0,
        "k_qqzz": 1.0,
        "mu_on": 1.0,
        "n_bkg": 5000.0,
        "lambda_bkg": -0.02,
        "bkg_rate": 0.0,
    }
    limits = {
        "sqrt(mu)": (0.0, np.sqrt(10.0)),
        "alpha_jes": (-5.0, 5.0),
        "k_qqzz": (0.0, 5.0),
        "mu_on": (0.0, 10.0),
        "n_bkg": (0.0, 20000.0),
        "lambda_bkg": (-0.2, -1e-9),
        "bkg_rate": (-5.0, 5.0),
    }
    return minimum(nll, start, limits)


def combination(specs: Path) -> Minimum:
    """In (s = sqrt(width), kappa_on, k_qqzz, nuisances, factors of bins)."""
    channel = offshell_numpy.RatioChannel.read(specs / "combination.yaml", "SR")
    bins = BinnedChannels.read(specs / "combination.yaml")  # with all constraints but one
    alphas = ("lumi", "scale", "gg_norm", "gg_shape", "ggh_norm", "qqzz_ew")
    nuisances = (*(f"alpha_{one}" for one in alphas), "others_rate")
    factors = tuple(f"fakes_stat[{i}]" for i in range(6))
    start = {"sqrt(width)": 1.0, "kappa_on": 1.0, "k_qqzz": 1.0}
    start |= dict.fromkeys(nuisances, 0.0) | dict.fromkeys(factors, 1.0)

    def nll(at: np.ndarray) -> float:
        point = dict(zip(start, at, strict=True))
        mu_on = point["kappa_on"] ** 4
        ratio = channel.nll(mu_on * point["sqrt(width)"] ** 2, point)
        constraint = offshell_numpy.gaussian_constraints(point["alpha_qqzz_ew"])
        return ratio + bins.nll({**point, "mu_on": mu_on}) + constraint

    limits = {"sqrt(width)": (0.0, np.sqrt(15.0)), "kappa_on": (0.0, 3.0), "k_qqzz": (0.0, 5.0)}
    limits |= dict.fromkeys(nuisances, (-5.0, 5.0)) | dict.fromkeys(factors, (1e-10, 10.0))
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


def higgs_mass(specs: Path) -> Minimum:
    """In mu."""
    document = YAML(typ="safe", pure=True).load((specs / "higgs_mass.yaml").read_text())
    ((channel,), (observed,)) = document["channels"], document["observations"]
    signal, background = (np.array(sample["data"]) for sample in channel["samples"])

    def nll(at: np.ndarray) -> float:
        return -float(stats.poisson.logpmf(observed["data"], background + at[0] * signal).sum())

    return minimum(nll, {"mu": 1.0}, {"mu": (0.0, 10.0)})


FITS: Mapping[str, Callable[[Path], Minimum]] = {
    "offshell_h4l": offshell,
    "combination": combination,
    "spec_format_example": spec_format,
    "peak": peak,
    "lz_like": lz_like,
    "higgs_tautau_unbinned": higgs_tautau,
    "higgs_mass": higgs_mass,
}
