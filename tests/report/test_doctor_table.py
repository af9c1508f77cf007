"""What is printed of findings, of profile errors and of a cross-check."""

import dataclasses
import io

import numpy as np
import pytest
from rich.console import Console

from statmodel.infer import (
    CrossCheck,
    CrossCheckRun,
    End,
    Finding,
    IntervalStatus,
    ProfileErrors,
    ProfileInterval,
    Segment,
    Severity,
)
from statmodel.report.tables import cross_check_table, doctor_text, fit_text

_ERROR = Finding(kind="a", severity=Severity.ERROR, message="It is broken.", advice="Mend it.")
_NOTE = Finding(kind="b", severity=Severity.NOTE, message="It is old.", advice="")


def _interval(name, best, *, low_end=End.CROSSING, minus=1.25):
    return ProfileInterval(
        name=name,
        best=best,
        minus=minus,
        plus=2.5,
        status=IntervalStatus.CLOSED,
        segments=(
            Segment(low=best - 1.25, high=best + 2.5, low_end=low_end, high_end=End.CROSSING),
        ),
        fits=9,
    )


def _with_intervals(result, *intervals):
    found = ProfileErrors(level=0.6827, threshold=1.0, tolerance=1e-5, intervals=intervals)
    return dataclasses.replace(result, profile_errors=found)


def _line(text, name):
    return next(line for line in text.splitlines() if line.split()[:1] == [name])


def test_every_finding_is_told_with_its_advice_and_counted():
    text = doctor_text([_ERROR, _NOTE, _NOTE])
    assert text.splitlines()[0] == "Doctor: 1 error, 2 notes"
    assert _line(text, "error").split(maxsplit=1)[1] == "It is broken. Mend it."
    assert _line(text, "note").split(maxsplit=1)[1] == "It is old."


def test_no_finding_is_told_too():
    assert doctor_text([]) == "Doctor: nothing to report.\n"


def test_long_findings_are_wrapped_and_not_cut():
    words = [f"word{i}" for i in range(80)]
    text = doctor_text([dataclasses.replace(_ERROR, message=" ".join(words))])
    assert max(len(line) for line in text.splitlines()) <= 100
    assert [word for word in text.split() if word.startswith("word")] == words


def test_asymmetric_errors_stand_beside_the_symmetric_one(analytic):
    best = float(analytic.result.point["n_s"])
    text = fit_text(_with_intervals(analytic.result, _interval("n_s", best)))
    assert "- profile" in text
    assert {"1.25", "2.50"} <= set(_line(text, "n_s").split())
    assert "68.27 %" in text
    assert "profile" not in fit_text(analytic.result)


def test_an_end_at_a_bound_is_a_word_and_no_number(analytic):
    best = float(analytic.result.point["n_s"])
    one = _interval("n_s", best, low_end=End.BOUND, minus=np.nan)
    assert "bound" in _line(fit_text(_with_intervals(analytic.result, one)), "n_s").split()


def test_the_parameter_that_differs_most_comes_first():
    run = CrossCheckRun(
        begun="start",
        nll=3.0,
        edm=0.0,
        valid=True,
        calls=1,
        values=(1.0, 2.0, 3.0),
        errors=(1.0, 1.0, np.nan),
        shifts=(0.01, -0.5, np.nan),
        error_ratios=(1.0, 0.98, np.nan),
    )
    check = CrossCheck(names=("a", "b", "fixed"), nll=2.5, runs=(run,))
    page = io.StringIO()
    Console(file=page, width=100).print(cross_check_table(check))
    rows = [line.split() for line in page.getvalue().splitlines() if line.split()]
    body = [row for row in rows if row[0] in {"nll", "a", "b", "fixed"}]
    assert body == [["nll", "+0.5"], ["b", "-0.5", "0.9800"], ["a", "+0.01", "1.0000"]]


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_has_a_word(severity):
    one = dataclasses.replace(_NOTE, severity=severity)
    assert severity.name.lower() in doctor_text([one])
