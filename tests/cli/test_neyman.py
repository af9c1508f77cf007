"""`neyman`, `fts`, `coverage`, `focus-study`, `limit --toys`: what is said, drawn, refused."""

import json
import math

import numpy as np
import pytest

_HELD = ("--fix", "scale=1")
_ONE = ("--centre", 3, "--width", 1)
_SMALL = (*_HELD, "--toys", 1500, "--grid", 16, "--level", 0.6827)


def words(text):
    return " ".join(text.replace("│", "").split())


def test_critical_values_are_told_and_drawn(run, counts, tmp_path):
    plots = tmp_path / "plots"
    done = run("neyman", counts, *_SMALL, "--at", 2, "--plots", plots)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["status"]["ok"]
    assert [one["statistic"] for one in found["curves"]] == ["LRS()", "FTS(focus='near')"]
    (critical,) = found["curves"][0]["critical"]
    assert critical["level"] == 0.6827
    # Seven events of two and five: nearly chi-squared of one degree of freedom, in steps.
    assert critical["values"][5] == pytest.approx(1.0, abs=0.4)
    assert len(list(plots.iterdir())) == 12


def test_critical_values_need_no_data(run, counts):
    lines = counts.read_text().splitlines()
    counts.write_text("\n".join(one for one in lines if "observations" not in one))
    done = run("neyman", counts, *_SMALL, "--statistic", "lrs", "--span", "0:6")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["curves"][0]["mu"][-1] == 6.0


def test_too_few_toys_are_shown_and_refused(run, counts):
    done = run("neyman", counts, *_HELD, "--toys", 50, "--grid", 4, "--statistic", "lrs")
    assert done.exit_code == 1
    assert not json.loads(done.stdout)["status"]["ok"]
    assert "take more toys" in done.stderr


def test_statistics_of_the_data_are_those_of_a_count(run, counts, tmp_path):
    plots = tmp_path / "plots"
    done = run("fts", counts, *_HELD, "--at", 3, "--at", 0, "--plots", plots)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["mu"] == [3.0, 0.0]
    ratio, focused = found["statistics"]
    # Five events, of which the best fit expects all: 2 (5 ln(5/2) - 3).
    assert ratio["values"] == pytest.approx([0.0, 10 * math.log(2.5) - 6], abs=1e-6)
    assert ratio["reference"]["top"] == pytest.approx(3.0, abs=1e-4)
    assert focused["status"]["ok"]
    assert focused["reference"]["error"] < 0.01
    # One and the same curve, at another height.
    apart = [a - b for a, b in zip(ratio["values"], focused["values"], strict=True)]
    assert apart[0] == pytest.approx(apart[1])
    assert {one.name for one in plots.iterdir()} == {"statistics.pdf", "statistics.png"}


def test_hypotheses_are_even_by_default(run, counts):
    found = json.loads(run("fts", counts, *_HELD, "--grid", 4, "--span", "0:6").stdout)
    assert found["mu"] == [0.0, 2.0, 4.0, 6.0]


def test_coverage_is_certified_and_drawn(run, counts, tmp_path):
    plots = tmp_path / "plots"
    options = ("--span", "0:12", "--at", 3, "--evaluation-toys", 400, "--plots", plots)
    done = run("coverage", counts, *_SMALL, *options)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["mu"] for row in found["rows"]] == [3.0, 3.0]
    for row in found["rows"]:
        # 400 toys: three deviations are 7 %.
        assert row["coverage"]["probability"] > 0.6
        assert row["coverage"]["toys"] == 400
    assert [one["statistic"] for one in found["curves"]] == ["LRS()", "FTS(focus='near')"]
    names = ("coverage", "lengths_68.27")
    assert {one.name for one in plots.iterdir()} == {
        f"{name}.{suffix}" for name in names for suffix in ("pdf", "png")
    }


def test_true_values_of_nuisance_parameters_are_combined_with_those_of_interest(
    run, counts, monkeypatch
):
    """The toys are left out: `coverage` itself is tested elsewhere."""
    asked = []

    def noted(_model, _curves, at, **_options):
        asked.extend(at)
        msg = "enough"
        raise ValueError(msg)

    from statmodel.infer import LRS, CriticalCurve, Provenance  # noqa: PLC0415
    from statmodel.infer.construction._calibrations import Weighted  # noqa: PLC0415

    curve = CriticalCurve(
        poi="mu",
        statistic=LRS(),
        said="LRS()",
        focus="",
        mu=np.array([0.0, 8.0]),
        distribution=Weighted(np.zeros((1, 2)), np.ones((1, 2))),
        calibration="reweighted",
        toys=1,
        on_nuisances=False,
        fixed={},
        ensemble="",
        failed=0,
        ok=True,
        message="",
        key="",
        provenance=Provenance(spec="", data="", versions=(), minimiser="", constants=""),
    )
    monkeypatch.setattr("statmodel.cli._construct.neyman_several", lambda *_, **__: (curve,))
    monkeypatch.setattr("statmodel.cli._construct.coverage", noted)
    truths = ("--at-nuisance", "scale=0.9", "--at-nuisance", "scale=1.1")
    done = run("coverage", counts, "--at", 2, "--at", 4, *truths)
    assert done.exit_code == 2, done.stderr
    assert asked == [{"scale": scale, "mu": mu} for scale in (0.9, 1.1) for mu in (2.0, 4.0)]
    asked.clear()
    run("coverage", counts)
    assert asked == [{"mu": mu} for mu in (0.0, 2.0, 4.0, 6.0, 8.0)]


def test_toys_are_kept_in_a_folder(run, counts, tmp_path):
    """A shard at a time, and then by another command; with the result that needs no folder."""
    few = (*_HELD, "--toys", 1500, "--grid", 9)
    kept = (*few, "--folder", tmp_path / "toys")
    first = run("neyman", counts, *kept, "--shard", "1/2")
    assert (first.exit_code, first.stdout) == (0, "")
    assert "1024 of 1500 toys" in first.stderr
    last = run("neyman", counts, *kept, "--shard", "2/2")
    assert last.exit_code == 0, last.stderr
    assert "1500 of 1500 toys" in last.stderr
    assert json.loads(last.stdout) == json.loads(run("neyman", counts, *few).stdout)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.glob("toys/parts/*")}
    sets = run("interval", counts, *kept)
    assert json.loads(sets.stdout) == json.loads(run("interval", counts, *few).stdout)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("toys/parts/*")} == made
    other = run("neyman", counts, *kept, "--seed", 4)
    assert other.exit_code == 3
    assert "holds another campaign: seed is 0 there, 4 here" in words(other.stderr)


def test_toys_of_a_coverage_are_kept_too(run, counts, tmp_path):
    """With the result that needs no folder; more toys later, beside the first."""
    few = (*_HELD, "--toys", 1500, "--grid", 9, "--at", 3, "--level", 0.6827)
    kept = (*few, "--folder", tmp_path / "toys", "--evaluation-toys")
    done = run("coverage", counts, *kept, 200)
    direct = run("coverage", counts, *few, "--evaluation-toys", 200)
    assert done.exit_code == direct.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(direct.stdout)
    more = run("coverage", counts, *kept, 1100, "--workers", 1)
    found = [row["coverage"]["toys"] for row in json.loads(more.stdout)["rows"]]
    assert set(found) == {1100}
    assert len(list(tmp_path.glob("toys/truth-*/parts/*.npz"))) == 2


def test_focuses_are_compared(run, counts, tmp_path):
    plots = tmp_path / "plots"
    few = (*_HELD, "--toys", 1500, "--grid", 16, "--evaluation-toys", 200)
    done = run("focus-study", counts, *few, "--centre", 3, "--width", 1, "--plots", plots)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["truth"] == "mu as the focus near"
    ratio, one = found["candidates"]
    assert (ratio["centre"], one["centre"], one["width"]) == (None, 3.0, 1.0)
    assert one["length"] == pytest.approx(ratio["length"] - one["shorter"])
    assert {path.name for path in plots.iterdir()} == {"focus_study_mu.pdf", "focus_study_mu.png"}


def test_limits_by_toys(run, counts, tmp_path):
    written = tmp_path / "limit.json"
    options = ("--toys", 3000, "--protection", "none", "--level", 0.9, "--output-file", written)
    done = run("limit", counts, *_HELD, *options)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    # A count of five over two: 9.27 - 2 events (Poisson, 90 %), in steps of the hypotheses.
    assert found["observed"] == pytest.approx(7.27, abs=0.35)
    assert found["unprotected"] == found["observed"]
    assert json.loads(written.read_text()) == found


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("neyman", ("--statistic", "fts:nera"), 'no focus "nera". Did you mean "near"?'),
        ("fts", ("--statistic", "lsr"), 'Did you mean "lrs"?'),
        ("fts", ("--at", 20), "mu=20 is outside the bounds [0, 15]"),
        ("fts", ("--poi", "mue"), 'Did you mean "mu"?'),
        ("neyman", ("--at", 8, "--span", "0:6"), "mu=8 is outside the bounds [0, 6]"),
        ("coverage", ("--at-nuisance", "scal=1"), 'Did you mean "scale"?'),
        ("coverage", ("--at-nuisance", "mu=1"), "mu is of interest; give --at"),
        ("coverage", ("--at-nuisance", "scale=1"), "scale is held by --fix"),
        ("coverage", ("--at-nuisance", "scale"), "expected name=value"),
        ("coverage", ("--level", "95"), "95 % is 0.95"),
        ("coverage", ("--workers", 2), "--workers: is of toys that are kept: give --folder"),
        ("neyman", ("--shard", "1/2"), "--shard: is of toys that are kept: give --folder"),
        ("limit", ("--protection", "none"), "--protection: wants --toys"),
        ("limit", ("--toys", 9, "--test-stat", "q"), "leave it out, or --toys"),
        ("limit", ("--toys", 9, "--start", "mu=1"), "is of a fit"),
        ("focus-study", (*_ONE, "--truth", "nera"), 'no focus "nera" of mu. Did you mean "near"?'),
        ("focus-study", (*_ONE, "--truth", "near", "--at", 1), "of --truth or of --at"),
        ("focus-study", ("--centre", 3), "Missing option '--width'"),
    ],
)
def test_wrong_options_are_refused(run, counts, command, options, said):
    done = run(command, counts, *_HELD, *options)
    assert done.exit_code == 2
    assert said in words(done.stderr)


def test_hypotheses_need_bounds_or_a_span(run, counts):
    counts.write_text(counts.read_text().replace(", bounds: [0, 15]", ""))
    done = run("fts", counts, *_HELD)
    assert done.exit_code == 2
    assert "mu has no finite bounds" in words(done.stderr)
    assert run("fts", counts, *_HELD, "--span", "0:9", "--grid", 3).exit_code == 0
