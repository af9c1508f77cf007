"""The search for crossings alone, on curves that are known: no likelihood, no compilation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statmodel.infer._intervals import End
from statmodel.infer.profiles._crossings import TOLERANCE, Boundary, Place, Side, search

_NOWHERE = np.zeros(1)


def place(curve, slope, at, *, usable=True):
    return Place(at, curve(at), slope(at), _NOWHERE, _NOWHERE, usable=usable)


def walk(curve, slope, *, origin=0.0, sign=1.0, unit=1.0, limit=math.inf, level=1.0, **options):
    """All boundaries on one side, and how many places were asked for."""
    fails = options.pop("fails", lambda _: False)
    side = Side(
        origin=place(curve, slope, origin),
        sign=sign,
        unit=unit,
        limit=limit,
        level=level,
        everywhere=options.pop("everywhere", True),
    )
    steps, asked = search(side), 0
    try:
        request = next(steps)
        while True:
            asked += 1
            at = request.value
            answer = place(curve, slope, at, usable=not fails(at))
            request = steps.send(answer)
    except StopIteration as end:
        return end.value, asked


def test_a_parabola_is_left_after_a_handful_of_places():
    found, asked = walk(lambda x: x * x, lambda x: 2 * x, everywhere=False)
    assert found == (Boundary(pytest.approx(1.0, abs=TOLERANCE), End.CROSSING),)
    assert asked <= 4  # the root of t is straight: Newton's first step is exact


def test_a_double_well_is_left_entered_and_left():
    """t = x^2 (x - 6)^2 / 4 has minima at 0 and 6."""

    def curve(x):
        return 0.25 * x**2 * (x - 6) ** 2

    def slope(x):
        return 0.5 * x * (x - 6) * (2 * x - 6)

    found, _ = walk(curve, slope, unit=1 / 3, limit=20.0)
    # x (6 - x) = 2 and x (x - 6) = 2.
    ends = [3 - 7**0.5, 3 + 7**0.5, 3 + 11**0.5]
    assert [one.end for one in found] == [End.CROSSING] * 3
    np.testing.assert_allclose([one.value for one in found], ends, atol=TOLERANCE)


@settings(max_examples=200, deadline=None)
@given(
    distance=st.floats(2.5, 12.0),
    width=st.floats(0.4, 3.0),
    depth=st.floats(-0.5, 3.0),
    sign=st.sampled_from([-1.0, 1.0]),
)
def test_two_wells_are_all_found_where_they_are_as_wide_as_a_step(distance, width, depth, sign):
    """The lower of two parabolas: kinked between them, and never below `depth` in the second."""
    level = 1.0

    def second(x):
        return depth + ((sign * x - distance) / width) ** 2

    def curve(x):
        return min(x * x, second(x))

    def slope(x):
        own = 2 * sign * (sign * x - distance) / width**2
        return 2 * x if x * x <= second(x) else own

    found, _ = walk(curve, slope, sign=sign, limit=sign * 30.0)
    inside = [(-1.0, 1.0)]
    if depth < level - 0.02:
        half = width * (level - depth) ** 0.5
        if half < 0.3:
            return  # narrower than the walk promises to see
        low, high = distance - half, distance + half
        inside = [(-1.0, max(1.0, high))] if low <= 1.0 else [*inside, (low, high)]
    elif depth < level + 0.02:
        return  # touches the level to within the tolerance of an extremum
    ends = [end for low, high in inside for end in (low, high)][1:]
    # The steepest slope at an end is 2 / width or 2: 1e-5 in t is 2e-5 at most.
    np.testing.assert_allclose([sign * one.value for one in found], ends, atol=1e-4)


def test_a_dip_between_two_places_is_found_by_its_slopes():
    """Both neighbours are above the level; only their slopes tell of the dip between them."""

    def curve(x):
        return x * x if x < 3 else 9 - 8.5 * math.exp(-(((x - 5.02) / 0.35) ** 2)) + (x - 3)

    def slope(x):
        if x < 3:
            return 2 * x
        return 1 + 8.5 * 2 * (x - 5.02) / 0.35**2 * math.exp(-(((x - 5.02) / 0.35) ** 2))

    found, _ = walk(curve, slope, limit=10.0, level=3.5)
    assert len(found) == 3
    assert found[1].value < 5.02 < found[2].value


def test_a_hump_inside_the_set_takes_it_apart():
    """t = 8 x^2 (2 - x)^2 rises to 8 between two zeros, both inside the first unit of the walk."""

    def curve(x):
        return 8 * x**2 * (2 - x) ** 2

    def slope(x):
        return 16 * x * (2 - x) * (2 - 2 * x)

    found, _ = walk(curve, slope, unit=2.5, limit=5.0)
    root = 8**-0.5
    ends = [1 - (1 - root) ** 0.5, 1 + (1 - root) ** 0.5, 1 + (1 + root) ** 0.5]
    np.testing.assert_allclose([one.value for one in found], ends, atol=TOLERANCE)


def test_a_bound_ends_the_walk_exactly():
    found, _ = walk(lambda x: 0.1 * x * x, lambda x: 0.2 * x, unit=10**0.5, limit=2.0)
    assert found == (Boundary(2.0, End.BOUND),)


def test_an_origin_on_the_bound_needs_no_place():
    found, asked = walk(lambda x: x * x, lambda x: 2 * x, limit=0.0)
    assert found == (Boundary(0.0, End.BOUND),)
    assert asked == 0


def test_without_a_bound_the_walk_is_doubled_until_it_gives_up():
    found, asked = walk(
        lambda x: x * x / (1 + x * x), lambda x: 2 * x / (1 + x * x) ** 2, level=2.0
    )
    (end,) = found
    assert end.end is End.OPEN
    assert end.value == pytest.approx(8 * 2**10)
    assert asked < 40


def test_far_crossings_are_reached_by_doubling():
    found, _ = walk(lambda x: 1e-4 * x * x, lambda x: 2e-4 * x)
    assert found == (Boundary(pytest.approx(100.0, rel=1e-5), End.CROSSING),)


def test_where_fits_fail_the_set_is_open_there():
    found, _ = walk(lambda x: 0.1 * x * x, lambda x: 0.2 * x, limit=9.0, fails=lambda x: x > 1.3)
    (end,) = found
    assert end.end is End.FAILED
    assert 0.8 < end.value <= 1.3


def test_a_fit_that_fails_once_is_tried_again():
    failed = []

    def fails(x):
        first = not failed
        failed.append(x)
        return first

    found, _ = walk(lambda x: x * x, lambda x: 2 * x, limit=5.0, fails=fails)
    assert found == (Boundary(pytest.approx(1.0, abs=TOLERANCE), End.CROSSING),)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 4.0])
def test_crossings_of_curves_that_are_no_parabolas(power):
    """t = |x|^(2 power): Newton on its root converges, inside its bracket."""
    found, asked = walk(
        lambda x: x ** (2 * power), lambda x: 2 * power * x ** (2 * power - 1) if x else 0.0
    )
    assert found[0].value == pytest.approx(1.0, abs=2 * TOLERANCE)
    assert asked < 25
