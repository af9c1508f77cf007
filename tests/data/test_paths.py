"""A spec names files in its own folder, or where the caller allows; nothing leads elsewhere."""

from pathlib import Path

import pytest

from statmodel._errors import DataError
from statmodel.data import resolve_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`specs/` with a file of its own, beside `data/` and outside of both a secret."""
    for name in ("specs/own.csv", "specs/deep/inner.csv", "data/shared.csv", "secret.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("m\n1\n")
    return tmp_path / "specs"


@pytest.mark.parametrize("name", ["own.csv", "./own.csv", "deep/inner.csv", "deep/../own.csv"])
def test_files_in_the_folder_are_found(folder: Path, name: str):
    assert resolve_path(name, folder=folder).read_text() == "m\n1\n"


def test_an_absolute_path_inside_is_allowed(folder: Path):
    assert resolve_path(str(folder / "own.csv"), folder=folder) == folder / "own.csv"


@pytest.mark.parametrize(
    "name", ["../secret.csv", "deep/../../secret.csv", "../specs2/x.csv", "/etc/passwd"]
)
def test_paths_that_leave_are_refused(folder: Path, name: str):
    with pytest.raises(DataError) as error:
        resolve_path(name, folder=folder)
    assert str(error.value) == (
        f'"{name}" leaves {folder}. Move the file there, or allow more with root= (--root).'
    )


def test_a_link_that_leaves_is_refused(folder: Path):
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    (folder / "up").symlink_to(folder.parent)
    for name in ("link.csv", "up/secret.csv"):
        with pytest.raises(DataError, match="leaves"):
            resolve_path(name, folder=folder)


def test_a_link_inside_keeps_its_name(folder: Path):
    (folder / "alias.csv").symlink_to(folder / "own.csv")
    assert resolve_path("alias.csv", folder=folder).name == "alias.csv"


def test_a_folder_that_is_a_link_itself_is_no_obstacle(folder: Path):
    (folder.parent / "current").symlink_to(folder)
    assert resolve_path("own.csv", folder=folder.parent / "current").is_file()


def test_root_allows_more(folder: Path):
    found = resolve_path("../data/shared.csv", folder=folder, root=folder.parent / "data")
    assert found.samefile(folder.parent / "data" / "shared.csv")
    with pytest.raises(DataError, match=r'"../secret.csv" leaves .*specs and .*data\.'):
        resolve_path("../secret.csv", folder=folder, root=folder.parent / "data")


def test_root_takes_nothing_away(folder: Path):
    assert resolve_path("own.csv", folder=folder, root=folder.parent / "data").is_file()


def test_a_missing_file_names_the_nearest(folder: Path):
    with pytest.raises(DataError) as error:
        resolve_path("onw.csv", folder=folder)
    assert str(error.value) == f'no file "onw.csv" in {folder}. Did you mean "own.csv"?'


@pytest.mark.parametrize("name", ["", ".", "deep"])
def test_a_folder_is_no_file(folder: Path, name: str):
    with pytest.raises(DataError, match="is a folder; a file is expected"):
        resolve_path(name, folder=folder)


def test_names_that_are_no_paths_are_one_message(folder: Path):
    (folder / "loop").symlink_to("loop")
    for name in ("nul\0.csv", "loop", "x" * 5000):
        with pytest.raises(DataError):
            resolve_path(name, folder=folder)
