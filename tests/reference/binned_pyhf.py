r"""The binned channels of the examples by pyhf, constraints and constants included.

Numbers come from the YAML and JSON files, read as plain data; renamed as the spec says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import pyhf
from ruamel.yaml import YAML

_CODES = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}


@final
@dataclass(frozen=True)
class BinnedChannels:
    """A likelihood of pyhf."""

    model: pyhf.Model
    data: Sequence[float]

    @classmethod
    def read(cls, spec: Path) -> "BinnedChannels":
        """All binned channels of a YAML file, with those of the workspace that it includes."""
        document = YAML(typ="safe", pure=True).load(spec.read_text())
        (included,) = document["include"]
        other = json.loads((spec.parent / included["file"]).read_text())
        kept = included.get("channels", [one["name"] for one in other["channels"]])
        channels = [one for one in document["channels"] if "samples" in one]
        channels += [one for one in other["channels"] if one["name"] in kept]
        names = included["rename"]["modifiers"]
        for sample in (sample for channel in channels for sample in channel["samples"]):
            for modifier in sample["modifiers"]:
                modifier["name"] = names.get(modifier["name"], modifier["name"])
                modifier.setdefault("data", None)
        model = pyhf.Model({"channels": channels}, poi_name=None, modifier_settings=_CODES)
        seen = {one["name"]: one.get("data") for one in document["observations"]}
        seen |= {one["name"]: one["data"] for one in other["observations"]}
        data = [float(n) for name in model.config.channels for n in seen[name]]
        return cls(model=model, data=[*data, *model.config.auxdata])

    def nll(self, at: Mapping[str, float]) -> float:
        """-log L; parameters of bins are named `name[bin]`."""
        values: list[float] = []
        for name in self.model.config.par_order:
            size = self.model.config.param_set(name).n_parameters
            values += [at[name]] if name in at else [at[f"{name}[{i}]"] for i in range(size)]
        with np.errstate(all="ignore"):
            return -float(self.model.logpdf(values, self.data)[0])
