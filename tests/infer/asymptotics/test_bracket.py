"""Root finding on shared places, against the roots of plain functions."""

import math

import pytest

from statmodel.infer.asymptotics._bracket import Found, Known, Rising


def searched(functions, *, upper=math.inf, first=(1.0,)):
    """All searches together, as a limit does them; the searches and the places."""
    places = {0.0, *(min(one, upper) for one in first)}
    searches = [Rising(upper, -one(0.0)) for one in functions]
    while True:
        asked = [
            place
            for one, function in zip(searches, functions, strict=True)
            if (place := one.ask([Known(x, function(x)) for x in sorted(places)])) is not None
        ]
        if not asked:
            return searches, places
        places.update(asked)


@pytest.mark.parametrize("root", [1e-3, 0.7, 30.0, 4e5])
def test_roots_are_found_from_anywhere(root):
    functions = [
        lambda x: x / root - 1,
        lambda x: (x / root) ** 2 - 1,
        lambda x: math.sqrt(x / root) - 1,
    ]
    searches, places = searched(functions)
    for one in searches:
        assert one.state is Found.ROOT
        assert one.root == pytest.approx(root, rel=3e-6)  # 1e-6 over the smallest slope, a half
    assert len(places) < 50


def test_a_straight_line_takes_two_places():
    (search,), places = searched([lambda x: x - 2.0])
    assert search.root == pytest.approx(2.0)
    assert len(places) <= 4


def test_a_bound_is_told():
    (search,), places = searched([lambda x: x - 5.0], upper=4.0)
    assert search.state is Found.BOUND
    assert math.isnan(search.root)
    assert max(places) == 4.0


def test_a_root_on_the_bound_is_found():
    (search,), _ = searched([lambda x: x - 4.0], upper=4.0)
    assert (search.state, search.root) == (Found.ROOT, 4.0)


def test_a_function_that_never_rises_ends():
    (search,), _ = searched([lambda x: -1.0 - 0 * x])
    assert search.state is Found.OPEN


def test_places_where_a_function_does_not_exist_are_gone_round():
    (search,), _ = searched([lambda x: math.nan if x > 3.5 else x - 3.0], first=(8.0,))
    assert search.root == pytest.approx(3.0)
    (search,), _ = searched([lambda x: math.nan if x > 2.5 else x - 3.0], first=(8.0,))
    assert search.state is Found.FAILED


def test_of_several_crossings_the_highest_counts_and_all_are_counted():
    def function(x):
        return (x - 1) * (x - 2) * (x - 3)

    (search,), _ = searched([function], first=(0.5, 1.5, 2.5, 4.0))
    assert search.root == pytest.approx(3.0)
    assert search.crossings == 3


def test_a_jump_is_located():
    (search,), _ = searched([lambda x: -1.0 if x < math.pi else 1.0])
    assert search.root == pytest.approx(math.pi, rel=1e-10)
