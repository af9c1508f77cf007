"""Public data of CMS, read from the files as they were published, and selected."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from statmodel._errors import DataError
from statmodel.data import column_names, load_events, read_columns

FOUR_LEPTONS = (
    "2e2mu_2011.csv",
    "2e2mu_2012.csv",
    "4e_2011.csv",
    "4e_2012.csv",
    "4mu_2011.csv",
    "4mu_2012.csv",
)


@pytest.fixture
def spectra(shared_data: Path) -> Path:
    return shared_data / "unbinned_spectra"


def by_hand(path: Path, column: str) -> list[float]:
    """The column as Python's own csv module reads it."""
    with path.open(newline="") as file:
        return [float(row[column]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("zmumu_mass.csv", "mass_GeV"),
        ("m4l_mass.csv", "mass_GeV"),
        ("Zmumu_Run2011A_masses.csv", "M"),
        ("Zee_Run2011A.csv", "isoEcal2"),
        *((name, "M") for name in FOUR_LEPTONS),
    ],
)
def test_every_number_is_read_as_python_reads_it(spectra: Path, name: str, column: str):
    assert read_columns(spectra / name, [column])[column].tolist() == by_hand(
        spectra / name, column
    )


@pytest.mark.parametrize(
    ("name", "events", "lower", "upper"),
    [("zmumu_mass.csv", 10_851, 60.0, 120.0), ("m4l_mass.csv", 102, 70.0, 181.0)],
)
def test_spectra_have_the_published_number_of_events(
    spectra: Path, name: str, events: int, lower: float, upper: float
):
    found = load_events(spectra / name, names={"m": "mass_GeV"}, ranges={"m": (lower, upper)})
    assert (found.size, found.dropped) == (events, 0)


def test_the_dimuon_spectrum_is_a_selection_of_the_event_table(spectra: Path):
    """The masses of muon pairs of opposite charge in the window; the summary keeps 6 digits."""
    table = load_events(
        spectra / "Zmumu_Run2011A_masses.csv", names={"m": "M"}, ranges={"m": (60.0, 120.0)}
    )
    summary = load_events(spectra / "zmumu_mass.csv", names={"m": "mass_GeV"})
    assert table.size >= summary.size
    assert table.size + table.dropped == len(by_hand(spectra / "Zmumu_Run2011A_masses.csv", "M"))
    assert set(np.round(summary.columns["m"], 4)) <= set(np.round(table.columns["m"], 4))


def test_the_four_lepton_spectrum_is_the_six_tables_together(spectra: Path):
    masses = [
        load_events(spectra / name, names={"m": "M"}, ranges={"m": (70.0, 181.0)}).columns["m"]
        for name in FOUR_LEPTONS
    ]
    summary = read_columns(spectra / "m4l_mass.csv", ["mass_GeV"])["mass_GeV"]
    # The summary was written from 32- or 64-bit sums of the same decimals: equal to 1e-9 GeV.
    np.testing.assert_allclose(np.sort(np.concatenate(masses)), np.sort(summary), rtol=0, atol=1e-9)


def test_words_in_a_real_table_are_refused_by_type(spectra: Path):
    path = spectra / "Zmumu_Run2011A_masses.csv"
    assert "Type1" in column_names(path)
    with pytest.raises(DataError, match='column "Type1" holds no numbers but string'):
        read_columns(path, ["M", "Type1"])


@pytest.mark.parametrize("name", ["zmumu", "m4l"])
def test_sums_are_those_of_the_reference(spectra: Path, name: str):
    """The sum of the masses as ROOT computed it, given to four decimals."""
    reference = json.loads((spectra / "roofit_reference.json").read_text())["data"][name]
    masses = read_columns(spectra / reference["file"], ["mass_GeV"])["mass_GeV"]
    assert masses.size == reference["n"]
    assert masses.sum() == pytest.approx(reference["sum"], rel=0, abs=1e-4)


def test_a_log_likelihood_in_closed_form_is_that_of_the_reference(spectra: Path):
    """The exponential of RooFit: nll = n log((exp(c b) - exp(c a)) / c) - c sum(x)."""
    entries = json.loads((spectra / "roofit_reference.json").read_text())["pdf_nll"]
    entry = next(e for e in entries if e["pdf"].startswith("RooExponential"))
    masses = read_columns(spectra / "zmumu_mass.csv", ["mass_GeV"])["mass_GeV"]
    slope = entry["parameters"]["c"]
    norm = (np.exp(120.0 * slope) - np.exp(60.0 * slope)) / slope
    # Both are sums of 1e4 terms in 64 bits, of relative error 1e4 * 1e-16 at worst.
    assert masses.size * np.log(norm) - slope * masses.sum() == pytest.approx(
        entry["nll"]["cpu"], rel=1e-12
    )
