"""Tables of exclusion: a row a signal, reasons where there is none, and going on."""

import math

import pytest

import statmodel as sm
from counting_models import counting, observed
from statmodel.infer import Exclusions, Signal


@pytest.fixture(scope="module")
def signals():
    data, nothing = observed(10), sm.Dataset(channels={}, auxiliary={})
    return [
        Signal("weak", {"mass": 900.0}, counting((1.0,), (10.0,)), data),
        Signal("strong", {"mass": 300.0}, counting((15.0,), (10.0,)), data),
        Signal("narrow", {"mass": 500.0}, counting((15.0,), (10.0,), high=0.5), data),
        Signal("other", {"mass": 600.0}, counting((15.0,), (10.0,)), nothing),
    ]


def test_a_table_has_a_row_a_signal(signals):
    found = sm.exclusions(signals)
    assert [row.name for row in found.rows] == ["weak", "strong", "narrow", "other"]
    assert found.excluded() == ("strong",)
    assert not found.ok
    for name in ("weak", "strong"):
        row = found.row(name)
        alone = next(one for one in signals if one.name == name)
        test = sm.hypotest(alone.model, alone.data, 1.0)
        assert row.ok
        assert row.test is not None
        assert row.test.CLs_obs == pytest.approx(test.CLs_obs, rel=1e-9)
        assert row.test.CLs_exp == pytest.approx(test.CLs_exp, rel=1e-9)
    assert "outside its bounds [0, 0.5]" in found.row("narrow").problem
    assert "no events for channel c0" in found.row("other").problem


def test_what_has_been_tested_is_not_tested_again(signals):
    before = sm.exclusions(signals[:1])
    unusable = signals[0]._replace(data=sm.Dataset(channels={}, auxiliary={}))
    found = sm.exclusions([unusable, signals[1]], done=before)
    assert found.row("weak").test == before.row("weak").test
    assert found.ok


def test_reading_and_writing_changes_nothing(signals):
    found = sm.exclusions(signals[1:3], level=0.9)
    again = Exclusions.from_json(found.to_json())
    assert again == found
    assert again.excluded() == ("strong",)
    assert not math.isnan(again.row("strong").test.CLs_obs)


def test_a_table_of_another_question_is_refused(signals):
    before = sm.exclusions(signals[:1])
    with pytest.raises(ValueError, match="made with mu = 1 tested by qtilde"):
        sm.exclusions(signals[:2], mu=2.0, done=before)
