"""`posterior` and `evidence`: what is printed, drawn, refused."""

import json
import math

import pytest

from bayes_models import FREE


@pytest.fixture
def counts(tmp_path):
    path = tmp_path / "counts.yaml"
    path.write_text(FREE)
    return path


def _gamma(low, high):
    """The integral of v^5 exp(-v), by parts."""
    ends = (sum(v**k / math.factorial(k) for k in range(6)) * math.exp(-v) for v in (low, high))
    first, last = ends
    return 120 * (first - last)


def test_draws_are_shown_written_and_drawn(run, counts, tmp_path):
    plots, written = tmp_path / "plots", tmp_path / "posterior.json"
    done = run(
        "posterior", counts, "--fix", "scale=1", "--with-draws", "--plots", plots,
        "--output-file", written,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    # Five events on two, even in mu: mu + 2 has a gamma density of shape 6, from 2 to 17.
    mean = 6 * (_gamma(2, 17) + _tail(2) - _tail(17)) / _gamma(2, 17) - 2
    about = found["parameters"]["mu"]
    assert about["mean"] == pytest.approx(mean, abs=5 * about["error_of_mean"])
    assert list(found["parameters"]) == ["mu"]
    assert len(found["values"]["mu"]) == 4
    assert written.read_text() == done.stdout
    assert sorted(path.name for path in plots.iterdir()) == ["posterior.pdf", "posterior.png"]


def _tail(v):
    """What the integral of v^6 exp(-v) / 6 has beyond that of v^5 exp(-v)."""
    return v**6 * math.exp(-v) / 6


def test_marginal_likelihoods_and_their_ratio(run, counts):
    options = ("--fix", "scale=1", "--focus", "near", "--focus", "far")
    done = run("evidence", counts, *options)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    near, far = found["evidences"]
    assert near["log"] == pytest.approx(math.log(_gamma(2, 7) / 5), abs=5 * near["error"])
    assert far["log"] == pytest.approx(math.log(_gamma(7, 17) / 10), abs=5 * far["error"])
    (factor,) = found["bayes_factors"]
    assert factor["log"] == far["log"] - near["log"]


def test_what_may_not_be_used_has_its_exit_code(run, counts):
    options = ("--fix", "scale=1", "--draws", 10, "--warmup", 5)
    done = run("posterior", counts, *options)
    assert done.exit_code == 1
    assert "take more" in done.stderr
    assert json.loads(done.stdout)["status"]["ok"] is False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("posterior", "--focus", "nera"), 'no focus "nera". Did you mean "near"?'),
        (("posterior", "--fix", "mew=1"), "unknown parameter 'mew'"),
        (("evidence", "--method", "nest"), "expected one of: bridge, nested"),
        (("evidence", "--focus", "near", "--fix", "mu=1"), "mu is of interest"),
    ],
)
def test_wrong_options_are_refused(run, counts, options, said):
    done = run(options[0], counts, *options[1:])
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())
