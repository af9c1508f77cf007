"""Synthetic workspaces: every nuisance parameter moves about half of the samples.

`A` has 10 channels of 20 bins and 61 parameters, `B` 30 channels of 20 bins and 231: one strength
of the signal, and nuisance parameters that move rates (normsys) and shapes (histosys) in turn, or
both where that is asked for. Each channel has a signal and two backgrounds.
Histograms fall exponentially, the signal is a bump; rates move by some per cent, shapes by a tilt
and by independent fluctuations. As in published workspaces, most rates move up and down by nearly
the same, and a quarter moves on one side only. `scattered` has parameters that move few samples
each, and per-bin factors, as large combinations have.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

Workspace: TypeAlias = dict[str, object]

BACKGROUNDS = 2
BOTH_SIDES = 0.75


class Size(NamedTuple):
    channels: int
    bins: int
    nuisances: int


A = Size(channels=10, bins=20, nuisances=60)
B = Size(channels=30, bins=20, nuisances=230)


def workspace(
    size: Size, *, both: bool = False, share: float = 0.5, staterror: bool = False
) -> Workspace:
    """A pyhf workspace.

    Args:
        size: how large.
        both: whether a nuisance parameter moves rates and shapes, or one of them.
        share: the share of samples that a nuisance parameter moves.
        staterror: adds one factor a bin.
    """
    rng = np.random.default_rng(size.nuisances)
    channels, observations = [], []
    for c in range(size.channels):
        samples = []
        total = np.zeros(size.bins)
        for s in range(1 + BACKGROUNDS):
            data = _nominal(rng, size.bins, signal=s == 0)
            total += data
            moved = np.flatnonzero(rng.random(size.nuisances) < share)
            modifiers = []
            for k in moved:
                pair = _modifiers(rng, f"alpha_{k}", data)
                modifiers += pair if both else [pair[k % 2]]
            if s == 0:
                modifiers.append({"name": "mu", "type": "normfactor", "data": None})
            if staterror:
                errors = (0.05 * data).tolist()
                modifiers.append({"name": f"stat_{c}", "type": "staterror", "data": errors})
            samples.append({"name": f"sample_{s}", "data": data.tolist(), "modifiers": modifiers})
        channels.append({"name": f"channel_{c}", "samples": samples})
        observed = rng.poisson(total).astype(float).tolist()
        observations.append({"name": f"channel_{c}", "data": observed})
    measurement = {"name": "m", "config": {"poi": "mu", "parameters": []}}
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [measurement],
        "version": "1.0.0",
    }


def scattered(channels: int, nuisances: int) -> Workspace:
    """A workspace of many channels of ten bins, of which a nuisance parameter moves a few."""
    return workspace(Size(channels, 10, nuisances), both=True, share=0.04, staterror=True)


def _nominal(rng: np.random.Generator, bins: int, *, signal: bool) -> np.ndarray:
    x = (np.arange(bins) + 0.5) / bins
    if signal:
        return 8.0 * np.exp(-0.5 * ((x - rng.uniform(0.3, 0.7)) / 0.1) ** 2) + 0.2
    return rng.uniform(30, 90) * np.exp(-rng.uniform(0.5, 2.5) * x)


def _modifiers(rng: np.random.Generator, name: str, data: np.ndarray) -> list[dict[str, object]]:
    tilt = np.linspace(-1, 1, data.size) * rng.normal(0, 0.01)
    high, low = (data * (1 + sign * tilt + rng.normal(0, 0.002, data.size)) for sign in (1.0, -1.0))
    size = rng.normal(0, 0.02)
    down = size * (1 + 0.1 * rng.normal()) if rng.random() < BOTH_SIDES else 0.0
    rates = {"hi": 1 + size, "lo": 1 - down}
    shapes = {"hi_data": high.tolist(), "lo_data": low.tolist()}
    return [
        {"name": name, "type": "normsys", "data": rates},
        {"name": name, "type": "histosys", "data": shapes},
    ]
