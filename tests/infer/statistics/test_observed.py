"""Statistics of one data set side by side against closed forms; where a focus is."""

import json

import numpy as np
import pytest

import measured
from statmodel.infer import FTS, LRS, focus_region, statistics_at
from statmodel.model._expressions import Constant
from statmodel.model.densities import Gaussian, SumDensity

WIDTH, CENTRE, FOCUS, SEEN = 0.7, 0.5, 2.0, 1.3
MU = np.array([-1.0, 1.3, 4.0])


@pytest.fixture(scope="module")
def gaussian():
    return measured.measured(WIDTH**2, [CENTRE], [FOCUS])


@pytest.fixture(scope="module")
def found(gaussian):
    data = measured.seen(gaussian, [SEEN])
    return statistics_at(gaussian, data, [LRS(), FTS("f")], MU)


def test_values_are_those_of_the_closed_forms(found):
    ratio, focused = found.statistics
    s, w = WIDTH, FOCUS
    parabola = (SEEN - MU) ** 2 / s**2
    assert ratio.values == pytest.approx(parabola, abs=1e-10)
    expected = parabola - (SEEN - CENTRE) ** 2 / (s**2 + w**2) - np.log1p(w**2 / s**2)
    assert focused.values == pytest.approx(expected, abs=1e-10)  # rule of the integral


def test_references_and_their_tops_are_told(found):
    ratio, focused = found.statistics
    assert ratio.top == pytest.approx(SEEN, abs=1e-8)
    assert ratio.error == 0.0
    share = FOCUS**2 / (WIDTH**2 + FOCUS**2)
    assert focused.top == pytest.approx(share * SEEN + (1 - share) * CENTRE, abs=1e-8)
    assert 0.0 <= focused.error < 1e-6
    assert found.ok
    assert found.message == "every reference was found"


def test_the_document_has_no_number_that_does_not_exist(gaussian):
    lost = measured.seen(gaussian, [np.nan])
    found = statistics_at(gaussian, lost, [LRS()], MU)
    assert not found.ok
    assert "could not be found" in found.message
    document = json.loads(found.to_json())
    assert document["statistics"][0]["values"] == [None, None, None]
    assert document["statistics"][0]["reference"]["log"] is None


@pytest.mark.parametrize(
    ("statistics", "mu", "said"),
    [
        ([], [0.0], "no statistic"),
        ([LRS], [], "got none"),
        ([LRS], [1.0, 9.0], r"must lie in \[-5, 5\], got 9"),
    ],
)
def test_questions_without_an_answer_are_refused(statistics, mu, said):
    model = measured.measured(1.0, [0.0], [1.0], bounds=((-5.0, 5.0),))
    data = measured.seen(model, [0.0])
    with pytest.raises(ValueError, match=said):
        statistics_at(model, data, [one() for one in statistics], mu)


def test_a_gaussian_focus_is_one_deviation_about_its_centre(gaussian):
    ((low, high),) = focus_region(gaussian, "f", (-20.0, 20.0))
    # Ends are right to 1/8192 of the span.
    assert (low, high) == pytest.approx((CENTRE - FOCUS, CENTRE + FOCUS), abs=0.01)


def test_a_focus_that_is_cut_is_looked_at_where_it_is(gaussian):
    ((low, high),) = focus_region(gaussian, "f", (CENTRE, CENTRE + 40.0))
    assert (low, high) == pytest.approx((CENTRE, CENTRE + FOCUS), abs=0.01)


def test_a_focus_of_two_peaks_is_in_two_places(gaussian):
    peaks = tuple(
        Gaussian(0, -9.0, 9.0, mean=Constant(at), sigma=Constant(0.5)) for at in (-3.0, 3.0)
    )
    model = measured.with_focus(gaussian, SumDensity(peaks, (Constant(0.5),)))
    found = focus_region(model, "f", (-8.0, 8.0))
    expected = [at + side * 0.5 for at in (-3.0, 3.0) for side in (-1, 1)]
    assert [end for one in found for end in one] == pytest.approx(expected, abs=0.01)


def test_a_focus_of_another_name_or_of_two_parameters_has_no_region(gaussian):
    with pytest.raises(ValueError, match='no focus "g"'):
        focus_region(gaussian, "g", (0.0, 1.0))
    two = measured.measured(np.eye(2), [0.0, 0.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="of mu, nu, and one is wanted"):
        focus_region(two, "f", (0.0, 1.0))
    with pytest.raises(ValueError, match="is zero from"):
        focus_region(measured.measured(1.0, [0.0], [1.0], ((-5.0, 5.0),)), "f", (6.0, 7.0))
