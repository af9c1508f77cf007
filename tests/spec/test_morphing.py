"""Morphing: the factors of the base points."""

import numpy as np
import pytest

from statmodel.spec import evaluate, parse_spec, resolve
from statmodel.spec._morphing import morphing_matrix

MORPHING = """\
statmodel: "1"
functions: [{{name: root, expression: sqrt(mu)}}]
parameters: [{{name: mu, init: 1}}]
channels:
  - name: c
    type: unbinned
    observables: [{{name: m, min: 0, max: 1}}]
    processes: [{{name: other, yield: 3, density: {{type: uniform}}}}]
    morphing:
      monomials: [mu, {root}, 1]
      bases:
"""
BASE = "        - {{at: {{mu: {at}}}, yield: {rate}, density: {{type: uniform}}}}\n"


def _channel(points, root="sqrt(mu)"):
    text = MORPHING.format(root=root)
    text += "".join(BASE.format(at=at, rate=rate) for rate, at in enumerate(points, start=1))
    resolved, problems, _ = resolve(parse_spec(text))
    assert problems == ()
    return resolved.channels[0]


@pytest.mark.parametrize("root", ["sqrt(mu)", "root"])
def test_factors_of_a_published_basis(root):
    channel = _channel([0, 1, 10], root)
    at = {"mu": 0.25, "root": 0.5}
    found = [evaluate(process.scale, at) for process in channel.processes[1:]]
    # The numbers are given with eight digits.
    assert found == pytest.approx([0.42094306, 0.61561882, -0.03656188], abs=5e-9)
    matrix = [[0, 0, 1], [1, 1, 1], [10, 10**0.5, 1]]
    assert channel.morphing_condition == pytest.approx(np.linalg.cond(matrix), rel=1e-12)


def test_base_points_become_processes_behind_the_others():
    channel = _channel([0, 1, 10])
    assert [p.name for p in channel.processes] == [
        "other", "morphing[0]", "morphing[1]", "morphing[2]",
    ]  # fmt: skip
    assert [evaluate(p.yield_, {}) for p in channel.processes] == [3, 1, 2, 3]
    assert channel.processes[2].path == ("channels", 0, "morphing", "bases", 1)


@pytest.mark.parametrize("points", [[0, 1, 10], [0, 1, 4, 10, 20]])
def test_the_prediction_is_exact_at_every_polynomial_of_the_monomials(points):
    # Any truth a mu + b sqrt(mu) + c is reproduced from its values at the base points.
    channel = _channel(points)
    a, b, c = 2.0, -3.0, 7.0
    truth = [a * mu + b * mu**0.5 + c for mu in points]
    for mu in (0.25, 3.0, 15.0):
        factors = [evaluate(process.scale, {"mu": mu}) for process in channel.processes[1:]]
        wanted = a * mu + b * mu**0.5 + c
        # Rounding times the condition number, which is about 30.
        assert np.dot(factors, truth) == pytest.approx(wanted, rel=1e-12)


def test_more_bases_than_monomials_take_the_solution_of_least_norm():
    values = np.array([[0, 0, 1], [1, 1, 1], [4, 2, 1], [9, 3, 1.0]])
    # Moore and Penrose: the least-norm solution of V^T f = phi is pinv(V^T) phi.
    np.testing.assert_allclose(morphing_matrix(values), np.linalg.pinv(values.T), atol=1e-12)
