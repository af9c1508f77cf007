"""`toys run`, `status`, `merge`: what is made, said, refused."""

import json

import numpy as np
import pytest

import statmodel as sm
from statmodel.cli import _campaigns

N = 40


@pytest.fixture
def arguments(spec, tmp_path):
    at = ("--at", "n_s=20", "--hypothesis", "n_s=5,alpha=0", "--seed", 3)
    return ("toys", "run", spec, "-n", N, "-o", tmp_path / "toys", *at)


def test_toys_are_made_in_shards_and_merged(run, arguments, tmp_path):
    folder, file = tmp_path / "toys", tmp_path / "toys.parquet"
    first = run(*arguments, "--shard", "1/2", "--piece", 32)
    assert first.exit_code == 0, first.stderr
    found = json.loads(first.stdout)
    assert (found["complete"], found["toys"], found["missing"]) == (False, 32, [[32, 39]])
    status = run("toys", "status", folder)
    assert status.exit_code == 1
    assert status.stdout == first.stdout
    refused = run("toys", "merge", folder, "-o", file)
    assert (refused.exit_code, file.exists()) == (1, False)
    assert "32 of 40 toys; no fit failed; missing: toys 32 to 39" in refused.stderr
    assert run("toys", "merge", folder, "-o", file, "--partial").exit_code == 0
    assert len(sm.ToyTable.from_parquet(file)) == 32
    rest = run(*arguments)
    assert json.loads(rest.stdout)["complete"]
    assert run("toys", "status", folder).exit_code == 0
    merged = run("toys", "merge", folder, "-o", file)
    assert merged.stderr == f"wrote {file}: 40 of 40 toys; no fit failed\n"
    table = sm.ToyTable.from_parquet(file)
    assert len(table) == N
    assert table.truth[0, table.column("n_s")] == 20.0
    assert table.hypotheses[0].held == {"n_s": 5.0, "alpha": 0.0}


def test_toys_at_the_best_fit_are_drawn_there(run, spec, tmp_path):
    folder = tmp_path / "toys"
    done = run("toys", "run", spec, "-n", 4, "-o", folder, "--at-fit", "--at", "n_s=15")
    assert done.exit_code == 0, done.stderr
    assert run("toys", "merge", folder, "-o", tmp_path / "x.parquet").exit_code == 0
    table = sm.ToyTable.from_parquet(tmp_path / "x.parquet")
    model, data = sm.compile(spec)
    expected = sm.fit(model, data, fixed={"n_s": 15.0})
    # Two programs, one minimum: to a thousandth of an error.
    assert table.truth[0] == pytest.approx(np.asarray(expected.values), abs=1e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--at", "n_z=20"), 'there is no parameter "n_z". Did you mean "n_s"?'),
        (("--at", "n_s=-3"), "n_s = -3 is outside ["),
        (("--hypothesis", "n_s=1e9"), "hypotheses[0]: n_s = 1e+09 is outside"),
        (("--hypothesis", "n_s"), "expected name=value"),
        (("--shard", "3/2"), "expected I/N with I from 1 to N"),
        (("--shard", "half"), "expected I/N with I from 1 to N"),
        (("--auxiliary", "hold"), "expected one of: redrawn, held"),
        (("--workers", "2", "--scheduler", "tcp://x:1"), "either processes of this machine"),
    ],
)
def test_wrong_options_are_refused(run, spec, tmp_path, options, said):
    done = run("toys", "run", spec, "-n", N, "-o", tmp_path / "toys", *options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())
    assert not (tmp_path / "toys").exists()


def test_other_folders_are_refused(run, arguments, tmp_path):
    done = run("toys", "status", tmp_path)
    assert (done.exit_code, done.stdout) == (3, "")
    assert "no folder of a campaign" in done.stderr
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / "thesis.tex").touch()
    done = run(*arguments)
    assert done.exit_code == 3
    assert "neither empty nor the folder of a campaign" in done.stderr


def test_a_log_is_told_how_far_it_is(run, arguments, monkeypatch):
    monkeypatch.setattr(_campaigns, "_EVERY", 0.0)
    done = run(*arguments)
    first, last = done.stderr.splitlines()
    assert first == "0 of 40 toys"
    assert last.startswith("40 of 40 toys, ")
    assert last.endswith(" a second, 0 s left")
    assert run(*arguments, "--no-progress").stderr == ""


def test_what_is_done_stays_when_it_is_stopped(run, arguments, tmp_path, monkeypatch):
    from statmodel.jobs import ToyCampaign  # noqa: PLC0415

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(ToyCampaign, "run", stop)
    done = run(*arguments)
    assert done.exit_code == 130
    assert f"what is done stays in {tmp_path / 'toys'}, and the same command goes on" in done.stderr
