import json

import pytest

from statmodel.cli import _demo, _fit
from statmodel.infer import FitResult


def test_piped_output_is_the_json_of_the_result(run, spec, tmp_path):
    done = run("fit", spec, "--output-file", tmp_path / "fit.json", "--plots", tmp_path / "plots")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["measurement"] == "count"
    assert found["poi"] == ["n_s"]
    assert found["status"]["ok"] is True
    assert set(found["parameters"]) == {"n_s", "alpha", "k"}
    # The whole JSON is that of the result: reading and writing it changes nothing.
    assert FitResult.from_json(done.stdout).to_json() == done.stdout.rstrip("\n")
    assert (tmp_path / "fit.json").read_text() == done.stdout
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert names == {"data_peak_m.pdf", "data_peak_m.png", "profile_n_s.pdf", "profile_n_s.png"}
    for name in ("fit.json", "data_peak_m.png"):
        assert name in done.stderr


def test_fixed_and_started_values_are_used(run, spec):
    done = run("fit", spec, "--fix", "k=0.8", "--fix", "alpha=0", "--start", "n_s=5")
    found = json.loads(done.stdout)["parameters"]
    assert (found["k"]["value"], found["k"]["fixed"]) == (0.8, True)
    # With the background known, n_s solves sum p_s/(n_s p_s + 8 p_b) = 1, checked by its score.
    assert found["n_s"]["fixed"] is False
    assert 5 < found["n_s"]["value"] < 11


def test_asimov_data_give_back_their_starting_values(run, spec):
    done = run("fit", spec, "--asimov", "--start", "n_s=31")
    found = json.loads(done.stdout)["parameters"]
    assert found["n_s"]["value"] == pytest.approx(31, rel=1e-6)  # EDM below 1e-10
    assert found["k"]["value"] == pytest.approx(1, rel=1e-5)


def test_a_table_on_a_terminal(run, spec, monkeypatch):
    monkeypatch.setattr(_fit, "wants_json", lambda *, asked: asked)
    done = run("fit", spec, "-v")
    assert done.exit_code == 0
    assert "Fit of count" in done.stdout
    assert "Fit converged" in done.stdout
    assert "parameter of interest" in done.stdout
    assert "compile: " in done.stderr


def test_a_fit_that_fails_is_shown_and_is_exit_code_1(run, spec):
    flat = spec.read_text().replace("scale: 0.5", 'scale: "0.5 * other"')
    spec.write_text(flat.replace("functions:", "  - {name: other, init: 1}\nfunctions:"))
    done = run("fit", spec)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["status"]["code"] == "flat_direction"
    assert "did not converge" in done.stderr
    assert "Fix or constrain" in done.stderr


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("n_z=1", 'Did you mean "n_s"?'),
        ("n_s=-4", "outside the bounds [0, 200]"),
        ("n_s=many", "expected a number"),
        ("n_s", "expected name=value"),
    ],
)
def test_wrong_values_are_wrong_usage(run, spec, option, message):
    done = run("fit", spec, "--fix", option)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_a_channel_without_observations_is_not_fitted(run, spec):
    text = spec.read_text()
    start, end = text.index("observations:"), text.index("measurements:")
    spec.write_text(text[:start] + text[end:])
    done = run("fit", spec)
    assert done.exit_code == 3
    assert "--asimov" in done.stderr
    assert run("fit", spec, "--asimov").exit_code == 0


def test_a_result_that_cannot_be_written_is_exit_code_4(run, spec, tmp_path):
    done = run("fit", spec, "--output-file", tmp_path / "no" / "fit.json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["status"]["ok"] is True  # shown all the same
    assert "no/fit.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_data_are_exit_code_3(run, spec):
    spec.write_text(spec.read_text().replace("events: {m:", "events: {x:"))
    done = run("fit", spec)
    assert done.exit_code == 3
    assert '"m"' in done.stderr
    assert done.stderr.splitlines()[-1].endswith("problems")


def test_explain_shows_the_staging(run, spec):
    found = json.loads(run("explain", spec).stdout)
    assert [channel["name"] for channel in found["channels"]] == ["peak"]


def test_the_demo_writes_its_five_files(run, spec, tmp_path, monkeypatch):
    monkeypatch.setattr(_demo, "example_spec", lambda: spec)
    done = run("demo", "--output-dir", tmp_path / "a" / "demo")
    assert done.exit_code == 0, done.stderr
    assert "Fit of count" in done.stdout
    written = sorted(path.name for path in (tmp_path / "a" / "demo").iterdir())
    assert written == [
        "data_peak_m.pdf",
        "data_peak_m.png",
        "fit.json",
        "profile_n_s.pdf",
        "profile_n_s.png",
    ]
    for name in written:
        assert name in done.stderr


def test_the_shipped_example_is_found():
    assert _demo.example_spec().name == "offshell_h4l.yaml"
