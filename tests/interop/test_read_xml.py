"""HistFactory XML: what pyhf wrote comes back."""

import builtins

import pyhf
import pyhf.writexml
import pytest

from statmodel._errors import SpecErrors
from statmodel.interop import read_xml
from statmodel.spec import plain_document, resolve

_WORKSPACE = {
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "S",
                    "data": [5.0, 10.0],
                    "modifiers": [
                        {"name": "mu", "type": "normfactor", "data": None},
                        {"name": "JES", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}},
                    ],
                },
                {
                    "name": "B",
                    "data": [50.0, 60.0],
                    "modifiers": [
                        {
                            "name": "tilt",
                            "type": "histosys",
                            "data": {"hi_data": [52.0, 61.0], "lo_data": [49.0, 58.0]},
                        },
                        {"name": "staterror_SR", "type": "staterror", "data": [3.0, 4.0]},
                    ],
                },
            ],
        }
    ],
    "observations": [{"name": "SR", "data": [60.0, 75.0]}],
    "measurements": [
        {
            "name": "main",
            "config": {
                "poi": "mu",
                "parameters": [
                    {
                        "name": "lumi",
                        "auxdata": [1.0],
                        "sigmas": [0.02],
                        "bounds": [[0.9, 1.1]],
                        "inits": [1.0],
                        "fixed": True,
                    },
                    {"name": "mu", "bounds": [[0, 10]], "inits": [1.0]},
                ],
            },
        }
    ],
    "version": "1.0.0",
}


@pytest.fixture
def written(tmp_path):
    """The top-level XML of a workspace, with its channels and histograms beside it."""
    (tmp_path / "config").mkdir()
    (tmp_path / "data").mkdir()
    text = pyhf.writexml.writexml(_WORKSPACE, tmp_path / "config", tmp_path / "data", "out")
    file = tmp_path / "top.xml"
    file.write_bytes(text)
    return file


def test_a_workspace_comes_back(written, tmp_path):
    spec = read_xml(written, folder=tmp_path)
    expected = pyhf.readxml.parse(written, tmp_path)
    pyhf.readxml.clear_filecache()
    found = plain_document(spec)
    assert found == expected
    assert spec.plain_pyhf
    assert spec.origin.name == str(written)
    resolved, problems, _ = resolve(spec)
    assert problems == ()
    assert resolved is not None
    assert resolved.counts == {"SR": (60.0, 75.0)}
    (channel,) = resolved.binned_channels
    assert {one.name: one.data for one in channel.samples} == {"S": (5, 10), "B": (50, 60)}


def test_paths_that_start_elsewhere_are_told(written, tmp_path):
    (tmp_path / "config").rename(tmp_path / "elsewhere")
    with pytest.raises(SpecErrors, match="--basedir") as error:
        read_xml(written, folder=tmp_path)
    assert str(written) in str(error.value)


def test_files_that_are_no_configuration(tmp_path):
    with pytest.raises(SpecErrors, match="no such file"):
        read_xml(tmp_path / "none.xml")
    file = tmp_path / "wrong.xml"
    file.write_text("<Combination")
    with pytest.raises(SpecErrors, match="no HistFactory configuration"):
        read_xml(file)


def test_without_pyhf_the_extra_is_named(written, monkeypatch):
    original = builtins.__import__

    def without(name, *arguments, **more):
        if name.partition(".")[0] == "pyhf":
            message = "No module named 'pyhf'"
            raise ModuleNotFoundError(message, name="pyhf")
        return original(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "statmodel\[root\]"'):
        read_xml(written)
