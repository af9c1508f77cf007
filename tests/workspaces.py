"""Random pyhf workspaces with few names, so that two of them have much in common."""

import random
from typing import Any

NAMES = ("a", "b", "c")


def _modifiers(rng: random.Random, bins: int, channel: str, sample: str) -> list[dict[str, Any]]:
    up = [rng.randint(5, 9) for _ in range(bins)]
    down = [rng.uniform(2, 5) for _ in range(bins)]
    every = [
        {"name": f"mu_{rng.choice(NAMES)}", "type": "normfactor", "data": None},
        {"name": f"n_{rng.choice(NAMES)}", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}},
        {
            "name": f"n_{rng.choice(NAMES)}",
            "type": "histosys",
            "data": {"hi_data": up, "lo_data": down},
        },
        {"name": f"stat_{channel}", "type": "staterror", "data": [0.5] * bins},
        {"name": f"shape_{channel}_{sample}", "type": "shapesys", "data": [1] * bins},
        {"name": f"free_{channel}", "type": "shapefactor", "data": None},
        {"name": "lumi", "type": "lumi", "data": None},
    ]
    return rng.sample(every, rng.randint(1, len(every)))


def _channel(rng: random.Random, name: str) -> dict[str, Any]:
    bins = len(name) + rng.randint(0, 1)
    samples = [
        {
            "name": sample,
            "data": [rng.choice((5, 7.5, 12)) for _ in range(bins)],
            "modifiers": _modifiers(rng, bins, name, sample),
        }
        for sample in rng.sample(NAMES, rng.randint(1, 3))
    ]
    return {"name": name, "samples": samples}


def _measurement(rng: random.Random, name: str) -> dict[str, Any]:
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.9, 1.1]]}
    settings: list[dict[str, Any]] = [{**lumi, "inits": [1.0]}]
    if rng.random() < 0.5:
        settings.append({"name": "mu_a", "bounds": [[0, rng.choice((5, 10))]]})
    if rng.random() < 0.3:
        settings.append({"name": "n_b", "fixed": True})
    rng.shuffle(settings)
    return {"name": name, "config": {"poi": rng.choice(("mu_a", "mu_b")), "parameters": settings}}


def random_workspace(seed: int) -> dict[str, Any]:
    """A workspace that pyhf's schema admits."""
    rng = random.Random(seed)
    channels = [_channel(rng, name) for name in rng.sample(("A", "B", "CC"), rng.randint(1, 3))]
    observations = [
        {"name": one["name"], "data": [rng.randint(0, 30) for _ in one["samples"][0]["data"]]}
        for one in channels
    ]
    rng.shuffle(observations)
    names = rng.sample(("first", "second"), rng.randint(1, 2))
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [_measurement(rng, name) for name in names],
        "version": "1.0.0",
    }


def with_other_names(workspace: dict[str, Any], seed: int) -> dict[str, Any]:
    """The workspace with a few channels, measurements and settings unlike, others the same."""
    rng = random.Random(seed)
    other = random_workspace(seed)
    kept = [one for one in workspace["channels"] if rng.random() < 0.5]
    names = {one["name"] for one in kept}
    channels = kept + [one for one in other["channels"] if one["name"] not in names]
    rng.shuffle(channels)
    seen = {one["name"]: one for one in (*other["observations"], *workspace["observations"])}
    observed = {one["name"]: one for one in other["observations"]}
    chosen = [(seen if one["name"] in names else observed)[one["name"]] for one in channels]
    asked = workspace["measurements"] if rng.random() < 0.5 else other["measurements"]
    return {**other, "channels": channels, "observations": chosen, "measurements": asked}
