"""Densities against RooFit 6.40, on 10851 dimuon masses of CMS: -log L, and the density itself."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.model._expressions import Constant
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
    Gamma,
    Gaussian,
    JohnsonSU,
    LogNormal,
    Polynomial,
    PowerLaw,
    Uniform,
    Voigt,
)

MASS = {"axis": 0, "lower": 60.0, "upper": 120.0}
Values = Mapping[str, float]


def _coefficients(values: Values) -> tuple[Constant, ...]:
    return tuple(Constant(value) for value in values.values())


def _named(density: type[AbstractDensity], **names: str) -> Callable[[Values], AbstractDensity]:
    """A density whose arguments are called otherwise in RooFit."""
    return lambda values: density(
        **MASS, **{ours: Constant(values[theirs]) for ours, theirs in names.items()}
    )


DENSITIES: Mapping[str, Callable[[Values], AbstractDensity]] = {
    "RooGaussian": _named(Gaussian, mean="mean", sigma="sigma"),
    "RooExponential": _named(Exponential, slope="c"),
    "RooBreitWigner": _named(BreitWigner, mean="mean", width="width"),
    "RooVoigtian": _named(Voigt, mean="mean", width="width", sigma="sigma"),
    "RooCBShape": _named(CrystalBall, mean="m0", sigma="sigma", alpha="alpha", n="n"),
    "RooCrystalBall": _named(
        DoubleCrystalBall,
        mean="x0",
        sigma_left="sigmaL",
        sigma_right="sigmaR",
        alpha_left="alphaL",
        n_left="nL",
        alpha_right="alphaR",
        n_right="nR",
    ),
    "RooBifurGauss": _named(
        BifurcatedGaussian, mean="mean", sigma_left="sigmaL", sigma_right="sigmaR"
    ),
    "RooJohnson": _named(JohnsonSU, mean="mu", scale="lambda_", gamma="gamma", delta="delta"),
    "RooLognormal": lambda v: LogNormal(
        **MASS, median=Constant(v["m0"]), shape=Constant(np.log(v["k"]))
    ),
    "RooGamma": _named(Gamma, shape="gamma", scale="beta", location="mu"),
    "RooChebychev": lambda v: Chebyshev(**MASS, coefficients=_coefficients(v)),
    "RooBernstein": lambda v: Bernstein(**MASS, coefficients=_coefficients(v)),
    "RooPolynomial": lambda v: Polynomial(**MASS, coefficients=_coefficients(v)),
    "RooArgusBG": _named(Argus, endpoint="m0", slope="c", power="p"),
    "RooUniform": _named(Uniform),
    "RooGenericPdf x^p": _named(PowerLaw, power="p"),
}

# RooFit's own limits: its Voigt profile is an approximation good to 1e-8, and it integrates the
# generic x^p numerically to 1e-7.
LOOSE = {"RooVoigtian": 1e-7, "RooGenericPdf x^p": 1e-7}
# Its numerical integral of x^p is 2.7e-7 off the closed form, and so is its normalised density.
LOOSE_PDF = {"RooVoigtian": 1e-7, "RooGenericPdf x^p": 5e-7}


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Mapping[str, dict]:
    text = (shared_data / "unbinned_spectra" / "roofit_reference.json").read_text("utf-8")
    return {entry["pdf"].split("(")[0]: entry for entry in json.loads(text)["pdf_nll"]}


@pytest.fixture(scope="module")
def masses(shared_data: Path) -> jax.Array:
    file = shared_data / "unbinned_spectra" / "zmumu_mass.csv"
    return jnp.asarray(np.loadtxt(file, skiprows=1))[:, None]


@pytest.mark.parametrize("name", DENSITIES)
def test_density_is_roofits(name: str, reference: Mapping[str, dict], masses: jax.Array):
    entry = reference[name]
    density = DENSITIES[name](entry["parameters"])
    log_prob = jax.jit(jax.vmap(density.log_prob, in_axes=(0, None)))
    nll = -float(log_prob(masses, jnp.zeros(0)).sum())
    assert nll == pytest.approx(entry["nll"]["cpu"], rel=LOOSE.get(name, 1e-9))
    points = jnp.asarray(entry["x"])[:, None]
    pdf = np.exp(log_prob(points, jnp.zeros(0)))
    np.testing.assert_allclose(pdf, entry["normalised_pdf"], rtol=LOOSE_PDF.get(name, 1e-9))


def test_every_reference_density_that_exists_here_is_compared(reference: Mapping[str, dict]):
    assert set(reference) - set(DENSITIES) == {"RooLandau", "RooNovosibirsk"}
