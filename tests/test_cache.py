"""The folder of compiled programs: where it is, and that it stays small. No JAX here."""

import os
import threading
import time
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def entry(folder: Path, name: str, *, size: int, age: float) -> Path:
    """An entry that was last used `age` seconds ago."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-cache"
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.mark.parametrize(
    ("system", "environment", "below_home"),
    [
        ("linux", {}, ".cache/statmodel"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, ".cache/statmodel"),
        ("darwin", {"XDG_CACHE_HOME": "/elsewhere"}, "Library/Caches/statmodel"),
        ("win32", {}, ".cache/statmodel"),
    ],
)
def test_caches_are_in_the_home_folder(system, environment, below_home, home):
    from statmodel._cache import user_folder  # noqa: PLC0415

    assert user_folder(environment, system) == home / below_home


def test_caches_are_where_the_environment_says():
    from statmodel._cache import user_folder  # noqa: PLC0415

    assert user_folder({"XDG_CACHE_HOME": "/x"}, "linux") == Path("/x/statmodel")
    assert user_folder({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/statmodel/Cache")


@pytest.mark.parametrize(
    ("word", "off", "folder"),
    [
        ("", False, None),
        ("on", False, None),
        ("off", True, None),
        (" OFF ", True, None),
        ("0", True, None),
        ("/there", False, Path("/there")),
    ],
)
def test_the_variable_says_off_or_where(word, off, folder):
    from statmodel._cache import named_folder, switched_off  # noqa: PLC0415

    assert switched_off({"STATMODEL_CACHE": word}) is off
    assert named_folder({"STATMODEL_CACHE": word}) == folder


def test_the_folder_is_its_owners_and_bears_the_version(tmp_path):
    from statmodel._cache import open_folder  # noqa: PLC0415

    folder = open_folder(tmp_path / "deep" / "root")
    assert folder.parent == tmp_path / "deep" / "root"
    assert folder.name.startswith("jaxlib-")
    assert folder.stat().st_mode & 0o077 == 0
    assert open_folder(tmp_path / "deep" / "root") == folder
    assert [path.name for path in folder.rglob("*")] == ["traced"]


def test_a_folder_that_cannot_be_is_an_error(tmp_path):
    from statmodel._cache import open_folder  # noqa: PLC0415

    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        open_folder(tmp_path / "file" / "below")


def test_what_was_used_longest_ago_goes_first(tmp_path):
    from statmodel._cache import trim  # noqa: PLC0415

    # 1300 bytes in two folders, at most 1000: down to 800, the oldest of either folder first.
    old = [entry(tmp_path / "a", "1", size=300, age=400), entry(tmp_path, "2", size=300, age=300)]
    young = [entry(tmp_path, "3", size=300, age=200), entry(tmp_path, "4", size=400, age=100)]
    other = tmp_path / "notes"
    other.write_bytes(bytes(5000))
    trim(tmp_path, most_bytes=1000)
    assert [path.exists() for path in (*old, *young)] == [False, False, True, True]
    assert other.exists()


def test_reading_an_entry_keeps_it(tmp_path):
    from statmodel._cache import trim  # noqa: PLC0415

    first = entry(tmp_path, "1", size=600, age=400)
    second = entry(tmp_path, "2", size=600, age=300)
    os.utime(first, (time.time(), first.stat().st_mtime))  # a reader came by
    trim(tmp_path, most_bytes=1000)
    assert first.exists()
    assert not second.exists()


def test_what_fits_is_left_alone_but_for_empty_entries(tmp_path):
    from statmodel._cache import trim  # noqa: PLC0415

    kept = entry(tmp_path, "1", size=1000, age=10)
    torn = entry(tmp_path, "2", size=0, age=1)
    trim(tmp_path, most_bytes=1000)
    assert kept.exists()
    assert not torn.exists()


def test_trimming_is_done_at_most_once_an_hour(tmp_path):
    from statmodel._cache import open_folder  # noqa: PLC0415

    folder = open_folder(tmp_path, most_bytes=1000)
    late = entry(folder, "1", size=5000, age=0)
    open_folder(tmp_path, most_bytes=1000)
    assert late.exists()
    os.utime(tmp_path / ".trimmed", (time.time() - 3601,) * 2)
    open_folder(tmp_path, most_bytes=1000)
    assert not late.exists()


def test_several_may_trim_at_once(tmp_path):
    from statmodel._cache import trim  # noqa: PLC0415

    for number in range(300):
        entry(tmp_path, str(number), size=10, age=number)
    errors: list[OSError] = []

    def work() -> None:
        try:
            trim(tmp_path, most_bytes=1000)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    # Each stops at 800 of its own count, which is not lower than what is there: less may be left.
    left = sorted(int(path.name.removesuffix("-cache")) for path in tmp_path.iterdir())
    assert left == list(range(len(left)))
    assert len(left) <= 100
