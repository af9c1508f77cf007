"""Pieces are done once each, wherever they run and whoever dies."""

import math
from collections.abc import Iterator

import pytest
from distributed import Client

import pieces
from statmodel._errors import CampaignError
from statmodel.campaign import (
    Dask,
    Executor,
    Pace,
    Processes,
    Threads,
    in_words,
    make_folder,
    run_pieces,
    shard_of,
)

MANY = 12


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    with Client(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as client:
        yield client


@pytest.fixture(params=["one thread", "threads", "processes", "dask"])
def executor(request: pytest.FixtureRequest) -> Executor:
    match request.param:
        case "one thread":
            return Threads()
        case "threads":
            return Threads(3)
        case "processes":
            return Processes(2)
        case _:
            return Dask(request.getfixturevalue("cluster"))


def _folder(tmp_path):
    return make_folder(tmp_path / "campaign", {"n": MANY}, suffix=".txt", grows="n")


def test_every_piece_once_and_what_is_done_is_not_repeated(tmp_path, executor):
    folder = _folder(tmp_path)
    folder.keep(5, b"done before")
    told: list[Pace] = []
    made = run_pieces(folder, pieces.words, range(MANY), executor=executor, progress=told.append)
    assert made == MANY - 1
    assert folder.done == set(range(MANY))
    assert folder.part(5).read_bytes() == b"done before"
    assert folder.part(7).read_bytes() == f"{folder.job}:7".encode()
    assert [one.done for one in told] == list(range(1, MANY + 1))
    assert math.isnan(told[0].rate)
    assert told[-1].rate > 0
    assert told[-1].left == 0
    assert run_pieces(folder, pieces.fails, range(MANY), executor=executor) == 0


def test_what_was_done_before_a_failure_is_kept(tmp_path, executor):
    folder = _folder(tmp_path)
    with pytest.raises(ValueError, match="piece 2 is no good"):
        run_pieces(folder, pieces.fails, range(MANY), executor=executor)
    assert 2 not in folder.done
    assert run_pieces(folder, pieces.words, range(MANY), executor=executor) >= 1
    assert folder.done == set(range(MANY))


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_a_worker_that_is_killed_loses_nothing(tmp_path, kind, request):
    executor = Processes(2) if kind == "processes" else Dask(request.getfixturevalue("cluster"))
    got = dict(executor.run(pieces.dies_once, str(tmp_path), range(MANY)))
    assert (tmp_path / "died").exists()
    assert got == {one: pieces.words(str(tmp_path), one) for one in range(MANY)}


def test_a_piece_that_kills_every_worker_is_named():
    with pytest.raises(CampaignError, match=r"died 3 times while piece .*3"):
        dict(Processes(1).run(pieces.dies_always, "", range(MANY)))


def test_an_address_without_scheduler_is_an_error_soon(monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    with pytest.raises(CampaignError, match="no Dask scheduler at"):
        Dask.at("tcp://127.0.0.1:1")


def test_shards_are_a_partition():
    shards = [set(shard_of(17, (one, 5))) for one in range(1, 6)]
    assert set.union(*shards) == set(range(17))
    assert sum(map(len, shards)) == 17
    for wrong in ((0, 5), (6, 5)):
        with pytest.raises(CampaignError, match="from 1 to 5"):
            shard_of(17, wrong)


def test_time_left_follows_the_rate_of_this_run():
    # 30 pieces in 60 s, after 20 that were there: 50 more take 100 s.
    pace = Pace(done=50, total=100, before=20, seconds=60.0)
    assert (pace.rate, pace.left) == (0.5, 100.0)
    assert in_words(pace.left) == "1 min 40 s"
