"""The committed data files are what the script beside them makes."""

import json
import runpy
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

FILES = (
    "offshell_h4l_pool.parquet",
    "offshell_h4l_observed.parquet",
    "spec_format_example_pool.parquet",
    "spec_format_example_observed.parquet",
    "spec_format_example_peak.csv",
    "peak.csv",
    "lz_like.csv",
    "higgs_tautau_unbinned.csv",
)
WORKSPACES = ("combination_on_shell.json", "spec_format_example_on_shell.json")
LARGEST = 3_000_000
"""All files together, in bytes: they travel in the wheel."""


@pytest.fixture(scope="module")
def made(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    script = runpy.run_path(str(repository / "specs" / "make_examples.py"), run_name="script")
    script["make_examples"](folder)
    workspaces = runpy.run_path(str(repository / "specs" / "make_workspaces.py"), run_name="script")
    workspaces["make_workspaces"](folder)
    return folder


def test_the_scripts_make_the_files_that_are_shipped(made: Path, repository: Path) -> None:
    kinds = {".csv", ".parquet", ".json"}
    shipped = {path.name for path in (repository / "specs").iterdir() if path.suffix in kinds}
    assert {path.name for path in made.iterdir()} == shipped == {*FILES, *WORKSPACES}


@pytest.mark.parametrize("name", WORKSPACES)
def test_shipped_workspaces_are_those_of_the_script(
    made: Path, repository: Path, name: str
) -> None:
    # Rounded to three digits by the script.
    shipped, again = ((folder / name).read_text() for folder in (repository / "specs", made))
    assert json.loads(shipped) == json.loads(again)


@pytest.mark.parametrize("name", FILES)
def test_shipped_numbers_are_those_of_the_script(made: Path, repository: Path, name: str) -> None:
    shipped, again = (table(folder / name) for folder in (repository / "specs", made))
    assert shipped.column_names == again.column_names
    for column in shipped.column_names:
        # Other mathematical libraries differ in the last bits of exp and log.
        np.testing.assert_allclose(
            shipped[column].to_numpy(), again[column].to_numpy(), rtol=1e-11, err_msg=column
        )


def test_counts_of_the_higgs_mass_are_drawn_as_it_says(repository: Path) -> None:
    text = (repository / "specs" / "higgs_mass.yaml").read_text()
    assert "numpy.random.RandomState(2020).poisson(signal + background)" in text
    spec = YAML(typ="safe", pure=True).load(text)
    expected = np.sum([one["data"] for one in spec["channels"][0]["samples"]], axis=0)
    drawn = np.random.RandomState(2020).poisson(expected)
    assert spec["observations"][0]["data"] == drawn.tolist()


def test_the_files_are_small(repository: Path) -> None:
    assert sum((repository / "specs" / name).stat().st_size for name in FILES) < LARGEST


def table(path: Path) -> pa.Table:
    return pq.read_table(path) if path.suffix == ".parquet" else pyarrow.csv.read_csv(path)
