import os

import pytest

from statmodel._files import check_file, check_folder, file_stem, write_text_atomic


def test_a_text_is_written_with_a_newline_and_nothing_is_left_beside_it(tmp_path):
    path = write_text_atomic(tmp_path / "fit.json", "{}")
    assert path.read_text() == "{}\n"
    assert os.listdir(tmp_path) == ["fit.json"]


def test_a_file_that_cannot_be_renamed_leaves_nothing_and_names_the_target(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken") as caught:
        write_text_atomic(tmp_path / "taken", "text")
    assert caught.value.filename == str(tmp_path / "taken")
    assert os.listdir(tmp_path) == ["taken"]


def test_a_missing_folder_is_an_error_of_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no/fit\.json"):
        write_text_atomic(tmp_path / "no" / "fit.json", "text")


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    write_text_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new\n"


def test_a_device_is_written_to_not_replaced():
    write_text_atomic("/dev/null", "text")
    assert not os.path.isfile("/dev/null")


@pytest.mark.parametrize(
    ("parts", "stem"),
    [
        (("profile", "mu"), "profile_mu"),
        (("data", "a/../b", "x y"), "data_a-..-b_x-y"),
        (("*",), "x"),
    ],
)
def test_file_names_hold_no_separators(parts, stem):
    assert file_stem(*parts) == stem


def test_a_place_that_can_be_written_is_passed(tmp_path):
    check_file(tmp_path / "fit.json")
    check_file(os.devnull)
    check_folder(tmp_path / "a" / "b")
    assert os.listdir(tmp_path) == []  # nothing is made by looking


@pytest.mark.parametrize(
    ("check", "place", "error"),
    [
        (check_file, "no/fit.json", FileNotFoundError),
        (check_file, "folder", IsADirectoryError),
        (check_file, "file/fit.json", NotADirectoryError),
        (check_folder, "file", NotADirectoryError),
        (check_folder, "file/plots", NotADirectoryError),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(tmp_path, check, place, error):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(error):
        check(tmp_path / place)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(PermissionError):
        check_file(tmp_path / "shut" / "fit.json")
