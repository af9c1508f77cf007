"""Events: ranges are closed, rows remembered, digests depend on what is measured and no more."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from statmodel._errors import DataError
from statmodel.data import Dataset, Events, load_events, make_events


@pytest.fixture
def events() -> Events:
    return make_events(
        {"m": [1.0, 2.0, 3.0, 4.0, 5.0], "r": [0.1, 0.2, 0.3, 0.4, 0.5]},
        weights=[1.0, 2.0, 3.0, 4.0, 5.0],
    )


def test_ranges_are_closed(events: Events):
    kept = events.select({"m": (2.0, 4.0)})
    assert kept.columns["m"].tolist() == [2.0, 3.0, 4.0]
    assert kept.columns["r"].tolist() == [0.2, 0.3, 0.4]
    assert kept.weights is not None
    assert kept.weights.tolist() == [2.0, 3.0, 4.0]
    assert (kept.size, kept.dropped, kept.rows.tolist()) == (3, 2, [1, 2, 3])


def test_one_step_outside_a_range_is_outside():
    ends = [np.nextafter(60.0, 0), 60.0, 120.0, np.nextafter(120.0, 200)]
    assert make_events({"m": ends}).select({"m": (60.0, 120.0)}).rows.tolist() == [1, 2]


def test_selections_add_up(events: Events):
    twice = events.select({"m": (2.0, np.inf)}).select({"r": (-np.inf, 0.4)})
    once = events.select({"m": (2.0, np.inf), "r": (-np.inf, 0.4)})
    assert twice.rows.tolist() == once.rows.tolist() == [1, 2, 3]
    assert twice.dropped == once.dropped == 2
    assert twice.digest() == once.digest()


def test_a_selection_may_leave_nothing(events: Events):
    nothing = events.select({"m": (10.0, 20.0)})
    assert (nothing.size, nothing.dropped) == (0, 5)
    assert nothing.select({"m": (0.0, 1.0)}).dropped == 5


def test_selecting_an_unknown_column_is_refused(events: Events):
    with pytest.raises(DataError) as error:
        events.select({"M4l": (0.0, 1.0)})
    assert str(error.value) == 'inline: no column "M4l". Columns: m, r.'


def test_events_do_not_change(events: Events):
    assert events.weights is not None
    for values in (*events.columns.values(), events.weights, events.rows):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 7
    with pytest.raises(TypeError):
        events.columns["m"] = np.zeros(5)
    with pytest.raises(AttributeError):
        events.dropped = 3


def test_numbers_in_memory_are_copied():
    mine = np.array([1.0, 2.0])
    events = make_events({"m": mine})
    mine[0] = 9.0
    assert events.columns["m"].tolist() == [1.0, 2.0]


def test_problems_of_numbers_in_memory_are_reported_together():
    with pytest.raises(DataError) as error:
        make_events({"m": [1.0, np.nan], "r": [1.0]}, weights=[1.0, np.inf], source="peak")
    assert str(error.value).splitlines() == [
        "peak: the columns have different lengths: m 2, r 1, weights 2.",
        'peak: column "m" has 1 value that is no finite number, in row (counted from 0) 1 (nan).',
        'peak: column "weights" has 1 value that is no finite number, '
        "in row (counted from 0) 1 (inf).",
    ]
    with pytest.raises(DataError, match=r"^inline: there is no column\.$"):
        make_events({})


def test_no_events_are_legitimate():
    assert make_events({"m": []}).size == 0


# --- digests -------------------------------------------------------------------------------------


def test_digest_is_the_documented_one():
    """Computed here from the bytes; fixed, as results that were written carry it."""
    events = make_events({"m": [1.0, -0.5]}, weights=[2.0, 3.0])
    content = (
        b"events 1"
        b"column 1 2 m" + np.array([1.0, -0.5], dtype="<f8").tobytes()
        + b"weights 0 2 " + np.array([2.0, 3.0], dtype="<f8").tobytes()
    )  # fmt: skip
    assert events.digest() == hashlib.sha256(content).hexdigest()


def test_digest_ignores_order_of_columns_source_and_dropped_rows():
    one = make_events({"a": [1.0, 2.0], "b": [3.0, 4.0]}, source="x")
    other = make_events({"b": [3.0, 4.0, 5.0], "a": [1.0, 2.0, 9.0]}, source="y")
    assert one.digest() == other.select({"a": (0.0, 8.0)}).digest()


@pytest.mark.parametrize(
    "other",
    [
        make_events({"a": [1.0, 2.0], "c": [3.0, 4.0]}),
        make_events({"a": [3.0, 4.0], "b": [1.0, 2.0]}),
        make_events({"a": [2.0, 1.0], "b": [3.0, 4.0]}),
        make_events({"a": [1.0, 2.0]}),
        make_events({"a": [1.0, 2.0], "b": [3.0, np.nextafter(4.0, 5)]}),
        make_events({"a": [1.0, 2.0], "b": [3.0, 4.0]}, weights=[1.0, 1.0]),
        make_events({"ab": [1.0, 2.0, 3.0, 4.0]}),
    ],
)
def test_digest_sees_every_difference(other: Events):
    assert make_events({"a": [1.0, 2.0], "b": [3.0, 4.0]}).digest() != other.digest()


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    columns = {"mass_gev": [50.0, 91.0, 250.0], "w": [0.5, 1.0, 2.0], "r_S": [1, 2, 3]}
    pq.write_table(pa.table(columns), tmp_path / "observed.parquet")
    return tmp_path / "observed.parquet"


def test_columns_are_renamed_and_cut(file: Path):
    events = load_events(
        file, names={"m": "mass_gev", "r": "r_S"}, weight="w", ranges={"m": (60.0, 250.0)}
    )
    assert {name: values.tolist() for name, values in events.columns.items()} == {
        "m": [91.0, 250.0],
        "r": [2.0, 3.0],
    }
    assert events.weights is not None
    assert events.weights.tolist() == [1.0, 2.0]
    assert (events.dropped, events.rows.tolist(), events.source) == (1, [1, 2], "observed.parquet")


def test_one_column_may_serve_twice(file: Path):
    events = load_events(file, names={"m": "mass_gev", "again": "mass_gev", "w": "w"}, weight="w")
    assert events.columns["m"].tolist() == events.columns["again"].tolist() == [50.0, 91.0, 250.0]
    assert events.weights is not None
    assert events.weights.tolist() == events.columns["w"].tolist() == [0.5, 1.0, 2.0]


def test_missing_columns_are_told_with_both_names(file: Path):
    with pytest.raises(DataError) as error:
        load_events(file, names={"m": "mass_GeV", "r_S": "rS"}, weight="weight")
    assert str(error.value).splitlines() == [
        'observed.parquet: no column "mass_GeV" (for m). Did you mean "mass_gev"?',
        'observed.parquet: no column "rS" (for r_S). Did you mean "r_S"?',
        'observed.parquet: no column "weight" (for the weight). Columns: mass_gev, w, r_S.',
    ]


# --- data sets -----------------------------------------------------------------------------------


@pytest.fixture
def dataset(events: Events) -> Dataset:
    return Dataset({"SR": events, "CR": make_events({"m": [1.0]})}, {"alpha": 0.0, "beta": 1.0})


def test_auxiliary_measurements_are_replaced_by_name(dataset: Dataset):
    toy = dataset.with_auxiliary({"beta": 0.5, "gamma": 2.0})
    assert dict(toy.auxiliary) == {"alpha": 0.0, "beta": 0.5, "gamma": 2.0}
    assert dict(dataset.auxiliary) == {"alpha": 0.0, "beta": 1.0}
    assert toy.channels is dataset.channels


def test_auxiliary_measurements_are_finite(dataset: Dataset):
    with pytest.raises(DataError, match=r"must be finite numbers, got alpha \(nan\), beta \(inf\)"):
        dataset.with_auxiliary({"alpha": float("nan"), "beta": float("inf"), "gamma": 1.0})


def test_dataset_digest_sees_channels_and_auxiliary(dataset: Dataset, events: Events):
    order = Dataset(dict(reversed(dataset.channels.items())), {"beta": 1.0, "alpha": 0.0})
    assert order.digest() == dataset.digest()
    others = [
        dataset.with_auxiliary({"alpha": 1e-300}),
        Dataset({"SR": events}, dataset.auxiliary),
        Dataset({"SR": dataset.channels["CR"], "CR": events}, dataset.auxiliary),
        Dataset(dataset.channels, {"alpha": 1.0, "beta": 0.0}),
        Dataset(dataset.channels, {}),
    ]
    assert len({dataset.digest(), *(other.digest() for other in others)}) == 6
