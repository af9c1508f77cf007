"""Writes pyhf_parameters.json: what pyhf 0.7.6 makes of the parameters of workspaces.

For each workspace, by parameter: initial value, bounds, whether it is fixed, and its constraint as
[kind, observation, width or rate]. Run with the folder of the published workspaces:

    python tests/reference/make_pyhf_parameters.py ../shared/data/pyhf_workspaces

Random workspaces stand in the file themselves; the seed and pyhf's version are in it.
"""

import json
import random
import sys
from pathlib import Path

import pyhf

_SEED = 20_240_607
_RANDOM = 12
_OUTPUT = Path(__file__).with_name("pyhf_parameters.json")


def parameters(workspace: dict) -> dict:
    config = pyhf.Workspace(workspace).model(poi_name=None).config
    constraints = []
    for name in config.par_order:
        one = config.param_set(name)
        for i in range(one.n_parameters):
            if not one.constrained:
                constraints.append(None)
            elif one.pdf_type == "normal":
                constraints.append(["gaussian", one.auxdata[i], float(one.width()[i])])
            else:
                constraints.append(["poisson", one.auxdata[i], one.factors[i]])
    rows = zip(
        config.suggested_init(),
        config.suggested_bounds(),
        config.suggested_fixed(),
        constraints,
        strict=True,
    )
    return {
        name: [init, list(bounds), fixed, constraint]
        for name, (init, bounds, fixed, constraint) in zip(config.par_names, rows, strict=True)
    }


def random_workspace(rng: random.Random) -> dict:
    channels, observations, sets = [], [], {}
    for c in range(rng.randint(1, 3)):
        bins = rng.randint(1, 4)
        samples = [_sample(rng, c, s, bins, sets) for s in range(rng.randint(1, 3))]
        channels.append({"name": f"c{c}", "samples": samples})
        observations.append({"name": f"c{c}", "data": [3.0] * bins})
    settings = [{"name": "lumi", "auxdata": [1.1], "sigmas": [0.05], "inits": [1.1],
                 "bounds": [[0.5, 1.5]]}]  # fmt: skip
    settings += [_settings(rng, name, *known) for name, known in sets.items() if rng.random() < 0.4]
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "m", "config": {"poi": "", "parameters": settings}}],
        "version": "1.0.0",
    }


def _sample(rng: random.Random, c: int, s: int, bins: int, sets: dict) -> dict:
    data = [rng.choice([0.0, 0.0, 5.0, 10.5, 3.25, -1.0]) for _ in range(bins)]
    modifiers = []
    for kind, name, share in (
        ("staterror", f"stat{c}", 0.8),
        ("staterror", f"other{c}", 0.3),
        ("shapesys", f"shape{c}{s}", 0.6),
        ("shapefactor", f"free{bins}", 0.4),
    ):
        if rng.random() < share:
            values = None if kind == "shapefactor" else [rng.choice([0.0, 0.25, 0.75])
                                                         for _ in range(bins)]  # fmt: skip
            modifiers.append({"type": kind, "name": name, "data": values})
            sets[name] = (kind, bins)
    others = (
        {"type": "normsys", "name": "a", "data": {"hi": 1.1, "lo": 0.8}},
        {"type": "histosys", "name": "a", "data": {"hi_data": data, "lo_data": data}},
        {"type": "lumi", "name": "lumi", "data": None},
        {"type": "normfactor", "name": f"k{s}", "data": None},
    )
    modifiers += [other for other in others if rng.random() < 0.6]
    return {"name": f"s{s}", "data": data, "modifiers": modifiers}


def _settings(rng: random.Random, name: str, kind: str, bins: int) -> dict:
    found: dict = {
        "name": name,
        "inits": [1 + 0.125 * i for i in range(bins)],
        "bounds": [[0.5, 5.0 + i] for i in range(bins)],
    }
    if rng.random() < 0.5:
        found["fixed"] = rng.random() < 0.5
    if kind == "staterror":
        found["sigmas"] = [0.125 * (i + 1) for i in range(bins)]
    elif kind == "shapesys":
        found["factors"] = found["auxdata"] = [4.0 * (i + 1) for i in range(bins)]
    return found


def main(folder: Path) -> None:
    published = {}
    for file in sorted(folder.rglob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(document, dict) and {"channels", "version"} <= document.keys():
            published[file.relative_to(folder).as_posix()] = parameters(document)
    rng = random.Random(_SEED)
    made = [random_workspace(rng) for _ in range(_RANDOM)]
    found = {
        "producer": f"pyhf {pyhf.__version__}, seed {_SEED}",
        "columns": ["init", "bounds", "fixed", "constraint"],
        "published": published,
        "random": [{"workspace": one, "parameters": parameters(one)} for one in made],
    }
    _OUTPUT.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
