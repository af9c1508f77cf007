"""When the averages over a pool are read from a table, and what is said where they are not."""

import numpy as np
import pytest

import statmodel as sm
from compiler.conftest import Compiled, Workshop
from statmodel.compiler import explain
from statmodel.model.channels import RatioChannel

ROWS, EVENTS = 70_000, 120
RESPONSE = "{type: densitysys, name: NAME, data: {hi: {column: UP}, lo: {column: DOWN}}}"
DOCUMENT = """\
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 5]}, {name: alpha, init: 0, bounds: [-9, 9]}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: -6, max: 6}]
    normalization: POLICY
    processes:
      - {name: S, yield: 30, scale: mu, density: {type: ratio, column: r_s}, modifiers: [SIGNAL]}
      - {name: B, yield: 90, density: {type: ratio, column: r_b}, modifiers: [BACKGROUND]}
    simulation: {file: pool.parquet}
observations: [{name: SR, file: observed.parquet}]
measurements: [{name: m, config: {poi: mu}}]
"""


def response(name: str, column: int) -> str:
    return (
        RESPONSE.replace("NAME", name).replace("UP", f"up{column}").replace("DOWN", f"down{column}")
    )


def document(*signal: str, policy: str = "reference") -> str:
    """Nuisances of the signal as named; alpha moves the background too."""
    own = ", ".join(response(name, column) for column, name in enumerate(signal))
    text = DOCUMENT.replace("POLICY", policy).replace("SIGNAL", own)
    return text.replace("BACKGROUND", response("alpha", 3))


def tables(workshop: Workshop, *, spread: float = 0.1, events: int = EVENTS) -> None:
    rng = np.random.default_rng(11)
    for name, rows, width in (("pool", ROWS, 1.0), ("observed", events, 0.9)):
        x = rng.normal(0, width, rows)
        columns = {"x": x, "r_s": 1.3 * np.exp(-0.34 * x**2), "r_b": np.ones(rows)}
        for column, slope in enumerate((1.0, 0.6, -0.8, 0.5)):
            shift = spread * slope * x
            columns |= {f"up{column}": np.exp(shift), f"down{column}": np.exp(-0.9 * shift)}
        workshop.table(f"{name}.parquet", columns)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Tables of a large pool and of a few events."""
    workshop = Workshop(tmp_path_factory.mktemp("tables"))
    tables(workshop)
    return workshop


@pytest.fixture(scope="module")
def tabled(shop: Workshop) -> Compiled:
    return shop.compile(document("alpha", "beta"))


@pytest.fixture(scope="module")
def streamed(shop: Workshop) -> Compiled:
    return shop.compile(document("alpha", "beta"), tabulate=False)


def channel(compiled: Compiled) -> RatioChannel:
    [only] = compiled.model.channels
    assert isinstance(only, RatioChannel)
    return only


def closure_words(compiled: Compiled) -> str:
    [only] = explain(compiled.model).channels
    [words] = [one for one in only.evaluated if one.startswith("Z of")]
    return words


def test_a_large_pool_has_a_table_and_its_error_is_told(tabled: Compiled):
    table = channel(tabled).table
    assert table is not None
    # Two nuisances a process: what is left is the interpolation's.
    assert 0 <= float(table.bias) < 1e-6
    assert tabled.warned == tabled.model.notes == ()
    said = closure_words(tabled)
    assert said.startswith(
        "Z of each process, from a table of 2 nuisances (reference), which tells"
    )
    assert f"N ln Z to {float(table.bias):.1g}" in said


def test_without_leave_the_pool_is_streamed(streamed: Compiled):
    assert channel(streamed).table is None
    assert closure_words(streamed) == "Z of each process, streamed over the pool (reference)"


def test_a_fit_is_that_of_the_streamed_pool(tabled: Compiled, streamed: Compiled):
    mine, wanted = (sm.fit(one.model, one.data) for one in (tabled, streamed))
    assert mine.ok
    assert wanted.ok
    # A shift of nll by 1e-6 at most moves the values by 1e-3 of their errors, and far less here.
    np.testing.assert_allclose(mine.nll, wanted.nll, atol=1e-6)
    np.testing.assert_allclose(mine.values, wanted.values, atol=1e-5)
    np.testing.assert_allclose(mine.errors, wanted.errors, rtol=1e-5)
    assert sm.diagnose(tabled.model, tabled.data, mine).of("beyond_table") == ()


def test_a_fit_beyond_the_table_is_told(tabled: Compiled):
    result = sm.fit(tabled.model, tabled.data, fixed={"alpha": 6.5})
    [finding] = sm.diagnose(tabled.model, tabled.data, result).of("beyond_table")
    assert finding.parameters == ("alpha",)
    assert finding.number("alpha") == 6.5
    at = tabled.model.scope.at_point(result.point)
    z = channel(tabled)
    off = np.abs(np.log(np.asarray(z.closure(at)) / np.asarray(z.streamed_closure(at)))).max()
    expected = sum(map(float, tabled.model.expected(result.point)["SR"].values()))
    np.testing.assert_allclose(finding.number("bias"), max(EVENTS, expected) * off, rtol=1e-6)


def test_what_many_nuisances_do_together_keeps_the_pool(workshop: Workshop):
    tables(workshop, spread=0.5)
    compiled = workshop.compile(document("alpha", "beta", "gamma"))
    assert channel(compiled).table is None
    [note] = compiled.model.notes
    assert compiled.warned == (note,)
    assert note.startswith(
        "channel SR: Z has no table, so the 70000 events of the pool are read at every evaluation: "
        "nuisances moved one and two at a time tell N ln Z to "
    )
    assert note.endswith(", and at most 0.001 is wanted.")
    said = closure_words(compiled)
    assert said.startswith("Z of each process, streamed over the pool (reference): nuisances moved")


def test_expected_events_from_a_table(workshop: Workshop):
    tables(workshop, spread=0.02)
    compiled = workshop.compile(document("alpha", "beta", "gamma", policy="simulation_sum"))
    one = channel(compiled)
    assert one.table is not None
    assert 1e-9 < float(one.table.bias) < 1e-3  # three together do something
    assert "(simulation_sum), which tells nu to" in closure_words(compiled)
    point = compiled.model.space.point({"alpha": 1.5, "beta": -2.0, "gamma": 2.5})
    at = compiled.model.scope.at_point(point)
    found = float(one.expected(at).sum())
    wanted = float((one.rates(at) * one.streamed_closure(at)).sum())
    assert 0 < abs(found - wanted) < 2 * float(one.table.bias)


def test_a_nuisance_without_a_constraint_keeps_the_pool(shop: Workshop):
    free = "parameters: [{name: beta, init: 0, bounds: [-3, 3], constraint: {type: none}}, "
    text = document("alpha", "beta").replace("parameters: [", free)
    compiled = shop.compile(text)
    assert channel(compiled).table is None
    assert any("beta moves shapes and has no constraint" in one for one in compiled.model.notes)


def test_data_nearly_as_many_as_the_pool_keep_it(workshop: Workshop):
    tables(workshop, events=ROWS // 3)
    compiled = workshop.compile(document("alpha", "beta"))
    assert channel(compiled).table is None
    assert compiled.model.notes == ()
