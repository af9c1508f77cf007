"""The off-shell example against its closed form, and at the boundary mu = 0."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import statmodel as sm
from reference.example_fits import offshell_minimum
from reference.offshell_numpy import ClosedForm, RatioChannel
from statmodel.data import Dataset, make_events

STRENGTHS = (0.0, 0.01, 0.25, 0.5, 1.0, 1.7, 2.5, 4.0, 7.0, 10.0)


@pytest.fixture(scope="module")
def example(repository: Path) -> tuple[sm.Model, Dataset]:
    return sm.compile(repository / "specs" / "offshell_h4l.yaml")


def test_nll_differences_equal_those_of_the_closed_form(repository: Path, tmp_path: Path) -> None:
    # Without the pool: dividing by its sums would bring in its finite size.
    text = (repository / "specs" / "offshell_h4l.yaml").read_text()
    pool = "    simulation: {file: offshell_h4l_pool.parquet, weight: w}\n"
    assert pool in text
    text = text.replace(pool, "").replace("normalization: reference", "normalization: analytic")
    (tmp_path / "exact.yaml").write_text(text)
    observed = tmp_path / "offshell_h4l_observed.parquet"
    shutil.copy(repository / "specs" / observed.name, observed)
    model, data = sm.compile(tmp_path / "exact.yaml")
    prepared = model.bind(data)
    found = [-float(model.log_prob(model.space.point({"mu": mu}), prepared)) for mu in STRENGTHS]
    exact, masses = ClosedForm(), pq.read_table(observed)["m4l"].to_numpy()
    expected = [exact.nll(masses, mu) for mu in STRENGTHS]
    # Both sums have 800 terms of size 10 and lose 1e-12; the least difference here is 0.1.
    np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-9, atol=1e-11)


def test_every_density_of_the_pool_is_normalised(repository: Path) -> None:
    # One event in each of 20 000 slices: the sums err by less than 1e-6, not by 1 / sqrt(20 000).
    pool = pq.read_table(repository / "specs" / "offshell_h4l_pool.parquet")
    weights = pool["w"].to_numpy() / pool["w"].to_numpy().sum()
    for name in ("S", "SBI", "B", "qqZZ"):
        ratio = pool[f"r_{name}"].to_numpy()
        anchors = [c for c in pool.column_names if c.startswith(f"g_{name}_")]
        assert len(anchors) == 2
        for factor in (1.0, *(pool[column].to_numpy() for column in anchors)):
            assert weights @ (ratio * factor) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 8, 10])
def test_data_without_a_signal_are_fitted_at_the_boundary(
    example: tuple[sm.Model, Dataset], repository: Path, tmp_path: Path, *, seed: int
) -> None:
    model, _ = example
    columns = offshell_columns(repository, ClosedForm().draw(0.0, seed=seed))
    result = sm.fit(model, Dataset(channels={"SR": make_events(columns)}, auxiliary={}))
    pq.write_table(pa.table(columns), tmp_path / "drawn.parquet")
    spec = repository / "specs" / "offshell_h4l.yaml"
    expected = offshell_minimum(RatioChannel.read(spec, "SR", observed=tmp_path / "drawn.parquet"))
    assert result.ok, result.message
    assert float(result.nll) == pytest.approx(expected.nll, rel=1e-12, abs=1e-9)
    root, width = expected.values["sqrt(mu)"], expected.errors["sqrt(mu)"]
    index = result.names.index("mu")
    if root == 0.0:
        assert float(result.point["mu"]) == 0.0
        assert bool(result.at_bound[index])
        assert np.isnan(float(result.error("mu")))
        assert "at a bound: mu" in result.message
    else:
        assert not bool(result.at_bound[index])
        assert abs(float(result.point["mu"]) - root**2) < 1e-4 * 2 * root * width
    for name in set(expected.names) - {"sqrt(mu)"}:
        error = expected.errors[name]
        assert abs(float(result.point[name]) - expected.values[name]) < 1e-4 * error
        assert abs(float(result.error(name)) - error) < 1e-4 * error


def offshell_columns(repository: Path, masses: np.ndarray) -> dict[str, np.ndarray]:
    """The columns that the spec reads, for masses in GeV."""
    script = runpy.run_path(str(repository / "specs" / "make_examples.py"), run_name="script")
    return {"m4l": masses, **script["ratios"](masses), **script["offshell_anchors"](masses)}
