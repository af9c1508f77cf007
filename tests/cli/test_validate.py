import json

import pytest

from statmodel.cli import _validate


def test_a_spec_in_order(run, spec):
    done = run("validate", spec)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"ok": True, "problems": [], "warnings": []}


def test_on_a_terminal_it_is_a_sentence(run, spec, monkeypatch):
    monkeypatch.setattr(_validate, "wants_json", lambda *, asked: asked)
    done = run("validate", spec)
    assert "is in order: 1 channel, 2 processes, 3 parameters" in done.stdout
    assert "data files were not opened" in done.stdout


def test_every_problem_has_a_line_with_its_place_and_the_nearest_name(run, spec):
    text = spec.read_text().replace("yield: twice", "yield: twise").replace("sigma: 0.5", "sgma: 1")
    spec.write_text(text)
    done = run("validate", spec)
    assert done.exit_code == 3
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    row = next(i for i, line in enumerate(text.splitlines(), start=1) if "sgma" in line)
    assert any(line.startswith(f"{spec}:{row}:") and '"sigma"' in line for line in lines)
    assert lines[-1].endswith(("problem", "problems"))
    found = json.loads(done.stdout)
    assert found["ok"] is False
    assert len(found["problems"]) == len(lines) - 1


def test_an_unknown_name_in_a_formula(run, spec):
    spec.write_text(spec.read_text().replace("yield: twice", "yield: twise"))
    done = run("validate", spec)
    assert done.exit_code == 3
    assert 'Did you mean "twice"?' in done.stderr
    # With the formula gone, nothing reads the parameter of interest: that is the second problem.
    assert done.stderr.splitlines()[-1] == "2 problems"


def test_a_file_that_is_not_there_is_exit_code_4(run, tmp_path):
    done = run("validate", tmp_path / "none.yaml")
    assert done.exit_code == 4
    assert "No such file" in done.stderr


def test_an_unknown_measurement_is_named(run, spec):
    done = run("validate", spec, "--measurement", "cuont")
    assert done.exit_code == 3
    assert '"count"' in done.stderr


def test_warnings_are_said_once_and_do_not_fail(run, spec):
    spec.write_text(spec.read_text().replace("functions:", "  - {name: idle, init: 1}\nfunctions:"))
    done = run("validate", spec)
    assert done.exit_code == 0
    warned = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 1
    assert "idle" in warned[0]


def test_data_files_are_opened_when_asked_for(run, spec):
    text = spec.read_text()
    spec.write_text(text[: text.index("    events:")] + "    file: no.csv\nmeasurements: []\n")
    assert run("validate", spec).exit_code == 0
    done = run("validate", spec, "--data")
    assert done.exit_code == 3
    assert "no.csv" in done.stderr


@pytest.mark.parametrize("debug", [True, False])
def test_tracebacks_are_for_those_who_ask(run, spec, debug):
    spec.write_text("statmodel: '1'\n")
    done = run("validate", spec, *(["--debug"] if debug else []))
    assert done.exit_code == 3
    assert ("Traceback" in done.stderr) is debug


def test_binned_channels_and_included_files_are_counted(run, mixed, monkeypatch):
    monkeypatch.setattr(_validate, "wants_json", lambda *, asked: asked)
    done = run("validate", mixed)
    # By hand: peak, CR and SR; b, s and t; 3 + 2 bins; k, alpha, g[3], free[2], sys[2].
    words = "is in order: 3 channels, 1 process, 3 samples in 5 bins, 9 parameters, 1 included file"
    assert words in done.stdout.replace("\n", " ")
