"""`scan`: what is printed, written, refused."""

import json

import pytest


def test_the_parameter_of_interest_is_scanned(run, spec, tmp_path):
    done = run("scan", spec, "--points", 11, "--level", 0.9, "--plots", tmp_path)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["parameter"], len(found["t"])) == ("n_s", 11)
    assert {one["level"] for one in found["crossings"]} == {0.9}
    assert list(found["values"]) == ["n_s", "alpha", "k"]
    assert {one.name for one in tmp_path.iterdir()} >= {"profile_n_s.pdf", "profile_n_s.png"}


def test_two_parameters_have_contours(run, spec, tmp_path):
    options = ("--over", "k", "--over", "n_s", "--points", 7, "--range", "n_s=1:20")
    done = run("scan", spec, *options, "--plots", tmp_path / "p", "--output-file", tmp_path / "c")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["parameters"] == ["k", "n_s"]
    assert (found["y"][0], found["y"][-1]) == (1.0, 20.0)
    assert (tmp_path / "c").read_text() == done.stdout
    assert {one.name for one in (tmp_path / "p").iterdir()} == {
        "contours_k_n_s.pdf",
        "contours_k_n_s.png",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--over", "n_z"), "unknown parameter 'n_z'"),
        (("--over", "k", "--over", "n_s", "--over", "alpha"), "one parameter or two"),
        (("--over", "k", "--over", "k"), "k is there twice"),
        (("--range", "n_s=3:1"), "the low end must be below the high one"),
        (("--range", "n_s"), "expected NAME=LOW:HIGH"),
        (("--range", "k=0.5:1"), "k: not scanned; --over names n_s"),
        (("--range", "n_s=-1e9:1"), "n_s=-1e+09 is outside the bounds"),
        (("--fix", "n_s=5"), "n_s is scanned, and cannot be held"),
        (("--level", "95"), "is a probability between 0 and 1"),
    ],
)
def test_wrong_options_are_refused(run, spec, options, said):
    done = run("scan", spec, *options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())
