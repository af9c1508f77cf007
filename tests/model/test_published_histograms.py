"""Published HistFactory workspaces against pyhf's own numbers."""

import json
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import pytest

from model.from_workspace import binned
from statmodel.model.histograms import Counts, Histograms

WORKSPACES = (
    "small/2-bin_1-channel.json",
    "small/bkg_only.json",
    "sbottom_ins1748602/RegionA/BkgOnly.json",
    "sbottom_ins1748602/RegionB/BkgOnly.json",
    "1Lbb_ins1755298/BkgOnly.json",
    "susy_2018_04/SRcombined.json",
    "susy_2018_16/Sleptons_bkgonly.json",
    "susy_2019_09/bkg_onshell.json",
)


@eqx.filter_jit
def evaluated(histograms: Histograms, at: jax.Array, data: Counts) -> tuple[jax.Array, jax.Array]:
    return histograms.expected(at), histograms.log_prob(at, data)


@pytest.mark.parametrize("name", WORKSPACES)
def test_expected_counts_and_probabilities_are_pyhfs(shared_data: Path, name: str):
    folder = shared_data / "pyhf_workspaces"
    document = json.loads((folder / name).read_text())
    # pyhf lists channels by name.
    document["channels"].sort(key=lambda channel: channel["name"])
    reference = json.loads((folder / "pyhf_reference.json").read_text())["workspaces"][name]
    names = [one if one != "lumi[0]" else "lumi" for one in reference["par_names"]]
    suffixes = {"": ("code4", "code4p"), "_code1_code0": ("code1", "code0")}
    for suffix, (normsys, histosys) in suffixes.items():
        case = binned(document, normsys=normsys, histosys=histosys)
        # Parameters that stand under no modifier of a channel are in neither list.
        assert set(case.names) <= set(names)
        points = {"test_point" + suffix: reference["test_point"]}
        points |= {"init": reference["init"]} if not suffix else {}
        for label, values in points.items():
            at = case.at(dict(zip(names, values, strict=True)))
            data = case.histograms.bind(case.observed)
            found, value = evaluated(case.histograms, at, data)
            wanted = np.asarray(reference[f"expected_main_{label}"])
            # Sums of ten products of up to eighty terms.
            np.testing.assert_allclose(found, wanted, rtol=1e-12)
            if label == "init":
                # Sums over some tens of bins.
                assert float(value) == pytest.approx(reference["mainlogpdf_init"], rel=1e-12)
