"""Writes pyhf_numbers.json: likelihoods, fits, tests and limits of pyhf 0.7.6.

Of the published workspaces (background-only ones with their patches, too), whose folder is named,
and of those in `pyhf_synthetic.py`, which the file keeps. Run where pyhf and jax are installed::

    .venv-rivals/bin/python tests/reference/make_pyhf.py ../shared/data/pyhf_workspaces

For each model: -log L with all constants at the initial values and at random points, the main
data expected there, the best fit, errors from the Hessian by automatic differentiation (none for a
parameter that is fixed or lies at a bound), CLs with q̃ at two strengths, 95 % upper limits and the
p-value of q0, all by pyhf's own functions with the optimiser of `pyhf_minimiser.py`. `scipy` says
how much higher pyhf's own SLSQP ended at its default tolerance, and its CLs. It takes an hour;
models that the file has already are left as they are.
"""

import json
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jsonpatch
import numpy as np
import pyhf
from pyhf_minimiser import Minimum, Polished
from pyhf_synthetic import DEFAULT, workspaces

_SEED = 20_241_122
_POINTS = 3
_OUTPUT = Path(__file__).with_name("pyhf_numbers.json")
_MOST_SCIPY = 130  # parameters up to which pyhf's own minimiser is asked for CLs as well
_WITHOUT_LIMITS = ("C1N2_Wh_hbb_1000_0", "C1N2_Wh_hbb_550_200")  # for the sake of time
_LEVEL, _LOWEST = 0.05, 0.05  # CLs at the limit, and where the search for it begins
_HIGHEST = 1000.0  # strength that the search for limits may try
_SPREAD = 1.5  # of random points, in widths; interpolation changes its form at one
_PUBLISHED: Sequence[tuple[str, str, str]] = (
    ("small/2-bin_1-channel.json", "", ""),
    ("small/docs_examples_json_2-bin_1-channel.json", "", ""),
    ("small/bkg_only.json", "", ""),
    ("small/tests_test_patchset_example_bkgonly.json", "", ""),
    (
        "small/tests_test_patchset_example_bkgonly.json",
        "small/tests_test_patchset_example_patchset.json",
        "patch_channel1_signal_syst1",
    ),
    ("small/validation_xmlimport_input_bkg.json", "", ""),
    ("sbottom_ins1748602/RegionA/BkgOnly.json", "", ""),
    (
        "sbottom_ins1748602/RegionA/BkgOnly.json",
        "sbottom_ins1748602/RegionA/patch.sbottom_1300_205_60.json",
        "",
    ),
    ("sbottom_ins1748602/RegionB/BkgOnly.json", "", ""),
    (
        "sbottom_ins1748602/RegionB/BkgOnly.json",
        "sbottom_ins1748602/RegionB/patch.sbottom_1000_230_100.json",
        "",
    ),
    ("1Lbb_ins1755298/BkgOnly.json", "", ""),
    *(
        (
            "1Lbb_ins1755298/BkgOnly.json",
            "1Lbb_ins1755298/patchset_three_points.json",
            f"C1N2_Wh_hbb_{point}",
        )
        for point in ("1000_0", "550_200", "700_400")
    ),
    ("susy_2018_04/SRcombined.json", "", ""),
    ("susy_2018_16/Sleptons_bkgonly.json", "", ""),
    ("susy_2019_09/bkg_onshell.json", "", ""),
)


class Task(NamedTuple):
    """One model to be asked."""

    label: dict
    workspace: dict
    measurement: str
    interpolation: dict


def tasks(folder: Path) -> Iterator[Task]:
    """The published ones, then the synthetic ones; every measurement of each."""
    for file, patch, name in _PUBLISHED:
        document = json.loads((folder / file).read_text("utf-8"))
        if patch:
            found = json.loads((folder / patch).read_text("utf-8"))
            if name:
                found = pyhf.PatchSet(found)[name].patch
            document = jsonpatch.apply_patch(document, found)
        label = (
            {"file": file} | ({"patch": patch} if patch else {}) | ({"name": name} if name else {})
        )
        for one in document["measurements"]:
            yield Task(label, document, one["name"], DEFAULT)
    for name, document, interpolation in workspaces():
        for one in document["measurements"]:
            yield Task({"synthetic": name}, document, one["name"], interpolation)


def asked(task: Task, rng: np.random.Generator, polished: Polished) -> dict:
    """All numbers of one model."""
    began = time.time()
    workspace = pyhf.Workspace(task.workspace)
    poi = workspace.get_measurement(measurement_name=task.measurement)["config"]["poi"]
    names = {name for name, _ in workspace.modifiers}
    settings = {kind: {"interpcode": code} for kind, code in task.interpolation.items()}
    model = workspace.model(
        measurement_name=task.measurement,
        modifier_settings=settings,
        **({} if poi in names else {"poi_name": None}),
    )
    data = np.asarray(workspace.data(model), float)
    config = model.config
    found = {
        **task.label,
        "measurement": task.measurement,
        "interpolation": task.interpolation,
        "poi": config.poi_name,
        "names": config.par_names,
        "points": points(model, data, rng),
    }
    start, box = config.suggested_init(), config.suggested_bounds()
    held = {i: start[i] for i, fixed in enumerate(config.suggested_fixed()) if fixed}
    best = polished.minimum(model, data, start, box, held, slsqp=True)
    found["fit"] = {
        "nll": best.nll,
        "at": [_short(one, 12) for one in best.at],
        "errors": errors(model, data, best, box, held, polished),
    }
    found["scipy"] = own_fit(model, data, best)
    if poi in names and poi != "JER_EffectiveNP_9":
        limits = task.label.get("name") not in _WITHOUT_LIMITS
        found |= inference(model, data.tolist(), polished, limits=limits)
        if config.npars <= _MOST_SCIPY and found["hypotests"][0]["test_stat"] == "qtilde":
            found["scipy"] |= own_test(model, data)
    found["seconds"] = round(time.time() - began, 1)
    return found


def points(model: pyhf.Model, data: np.ndarray, rng: np.random.Generator) -> list[dict]:
    """The initial values and random points at which pyhf's nll is finite."""
    config = model.config
    start = np.asarray(config.suggested_init(), float)
    low, high = np.asarray(config.suggested_bounds(), float).T
    free = ~np.asarray(config.suggested_fixed())
    gaussian = np.array([low[i] == -5.0 and high[i] == 5.0 for i in range(len(low))])
    found = [_point(model, data, start)]
    spread = _SPREAD
    while len(found) <= _POINTS:
        step = np.where(gaussian, spread, 0.2 * spread) * rng.standard_normal(len(start))
        at = np.where(free, np.clip(start + step, low + 0.02 * (high - low), high), start)
        at = np.where(free, at.round(3), start)
        one = _point(model, data, at)
        if np.isfinite(one["nll"]) and min(one["expected"]) >= 0:
            found.append(one)
        else:
            spread *= 0.8
    return found


def _point(model: pyhf.Model, data: np.ndarray, at: np.ndarray) -> dict:
    pyhf.set_backend("numpy")
    found = {
        "at": [_short(one, 17) for one in at],
        "nll": -float(model.logpdf(at.tolist(), data.tolist())[0]),
        "expected": model.expected_data(at.tolist(), include_auxdata=False).tolist(),
    }
    pyhf.set_backend("jax")
    return found


def errors(model, data, best: Minimum, box, held: dict, polished: Polished) -> list[float | None]:
    """Square roots of the diagonal of the inverse Hessian over what floats."""
    low, high = np.asarray(box, float).T
    free = [i for i in range(len(low)) if i not in held and low[i] < best.at[i] < high[i]]
    hessian = np.asarray(polished.functions(model).hessian(best.at, data))
    found: list[float | None] = [None] * len(low)
    if free:
        covariance = np.linalg.inv(hessian[np.ix_(free, free)])
        for i, variance in zip(free, np.diag(covariance), strict=True):
            found[i] = _short(float(np.sqrt(variance)), 8)
    return found


def own_fit(model: pyhf.Model, data: np.ndarray, best: Minimum) -> dict:
    """How much higher pyhf's own fit ends, at its default tolerance."""
    _scipy()
    try:
        _, twice = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
    except pyhf.exceptions.FailedMinimization as failed:
        return {"failed": str(failed).splitlines()[0][:80]}
    return {"above": _short(float(twice) / 2 - best.nll, 3)}


def own_test(model: pyhf.Model, data: np.ndarray) -> dict:
    """CLs at strength one with pyhf's own fits."""
    _scipy()
    try:
        return {"CLs": hypotest(model, data, 1.0)}
    except pyhf.exceptions.FailedMinimization as failed:
        return {"failed": str(failed).splitlines()[0][:80]}


def inference(model: pyhf.Model, data: list[float], polished: Polished, *, limits: bool) -> dict:
    """CLs at two strengths, upper limits where there are any, and the p-value of q0."""
    # On jax pyhf's limits end in "unhashable type"; the compiled functions serve on NumPy as well.
    pyhf.set_backend("numpy", custom_optimizer=polished)
    low, high = model.config.suggested_bounds()[model.config.poi_index]
    found: dict = {}
    if low == 0.0:
        found["hypotests"] = [hypotest(model, data, mu) for mu in (1.0, 0.4 * high / 10)]
        lowest = hypotest(model, data, _LOWEST)
        # A strength that is needed has no upper limit at 95 %; pyhf would look for it for ever.
        if limits and min(lowest["CLs_obs"], *lowest["CLs_exp"]) > _LEVEL:
            # The search may go beyond the strength's bound, where pyhf would refuse to start.
            box = model.config.suggested_bounds()
            box[model.config.poi_index] = (0.0, _HIGHEST)
            observed, expected = pyhf.infer.intervals.upper_limits.toms748_scan(
                data, model, _LOWEST, high, level=_LEVEL, rtol=1e-6, par_bounds=box
            )
            found["limits"] = {"obs": float(observed), "exp": [float(one) for one in expected]}
        p0, expected = pyhf.infer.hypotest(0.0, data, model, test_stat="q0", return_expected=True)
        found["discovery"] = {"p0": float(p0), "p0_exp": float(expected)}
    else:
        # q̃ wants a signal that cannot be negative; q does not.
        found["hypotests"] = [hypotest(model, data, 1.0, test_stat="q")]
    return found


def hypotest(model: pyhf.Model, data: np.ndarray, mu: float, *, test_stat: str = "qtilde") -> dict:
    observed, expected = pyhf.infer.hypotest(
        mu, data, model, test_stat=test_stat, return_expected_set=True
    )
    return {
        "mu": mu,
        "test_stat": test_stat,
        "CLs_obs": float(observed),
        "CLs_exp": [float(one) for one in expected],
    }


def _scipy() -> None:
    pyhf.set_backend("jax", custom_optimizer=pyhf.optimize.scipy_optimizer())


def _short(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def main(folder: Path) -> None:
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003
    known = json.loads(_OUTPUT.read_text("utf-8"))["models"] if _OUTPUT.exists() else []
    found, synthetic = [], {}
    for task in tasks(folder):
        if "synthetic" in task.label:
            synthetic[task.label["synthetic"]] = task.workspace
        one = next((each for each in known if _answers(each, task)), None)
        if one is None:
            pyhf.set_backend("jax")
            polished = Polished()
            one = asked(task, _generator(task), polished)
            print(_summary(one, polished), flush=True)  # noqa: T201
        found.append(one)
        document = {
            "producer": f"pyhf {pyhf.__version__}, jax {jax.__version__}, seed {_SEED}",
            "models": found,
            "synthetic": synthetic,
        }
        text = json.dumps(document, separators=(",", ":"), allow_nan=False)
        for label in ('{"file":', '{"synthetic":'):
            text = text.replace(label, f"\n{label}")
        _OUTPUT.write_text(text + "\n", "utf-8")


def _generator(task: Task) -> np.random.Generator:
    said = json.dumps([task.label, task.measurement, task.interpolation])
    return np.random.default_rng([_SEED, zlib.crc32(said.encode())])


def _answers(one: dict, task: Task) -> bool:
    asked_of = {**task.label, "measurement": task.measurement, "interpolation": task.interpolation}
    labels = ("file", "patch", "name", "synthetic", "measurement", "interpolation")
    return asked_of == {key: value for key, value in one.items() if key in labels}


def _summary(one: dict, polished: Polished) -> str:
    words = " ".join(
        str(one[k]) for k in ("file", "patch", "name", "synthetic", "measurement") if k in one
    )
    return (
        f"{words}: {len(one['names'])} parameters, nll {one['fit']['nll']:.9f}, "
        f"scipy above {one['scipy']}, {polished.fits} fits, most left {polished.worst:.1e}, "
        f"{one['seconds']} s"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
