r"""Makes the pyhf workspaces of the examples: ``python specs/make_workspaces.py [FOLDER]``.

Four leptons at the Higgs mass: a Gaussian peak on a background that falls exponentially, integrated
over bins in closed form,

.. math:: \int_a^b N(m \mid m_H, \sigma)\,dm = \tfrac12\Bigl[
   \mathrm{erf}\frac{b - m_H}{\sqrt2 \sigma} - \mathrm{erf}\frac{a - m_H}{\sqrt2 \sigma}\Bigr].

Expected numbers are rounded to three digits, so that every machine writes the same file. Random
numbers come from ``numpy.random.RandomState``, whose stream NumPy promises never to change.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

Json: TypeAlias = "str | float | None | Sequence[Json] | Mapping[str, Json]"

EDGES = (105.0, 118.0, 122.0, 124.0, 126.0, 128.0, 140.0)  # GeV
M_H, RESOLUTION, SHIFT = 125.0, 1.8, 0.2  # GeV; SHIFT is one standard deviation of the lepton scale
SLOPE = -0.015  # 1/GeV
YIELD = {"Higgs": 205.0, "ZZ": 165.0, "fakes": 32.0}  # events in the mass range


def peak(mean: float) -> list[float]:
    """Fractions of the Higgs boson by bin."""
    below = [0.5 * math.erf((edge - mean) / (math.sqrt(2.0) * RESOLUTION)) for edge in EDGES]
    return [after - before for before, after in zip(below[:-1], below[1:], strict=True)]


def falling(slope: float) -> list[float]:
    """Fractions of a background by bin, one in all."""
    heights = [math.exp(slope * (edge - EDGES[0])) for edge in EDGES]
    steps = [after - before for before, after in zip(heights[:-1], heights[1:], strict=True)]
    return [step / sum(steps) for step in steps]


def events(total: float, fractions: Sequence[float]) -> list[float]:
    """Events by bin, to three digits."""
    return [round(total * one, 3) for one in fractions]


def norm(name: str, hi: float, lo: float) -> Json:
    """A modifier of the rate."""
    return {"name": name, "type": "normsys", "data": {"hi": hi, "lo": lo}}


def factor(name: str) -> Json:
    """A free factor."""
    return {"name": name, "type": "normfactor", "data": None}


def shape(name: str, hi: Sequence[float], lo: Sequence[float]) -> Json:
    """A modifier of the shape."""
    data = {"hi_data": list(hi), "lo_data": list(lo)}
    return {"name": name, "type": "histosys", "data": data}


def sample(name: str, data: Sequence[float], *modifiers: Json) -> Json:
    """One process of a channel."""
    return {"name": name, "data": list(data), "modifiers": list(modifiers)}


def workspace(
    channels: Mapping[str, Sequence[Json]], seen: Mapping[str, Sequence[float]], measurement: str
) -> Json:
    """A pyhf workspace whose parameter of interest is `mu`."""
    return {
        "channels": [{"name": name, "samples": samples} for name, samples in channels.items()],
        "observations": [{"name": name, "data": list(data)} for name, data in seen.items()],
        "measurements": [{"name": measurement, "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def make_combination(folder: Path) -> None:
    """The on-shell workspace of combination.yaml, truth mu = 1."""
    random = np.random.RandomState(20180628)
    higgs = events(YIELD["Higgs"], peak(M_H))
    zz = events(YIELD["ZZ"], falling(SLOPE))
    fakes = events(YIELD["fakes"], falling(2.0 * SLOPE))
    moved = [events(YIELD["Higgs"], peak(M_H + sign * SHIFT)) for sign in (1.0, -1.0)]
    lumi = norm("Luminosity", 1.017, 0.983)
    samples = [
        sample(
            "Higgs",
            higgs,
            factor("mu"),
            lumi,
            norm("ggH_rate", 1.05, 0.955),
            shape("lepton_scale", *moved),
        ),
        sample("ZZ", zz, factor("norm_ZZ"), lumi),
        sample(
            "fakes",
            fakes,
            {
                "name": "fakes_stat",
                "type": "shapesys",
                "data": [round(0.3 * one, 3) for one in fakes],
            },
        ),
    ]
    total = [sum(bins) for bins in zip(higgs, zz, fakes, strict=True)]
    seen = [float(random.poisson(one)) for one in total]
    write(
        folder / "combination_on_shell.json", workspace({"H4l": samples}, {"H4l": seen}, "onshell")
    )


def make_spec_format_example(folder: Path) -> None:
    """The workspace that spec_format_example.yaml includes, truth mu = 1."""
    random = np.random.RandomState(20120704)
    background = norm("bkg_rate", 1.1, 0.9)
    channels: dict[str, list[Json]] = {}
    seen: dict[str, list[float]] = {}
    for name, signal, rest in (("SR1", (12.0, 25.0), (60.0, 45.0)), ("SR2", (9.0,), (14.0,))):
        channels[name] = [
            sample("H", signal, factor("mu"), norm("JES", 1.03, 0.97)),
            sample("bkg", rest, background),
        ]
        seen[name] = [float(random.poisson(a + b)) for a, b in zip(signal, rest, strict=True)]
    channels["VR"] = [sample("bkg", (30.0,), background)]  # the spec leaves it out
    seen["VR"] = [41.0]
    write(folder / "spec_format_example_on_shell.json", workspace(channels, seen, "Meas"))


def write(path: Path, document: Json) -> None:
    """JSON, indented."""
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def make_workspaces(folder: Path) -> None:
    """Write all of them into a folder."""
    make_combination(folder)
    make_spec_format_example(folder)


if __name__ == "__main__":
    make_workspaces(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
