"""Discovery significances of counts: closed forms, far into the tail."""

import json
import math

import pytest
from scipy.special import log_ndtr

import statmodel as sm
from counting_models import counting, observed
from statmodel.infer import Significance


def counted(n, b):
    """sqrt(q0) of n events over a known background."""
    return math.sqrt(2 * (n * math.log(n / b) - n + b)) if n > b else 0.0


@pytest.mark.parametrize("n", [4, 10, 23, 60])
def test_a_count_with_a_known_background(n):
    found = sm.significance(counting((5.0,), (10.0,)), observed(n), signal=2.0)
    assert found.ok
    # An EDM of 1e-9 moves q0 by 2e-9, its root by less than 3e-8 (by 5e-5 where it vanishes).
    assert found.observed == pytest.approx(counted(n, 10.0), abs=1e-7 if n > 10 else 5e-5)
    middle = counted(20, 10.0)
    wanted = [middle + z for z in (-2, -1, 0, 1, 2)]
    assert found.expected == pytest.approx(wanted, abs=1e-7)
    assert found.p0_obs == pytest.approx(math.exp(log_ndtr(-found.observed)), rel=1e-12)
    assert list(found.p0_exp) == sorted(found.p0_exp, reverse=True)


def test_forty_standard_deviations_are_a_number():
    found = sm.significance(counting((100.0,), (100.0,), high=500.0), observed(1190))
    z = counted(1190, 100.0)
    assert z > 40
    assert found.observed == pytest.approx(z, rel=1e-9)
    assert found.log_p0_obs == pytest.approx(log_ndtr(-z), rel=1e-8)
    assert found.p0_obs == 0.0  # below the smallest double; the logarithm is not
    document = json.loads(found.to_json())
    assert document["obs_significance"] == found.observed
    assert document["log_p0_obs"] == found.log_p0_obs


def test_reading_and_writing_changes_nothing():
    found = sm.significance(counting((5.0,), (10.0,)), observed(23))
    assert Significance.from_json(found.to_json()) == found


def test_a_signal_outside_the_bounds_is_refused():
    with pytest.raises(ValueError, match=r"mu = 50 is outside its bounds \[0, 20\]"):
        sm.significance(counting((5.0,), (10.0,)), observed(23), signal=50.0)
