"""`gof` and `fisher`: what is printed, written, refused."""

import json

import pytest


def test_goodness_prints_json_and_draws(run, spec, tmp_path):
    options = ("--toys", 24, "--seed", 2, "--statistic", "ks", "--statistic", "ad")
    plots, written = tmp_path / "plots", tmp_path / "gof.json"
    done = run("gof", spec, *options, "--plots", plots, "--output-file", written)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert {one["statistic"] for one in found["tests"]} == {"ks", "ad"}
    assert all(one["p"]["toys"] == 24 for one in found["tests"])
    assert written.read_text() == done.stdout
    assert len(list(plots.iterdir())) == 2 * len(found["tests"])


def test_information_prints_json(run, spec):
    done = run("fisher", spec, "--at", "n_s=12")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["point"]["n_s"] == 12.0
    assert set(found["errors"]) == set(found["names"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gof", "--statistic", "kz"), '"kz" is none of saturated'),
        (("fisher", "--at", "n_z=1"), "unknown parameter 'n_z'"),
        (("fisher", "--at", "n_s=-1e9"), "outside the bounds"),
    ],
)
def test_wrong_options_are_refused(run, spec, arguments, said):
    command, *options = arguments
    done = run(command, spec, *options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())
