"""`statmodel yields`, and the pictures of bins that `statmodel fit` writes."""

import json

import pytest

from statmodel.cli import _yields
from statmodel.infer import Yields


@pytest.fixture
def observed(mixed):
    """The mixed spec with data in every channel."""
    mixed.write_text(
        mixed.read_text()
        + "observations:\n  - {name: CR, data: [6, 9, 15]}\n"
        + "  - {name: peak, events: {m: [1, 2, 3, 4]}}\n"
    )
    return mixed


def test_before_the_fit_no_data_are_needed(run, mixed):
    done = run("yields", mixed, "--prefit", "--fix", "k=2")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["stage"] == "prefit"
    assert [one["name"] for one in found["channels"]] == ["peak", "SR", "CR"] or sorted(
        one["name"] for one in found["channels"]
    ) == ["CR", "SR", "peak"]
    control = Yields.from_json(done.stdout).channel("CR")
    assert control.bins.events.tolist() == [12, 20, 28]  # 2 k times the contents
    # A staterror of 1 event: its share of 2 k times the content.
    assert control.bins.errors.tolist() == pytest.approx([4, 4, 4], rel=1e-12)


def test_without_data_there_is_nothing_to_fit(run, mixed):
    done = run("yields", mixed)
    assert done.exit_code == 3
    assert "no observations for channel" in done.stderr
    assert "CR" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_fit_and_its_files(run, observed, tmp_path):
    done = run(
        "yields", observed, "--output-file", tmp_path / "y.csv", "--plots", tmp_path / "plots",
        "--fix", "free[0]=1", "--fix", "free[1]=1",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    found = Yields.from_json(done.stdout)
    assert found.stage == "postfit"
    assert found.ok
    assert (tmp_path / "y.csv").read_text().startswith("stage,channel,sample,bin,events,error\n")
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    stems = {f"postfit_{name}" for name in ("peak", "SR", "CR")}
    assert names == {f"{stem}.{end}" for stem in stems for end in ("pdf", "png")}


def test_a_table_on_a_terminal(run, mixed, monkeypatch):
    monkeypatch.setattr(_yields, "wants_json", lambda *, asked: asked)
    done = run("yields", mixed, "--prefit")
    assert "before the fit" in done.stdout
    assert "total" in done.stdout


def test_pictures_of_a_fit_show_bins_too(run, observed, tmp_path):
    done = run("fit", observed, "--plots", tmp_path, "--fix", "free[0]=1", "--fix", "free[1]=1")
    assert done.exit_code == 0, done.stderr
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {"data_peak_m.png", "data_SR.png", "data_CR.png", "profile_k.png"}


def test_unknown_parameters_are_answered(run, mixed):
    done = run("yields", mixed, "--fix", "kk=1")
    assert done.exit_code == 2
    assert "unknown parameter" in done.stderr
