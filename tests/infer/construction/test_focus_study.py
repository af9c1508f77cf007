"""Which focus is best: the one that true values come from."""

import json

import jax
import numpy as np
import pytest

import measured
from statmodel.infer import focus_study
from statmodel.infer.construction import confidence_sets, neyman
from statmodel.infer.statistics import FTS

KEY = jax.random.key(3)
WIDTHS = [0.7, 2.0, 6.0]


@pytest.fixture(scope="module")
def gaussian():
    """A measurement of width 1, and the focus N(0.5, 2)."""
    return measured.measured(1.0, [0.5], [2.0], ((-12.0, 12.0),))


@pytest.fixture(scope="module")
def study(gaussian):
    return focus_study(
        gaussian, [0.5], WIDTHS, key=KEY, truth="f", toys=4000, evaluation_toys=1000, grid=61
    )


def test_the_shortest_sets_are_those_of_the_prior_of_true_values(study):
    assert study.ok, study.message
    assert (study.best.centre, study.best.width) == (0.5, 2.0)
    assert "shortest for a focus at 0.5 of width 2" in study.message
    ratio, *candidates = study.rows
    assert [(one.centre, one.width) for one in candidates] == [(0.5, width) for width in WIDTHS]
    # x +- 1 at 68.27 %; 200 effective toys in the tails of 0.3, over a density of 0.48.
    assert ratio.length == pytest.approx(2.0, abs=0.05)
    assert ratio.median == pytest.approx(2.0, abs=0.05)
    for one in candidates:
        assert one.shorter == pytest.approx(ratio.length - one.length)
        assert one.shorter < study.best.shorter or one is study.best
        # Wide focuses give what the likelihood ratio gives.
        assert one.width < 6 or one.shorter == pytest.approx(0.0, abs=0.1)


def test_a_candidate_is_a_focus_of_the_spec(gaussian, study):
    """Gaussian, truncated to the bounds, and with the toys of the study."""
    curve = neyman(gaussian, FTS("f"), key=KEY, toys=4000, grid=61)
    rng = np.random.default_rng(5)
    drawn = measured.seen(gaussian, rng.normal(0.5, np.hypot(1.0, 2.0), 1000)[:, None])
    (sets,) = confidence_sets(gaussian, drawn, curve, [0.6827])
    (own,) = [one for one in study.rows if (one.centre, one.width) == (0.5, 2.0)]
    # Two samples of a thousand with a deviation of 0.2, and two grids.
    assert own.length == pytest.approx(sets.length.mean(), abs=0.05)


def test_true_values_may_be_numbers(gaussian):
    found = focus_study(
        gaussian, [0.0], [1.0], key=KEY, truth=[0.0, 6.0], toys=2000, evaluation_toys=400, grid=41
    )
    assert found.truth == "mu = 0, 6"
    # Short where the focus is, long where it is not: six widths away there is nothing to gain.
    assert found.best.centre is None


def test_other_candidates_compile_nothing_anew(gaussian, caplog):
    options = {"toys": 512, "evaluation_toys": 64, "grid": 21, "truth": "f"}
    focus_study(gaussian, [0.0], [1.0], key=KEY, **options)
    with jax.log_compiles():
        # As many hypotheses, and other numbers.
        focus_study(gaussian, [0.1], [1.0], key=KEY, **options)
    assert "Compiling" not in caplog.text


def test_a_document_says_all(study):
    found = json.loads(study.to_json())
    assert found["status"] == {"ok": True, "message": study.message}
    assert found["candidates"][0]["width"] is None
    assert [one["length"] for one in found["candidates"]] == [one.length for one in study.rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"truth": "ff"}, 'no focus "ff" of mu. Focus densities: f'),
        ({"widths": [1.0, 0.0]}, "widths above 0"),
        ({"centres": []}, "wants centres"),
        ({"grid": 1}, "two hypotheses or more"),
        ({"evaluation_toys": 1}, "at least 2"),
        ({"span": (-20.0, 3.0)}, "bounds"),
    ],
)
def test_what_is_no_study_is_refused(gaussian, change, said):
    given = {"centres": [0.0], "widths": [1.0], "truth": "f", "toys": 100, "evaluation_toys": 10}
    with pytest.raises(ValueError, match="(?s)" + said):
        focus_study(gaussian, key=KEY, **(given | change))
