"""Every shipped spec compiles without a warning, fits, and agrees with numpy and iminuit.

That nothing warns is not asserted here: the settings of pytest turn every warning into an error.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import statmodel as sm
from reference.example_fits import FITS
from reference.numpy_minimum import Minimum

# In units of each parameter's error. The fit stops at an EDM of 1e-10, 1.4e-5 errors from the
# minimum, the reference far nearer (numpy_minimum.py).
TOLERANCE = dict.fromkeys(FITS, 1e-3) | {"offshell_h4l": 1e-4}


@dataclass(frozen=True)
class Fitted:
    name: str
    model: sm.Model
    result: sm.FitResult
    reference: Minimum


@pytest.fixture(scope="module", params=sorted(FITS))
def fitted(request: pytest.FixtureRequest, repository: Path) -> Fitted:
    model, data = sm.compile(repository / "specs" / f"{request.param}.yaml")
    reference = FITS[request.param](repository / "specs")
    return Fitted(request.param, model, sm.fit(model, data), reference)


def test_every_shipped_spec_has_a_reference(repository: Path) -> None:
    assert {path.stem for path in (repository / "specs").glob("*.yaml")} == set(FITS)


def test_fit_converges(fitted: Fitted) -> None:
    assert fitted.result.ok, fitted.result.message
    assert float(fitted.result.edm) < 1e-8
    assert fitted.model.notes == ()


def test_values_lie_within_bounds(fitted: Fitted) -> None:
    low, high = np.array(fitted.model.space.bounds).T
    assert ((low <= fitted.result.values) & (fitted.result.values <= high)).all()


def test_parameters_equal_those_of_numpy_and_iminuit(fitted: Fitted) -> None:
    values, errors = in_parameters(fitted.reference)
    free = [
        n for n, fixed in zip(fitted.result.names, fitted.result.fixed, strict=True) if not fixed
    ]
    assert set(values) == set(free)
    away = {n: abs(float(fitted.result.point[n]) - values[n]) / errors[n] for n in free}
    assert max(away.values()) < TOLERANCE[fitted.name], away


def test_errors_equal_those_of_numpy(fitted: Fitted) -> None:
    _, errors = in_parameters(fitted.reference)
    away = {n: abs(float(fitted.result.error(n)) / error - 1) for n, error in errors.items()}
    assert max(away.values()) < TOLERANCE[fitted.name], away


def test_correlations_equal_those_of_numpy(fitted: Fitted) -> None:
    reference = fitted.reference
    sizes = np.sqrt(np.diag(reference.covariance))
    expected = reference.covariance / sizes / sizes[:, None]
    correlation = fitted.result.covariance.correlation()
    names = [name.removeprefix("sqrt(").removesuffix(")") for name in reference.names]
    found = [[float(correlation.between(a, b)) for b in names] for a in names]
    np.testing.assert_allclose(found, expected, atol=TOLERANCE[fitted.name])


def test_least_nll_equals_that_of_numpy(fitted: Fitted) -> None:
    # Constants included; at the minimum both differ from it by an EDM of 1e-10 at most.
    assert float(fitted.result.nll) == pytest.approx(fitted.reference.nll, rel=1e-12, abs=1e-9)


def in_parameters(found: Minimum) -> tuple[dict[str, float], dict[str, float]]:
    """From s = sqrt(mu) to mu = s^2 with error 2 s sigma_s."""
    values, errors = dict(found.values), dict(found.errors)
    for name in [one for one in values if one.startswith("sqrt(")]:
        root, width = values.pop(name), errors.pop(name)
        plain = name.removeprefix("sqrt(").removesuffix(")")
        values[plain], errors[plain] = root**2, 2 * root * width
    return values, errors
