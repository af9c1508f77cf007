"""`bias`, and `--toys` of `cls` and `significance`: what is printed, written, refused."""

import json

import pytest


@pytest.fixture
def folder(run, spec, tmp_path):
    options = ("-n", 64, "--seed", 1, "--hypothesis", "n_s=10", "--at", "n_s=10")
    assert run("toys", "run", spec, *options, "-o", tmp_path / "toys").exit_code == 0
    return tmp_path / "toys"


def test_estimates_of_a_campaign_and_of_its_file(run, folder, tmp_path):
    plots, written = tmp_path / "plots", tmp_path / "bias.json"
    done = run("bias", folder, "--plots", plots, "--output-file", written)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["parameters"]["n_s"]["toys"] == 64
    assert [one["held"] for one in found["coverage"]] == [{"n_s": 10.0}] * 2
    assert written.read_text() == done.stdout
    assert {one.name for one in plots.iterdir()} == {"pull_n_s.pdf", "pull_n_s.png"}
    file = tmp_path / "toys.parquet"
    assert run("toys", "merge", folder, "-o", file).exit_code == 0
    assert run("bias", file).stdout == done.stdout


def test_what_is_no_table_is_refused(run, spec, folder, tmp_path):
    assert run("bias", spec).exit_code == 3
    assert run("bias", tmp_path / "none").exit_code == 4
    done = run("bias", folder, "--parameter", "n_z")
    assert (done.exit_code, "unknown parameter" in done.stderr) == (2, True)
    assert run("bias", spec, spec).exit_code == 2


@pytest.mark.parametrize("command", ["cls", "significance"])
def test_tests_with_toys(run, spec, command):
    done = run(command, spec, "--toys", 32, "--seed", 4)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["CLsb_obs"]["toys"] == 32
    assert found["statistic"] == {"cls": "qtilde", "significance": "q0"}[command]
    assert found["asymptotic"]["best"] is not None
    assert run(command, spec, "--toys", 32, "--seed", 4).stdout == done.stdout
