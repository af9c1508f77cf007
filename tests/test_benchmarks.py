"""The benchmarks run, at the size of a test, and say what they find."""

import dataclasses
from pathlib import Path

import pytest
from benchmarks import goals, report, results
from benchmarks.cases import CASES, NSBI, PEAK, POOL_TOYS
from benchmarks.contestants import Contestant
from benchmarks.harness import Case, Record, Work, run

MODULE = "tests.benchmark_contestant"


def _quiet(line: str) -> None:
    del line


def _case(log: Path, *contestants: Contestant) -> Case:
    work = (Work("value", relative=1e-6, rounds=3),)
    return Case("stub", "Nothing", {"log": str(log)}, {}, contestants, work)


def _contestant(name: str, fault: str = "") -> Contestant:
    return Contestant(name, MODULE, options={"name": name, "fault": fault})


def test_contestants_take_turns(tmp_path: Path):
    log = tmp_path / "log"
    records = run(_case(log, _contestant("a"), _contestant("b")), rounds=2, say=_quiet)
    called = log.read_text("utf-8").split()
    who = "".join(one[0] for one in called)
    warm_up, turns = who[:2], who[2:]
    assert warm_up == "ab"
    count = records["a"].calls["value"]
    # Each turn is many calls, as one takes microseconds; b's count may differ from a's.
    assert turns == ("a" * count + "b" * records["b"].calls["value"]) * 2
    assert {one[1] for one in called} == {"0", "1"}  # both points
    assert all(len(record.seconds["value"]) == 2 for record in records.values())
    assert records["a"].versions.keys() == {"numpy"}


@pytest.mark.parametrize(
    ("fault", "said"),
    [("build", "RuntimeError: cannot be built"), ("call", "exit status 11")],
)
def test_a_contestant_that_fails_is_reported_and_the_others_go_on(
    tmp_path: Path, fault: str, said: str
):
    case = _case(tmp_path / "log", _contestant("a"), _contestant("b", fault), _contestant("c"))
    records = run(case, rounds=2, say=_quiet)
    assert said in records["b"].status
    assert "value" not in records["b"].seconds
    for name in "ac":
        assert records[name].status == "ok"
        assert len(records[name].seconds["value"]) == 2
    result = results.Result("stub", "Nothing", {}, records)
    assert f"- b: {records['b'].status}" in report.case_section(result)


def test_a_contestant_whose_module_is_missing_is_reported(tmp_path: Path):
    missing = Contestant("b", "tests.no_such_contestant", options={"name": "b"})
    records = run(_case(tmp_path / "log", _contestant("a"), missing), rounds=1, say=_quiet)
    assert "No module named" in records["b"].status
    assert records["a"].status == "ok"


@pytest.mark.parametrize("fault", ["value", "nan"])
def test_a_contestant_that_computes_something_else_is_marked(tmp_path: Path, fault: str):
    case = _case(tmp_path / "log", _contestant("a"), _contestant("b", fault))
    records = run(case, rounds=1, say=_quiet)
    assert "differs from a" in records["b"].wrong["value"]
    assert not records["a"].wrong
    result = results.Result("stub", "Nothing", {}, records)
    assert "**wrong**" in report.case_section(result)
    assert result.seconds("b", "value") == []  # and no goal is judged by it


def test_results_survive_the_file(tmp_path: Path):
    record = Record(seconds={"value": [0.1, 0.2]}, facts={"stored_bytes": 8.0}, calls={"value": 3})
    result = results.Result("one", "Title", {"cores": 2}, {"ours": record})
    results.save(result, tmp_path)
    assert results.load(tmp_path, ("none", "one")) == {"one": result}


def _with_times(**seconds: list[float]) -> dict[str, results.Result]:
    records = {name: Record(seconds={"value": turns}) for name, turns in seconds.items()}
    return {"one": results.Result("one", "Title", {}, records)}


def test_ratios_are_taken_turn_by_turn():
    measure = goals.Speed("one", over=("b", "value"), under=("a", "value"), per=2.0)
    # The machine is ten times slower in the second turn, for both.
    found = measure.measured(_with_times(a=[1.0, 10.0], b=[4.0, 40.0]))
    assert found == [2.0, 2.0]
    assert measure.measured(_with_times(a=[1.0])) == []
    assert measure.measured({}) == []


@pytest.mark.parametrize(
    ("at_least", "number", "said"),
    [
        (True, 60.0, "aim reached"),
        (True, 40.0, "gate passed"),
        (True, 20.0, "**falls short**"),
        (False, 20.0, "aim reached"),
        (False, 40.0, "gate passed"),
        (False, 60.0, "**falls short**"),
    ],
)
def test_a_goal_says_whether_it_is_reached(at_least: bool, number: float, said: str):  # noqa: FBT001
    gate, aim = (30.0, 50.0) if at_least else (50.0, 30.0)
    measure = goals.Speed("one", over=("b", "value"), under=("a", "value"))
    goal = goals.Goal("work", "figure", measure, gate, aim, at_least=at_least)
    assert goal.verdict(number) == said


def test_goals_speak_of_cases_that_exist():
    """A renamed contestant or task would silently be a goal that is never measured."""
    able = {case.name: case for case in CASES}
    for goal in goals.GOALS:
        if goal.measure.case not in able:
            assert goal.measure.case == report.COLD_START
            continue
        case = able[goal.measure.case]
        names = {one.name for one in case.contestants}
        match goal.measure:
            case goals.Speed(over=over, under=under):
                assert {over[0], under[0]} <= names
                assert {over[1], under[1]} <= {work.task for work in case.work}
            case goals.Facts(over=over, under=under):
                assert {over[0], under[0]} <= names
            case goals.Above(contestant=name):
                assert name in names


def test_the_page_shows_the_results_that_are_kept():
    """After a run, `python -m benchmarks.report` writes them there."""
    page = report.PAGE.read_text("utf-8")
    assert page == report.filled(page, results.load(report.RESULTS, report.ORDER))


@pytest.mark.parametrize(
    ("case", "only", "tasks"),
    [
        (NSBI, ("ours", "naive"), ("value", "gradient")),
        (PEAK, ("ours", "naive", "iminuit-numpy"), ("value", "gradient", "fit")),
        (POOL_TOYS, ("ours", "iminuit-numpy"), ("toys",)),
    ],
    ids=["nsbi", "peak", "pool-toys"],
)
def test_contestants_of_this_environment_agree(
    case: Case, only: tuple[str, ...], tasks: tuple[str, ...]
):
    small = dataclasses.replace(case, problem={})
    records = run(small, only=only, tasks=tasks, rounds=1, small=True, say=_quiet)
    assert {name: record.status for name, record in records.items()} == dict.fromkeys(only, "ok")
    assert [record.wrong for record in records.values()] == [{}] * len(only)
    assert records["ours"].seconds.keys() == set(tasks)
