"""Random pyhf workspaces with all seven modifiers, zero bins and one-bin channels, for the laws.

`hypothesis` chooses the structure; contents follow from a seed that it chooses too, so that a
failing example shrinks to few modifiers.
"""

from typing import Any

import numpy as np
import pyhf
from hypothesis import strategies as st

LUMI = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0], "bounds": [[0.8, 1.2]]}


@st.composite
def workspaces(draw: st.DrawFn) -> dict[str, Any]:
    """A workspace whose bins expect something where something was counted."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    names = draw(st.permutations(["SR", "CR", "VR"]))[: draw(st.integers(1, 3))]
    channels, observations = [], []
    for name in names:
        bins = draw(st.sampled_from([1, 2, 4]))
        samples = draw(st.permutations(["signal", "top", "fakes"]))[: draw(st.integers(1, 3))]
        chosen = [
            _sample(draw, rng, channel=name, sample=one, bins=bins, first=place == 0)
            for place, one in enumerate(samples)
        ]
        total = np.sum([one["data"] for one in chosen], axis=0)
        counts = np.where(total > 0, rng.poisson(np.maximum(total, 0.1)), 0)
        channels.append({"name": name, "samples": chosen})
        observations.append({"name": name, "data": counts.astype(float).tolist()})
    config = {"poi": "mu", "parameters": [LUMI]}
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "m", "config": config}],
    }


def _sample(
    draw: st.DrawFn,
    rng: np.random.Generator,
    *,
    channel: str,
    sample: str,
    bins: int,
    first: bool,
) -> dict[str, Any]:
    data = rng.uniform(2.0, 60.0, bins)
    if draw(st.booleans()):
        data[rng.integers(bins)] = 0.0
    widths = data * rng.uniform(0.02, 0.3, bins)
    if draw(st.booleans()):
        widths[rng.integers(bins)] = 0.0

    def anchors() -> dict[str, list[float]]:
        return {side: (data * rng.uniform(0.6, 1.4, bins)).tolist() for side in _SIDES}

    def rates() -> dict[str, float]:
        return {"hi": rng.uniform(0.8, 1.4), "lo": rng.uniform(0.7, 1.2)}

    # One name under normsys and histosys is one parameter; `free_n` is shared by channels.
    offered = {
        ("normfactor", "k"): lambda: None,
        ("normsys", "jes"): rates,
        ("normsys", "tes"): rates,
        ("histosys", "jes"): anchors,
        ("histosys", "shape"): anchors,
        ("lumi", "lumi"): lambda: None,
        ("shapefactor", f"free_{bins}"): lambda: None,
        ("shapesys", f"own_{channel}_{sample}"): widths.tolist,
        ("staterror", f"stat_{channel}"): widths.tolist,
    }
    keys = draw(st.lists(st.sampled_from(sorted(offered)), unique=True, max_size=6))
    modifiers = [{"name": n, "type": t, "data": offered[t, n]()} for t, n in keys]
    if first:
        modifiers.append({"name": "mu", "type": "normfactor", "data": None})
    return {"name": sample, "data": data.tolist(), "modifiers": modifiers}


_SIDES = ("hi_data", "lo_data")


def parameters(config: Any, seed: int) -> np.ndarray:
    """A parameter vector in pyhf's order: factors near one, nuisances near zero.

    Far away some bins are negative, which pyhf counts as possible where they were found empty.
    """
    rng = np.random.default_rng(seed)
    start = np.asarray(config.suggested_init(), float)
    moved = np.where(
        start == 0, rng.normal(0, 0.3, start.size), rng.uniform(0.85, 1.15, start.size)
    )
    return np.where(start == 0, moved, start * moved)


def pyhf_model(workspace: dict[str, Any]) -> tuple[Any, list[float]]:
    """pyhf's model and data of a workspace; without a parameter of interest where it has none."""
    known = pyhf.Workspace(workspace)
    poi = known.get_measurement()["config"]["poi"]
    modifiers = {name for name, _ in known.modifiers}
    model = known.model() if poi in modifiers else known.model(poi_name=None)
    return model, known.data(model)
