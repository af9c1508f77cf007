"""A document that includes another one is the model of both, each constraint counted once."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import statmodel as sm

_CHANNEL = """\
channels:
  - name: {name}
    type: unbinned
    observables: [{{name: x, min: 0, max: 1}}]
    processes:
      - name: s
        yield: {count}
        density: {{type: uniform}}
        modifiers:
          - {{type: normsys, name: {nuisance}, data: {{hi: 1.5, lo: 0.5}}, interpolation: code1}}
observations: [{{name: {name}, {events}}}]
"""
_MAIN = (
    'statmodel: "1"\nname: whole\n'
    "include: [{file: sub/inner.yaml, rename: {modifiers: {b: a}}}]\n"
    + _CHANNEL.format(name="A", count=4, nuisance="a", events="events: {x: [0.5, 0.25, 0.125]}")
)
_INNER = 'statmodel: "1"\n' + _CHANNEL.format(
    name="B", count=9, nuisance="b", events="file: inner.csv"
)


@pytest.fixture
def written(tmp_path):
    def write(inner: str) -> Path:
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "sub" / "inner.yaml").write_text(inner, encoding="utf-8")
        (tmp_path / "sub" / "inner.csv").write_text("x\n0.1\n0.2\n", encoding="utf-8")
        (tmp_path / "main.yaml").write_text(_MAIN, encoding="utf-8")
        return tmp_path / "main.yaml"

    return write


def test_a_shared_constraint_is_counted_once(written):
    model, data = sm.compile(written(_INNER))
    assert model.space.names == ("a",)
    assert len(data.channels["B"].columns["x"]) == 2
    alpha = 0.5
    factor = 1.5**alpha  # code1
    # Densities are 1 on [0, 1]; n log(nu) - nu by channel, and one unit gaussian.
    expected = stats.norm.logpdf(alpha)
    for count, events in ((4, 3), (9, 2)):
        nu = count * factor
        expected += events * np.log(nu) - nu
    found = model.log_prob(model.space.point({"a": alpha}), data)
    np.testing.assert_allclose(found, expected, rtol=1e-13)  # sums of a few terms


def test_the_digest_covers_what_is_included(written):
    def digest(inner: str) -> str:
        return sm.compile(written(inner))[0].measurement.digest

    first = digest(_INNER)
    assert digest(_INNER.replace("statmodel:", "# a remark\nstatmodel:")) == first
    assert digest(_INNER.replace("yield: 9", "yield: 8")) != first
    assert digest(_INNER.replace("yield: 9", "yield: 9.5")) != first
