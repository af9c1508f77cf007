"""What is wrong with the tables of a document is said at its place in the document."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import statmodel as sm
from compiler.conftest import Workshop

DOCUMENT = """\
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 5]}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - name: S
        yield: 5
        modifiers:
          - {type: normfactor, name: mu}
          - {type: densitysys, name: jes, data: {hi: {column: up}, lo: {column: down}}}
        density: {type: ratio, column: r_S}
      - name: B
        yield: 20
        density: {type: ratio, log_column: l_B}
    simulation: {file: pool.parquet, weight: w}
observations:
  - {name: SR, file: observed.parquet}
measurements: [{name: m, config: {poi: mu}}]
"""
TABLE = {
    "x": [1, 2, 3, 4],
    "r_S": [1, 1, 1, 1],
    "up": [1.1, 0.9, 1, 1],
    "down": [0.9, 1.1, 1, 1],
    "l_B": [0, 0, 0, 0],
    "w": [1, 1, 2, 1],
}
Columns = Mapping[str, Sequence[float]]
Change = Mapping[str, Any]

RATIO = "model.yaml:13:40 channels[0].processes[0].density.column: column"
HIGH = "model.yaml:12:63 channels[0].processes[0].modifiers[1].data.hi.column: column"
LOW = "model.yaml:12:81 channels[0].processes[0].modifiers[1].data.lo.column: column"
LOG = "model.yaml:16:44 channels[0].processes[1].density.log_column: column"
POOL = "model.yaml:17:24 channels[0].simulation.file:"
OBSERVED = "model.yaml:19:22 observations[0].file:"
SIGNED = "negative: a ratio that may be negative must say `signed: true`."
ANCHOR = "not positive: an anchor is p(x|+1)/p(x|0) or p(x|-1)/p(x|0)."


def changed(changes: Columns, without: Sequence[str]) -> dict[str, Sequence[float]]:
    return {name: values for name, values in {**TABLE, **changes}.items() if name not in without}


def wrong(
    workshop: Workshop,
    *,
    text: str = DOCUMENT,
    observed: Columns | None = None,
    pool: Columns | None = None,
    without: Sequence[str] = (),
) -> list[str]:
    workshop.table("observed.parquet", changed(observed or {}, without))
    workshop.table("pool.parquet", changed(pool or {}, ()))
    return workshop.problems(text)


def test_the_document_that_the_cases_change_is_right(workshop: Workshop):
    workshop.table("observed.parquet", TABLE)
    workshop.table("pool.parquet", TABLE)
    assert workshop.compile(DOCUMENT).warned == ()


CASES: dict[str, tuple[Change, list[str]]] = {
    "a missing column, a like one": (
        {"without": ("r_S",), "observed": {"r_s": [1, 1, 1, 1]}},
        [
            f'{OBSERVED} observed.parquet: no column "r_S". Did you mean "r_s"? '
            "Columns: x, up, down, l_B, w, r_s."
        ],
    ),
    "two missing columns": (
        {"without": ("up", "l_B")},
        [
            f'{OBSERVED} observed.parquet: no column "up".',
            f'{OBSERVED} observed.parquet: no column "l_B". Columns: x, r_S, down, w.',
        ],
    ),
    "a missing column of weights": (
        {"text": DOCUMENT.replace("weight: w}", "weight: v}")},
        [
            f'{POOL} pool.parquet: no column "v" (for the weight). '
            "Columns: x, r_S, up, down, l_B, w."
        ],
    ),
    "numbers that are not finite": (
        {"observed": {"up": [1, math.nan, 1, math.inf]}},
        [
            f'{OBSERVED} observed.parquet: column "up" has 2 values that are no finite numbers, '
            "in rows (counted from 0) 1 (nan), 3 (inf)."
        ],
    ),
    "a negative ratio": (
        {"observed": {"r_S": [1, -1, -2, 1]}},
        [f'{RATIO} "r_S" of observed.parquet: 2 values (-1 in row 1, -2 in row 2) are {SIGNED}'],
    ),
    "a negative ratio, rows counted before the cut": (
        {"observed": {"x": [11, 2, 3, 4], "r_S": [-1, 1, -2, -3]}},
        [f'{RATIO} "r_S" of observed.parquet: 2 values (-2 in row 2, -3 in row 3) are {SIGNED}'],
    ),
    "an anchor of zero, and one below": (
        {"pool": {"up": [1, 0, 1, -2]}},
        [f'{HIGH} "up" of pool.parquet: 2 values (0 in row 1, -2 in row 3) are {ANCHOR}'],
    ),
    "a lower anchor, four rows": (
        {"pool": {"down": [0, 0, 0, 0]}},
        [
            f'{LOW} "down" of pool.parquet: 4 values (0 in row 0, 0 in row 1, 0 in row 2) '
            f"are {ANCHOR}"
        ],
    ),
    "a log of a ratio that is none": (
        {"observed": {"l_B": [0, 701, 0, 800]}},
        [
            f'{LOG} "l_B" of observed.parquet: 2 values (701 in row 1, 800 in row 3) are above '
            "700: give the natural logarithm of the ratio."
        ],
    ),
    "negative weights of the pool": (
        {"pool": {"w": [1, -1, -2, 1]}},
        [
            f"{POOL} 2 weights of pool.parquet are negative (rows 1, 2). The pool stands for the "
            "reference density: put signs into the ratios, and give weights >= 0."
        ],
    ),
    "a pool of weight zero": (
        {"pool": {"w": [0, 0, 0, 0]}},
        [f"{POOL} the weights of pool.parquet add up to 0."],
    ),
    "a pool outside the ranges": (
        {"pool": {"x": [11, 12, 13, -1]}},
        [f"{POOL} pool.parquet has no event inside the ranges of the channel."],
    ),
    "a pool without rows": (
        {"pool": dict.fromkeys(TABLE, ())},
        [f"{POOL} pool.parquet has no event inside the ranges of the channel."],
    ),
    "events in place without a column": (
        {
            "text": DOCUMENT.replace(
                "file: observed.parquet", "events: {x: [1], r_S: [1], down: [1], l_B: [0]}"
            )
        },
        [
            'model.yaml:19:24 observations[0].events: the events lack the column "up". '
            "Columns: x, r_S, down, l_B."
        ],
    ),
    "several, with a name that is unknown": (
        {
            "text": DOCUMENT.replace("yield: 20", "yield: 20 * mv"),
            "observed": {"r_S": [-1, 1, -1, 1]},
            "pool": {"w": [-1, 1, -1, 1], "up": [0, 0, 1, 1]},
        },
        [
            f'{HIGH} "up" of pool.parquet: 2 values (0 in row 0, 0 in row 1) are {ANCHOR}',
            f'{RATIO} "r_S" of observed.parquet: 2 values (-1 in row 0, -1 in row 2) are {SIGNED}',
            'model.yaml:15:21 channels[0].processes[1].yield: unknown name "mv". '
            'Did you mean "mu"? Declared: mu, jes.',
            f"{POOL} 2 weights of pool.parquet are negative (rows 0, 2). The pool stands for the "
            "reference density: put signs into the ratios, and give weights >= 0.",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_tables_get_exactly_these_lines(workshop: Workshop, case: str):
    changes, lines = CASES[case]
    assert wrong(workshop, **changes) == lines


def test_a_file_that_is_not_there(workshop: Workshop):
    workshop.table("observed.parquet", TABLE)
    missing = DOCUMENT.replace("{name: SR, file: observed", "{name: SR, file: obserfed")
    pool, observed = workshop.problems(missing)
    assert pool.startswith(f'{POOL} no file "pool.parquet" in ')
    assert observed.startswith(f'{OBSERVED} no file "obserfed.parquet" in ')
    assert observed.endswith('Did you mean "observed.parquet"?')


def test_one_exception_holds_them_all(workshop: Workshop):
    workshop.table("observed.parquet", changed({"r_S": [-1, -1, 1, 1]}, ()))
    workshop.table("pool.parquet", changed({"down": [-1, -1, 1, 1]}, ()))
    with pytest.raises(sm.SpecErrors) as raised:
        workshop.compile(DOCUMENT.replace("poi: mu", "poi: nu"))
    assert str(raised.value).startswith("3 problems in the spec:\n")


def test_weights_need_not_be_one_in_sum(workshop: Workshop):
    workshop.table("observed.parquet", TABLE)
    workshop.table("pool.parquet", changed({"x": [1, 2, 99, 4], "w": [3, 0, 7, 9]}, ()))
    found = workshop.compile(DOCUMENT)
    weights = found.model.channels[0].pool.events.weights[0]
    assert [float(w) for w in weights[:4]] == [0.25, 0.0, 0.75, 0.0]


def test_events_outside_are_dropped_and_counted(workshop: Workshop):
    workshop.table("observed.parquet", changed({"x": [-1, 11, 3, 4]}, ()))
    workshop.table("pool.parquet", changed({"x": [10, 0, 10.1, 4]}, ()))  # the ends are inside
    found = workshop.compile(DOCUMENT)
    lines = (
        "channel SR: 2 of 4 observed events lie outside the ranges and were dropped",
        "channel SR: 1 of 4 simulated events lie outside the ranges and were dropped",
    )
    assert found.warned == lines
    assert found.model.notes == lines
    assert found.data.channels["SR"].rows.tolist() == [2, 3]
