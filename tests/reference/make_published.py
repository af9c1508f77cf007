"""Makes published_tests.json: ``python tests/reference/make_published.py FOLDER``.

FOLDER holds `pyhf_workspaces`, the published likelihoods. pyhf 0.7.6 with the jax backend fits each
with scipy's SLSQP to a tolerance of 1e-13, and with minuit as it comes; -log L of the fits to the
data, with mu free, 1 and 0, stand beside CLs at mu = 1 (qtilde). Upper limits (observed, median) of
the first are roots of `pyhf.infer.hypotest` with scipy by Brent's method.
"""

import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonpatch
import pyhf
from scipy.optimize import brentq

CASES = (
    "RegionA/patch.sbottom_1300_205_60.json",
    "RegionB/patch.sbottom_1000_230_100.json",
    "1Lbb C1N2_Wh_hbb_700_400",
)
LIMITS = CASES[0]
TOLERANCE = 1e-13
OPTIMISERS = {
    "scipy": lambda: pyhf.optimize.scipy_optimizer(tolerance=TOLERANCE, maxiter=100_000),
    "minuit": pyhf.optimize.minuit_optimizer,
}


def workspace(folder: Path, case: str) -> pyhf.Workspace:
    """A background with one of its signals."""
    if case.startswith("Region"):
        region, patch = case.split("/")
        place = folder / "sbottom_ins1748602" / region
        document = json.loads((place / "BkgOnly.json").read_text())
        return pyhf.Workspace(
            jsonpatch.apply_patch(document, json.loads((place / patch).read_text()))
        )
    place = folder / "1Lbb_ins1755298"
    document = json.loads((place / "BkgOnly.json").read_text())
    patchset = pyhf.PatchSet(json.loads((place / "patchset_three_points.json").read_text()))
    return pyhf.Workspace(patchset.apply(document, case.split()[1]))


def tested(one: pyhf.Workspace) -> Mapping[str, Any]:
    """CLs at mu = 1, and -log L at the three fits."""
    model = one.model()
    data = one.data(model)
    observed, expected = pyhf.infer.hypotest(
        1.0, data, model, test_stat="qtilde", return_expected_set=True
    )
    _, free = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
    fixed = [
        pyhf.infer.mle.fixed_poi_fit(mu, data, model, return_fitted_val=True)[1]
        for mu in (1.0, 0.0)
    ]
    return {
        "CLs_obs": float(observed),
        "CLs_exp": [float(number) for number in expected],
        "nll": [float(number) / 2 for number in (free, *fixed)],
    }


def limits(one: pyhf.Workspace) -> list[float]:
    """The observed and the median upper limit at 95 % CLs."""
    model = one.model()
    data = one.data(model)

    def excess(mu: float, number: int) -> float:
        observed, expected = pyhf.infer.hypotest(
            mu, data, model, test_stat="qtilde", return_expected_set=True
        )
        return (float(observed), float(expected[2]))[number] - 0.05

    return [float(brentq(excess, 1.0, 5.0, args=(number,), xtol=1e-6)) for number in range(2)]


def main(folder: Path) -> None:
    found: dict[str, dict[str, Any]] = {}
    warnings.simplefilter("ignore")
    for case in CASES:
        one = workspace(folder / "pyhf_workspaces", case)
        found[case] = {}
        for name, make in OPTIMISERS.items():
            pyhf.set_backend("jax", make())
            try:
                found[case][name] = tested(one)
            except pyhf.exceptions.FailedMinimization as error:
                found[case][name] = {"failed": str(error).splitlines()[0]}
            if (case, name) == (LIMITS, "scipy"):
                found[case][name]["limits"] = limits(one)
    said = {
        "producer": f"pyhf {pyhf.__version__}, jax backend; scipy: SLSQP, tolerance {TOLERANCE}; "
        "minuit: as it comes",
        "nll": "-log L of the fits to the data with mu free, 1, 0",
        "tests": found,
    }
    output = Path(__file__).with_name("published_tests.json")
    output.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
