"""Writes pyhf_tests.json: hypothesis tests and upper limits of a small workspace by pyhf.

Two bins with an uncorrelated background, several observations; `qtilde` and `q0` with the strength
bounded below by 0, `q` by -3. Limits are roots of `pyhf.infer.hypotest` by Brent's method.

    python tests/reference/make_pyhf_tests.py
"""

import json
import sys
from pathlib import Path

import pyhf
from scipy.optimize import brentq

_OUTPUT = Path(__file__).with_name("pyhf_tests.json")
_SIGNAL, _BACKGROUND, _UNCERTAINTY = [5.0, 10.0], [50.0, 52.0], [3.0, 7.0]
_OBSERVED = ([55, 60], [51, 48], [40, 45], [80, 95], [52, 38], [0, 1])
_VALUES = (0.5, 1.0, 2.0, 4.0)
_TOP = 20.0
_LOWEST = {"qtilde": 0.0, "q0": 0.0, "q": -3.0}
_LIMITS = 2  # of the first so many observations


def main() -> None:
    pyhf.set_backend("jax", pyhf.optimize.scipy_optimizer(tolerance=1e-13, maxiter=10_000))
    model = pyhf.simplemodels.uncorrelated_background(_SIGNAL, _BACKGROUND, _UNCERTAINTY)

    def test(mu: float, counts: list[int], statistic: str) -> dict:
        bounds = model.config.suggested_bounds()
        bounds[model.config.poi_index] = (_LOWEST[statistic], _TOP)
        observed, tails, expected = pyhf.infer.hypotest(
            mu,
            [*map(float, counts), *model.config.auxdata],
            model,
            par_bounds=bounds,
            test_stat=statistic,
            return_tail_probs=True,
            return_expected_set=True,
        )
        return {
            "mu": mu,
            "observed": counts,
            "statistic": statistic,
            "value": float(observed),
            "tails": [float(one) for one in tails],
            "expected": [float(one) for one in expected],
        }

    def limits(counts: list[int]) -> dict:
        def excess(mu: float, number: int) -> float:
            found = test(mu, counts, "qtilde")
            return [found["value"], *found["expected"]][number] - 0.05

        roots = [brentq(excess, 0.05, _TOP, args=(number,), xtol=1e-9) for number in range(6)]
        return {"observed": counts, "obs_limit": roots[0], "exp_limits": roots[1:]}

    tests = [
        test(mu, counts, statistic)
        for counts in _OBSERVED
        for statistic in _LOWEST
        for mu in ((0.0,) if statistic == "q0" else _VALUES)
    ]
    document = {
        "pyhf": pyhf.__version__,
        "python": sys.version.split()[0],
        "signal": _SIGNAL,
        "background": _BACKGROUND,
        "uncertainty": _UNCERTAINTY,
        "tests": tests,
        "limits": [limits(counts) for counts in _OBSERVED[:_LIMITS]],
    }
    _OUTPUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
