"""What a caller of `fit` may type wrong, and what is taken."""

import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.infer._arguments import checked_choice, checked_count, checked_vector
from statmodel.infer._backends import MINIMIZERS
from statmodel.model import ParameterSpace

SPACE = ParameterSpace(
    names=("mu", "alpha"),
    init=(1.0, 0.5),
    bounds=((0.0, 20.0), (-np.inf, np.inf)),
    fixed=(False, False),
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mv": 1.0}, r'no parameter "mv"\. Did you mean "mu"\? Parameters: mu, alpha'),
        ({"mu": 21.0}, r"mu = 21 is outside \[0, 20\]"),
        ({"mu": "a"}, r"mu must be one real number, got 'a' \(str\)"),
        ({"mu": [1.0, 2.0]}, r"mu must be one real number, got \[1.0, 2.0\] \(list\)"),
        ({"mu": None}, r"mu must be one real number, got None \(NoneType\)"),
        ({"mu": True}, r"mu must be one real number, got True \(bool\)"),
        ({"mu": 1j}, r"mu must be one real number, got 1j \(complex\)"),
        ({"mu": [1.0, [2.0]]}, "mu must be one real number"),
        ({"alpha": np.nan}, "alpha must be finite, got nan"),
        ({"alpha": -np.inf}, "alpha must be finite, got -inf"),
    ],
)
@pytest.mark.parametrize("option", ["start", "fixed"])
def test_a_wrong_value_is_named(given, message, option):
    nothing = {"start": None, "fixed": None}
    with pytest.raises(ValueError, match=f"{option}: .*{message}"):
        checked_vector(SPACE, nothing | {option: given})


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match="4 problems") as caught:
        checked_vector(
            SPACE, {"start": {"nu": 1.0, "mu": -1.0}, "fixed": {"mu": 30.0, "alpha": "x"}}
        )
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    for word, line in zip(("nu", "-1", "30", "'x'"), lines[1:], strict=True):
        assert word in line


@pytest.mark.parametrize("value", [2, np.float32(2), jnp.asarray(2.0), np.array([2.0]), "fixed"])
def test_whatever_is_one_real_number_is_taken(value):
    if isinstance(value, str):  # a whole point as the start, one parameter of it held elsewhere
        values = checked_vector(SPACE, {"start": {"mu": 7.0, "alpha": 3.0}, "fixed": {"mu": 2.0}})
        assert float(values[1]) == 3.0
    else:
        values = checked_vector(SPACE, {"start": {"mu": value}, "fixed": None})
        assert float(values[1]) == 0.5
    assert float(values[0]) == 2.0


@pytest.mark.parametrize("value", [0, -3, 1.5, True, "8", None])
def test_a_count_is_a_whole_number_of_at_least_one(value):
    with pytest.raises(
        ValueError, match=r"`fit\(starts=\.\.\.\)` must be a whole number, at least 1"
    ):
        checked_count(value, "starts")


def test_a_count_may_come_from_numpy():
    assert checked_count(np.int64(3), "starts") == 3


def test_a_word_is_one_of_those_allowed():
    assert checked_choice("lbfgs", MINIMIZERS, "minimizer") == "lbfgs"
    with pytest.raises(ValueError, match='none of "newton", "lbfgs".*Did you mean "newton"'):
        checked_choice("newtan", MINIMIZERS, "minimizer")
