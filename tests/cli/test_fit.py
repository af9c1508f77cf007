import json

import pytest

from statmodel.cli import _demo, _fit, _follow_up
from statmodel.infer import CrossCheck, CrossCheckRun, FitResult


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


@pytest.mark.parametrize(
    ("option", "place", "message"),
    [
        ("--output-file", "no/fit.json", "its folder does not exist"),
        ("--output-file", "folder", "is a folder"),
        ("--output-file", "file/fit.json", "a file stands where a folder should"),
        ("--plots", "file/plots", "a file stands where a folder should"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_fit(
    run, spec, tmp_path, option, place, message
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    done = run("fit", spec, option, tmp_path / place, "-v")
    assert done.exit_code == 4
    assert message in done.stderr
    assert place.split("/")[0] in done.stderr
    assert done.stdout == ""
    assert "compile: " not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_pictures_is_made_with_its_parents(run, spec, tmp_path):
    done = run("fit", spec, "--plots", tmp_path / "a" / "b" / "plots")
    assert done.exit_code == 0, done.stderr
    assert len(list((tmp_path / "a" / "b" / "plots").iterdir())) == 4


def test_a_label_that_cannot_be_drawn_gives_way_to_the_name(run, spec, tmp_path):
    spec.write_text(spec.read_text().replace('label: "$n_s$"', 'label: "$\\\\nonsense$"'))
    done = run("fit", spec, "--plots", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "profile_n_s.png").exists()
    assert "warning: the label" in done.stderr
    assert "n_s" in done.stderr


def test_the_doctor_is_always_heard(run, spec, monkeypatch):
    """The lower bound of n_s is within reach, and the data say nothing of alpha."""
    piped = run("fit", spec)
    found = json.loads(piped.stdout)["findings"]
    assert "not_constrained_by_data" in {one["kind"] for one in found}
    assert "Doctor: " in piped.stderr
    assert all(one["message"].split()[0] in piped.stderr for one in found)
    monkeypatch.setattr(_fit, "wants_json", lambda *, asked: asked)
    assert "Doctor: " in run("fit", spec).stdout


def test_profile_errors_stand_in_the_json_and_in_the_table(run, spec, monkeypatch):
    options = ("--errors", "profile", "--errors-for", "n_s")
    found = json.loads(run("fit", spec, *options).stdout)
    mine = found["parameters"]["n_s"]
    assert 0 < mine["error_minus"] < mine["error"] < mine["error_plus"]  # a count of few events
    assert found["parameters"]["k"]["error_plus"] is None
    assert [one["parameter"] for one in found["profile_errors"]["intervals"]] == ["n_s"]
    monkeypatch.setattr(_fit, "wants_json", lambda *, asked: asked)
    page = run("fit", spec, *options).stdout
    assert "+ profile" in page
    assert f"{mine['error_plus']:.2f}" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--errors-for", "n_s"), "--errors profile"),
        (("--errors", "profile", "--errors-for", "n_z"), 'Did you mean "n_s"?'),
        (("--errors", "profile", "--errors-for", "k", "--fix", "k=1"), "held fixed"),
        (("--minimizer", "newtn"), "newton"),
        (("--starts", "0"), "greater than or equal to 1"),
        (("--fix", "n_z=1", "--fix", "alpa=0"), 'Did you mean "alpha"?'),
    ],
)
def test_options_that_cannot_be_followed_are_wrong_usage(run, spec, options, message):
    done = run("fit", spec, *options)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_names_are_looked_at_before_anything_is_compiled(run, spec):
    done = run("fit", spec, "--start", "n_z=1", "-v")
    assert done.exit_code == 2
    assert "compile: " not in done.stderr


def test_another_minimiser_and_more_starts_find_the_same(run, spec):
    first = json.loads(run("fit", spec).stdout)
    other = json.loads(run("fit", spec, "--minimizer", "lbfgs", "--starts", "3").stdout)
    # Both end at an EDM below 1e-10.
    assert other["nll"] == pytest.approx(first["nll"], abs=1e-8)
    assert first["minima"] is None
    assert sum(one["starts"] for one in other["minima"]["minima"]) == 3
    assert "L-BFGS" in other["provenance"]["minimiser"]


def test_a_cross_check_that_agrees_is_a_note(run, spec):
    done = run("fit", spec, "--cross-check")
    assert done.exit_code == 0, done.stderr
    found = {one["kind"]: one for one in json.loads(done.stdout)["findings"]}
    assert found["cross_check"]["severity"] == "note"


def test_a_cross_check_that_overrules_the_fit_is_exit_code_1(run, spec, monkeypatch):
    lower = CrossCheckRun(
        begun="start",
        nll=-1e6,
        edm=0.0,
        valid=True,
        calls=1,
        values=(1.0, 0.0, 1.0),
        errors=(1.0, 1.0, 1.0),
        shifts=(0.0, 0.0, 0.0),
        error_ratios=(1.0, 1.0, 1.0),
    )
    check = CrossCheck(names=("n_s", "alpha", "k"), nll=0.0, runs=(lower,))
    monkeypatch.setattr(_follow_up, "cross_check", lambda *_, **__: check)
    done = run("fit", spec, "--cross-check")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["status"]["ok"] is True  # shown all the same
    assert "lower minimum" in done.stderr


def test_a_cross_check_without_iminuit_names_the_extra(run, spec, monkeypatch):
    monkeypatch.setattr(_fit, "find_spec", lambda _: None)
    done = run("fit", spec, "--cross-check", "-v")
    assert done.exit_code == 2
    assert "statmodel[minuit]" in done.stderr
    assert "compile: " not in done.stderr


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
