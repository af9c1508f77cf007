"""Every format gives back what another library wrote, exactly."""

from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from pyarrow import csv

from statmodel._errors import DataError
from statmodel.data import column_names, read_columns

Columns = Mapping[str, np.ndarray]


def write_parquet(path: Path, columns: Columns):
    pq.write_table(pa.table(dict(columns)), path)


def write_csv(path: Path, columns: Columns):
    csv.write_csv(pa.table(dict(columns)), path)


def write_npz(path: Path, columns: Columns):
    np.savez(path, **columns)


def write_hdf5(path: Path, columns: Columns):
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            file.create_dataset(name, data=values, track_order=True)


def write_hdf5_compound(path: Path, columns: Columns):
    kinds = [(name, values.dtype) for name, values in columns.items()]
    rows = np.array(list(zip(*columns.values(), strict=True)), dtype=kinds)
    with h5py.File(path, "w") as file:
        file["events"] = rows


def write_root_tree(path: Path, columns: Columns):
    with uproot.recreate(path) as file:
        file.mktree("events", {name: values.dtype for name, values in columns.items()})
        file["events"].extend(dict(columns))


def write_root_ntuple(path: Path, columns: Columns):
    with uproot.recreate(path) as file:
        file.mkrntuple("events", dict(columns))


FORMATS = [
    pytest.param(write_parquet, "t.parquet", id="parquet"),
    pytest.param(write_parquet, "t.PQ", id="pq"),
    pytest.param(write_csv, "t.csv", id="csv"),
    pytest.param(write_npz, "t.npz", id="npz"),
    pytest.param(write_hdf5, "t.h5", id="hdf5"),
    pytest.param(write_hdf5_compound, "t.hdf5", id="hdf5-compound"),
    pytest.param(write_root_tree, "t.root", id="root-tree"),
    pytest.param(write_root_ntuple, "t.root", id="root-ntuple"),
]

Write = Callable[[Path, Columns], None]


@pytest.fixture
def columns() -> Columns:
    """Values a careless reader would change: next to 0.1, subnormal, huge, negative zero."""
    return {
        "m": np.array([np.nextafter(0.1, 1), 5e-324, 1.7976931348623157e308, -0.0]),
        "f": np.array([0.1, -2.5, 3e38, 0], dtype=np.float32),
        "n": np.array([1, -2, 2**53, 2**62 + 1]),
        "ok": np.array([True, False, False, True]),
        "unused": np.array([1.0, 2.0, 3.0, 4.0]),
    }


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_numbers_come_back_exactly(write: Write, name: str, tmp_path: Path, columns: Columns):
    write(tmp_path / name, columns)
    wanted = ["ok", "m", "n", "f"]
    if write is write_csv:  # a decimal of a 32-bit float reads as the 64-bit float nearest to it
        wanted.remove("f")
    if write is write_csv:  # written as true and false
        assert (tmp_path / name).read_text().splitlines()[1].split(",")[3] == "true"
    found = read_columns(tmp_path / name, wanted)
    assert list(found) == wanted
    for column in wanted:
        assert found[column].dtype == np.float64
        np.testing.assert_array_equal(found[column], columns[column].astype(np.float64))
    assert np.signbit(found["m"][3])


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_names_are_listed(write: Write, name: str, tmp_path: Path, columns: Columns):
    write(tmp_path / name, columns)
    names = column_names(tmp_path / name)
    assert sorted(names) == sorted(columns)
    if write not in {write_hdf5, write_root_ntuple}:  # these list by name, or in no stated order
        assert names == tuple(columns)


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_a_table_without_rows_is_legitimate(write: Write, name: str, tmp_path: Path):
    empty = {"m": np.zeros(0), "n": np.zeros(0, dtype=np.int64)}
    write(tmp_path / name, empty)
    found = read_columns(tmp_path / name, ["m", "n"])
    assert {column: values.shape for column, values in found.items()} == {"m": (0,), "n": (0,)}


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_columns_cannot_be_written_to(write: Write, name: str, tmp_path: Path, columns: Columns):
    write(tmp_path / name, columns)
    found = read_columns(tmp_path / name, ["m"])
    with pytest.raises(ValueError, match="read-only"):
        found["m"][0] = 1.0


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_missing_columns_are_named_together(write: Write, name: str, tmp_path: Path):
    write(tmp_path / name, {"mass_gev": np.array([1.0]), "pt": np.array([2.0])})
    with pytest.raises(DataError) as error:
        read_columns(tmp_path / name, ["mas_gev", "weight", "pt"])
    assert str(error.value).splitlines() == [
        f'{name}: no column "mas_gev". Did you mean "mass_gev"?',
        f'{name}: no column "weight". Columns: mass_gev, pt.',
    ]


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_values_that_are_not_finite_are_named(write: Write, name: str, tmp_path: Path):
    bad = np.array([1.0, np.nan, np.inf, 2.0, -np.inf, np.nan, np.nan, np.nan])
    write(tmp_path / name, {"m": bad, "n": np.ones(8), "k": np.where(bad == 2.0, np.inf, 1.0)})
    with pytest.raises(DataError) as error:
        read_columns(tmp_path / name, ["m", "n", "k"])
    assert str(error.value).splitlines() == [
        f'{name}: column "m" has 6 values that are no finite numbers, in rows (counted from 0) '
        "1 (nan), 2 (inf), 4 (-inf), 5 (nan), 6 (nan), ...",
        f'{name}: column "k" has 1 value that is no finite number, '
        "in row (counted from 0) 3 (inf).",
    ]
    assert (
        read_columns(tmp_path / name, ["n"])["n"].size == 8
    )  # other columns are free to hold them


@pytest.mark.parametrize(("write", "name"), FORMATS)
@pytest.mark.parametrize("content", [b"", b"not a table at all\x00" * 40], ids=["empty", "garbage"])
def test_a_damaged_file_is_one_message(write: Write, name: str, content: bytes, tmp_path: Path):
    del write
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as error:
        read_columns(tmp_path / name, ["m"])
    assert str(error.value).startswith(f"{name}: ")


@pytest.mark.parametrize(("write", "name"), FORMATS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_never_a_traceback(
    write: Write, name: str, kept: float, tmp_path: Path
):
    columns = {"m": np.linspace(0.0, 1.0, 20_000), "n": np.arange(20_000)}
    write(tmp_path / name, columns)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(kept * len(content))])
    if write is write_csv:  # a shorter CSV file is a CSV file, or ends within a row
        return
    with pytest.raises(DataError, match="cannot be read as"):
        read_columns(tmp_path / name, ["m", "n"])
