"""What is refused, and how each message tells the way out; what each format chooses by itself."""

import io
import pickle
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from statmodel._errors import DataError
from statmodel.data import column_names, read_columns


def message(path: Path, *columns: str, key: str | None = None) -> str:
    with pytest.raises(DataError) as error:
        read_columns(path, columns or ("m",), key=key)
    return str(error.value)


def text(folder: Path, content: str, name: str = "t.csv") -> Path:
    (folder / name).write_text(content)
    return folder / name


# --- files ---------------------------------------------------------------------------------------


def test_a_missing_file_names_the_nearest_one(tmp_path: Path):
    text(tmp_path, "m\n1\n", "observed.csv")
    assert message(tmp_path / "obsrved.csv") == (
        f'no file "obsrved.csv" in {tmp_path}. Did you mean "observed.csv"?'
    )
    assert message(tmp_path / "other" / "t.csv") == (
        f'no file "t.csv": there is no folder {tmp_path / "other"}.'
    )
    assert (
        message(tmp_path)
        == f'"{tmp_path.name}" in {tmp_path.parent} is a folder; a file is expected.'
    )


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path):
    known = ".parquet, .pq, .csv, .npz, .h5, .hdf5, .root"
    assert message(text(tmp_path, "", "t.parqet")) == (
        f't.parqet: unknown kind of file ".parqet". Did you mean ".parquet"? Read are: {known}.'
    )
    assert message(text(tmp_path, "", "t")) == f't: unknown kind of file "". Read are: {known}.'


class Bomb:
    """Unpickling it leaves a trace."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("name", ["t.pkl", "t.pickle", "t.npy", "t.npz", "t.h5", "t.csv"])
def test_a_pickle_is_never_read(name: str, tmp_path: Path):
    trace = tmp_path / "executed"
    (tmp_path / name).write_bytes(pickle.dumps({"m": Bomb(trace)}))
    assert message(tmp_path / name).startswith(f"{name}: ")
    assert not trace.exists()


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path):
    trace = tmp_path / "executed"
    objects = np.array([Bomb(trace)], dtype=object)
    np.savez(tmp_path / "t.npz", m=objects, n=np.ones(1))
    assert message(tmp_path / "t.npz", "m") == (
        't.npz: column "m" holds no numbers but Python objects, which are never unpickled.'
    )
    assert read_columns(tmp_path / "t.npz", ["n"])["n"].tolist() == [1.0]
    assert not trace.exists()


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.npz"])
def test_a_key_is_refused_where_a_file_holds_one_table(name: str, tmp_path: Path):
    title = {"t.parquet": "Parquet", "t.csv": "CSV", "t.npz": "NPZ"}[name]
    assert message(text(tmp_path, "m\n", name), key="events") == (
        f"{name}: a {title} file holds one table; leave out `key` ('events')."
    )


@pytest.mark.parametrize(
    ("name", "needs"),
    [("t.root", ("uproot", "_root", "root")), ("t.h5", ("h5py", "_hdf5", "hdf5"))],
)
def test_a_missing_package_gives_the_command(
    name: str, needs: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package, reader, extra = needs
    monkeypatch.delitem(sys.modules, f"statmodel.data.{reader}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)  # importing it now fails, as if not installed
    found = message(text(tmp_path, "", name))
    assert f"files need {package}, which is not installed" in found
    assert found.endswith(f'pip install "statmodel[{extra}]"')


# --- Parquet -------------------------------------------------------------------------------------


def test_parquet_types_that_hold_no_numbers_are_named_together(tmp_path: Path):
    table = pa.table(
        {
            "label": ["a", "b"],
            "vector": [[1.0], [2.0, 3.0]],
            "when": pa.array([0, 1], pa.timestamp("ms")),
            "m": [1.0, 2.0],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    assert message(tmp_path / "t.parquet", "label", "m", "vector", "when", "gone").splitlines() == [
        't.parquet: no column "gone". Columns: label, vector, when, m.',
        't.parquet: column "label" holds no numbers but string.',
        't.parquet: column "vector" holds no numbers but list<element: double>.',
        't.parquet: column "when" holds no numbers but timestamp[ms].',
    ]


def test_parquet_nulls_are_not_a_number(tmp_path: Path):
    table = pa.table({"m": [1, None, 3], "b": [True, None, False], "z": pa.nulls(3)})
    pq.write_table(table, tmp_path / "t.parquet")
    one = "has 1 value that is no finite number, in row (counted from 0) 1 (nan)."
    assert message(tmp_path / "t.parquet", "m", "b", "z").splitlines() == [
        f't.parquet: column "m" {one}',
        f't.parquet: column "b" {one}',
        't.parquet: column "z" has 3 values that are no finite numbers, '
        "in rows (counted from 0) 0 (nan), 1 (nan), 2 (nan).",
    ]


def test_parquet_decimals_half_floats_and_dotted_names_are_read(tmp_path: Path):
    table = pa.table(
        {
            "a.b": pa.array([1.5, 2.5]),
            "half": pa.array(np.array([0.5, 2.0], dtype=np.float16)),
            "money": pa.array([1, 2]).cast(pa.decimal128(21, 2)),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    found = read_columns(tmp_path / "t.parquet", ["money", "half", "a.b"])
    assert {name: values.tolist() for name, values in found.items()} == {
        "money": [1.0, 2.0],
        "half": [0.5, 2.0],
        "a.b": [1.5, 2.5],
    }


def test_parquet_folders_with_an_equals_sign_add_no_column(tmp_path: Path):
    (tmp_path / "year=2012").mkdir()
    pq.write_table(pa.table({"m": [1.0]}), tmp_path / "year=2012" / "t.parquet")
    assert column_names(tmp_path / "year=2012" / "t.parquet") == ("m",)


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path):
    twice = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["m", "m"])
    pq.write_table(twice, tmp_path / "t.parquet")
    assert message(tmp_path / "t.parquet") == 't.parquet: 2 columns are called "m".'
    assert message(text(tmp_path, "m,n, m\n1,2,3\n")) == "t.csv: more than one column is called m."


# --- CSV -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("m,n\n1,2\n3,4\n", [1.0, 3.0], id="plain"),
        pytest.param("m,n\r\n1,2\r\n3,4\r\n", [1.0, 3.0], id="crlf"),
        pytest.param("\ufeffm,n\n1,2\n", [1.0], id="byte-order-mark"),
        pytest.param('"m","a, b"\n1.5,"2"\n', [1.5], id="quoted"),
        pytest.param("n, m \n2, 1e-3 \n", [1e-3], id="blanks"),
        pytest.param("m\n1\n2.5\n-.5\n+3\n", [1.0, 2.5, -0.5, 3.0], id="spellings"),
        pytest.param("m\n1\n\n2\n\n", [1.0, 2.0], id="empty-lines"),
        pytest.param("m\n1", [1.0], id="no-last-newline"),
        pytest.param("m\n", [], id="header-only"),
        pytest.param("m\n99999999999999999999\n", [1e20], id="above-64-bits"),
        pytest.param("m\ntrue\nfalse\n", [1.0, 0.0], id="truth-values"),
    ],
)
def test_csv_spellings(content: str, expected: list[float], tmp_path: Path):
    assert read_columns(text(tmp_path, content), ["m"])["m"].tolist() == expected


def test_csv_numbers_are_the_nearest_floats(tmp_path: Path):
    """Against Python's own correctly rounded conversion, on decimals with 1 to 20 digits."""
    random = np.random.default_rng(20)
    mantissas = random.integers(1, 10**18, size=3000)
    lines = [
        f"{m}.{m % 97}e{e}"
        for m, e in zip(mantissas, random.integers(-300, 280, 3000), strict=True)
    ]
    found = read_columns(text(tmp_path, "m\n" + "\n".join(lines) + "\n"), ["m"])["m"]
    assert found.tolist() == [float(line) for line in lines]


def test_csv_types_may_change_far_down_the_file(tmp_path: Path):
    """Integers for two megabytes, then a float: the whole column counts, not its first block."""
    rows = 400_000
    path = text(tmp_path, "m,n\n" + "12345,1\n" * rows + "0.5,1\n")
    found = read_columns(path, ["m"])["m"]
    assert (found.size, found[0], found[-1]) == (rows + 1, 12345.0, 0.5)


CSV_MESSAGES = [
    ("", "cannot be read as CSV: Empty CSV file"),
    (
        "1.5,2\n3,4\n",
        "the first line holds numbers (1.5, 2), not the names of the columns. Add a header line.",
    ),
    ("m;n\n1;2\n", "the header is separated by ';'; a comma is expected."),
    ("m\tn\n1\t2\n", "the header is separated by '\\t'; a comma is expected."),
    ("m\n1\nhello\n", 'column "m" holds no numbers but string.'),
    ("m\n2012-05-01\n", 'column "m" holds no numbers but date32[day].'),
    (
        "m,n\n1,2\nNA,4\n",
        'column "m" has 1 value that is no finite number, in row (counted from 0) 1 (nan).',
    ),
    (
        "m,n\n1,2\n3,4,5\n",
        "cannot be read as CSV: CSV parse error: Expected 2 columns, got 3: 3,4,5",
    ),
]


@pytest.mark.parametrize(("content", "expected"), CSV_MESSAGES)
def test_csv_messages(content: str, expected: str, tmp_path: Path):
    said = message(text(tmp_path, content))
    # Where Arrow reads in one thread it counts rows.
    assert re.sub(r"Row #\d+: ", "", said) == f"t.csv: {expected}"


def test_csv_in_another_encoding_is_one_message(tmp_path: Path):
    (tmp_path / "t.csv").write_bytes("m,\u00b5\n1,2\n".encode("latin-1"))
    assert message(tmp_path / "t.csv").startswith("t.csv: cannot be read as CSV: ")


# --- NPZ -----------------------------------------------------------------------------------------


def test_npz_shapes_lengths_and_types(tmp_path: Path):
    np.savez(
        tmp_path / "t.npz",
        m=np.ones(3),
        short=np.ones(2),
        square=np.ones((3, 3)),
        scalar=np.array(1.0),
        word=np.array(["a"]),
        turn=np.array([1j]),
    )
    assert message(
        tmp_path / "t.npz", "m", "short", "square", "scalar", "word", "turn"
    ).splitlines() == [
        't.npz: column "square" holds no numbers but float64 of shape (3,) in each row.',
        't.npz: column "scalar" holds no numbers but float64 without rows.',
        't.npz: column "word" holds no numbers but str.',
        't.npz: column "turn" holds no numbers but complex128.',
        "t.npz: the columns have different lengths: m 3, short 2.",
    ]


def test_npz_bare_array_is_told_how_to_have_a_name(tmp_path: Path):
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    (tmp_path / "t.npz").write_bytes(stream.getvalue())
    assert message(tmp_path / "t.npz") == (
        "t.npz: holds an array without a name; write `np.savez(file, x=...)`."
    )


def test_npz_damaged_member_is_one_message(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("m.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'")
    assert message(tmp_path / "t.npz").startswith("t.npz: cannot be read as NPZ: ")
