"""HDF5 and ROOT: files that hold several tables, and the key that names one."""

from pathlib import Path

import awkward
import h5py
import numpy as np
import pytest
import uproot

from statmodel._errors import DataError
from statmodel.data import column_names, read_columns


def message(path: Path, *columns: str, key: str | None = None) -> str:
    with pytest.raises(DataError) as error:
        read_columns(path, columns or ("m",), key=key)
    return str(error.value)


# --- HDF5 ----------------------------------------------------------------------------------------


@pytest.fixture
def hdf5(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["a/m"] = [1.0, 2.0]
        file["a/deep/m"] = [3.0]
        file["b/m"] = [4.0]
        file["b/label"] = ["x"]
        file["b/code"] = np.array([b"x"])
        file["b/square"] = np.ones((1, 2))
        file["rows"] = np.array([(5.0, b"x")], dtype=[("m", "<f4"), ("label", "S1")])
    return tmp_path / "t.h5"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("a", [1.0, 2.0]), ("/a/", [1.0, 2.0]), ("a/deep", [3.0]), ("b", [4.0]), ("rows", [5.0])],
)
def test_hdf5_key_names_a_group_or_a_compound(hdf5: Path, key: str, expected: list[float]):
    assert read_columns(hdf5, ["m"], key=key)["m"].tolist() == expected


def test_hdf5_messages(hdf5: Path):
    assert message(hdf5) == "t.h5: holds 3 tables; name one with `key`. Tables: a, b, rows."
    assert message(hdf5, key="c/x") == 't.h5: no table "c/x". In /: a, b, rows.'
    assert (
        message(hdf5, key="a/depe")
        == 't.h5: no table "a/depe". Did you mean "deep"? In /a: deep, m.'
    )
    assert message(hdf5, key="a/m") == (
        't.h5: "a/m" is one column; `key` names the group that holds the columns.'
    )
    assert message(hdf5, "label", "code", "square", key="b").splitlines() == [
        't.h5: column "label" holds no numbers but str.',
        't.h5: column "code" holds no numbers but str.',
        't.h5: column "square" holds no numbers but float64 of shape (2,) in each row.',
    ]
    assert message(hdf5, "label", key="rows") == 't.h5: column "label" holds no numbers but str.'
    assert (
        message(hdf5, "deep", key="a")
        == 't.h5: column "deep" holds no numbers but a group of columns.'
    )


def test_hdf5_only_group_needs_no_key(tmp_path: Path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["events/m"] = [1.0]
    assert column_names(tmp_path / "t.h5") == ("m",)


def test_hdf5_takes_nothing_from_other_files(tmp_path: Path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["m"] = [1.0, 2.0]
    (tmp_path / "raw.bin").write_bytes(np.ones(2).tobytes())
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["link"] = h5py.ExternalLink(str(secret), "/m")
        file.create_dataset("raw", (2,), "<f8", external=[(str(tmp_path / "raw.bin"), 0, 16)])
        layout = h5py.VirtualLayout(shape=(2,), dtype="<f8")
        layout[:] = h5py.VirtualSource(str(secret), "m", shape=(2,))
        file.create_virtual_dataset("virtual", layout)
    assert message(tmp_path / "t.h5", "link", "raw", "virtual").splitlines() == [
        't.h5: no column "link". Columns: raw, virtual.',
        't.h5: column "raw" holds no numbers but data of another file.',
        't.h5: column "virtual" holds no numbers but data of another file.',
    ]


# --- ROOT ----------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with uproot.recreate(tmp_path / "t.root") as file:
        file.mktree("first", {"m": "f8", "pair": ("f8", (2,))})
        file["first"].extend({"m": np.array([1.0, 2.0]), "pair": np.ones((2, 2))})
        file.mktree("folder/second", {"m": "i4"})
        file["folder/second"].extend({"m": np.array([3], dtype="i4")})
        file.mktree("jagged", {"j": "var * float64"})
        file["jagged"].extend({"j": awkward.Array([[1.0], [1.0, 2.0]])})
        file["h"] = np.histogram([1.0, 2.0])  # no tree: never a candidate
    return tmp_path / "t.root"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("first", [1.0, 2.0]), ("first;1", [1.0, 2.0]), ("folder/second", [3.0])],
)
def test_root_key_names_a_tree(root: Path, key: str, expected: list[float]):
    assert read_columns(root, ["m"], key=key)["m"].tolist() == expected


def test_root_messages(root: Path):
    assert message(root) == (
        "t.root: holds 3 trees; name one with `key`. Trees: first, folder/second, jagged."
    )
    assert message(root, key="frist") == (
        't.root: no tree "frist". Did you mean "first"? Trees: first, folder/second, jagged.'
    )
    assert message(root, "pair", key="first") == (
        't.root: column "pair" holds no numbers but float64 of shape (2,) in each row.'
    )
    assert message(root, "j", key="jagged") == 't.root: column "j" holds no numbers but double[].'


def test_root_ntuple_words_are_refused(tmp_path: Path):
    with uproot.recreate(tmp_path / "t.root") as file:
        file.mkrntuple("events", {"m": np.ones(2), "word": ["a", "b"]})
    assert message(tmp_path / "t.root", "word") == (
        't.root: column "word" holds no numbers but std::string.'
    )


@pytest.mark.parametrize("name", ["a:b.root", "http:x.root"])
def test_root_names_with_a_colon_are_plain_files(name: str, tmp_path: Path):
    with uproot.recreate(tmp_path / "t.root") as file:
        file.mktree("events", {"m": "f8"})
        file["events"].extend({"m": np.array([1.0])})
    (tmp_path / "t.root").rename(tmp_path / name)
    assert read_columns(tmp_path / name, ["m"])["m"].tolist() == [1.0]


def test_root_expressions_are_names_and_nothing_more(root: Path):
    expression = "m*2"
    assert message(root, expression, key="first") == 't.root: no column "m*2". Columns: m, pair.'
