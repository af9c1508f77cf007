"""The traced program does not grow with the numbers of channels, samples and parameters."""

import jax
import jax.numpy as jnp
import pytest
from benchmarks.histograms.problem import A, B, Size, workspace

from model.from_workspace import binned
from model.test_program_size import equations


def size(which: Size, method: str) -> int:
    case = binned(workspace(which, staterror=True))
    data = case.histograms.bind(case.observed)
    program = {
        "value": case.histograms.log_prob,
        "first": case.histograms.log_prob_to_first_order,
        "second": case.histograms.log_prob_to_second_order,
    }[method]
    at = jnp.ones(len(case.names) + 1)
    return len(list(equations(jax.make_jaxpr(lambda at: program(at, data))(at).jaxpr)))


@pytest.mark.parametrize("method", ["value", "first", "second"])
def test_three_times_the_channels_take_the_same_program(method: str):
    small, large = size(A, method), size(B, method)
    assert small == large > 50
