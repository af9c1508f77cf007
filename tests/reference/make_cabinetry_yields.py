"""Writes cabinetry_yields.json: yields and their standard deviations as cabinetry 0.6.0 has them.

cabinetry shifts each parameter up and down by its whole width and halves the difference. That is no
Jacobian, and differs from one where a response is curved. So each number stands twice: `steps` as
cabinetry gives it, `slopes` with all widths, and then the result, scaled by 1e-4, which leaves of
the differences what a Jacobian gives, to 1e-8 of itself. Run with cabinetry and pyhf installed:

    python tests/reference/make_cabinetry_yields.py
"""

import importlib.metadata
import json
from pathlib import Path

import cabinetry
import numpy as np
import pyhf
from cabinetry import model_utils

_OUTPUT = Path(__file__).with_name("cabinetry_yields.json")
_SMALL = 1e-4

WORKSPACE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "signal",
                    "data": [1.0, 4.0, 9.0, 3.0],
                    "modifiers": [
                        {"name": "mu", "type": "normfactor", "data": None},
                        {"name": "lumi", "type": "lumi", "data": None},
                        {"name": "jes", "type": "normsys", "data": {"hi": 1.08, "lo": 0.95}},
                    ],
                },
                {
                    "name": "top",
                    "data": [30.0, 25.0, 14.0, 6.0],
                    "modifiers": [
                        {"name": "k_top", "type": "normfactor", "data": None},
                        {
                            "name": "jes",
                            "type": "histosys",
                            "data": {
                                "hi_data": [33.0, 27.0, 14.5, 5.5],
                                "lo_data": [28.0, 24.0, 13.0, 6.8],
                            },
                        },
                        {"name": "stat_SR", "type": "staterror", "data": [2.0, 1.5, 1.0, 0.8]},
                    ],
                },
                {
                    "name": "fakes",
                    "data": [8.0, 6.0, 5.0, 2.0],
                    "modifiers": [
                        {"name": "fake_rate", "type": "normsys", "data": {"hi": 1.3, "lo": 0.7}},
                        {"name": "shape_fakes", "type": "shapesys", "data": [1.5, 1.2, 1.1, 0.9]},
                        {"name": "stat_SR", "type": "staterror", "data": [0.9, 0.8, 0.7, 0.5]},
                    ],
                },
            ],
        },
        {
            "name": "CR",
            "samples": [
                {
                    "name": "top",
                    "data": [210.0, 180.0],
                    "modifiers": [
                        {"name": "k_top", "type": "normfactor", "data": None},
                        {"name": "lumi", "type": "lumi", "data": None},
                        {"name": "jes", "type": "normsys", "data": {"hi": 1.05, "lo": 0.96}},
                    ],
                },
                {
                    "name": "fakes",
                    "data": [20.0, 30.0],
                    "modifiers": [
                        {"name": "fake_rate", "type": "normsys", "data": {"hi": 1.3, "lo": 0.7}}
                    ],
                },
            ],
        },
    ],
    "observations": [
        {"name": "SR", "data": [42.0, 33.0, 31.0, 12.0]},
        {"name": "CR", "data": [251.0, 199.0]},
    ],
    "measurements": [
        {
            "name": "reference",
            "config": {
                "poi": "mu",
                "parameters": [
                    {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0],
                     "bounds": [[0.5, 1.5]]}
                ],
            },
        }
    ],
}  # fmt: skip


def described(model, values, widths, correlation) -> dict:
    """By channel and then sample ("total" for their sum): events, errors, and those of the sums."""

    def errors(scale: float):
        found = model_utils.yield_stdev(model, values, widths * scale, correlation)
        return [[(np.asarray(s) / scale).tolist() for s in part] for part in map(list, found[0])], [
            [float(s) / scale for s in part] for part in found[1]
        ]

    events = model.main_model.expected_data(values, return_by_sample=True)
    steps, slopes = errors(1.0), errors(_SMALL)
    found: dict = {}
    for c, channel in enumerate(model.config.channels):
        rows = events[:, model.config.channel_slices[channel]]
        names = [*model.config.samples, "total"]
        table = [*rows.tolist(), rows.sum(axis=0).tolist()]
        found[channel] = {
            name: {
                "events": table[s],
                "steps": steps[0][c][s],
                "slopes": slopes[0][c][s],
                "total_steps": steps[1][c][s],
                "total_slopes": slopes[1][c][s],
            }
            for s, name in enumerate(names)
        }
    return found


def main() -> None:
    model, data = model_utils.model_and_data(WORKSPACE)
    names = model.config.par_names
    values = model_utils.asimov_parameters(model)
    widths = model_utils.prefit_uncertainties(model)
    fitted = cabinetry.fit.fit(model, data)
    document = {
        "made_by": {
            name: importlib.metadata.version(name) for name in ("cabinetry", "pyhf", "iminuit")
        },
        "workspace": WORKSPACE,
        "prefit": {
            "values": dict(zip(names, values.tolist(), strict=True)),
            "widths": dict(zip(names, widths.tolist(), strict=True)),
            "yields": described(model, values, widths, np.eye(len(names))),
        },
        "postfit": {
            "values": dict(zip(names, fitted.bestfit.tolist(), strict=True)),
            "widths": dict(zip(names, fitted.uncertainty.tolist(), strict=True)),
            "correlation": fitted.corr_mat.tolist(),
            "yields": described(model, fitted.bestfit, fitted.uncertainty, fitted.corr_mat),
        },
    }
    _OUTPUT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    pyhf.set_backend("numpy", "minuit")
    main()
