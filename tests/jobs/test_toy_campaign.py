"""Campaigns of toys: the same rows whoever makes them, whatever is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pyarrow.parquet as pq
import pytest

import statmodel as sm
from statmodel._errors import CampaignError, DataError
from statmodel.campaign import Processes, Threads
from statmodel.infer import write_tables
from statmodel.infer.toys import _parquet
from statmodel.jobs import ToyCampaign, merge, status_of, toy_piece

N, PIECE, SEED = 200, 32, 7
HELD = ({"mu": 0.0}, {"mu": 2.0})


def _plan(document, folder, **changes):
    options = {"seed": SEED, "n": N, "piece": PIECE, "hypotheses": HELD} | changes
    return ToyCampaign.plan(document, {"mu": 0.5}, folder, **options)


@pytest.fixture(scope="module")
def whole(counting_file, tmp_path_factory):
    campaign = _plan(counting_file, tmp_path_factory.mktemp("whole") / "toys")
    assert campaign.run().complete
    return campaign


@pytest.fixture(scope="module")
def merged(whole, tmp_path_factory):
    return whole.merge(tmp_path_factory.mktemp("merged") / "toys.parquet").read_bytes()


def test_a_campaign_has_the_rows_of_run_toys(counting_file, whole):
    model, data = sm.compile(counting_file)
    options = {"n": N, "hypotheses": HELD, "like": data}
    expected = sm.run_toys(model, {"mu": 0.5}, key=jax.random.key(SEED), **options)
    found = whole.table()
    assert found.to_bytes() == expected.to_bytes()
    assert found.message == f"{N} of {N} toys converged"


def test_any_reader_of_parquet_understands_the_file(merged, tmp_path):
    path = tmp_path / "toys.parquet"
    path.write_bytes(merged)
    plain = pq.read_table(path)
    table = sm.ToyTable.from_parquet(path)
    assert plain.column_names[:2] == ["toy", "status"]
    assert plain.column("toy").to_pylist() == list(range(N))
    assert set(plain.column("status").to_pylist()) == {"converged"}
    assert np.array_equal(plain.column("value.mu").to_numpy(), table.values[:, 0])
    assert np.array_equal(plain.column("nll.1").to_numpy(), table.hypotheses[1].nll)
    assert set(plain.column("truth.mu").to_pylist()) == {0.5}
    assert table.key == f"threefry2x32 0 {SEED}"


@pytest.mark.parametrize(
    ("executor", "size"),
    [(Threads(1), 7), (Threads(2), 1), (Processes(1), 100), (Processes(2), 1000)],
    ids=["a thread, 7", "threads, 1", "a process, 100", "processes, 1000"],
)
def test_rows_are_the_same_for_other_workers_and_pieces(
    counting_file, merged, tmp_path, executor, size
):
    campaign = _plan(counting_file, tmp_path / "toys", piece=size, n=100)
    campaign.run(executor=executor)
    found = campaign.merge(tmp_path / "toys.parquet").read_bytes()
    assert found == sm.ToyTable.from_bytes(merged).between(0, 100).to_bytes()


def test_shards_in_folders_of_their_own_are_put_together(counting_file, merged, tmp_path):
    campaigns = [_plan(counting_file, tmp_path / f"shard{i}") for i in (1, 2, 3)]
    for number, one in enumerate(campaigns, start=1):
        assert not one.run(shard=(number, 3)).complete
    assert merge(campaigns, tmp_path / "all.parquet").read_bytes() == merged
    some = status_of(campaigns[:2])
    assert (some.done, some.pieces) == (5, 7)
    assert some.missing == ((64, 95), (160, 191))
    assert some.toys == N - 64


def test_a_campaign_grows_and_keeps_its_toys(counting_file, merged, tmp_path):
    small = _plan(counting_file, tmp_path / "toys", n=50)
    assert small.run().wanted == 50
    assert len(small.table()) == 50
    before = {one: small.folder.part(one).stat().st_mtime_ns for one in small.folder.done}
    large = _plan(counting_file, tmp_path / "toys", n=N)
    assert large.run().complete
    assert {one: large.folder.part(one).stat().st_mtime_ns for one in before} == before
    assert large.merge(tmp_path / "large.parquet").read_bytes() == merged


def test_pieces_of_a_campaign_that_goes_on_stay_as_long(counting_file, tmp_path):
    first = ToyCampaign.plan(counting_file, {}, tmp_path / "toys", seed=1, n=10)
    assert ToyCampaign.plan(counting_file, {}, tmp_path / "toys", seed=1, n=5000).job.piece == (
        first.job.piece
    )


def _kill_and_go_on(counting_file, folder, moments):
    """Start the campaign anew each time, and kill it after so many seconds."""
    command = [sys.executable, "-m", "statmodel", "toys", "run", str(counting_file)]
    command += ["-n", str(N), "--seed", str(SEED), "--at", "mu=0.5", "--piece", "1"]
    command += ["--hypothesis", "mu=0", "--hypothesis", "mu=2", "-o", str(folder)]
    done = [0]
    for moment in moments:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        while not (folder / "parts").exists():  # what is killed is the work, not the start
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        begun = len(list((folder / "parts").glob("[0-9]*")))
        while process.poll() is None and len(list((folder / "parts").glob("[0-9]*"))) == begun:
            time.sleep(0.001)
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()
        done.append(len(ToyCampaign.open(folder).folder.done))
    return done


def _check_killed(counting_file, merged, tmp_path, moments):
    folder = tmp_path / "toys"
    done = _kill_and_go_on(counting_file, folder, moments)
    assert done == sorted(done)
    assert 0 < done[1] < N
    campaign = ToyCampaign.open(folder)
    campaign.run()
    assert campaign.status().complete
    assert campaign.merge(tmp_path / "killed.parquet").read_bytes() == merged


def test_kill_9_loses_and_repeats_nothing(counting_file, merged, tmp_path):
    _check_killed(counting_file, merged, tmp_path, [0.0, 0.05])


@pytest.mark.slow
def test_kill_9_at_twenty_moments(counting_file, merged, tmp_path):
    moments = np.random.default_rng(1).uniform(0.0, 0.06, 20)
    _check_killed(counting_file, merged, tmp_path, moments.tolist())


def test_a_changed_document_is_refused(counting_file, tmp_path):
    folder = tmp_path / "toys"
    copy = tmp_path / "counting.json"
    shutil.copy(counting_file, copy)
    _plan(copy, folder)
    copy.write_text(copy.read_text().replace("12.0", "13.0"))
    with pytest.raises(CampaignError, match="another campaign: document is another there"):
        _plan(copy, folder)
    with pytest.raises(CampaignError, match="hypotheses"):
        _plan(counting_file, folder, hypotheses=())


def test_a_changed_simulation_is_refused(tmp_path, repository):
    """Its file is no part of the document: it is known by the events that it expects."""
    for name in ("offshell_h4l.yaml", "offshell_h4l_pool.parquet", "offshell_h4l_observed.parquet"):
        shutil.copy(repository / "specs" / name, tmp_path / name)
    campaign = ToyCampaign.plan(tmp_path / "offshell_h4l.yaml", {}, tmp_path / "toys", seed=1, n=8)
    pool = tmp_path / "offshell_h4l_pool.parquet"
    table = pq.read_table(pool)
    pq.write_table(table.slice(0, table.num_rows - 1), pool)
    with pytest.raises(CampaignError, match="its simulation has changed"):
        toy_piece(campaign.folder.job, 0)


def test_groups_of_rows_do_not_depend_on_parts(merged, tmp_path, monkeypatch):
    monkeypatch.setattr(_parquet, "_GROUP", 30)
    table = sm.ToyTable.from_bytes(merged)
    parts = [table.between(first, first + 7) for first in range(0, N, 7)]
    together = write_tables(tmp_path / "parts.parquet", parts).read_bytes()
    assert together == table.to_bytes()
    assert pq.ParquetFile(tmp_path / "parts.parquet").num_row_groups == 7
    assert sm.ToyTable.from_bytes(together).to_bytes() == together


def test_what_is_no_table_of_toys_is_told(tmp_path, whole):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"x\.parquet: cannot be read as Parquet"):
        sm.ToyTable.from_parquet(path)
    table = pq.read_table(whole.folder.part(0))
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(DataError, match=r"x\.parquet: a Parquet file, but not of toys"):
        sm.ToyTable.from_parquet(path)
    pq.write_table(table.drop_columns(["nll"]), path)
    with pytest.raises(DataError, match=r"x\.parquet: no complete table of toys, 'nll'"):
        sm.ToyTable.from_parquet(path)


def test_a_damaged_piece_is_named_and_made_again(counting_file, merged, tmp_path):
    campaign = _plan(counting_file, tmp_path / "toys")
    campaign.run()
    part = campaign.folder.part(2)
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(DataError, match=r"00000002\.parquet is damaged .* Remove it: `toys run`"):
        campaign.status()
    part.unlink()
    assert campaign.run().complete
    assert campaign.merge(tmp_path / "toys.parquet").read_bytes() == merged


def test_tables_of_different_campaigns_do_not_mix(counting_file, whole, tmp_path):
    other = _plan(counting_file, tmp_path / "other", seed=8)
    other.run(shard=(1, 4))
    with pytest.raises(CampaignError, match="of different campaigns"):
        merge([whole, other], tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()
    with pytest.raises(CampaignError, match="no toys in"):
        _plan(counting_file, tmp_path / "empty").table()


def test_arguments_are_checked_all_at_once(counting_file, tmp_path):
    with pytest.raises(ValueError, match=r"seed.*got -1; `n`.*got 0; `piece`.*got 0"):
        _plan(counting_file, tmp_path / "toys", seed=-1, n=0, piece=0)
    assert not (tmp_path / "toys").exists()
