"""Patchsets: pyhf's patched workspaces, and errors that say which workspace and which patch."""

import copy
import json
from pathlib import Path

import pyhf
import pytest

from statmodel._errors import SpecErrors
from statmodel.interop import (
    apply_patch,
    apply_patchset,
    find_patch,
    load_patch,
    load_patchset,
    patchset_document,
    verify_patchset,
)
from statmodel.spec import digest, load_spec, parse_spec, plain_document, resolve

_SMALL = (
    "small/tests_test_patchset_example_bkgonly.json",
    "small/tests_test_patchset_example_patchset.json",
)
_LARGE = ("1Lbb_ins1755298/BkgOnly.json", "1Lbb_ins1755298/patchset_three_points.json")
_REGION_A = ("sbottom_ins1748602/RegionA/BkgOnly.json", "patch.sbottom_1300_205_60.json")


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "pyhf_workspaces"


def _read(path: Path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("names", [_SMALL, _LARGE])
def test_patched_workspaces_are_those_of_pyhf(folder, names):
    background, file = (folder / name for name in names)
    ours, theirs = load_patchset(file), pyhf.PatchSet(_read(file))
    assert ours.labels == tuple(theirs.labels)
    assert dict(ours.digests) == theirs.digests
    assert ours.description == theirs.description
    assert [one.name for one in ours.patches] == [one.name for one in theirs]
    assert [one.values for one in ours.patches] == [one.values for one in theirs]
    document = _read(background)
    spec = load_spec(background)
    for patch in theirs.patches[:1] if names is _LARGE else theirs.patches:
        expected = patch.apply(copy.deepcopy(document))
        for key in (patch.name, patch.values, list(patch.values)):
            patched = apply_patchset(spec, ours, key, verify=names is _SMALL)
            assert plain_document(patched) == expected
            assert digest(patched) == pyhf.utils.digest(expected)
        assert patched.origin.folder == background.parent
    assert plain_document(spec) == document


def test_the_published_patchset_was_cut_so_its_digest_is_another(folder):
    """The digest is that of the workspace, whatever the number of patches."""
    spec, patchset = (load_spec(folder / _LARGE[0]), load_patchset(folder / _LARGE[1]))
    theirs = pyhf.PatchSet(_read(folder / _LARGE[1]))
    try:
        theirs.verify(_read(folder / _LARGE[0]))
    except pyhf.exceptions.PatchSetVerificationError:
        with pytest.raises(SpecErrors):
            verify_patchset(patchset, spec)
    else:
        verify_patchset(patchset, spec)


def test_a_patch_brings_the_parameter_of_interest(folder):
    spec, patchset = (load_spec(folder / name) for name in _LARGE[:1]), folder / _LARGE[1]
    patched = apply_patchset(next(spec), load_patchset(patchset), "550,200", verify=False)
    resolved, problems, warnings = resolve(patched)
    assert problems == ()
    assert warnings == ()
    assert resolved is not None
    assert resolved.pois == ("mu_SIG",)


def test_a_json_patch_alone(folder):
    background = folder / _REGION_A[0]
    file = background.with_name(_REGION_A[1])
    patched = apply_patch(load_spec(background), load_patch(file))
    workspace = pyhf.Workspace(_read(background))
    theirs = workspace.model(patches=[_read(file)], validate=False)
    resolved, problems, _ = resolve(patched)
    assert problems == ()
    assert resolved is not None
    assert {one.name for one in resolved.parameters} == set(theirs.config.par_names)


def test_another_workspace_is_told_with_both_digests(folder):
    other = load_spec(folder / "small/2-bin_1-channel.json")
    with pytest.raises(SpecErrors) as error:
        apply_patchset(other, load_patchset(folder / _SMALL[1]), "patch_channel1_signal_syst1")
    (problem,) = error.value.problems
    assert problem.path == "metadata.digests.sha256"
    assert digest(other) in problem.message
    assert _read(folder / _SMALL[1])["metadata"]["digests"]["sha256"] in problem.message
    assert str(folder / "small/2-bin_1-channel.json") in problem.message


def test_an_unknown_patch_is_told_with_the_nearest_name(folder):
    patchset = load_patchset(folder / _LARGE[1])
    with pytest.raises(SpecErrors, match='Did you mean "C1N2_Wh_hbb_1000_0"'):
        find_patch(patchset, "C1N2_Wh_hbb_1000_1")
    with pytest.raises(SpecErrors, match=r"no patch with \(m1, m2\) = \(1, 2\)"):
        find_patch(patchset, (1, 2))
    with pytest.raises(SpecErrors, match=r"= \(700, 401\)\. Values: \(700, 400\) C1N2_Wh_hbb"):
        find_patch(patchset, "700,401")
    assert find_patch(patchset, "700, 400").name == "C1N2_Wh_hbb_700_400"


def _document(**changes) -> dict:
    metadata = {"labels": ["m"], "digests": {"md5": "0" * 32}, "references": {}, "description": ""}
    one = {"metadata": {"name": "a", "values": [1]}, "patch": []}
    return {"metadata": metadata, "patches": [one], "version": "1.0.0"} | changes


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ([], "", "single JSON patch"),
        ({"channels": []}, "", "This is a workspace"),
        (_document(version="2"), "version", "1.0.0"),
        (_document(metadata=None), "metadata", "mapping"),
        (_document(patches=_document()["patches"] * 2), "patches[1].metadata.name", "patches[0]"),
        (
            _document(patches=[{"metadata": {"name": "a", "values": [1, 2]}, "patch": []}]),
            "patches[0].metadata.values",
            "got 2 for the 1 label m",
        ),
        (
            _document(patches=[{"metadata": {"name": "a", "values": [None]}, "patch": []}]),
            "patches[0].metadata.values",
            "numbers and texts",
        ),
        (
            _document(patches=[{"metadata": {"name": "a", "values": [1]}, "patch": {}}]),
            "patches[0].patch",
            "list of operations",
        ),
    ],
)
def test_what_is_no_patchset(document, path, words):
    with pytest.raises(SpecErrors) as error:
        patchset_document(document)
    assert path in {problem.path for problem in error.value.problems}
    assert words in str(error.value)


def _workspace():
    return parse_spec(
        '{"version": "1.0.0", "channels": [{"name": "SR", "samples": [{"name": "b", "data": [5],'
        ' "modifiers": []}]}], "observations": [], "measurements": []}',
        format="json",
    )


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "remove", "path": "/channels/3"}, "operation 1 (remove /channels/3)"),
        ({"op": "jump", "path": "/channels"}, "operation 1 (jump /channels)"),
        ({"op": "add", "path": "channels", "value": 1}, "operation 1 (add channels)"),
        ({"op": "test", "path": "/version", "value": "2"}, "operation 1 (test /version)"),
        ({"op": "add", "path": "/chanels", "value": []}, 'unknown key "chanels"'),
    ],
)
def test_an_operation_that_does_not_fit_is_named(operation, words):
    first = {"op": "add", "path": "/channels/0/samples/0/data/0", "value": 7}
    with pytest.raises(SpecErrors) as error:
        apply_patch(_workspace(), [first, operation], name="signal.json")
    assert words in str(error.value)
    assert "signal.json" in str(error.value)


def test_files_that_are_no_patches(tmp_path):
    file = tmp_path / "patch.json"
    for text, words in (("[", "no JSON"), ("{}", "list of operations"), ("[1]", "list of")):
        file.write_text(text)
        with pytest.raises(SpecErrors, match=words):
            load_patch(file)
    file.write_text(json.dumps(_document()))
    with pytest.raises(SpecErrors, match="this is a patchset"):
        load_patch(file)
    with pytest.raises(SpecErrors, match="cannot be read"):
        load_patchset(tmp_path / "none.json")
