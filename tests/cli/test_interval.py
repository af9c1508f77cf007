"""`interval`: what is printed, drawn, refused."""

import json

import pytest


def test_all_statistics_are_taken_and_drawn(run, counts, tmp_path):
    plots, written = tmp_path / "plots", tmp_path / "interval.json"
    options = ("--fix", "scale=1", "--toys", 3000, "--grid", 16, "--level", 0.6827)
    done = run("interval", counts, *options, "--plots", plots, "--output-file", written)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["statistic"] for one in found["intervals"]] == ["LRS()", "FTS(focus='near')"]
    ((low, high),) = found["intervals"][0]["intervals"]
    # Five events on two: Feldman and Cousins have [1.25, 5.79] less what the grid and toys blur.
    assert low == pytest.approx(1.25, abs=0.6)
    assert high == pytest.approx(5.79, abs=0.6)
    assert written.read_text() == done.stdout
    drawn = [f"{a}_{b}" for a in ("critical", "belt", "distribution") for b in ("lrs", "fts_near")]
    names = {f"{one}.{suffix}" for one in ("observed", *drawn) for suffix in ("pdf", "png")}
    assert {one.name for one in plots.iterdir()} == names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--statistic", "fst:near"),
            'expected one of: lrs, fts:near. Did you mean "fts:near"?',
        ),
        (("--statistic", "fts:nera"), 'no focus "nera". Did you mean "near"?'),
        (("--level", "68"), "68 % is 0.68"),
        (("--nuisances", "laplac"), 'Did you mean "laplace"?'),
        (("--ensemble", "prior"), "expected one of: profile, predictive"),
        (("--fix", "mu=1"), "mu is of interest"),
        (("--span", "1"), "expected LOW:HIGH"),
        (("--span", "3:1"), "the low end must be below"),
        (("--span", "0:16"), "mu=16 is outside the bounds [0, 15]"),
    ],
)
def test_wrong_options_are_refused(run, counts, options, said):
    done = run("interval", counts, "--fix", "scale=1", *options, "--toys", 50)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())


def test_nuisance_parameters_are_profiled_or_integrated(run, counts):
    counts.write_text(
        counts.read_text().replace(
            "{name: scale, init: 1, bounds: [0.5, 2]}",
            "{name: scale, init: 1, bounds: [0.5, 1.5], "
            "constraint: {type: gaussian, mean: 1, sigma: 0.1}}",
        )
    )
    options = ("--toys", 3000, "--grid", 16, "--level", 0.6827, "--nuisances", "marginal")
    without = json.loads(run("interval", counts, *options, "--fix", "scale=1").stdout)
    for ensemble, said in (("profile", "conditional estimates"), ("predictive", "drawn from")):
        done = run("interval", counts, *options, "--ensemble", ensemble)
        assert done.exit_code == 0, done.stderr
        found = json.loads(done.stdout)
        assert said in found["curves"][0]["ensemble"]
        for one, other in zip(found["intervals"], without["intervals"], strict=True):
            # An uncertainty of a tenth changes little beside five events; of a count, critical
            # values are steps, which smear over one step of the hypotheses.
            assert one["intervals"][0] == pytest.approx(other["intervals"][0], abs=1.0)
