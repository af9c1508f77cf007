"""A pyhf workspace as a block of histograms, for tests; parameters are named as pyhf names them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from statmodel.model.histograms import Channel, Histograms, Rate, Sample, Shift, assemble

PER_BIN = ("staterror", "shapesys", "shapefactor")


class Binned(NamedTuple):
    histograms: Histograms
    names: tuple[str, ...]
    """Of the slots, but for the last one, which holds 1."""
    observed: np.ndarray

    def at(self, point: Mapping[str, float]) -> jax.Array:
        """Slots at a point; what it lacks starts at 0 for `alpha`s, at 1 otherwise."""
        return jnp.asarray([*(point[name] for name in self.names), 1.0])


def components(name: str, bins: int) -> list[str]:
    return [f"{name}[{b}]" for b in range(bins)]


def binned(
    workspace: Mapping[str, Any], *, normsys: str = "code4", histosys: str = "code4p"
) -> Binned:
    """All seven modifiers, with one interpolation code of each kind."""
    slots: dict[str, int] = {}

    def slot(name: str) -> int:
        return slots.setdefault(name, len(slots))

    channels = []
    for channel in workspace["channels"]:
        samples = []
        for sample in channel["samples"]:
            found: dict[str, list] = {"factors": [], "rates": [], "shifts": [], "gammas": []}
            for modifier in sample["modifiers"]:
                name, data = modifier["name"], modifier["data"]
                match modifier["type"]:
                    case "normfactor" | "lumi":
                        found["factors"].append(slot(name))
                    case "normsys":
                        found["rates"].append(Rate(slot(name), normsys, data["hi"], data["lo"]))
                    case "histosys":
                        sides = (tuple(map(float, data[side])) for side in ("hi_data", "lo_data"))
                        found["shifts"].append(Shift(slot(name), histosys, *sides))
                    case "staterror" | "shapesys" | "shapefactor":
                        names = components(name, len(sample["data"]))
                        found["gammas"].append(tuple(slot(one) for one in names))
                    case unknown:
                        raise ValueError(unknown)
            data = tuple(map(float, sample["data"]))
            each = {kind: tuple(modifiers) for kind, modifiers in found.items()}
            samples.append(Sample(sample["name"], data, **each))
        channels.append(Channel(channel["name"], tuple(samples)))
    counts = {one["name"]: one["data"] for one in workspace["observations"]}
    return Binned(
        assemble(channels, one=len(slots)),
        tuple(slots),
        np.concatenate([counts[channel.name] for channel in channels]),
    )
