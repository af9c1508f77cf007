"""`impacts`, `pulls` and `breakdown`: what is printed, written, refused."""

import json

import pytest

from statmodel.cli import _breakdown, _impacts, _pulls


def test_impacts_print_json_and_draw(run, spec, tmp_path):
    plots, written = tmp_path / "plots", tmp_path / "impacts.json"
    done = run("impacts", spec, "--plots", plots, "--output-file", written)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["poi"], found["status"]["ok"]) == ("n_s", True)
    assert set(found["impacts"]) == {"alpha", "k"}
    assert set(found["impacts"]["k"]["refits"]) == {"postfit_up", "postfit_down"}
    assert found["impacts"]["k"]["global_observable"] is None  # nothing constrains it
    # More efficiency, less signal.
    alpha = found["impacts"]["alpha"]["refits"]
    assert alpha["prefit_up"]["shift"] < 0 < alpha["prefit_down"]["shift"]
    assert written.read_text() == done.stdout
    assert {one.name for one in plots.iterdir()} == {"ranking_n_s.pdf", "ranking_n_s.png"}


def test_ranking_is_another_name_and_linear_formulas_need_no_fits(run, spec):
    done = run("ranking", spec, "--no-refit")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["impacts"]["alpha"]["refits"] == {}


def test_pulls(run, spec, tmp_path):
    done = run("pulls", spec, "--plots", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert list(json.loads(done.stdout)["pulls"]) == ["alpha"]
    assert (tmp_path / "pulls.png").exists()


def test_breakdown_by_groups_that_are_typed(run, spec):
    done = run("breakdown", spec, "--group", "rates = alpha")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["name"] for one in found["parts"]] == ["rates"]
    squares = found["statistical"] ** 2 + sum(one["error"] ** 2 for one in found["parts"])
    assert squares == pytest.approx(found["error"] ** 2, rel=1e-9)


def test_wrong_groups_are_refused(run, spec):
    done = run("breakdown", spec, "--group", "rates")
    assert done.exit_code == 2
    assert "expected name=parameter" in _words(done.stderr)
    done = run("breakdown", spec, "--group", "rates=alfa")
    assert done.exit_code == 2
    assert 'there is no parameter "alfa"' in _words(done.stderr)


def _words(shown):
    """What a box on the terminal says, without its frame."""
    return " ".join(shown.replace("│", " ").split())


def test_tables_on_a_terminal(run, spec, monkeypatch):
    for module in (_impacts, _pulls, _breakdown):
        monkeypatch.setattr(module, "wants_json", lambda *, asked: asked)
    ranked = run("impacts", spec, "--top", "1").stdout
    assert "Impacts on n_s" in ranked
    assert "1 smaller impacts are not shown" in ranked
    assert "normalised" in run("pulls", spec).stdout
    assert "share of variance" in run("breakdown", spec).stdout
