"""Fits of real spectra against RooFit's: extended likelihoods of the same data and parameters.

RooFit's extended term, nu - n log nu, with normalised densities is the same function as
nu - sum log m, so values are compared, not only their differences.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, special

import statmodel as sm
from reference.analytic_numpy import exponential, extended, read_csv

# Absolute. The dimuon reference integrates its Voigtian to 1e-6 only: 0.02 in nll at 10 851 events.
NLL_TOLERANCE = {"m4l": 1e-9 * 60, "zmumu": 0.02}


@dataclass(frozen=True)
class Case:
    model: sm.Model
    prepared: sm.Prepared
    result: sm.FitResult
    published: dict
    tolerance: float


@pytest.fixture(scope="module", params=sorted(NLL_TOLERANCE))
def case(request: pytest.FixtureRequest, repository: Path, shared_data: Path) -> Case:
    name = request.param
    document = json.loads((shared_data / "unbinned_spectra" / "roofit_reference.json").read_text())
    published = next(fit for fit in document["fits"] if fit["dataset"] == name)
    spec = repository / "tests" / "reference" / f"{name}.yaml"
    model, data = sm.compile(spec, root=repository.parent)
    prepared = model.bind(data)
    return Case(model, prepared, sm.fit(model, prepared), published, NLL_TOLERANCE[name])


def test_nll_at_given_points_equals_that_of_roofit(case: Case) -> None:
    for entry in case.published["nll_at"]:
        found = -float(case.model.log_prob(entry["point"], case.prepared))
        assert found == pytest.approx(entry["nll"]["cpu"], abs=case.tolerance)


def test_least_nll_equals_that_of_roofit(case: Case) -> None:
    # The minimiser of the reference stopped at an EDM of up to 1e-6.
    assert case.result.ok, case.result.message
    expected = case.published["min_nll"]
    assert float(case.result.nll) == pytest.approx(expected, abs=case.tolerance + 1e-6)


def test_best_values_equal_those_of_roofit(case: Case) -> None:
    for name, best in case.published["best"].items():
        # Observed: 5e-5 errors. One percent is what a user can notice.
        assert abs(float(case.result.point[name]) - best["value"]) < 1e-2 * best["error"], name


def test_errors_equal_those_of_roofit(case: Case) -> None:
    for name, best in case.published["best"].items():
        # Its Hessian is by finite differences, good to 1 - 2 %.
        assert float(case.result.error(name)) == pytest.approx(best["error"], rel=0.02), name


def test_dimuon_nll_equals_that_of_scipy(repository: Path, shared_data: Path) -> None:
    masses = read_csv(shared_data / "unbinned_spectra" / "zmumu_mass.csv")
    spec = repository / "tests" / "reference" / "zmumu.yaml"
    model, data = sm.compile(spec, root=repository.parent)
    at = {"mean": 90.9, "sigma": 1.3, "c": -0.045, "nsig": 9100.0, "nbkg": 1750.0}

    def voigt(x: np.ndarray) -> np.ndarray:
        return special.voigt_profile(x - at["mean"], at["sigma"], 2.4952 / 2)

    edges = np.linspace(60, 120, 13)
    pieces = [integrate.quad(voigt, *ends)[0] for ends in zip(edges[:-1], edges[1:], strict=True)]
    z, background = voigt(masses) / sum(pieces), exponential(masses, at["c"], 60, 120)
    expected = extended((at["nsig"], z), (at["nbkg"], background))
    # voigt_profile is good to 1e-13 an event; 10 851 of them of size 8.
    assert -float(model.log_prob(at, data)) == pytest.approx(expected, rel=1e-11)
