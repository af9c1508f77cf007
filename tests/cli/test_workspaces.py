"""combine, prune, rename, sort, digest, convert, patchset, and patches before other commands."""

import json
from pathlib import Path

import pyhf
import pyhf.writexml
import pytest
from typer.testing import CliRunner

from statmodel.cli import _patchset
from statmodel.cli._app import app
from workspaces import random_workspace

_SIGNAL = {
    "name": "S",
    "data": [5],
    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
}


@pytest.fixture
def background(tmp_path: Path) -> Path:
    document = {
        "channels": [
            {
                "name": "SR",
                "samples": [
                    {
                        "name": "B",
                        "data": [50],
                        "modifiers": [{"name": "stat", "type": "staterror", "data": [4.0]}],
                    }
                ],
            }
        ],
        "observations": [{"name": "SR", "data": [55]}],
        "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    path = tmp_path / "background.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def patch(tmp_path: Path) -> Path:
    path = tmp_path / "signal.json"
    operation = {"op": "add", "path": "/channels/0/samples/0", "value": _SIGNAL}
    path.write_text(json.dumps([operation]))
    return path


@pytest.fixture
def patchset(tmp_path: Path, background: Path, patch: Path) -> Path:
    document = {
        "metadata": {
            "digests": {"sha256": pyhf.utils.digest(json.loads(background.read_text()))},
            "labels": ["m1", "m2"],
            "description": "a grid",
            "references": {"hepdata": "ins1234567"},
        },
        "patches": [
            {
                "metadata": {"name": f"point_{m1}_100", "values": [m1, 100]},
                "patch": json.loads(patch.read_text()),
            }
            for m1 in (500, 600)
        ],
        "version": "1.0.0",
    }
    path = tmp_path / "patchset.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(random_workspace(7)))
    return path


def _theirs(path: Path) -> pyhf.Workspace:
    return pyhf.Workspace(json.loads(path.read_text()))


def test_verbs_print_what_pyhf_makes(run, workspace):
    theirs = _theirs(workspace)
    channel, sample, gone = theirs.channels[0], theirs.samples[0], theirs.channels[1]
    for arguments, expected in (
        (["sort", workspace], pyhf.Workspace.sorted(theirs)),
        (
            ["prune", workspace, "-c", gone, "-t", "normfactor"],
            theirs.prune(channels=[gone], modifier_types=["normfactor"]),
        ),
        (
            ["rename", workspace, "-c", channel, "new name", "-s", sample, "T"],
            theirs.rename(channels={channel: "new name"}, samples={sample: "T"}),
        ),
    ):
        done = run(*arguments)
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout) == dict(expected)


def test_digests_are_pyhfs(run, workspace):
    theirs = pyhf.utils.digest(_theirs(workspace))
    assert run("digest", workspace).stdout == f"sha256:{theirs}\n"
    done = run("digest", workspace, "-a", "md5", "-a", "sha256", "--json")
    assert json.loads(done.stdout)["sha256"] == theirs
    done = run("digest", workspace, "-a", "sha255")
    assert done.exit_code == 2
    assert "sha256" in done.stderr


def test_standard_input_is_a_dash(run, workspace):
    text = workspace.read_text()
    assert _piped(text, "digest", "-").stdout == run("digest", workspace).stdout
    assert _piped(text, "combine", "-", "-").exit_code == 2


def _piped(text: str, *arguments: str):
    return CliRunner().invoke(app, list(arguments), input=text)


@pytest.mark.parametrize(
    "arguments",
    [["validate"], ["validate", "--data"], ["inspect"], ["explain"], ["fit"], ["yields"]],
)
def test_every_command_reads_standard_input(run, spec, arguments):
    """Its outcome is that of the file."""
    wanted = run(*arguments, spec)
    done = _piped(spec.read_text(), *arguments, "-")
    assert (done.exit_code, done.stderr) == (0, wanted.stderr)
    assert json.loads(done.stdout) == json.loads(wanted.stdout)


def test_tests_read_standard_input(run, background, patch):
    arguments = ["--patch", str(patch)]
    wanted = json.loads(run("cls", background, *arguments).stdout)
    done = _piped(background.read_text(), "cls", "-", *arguments)
    assert (done.exit_code, json.loads(done.stdout)["CLs_obs"]) == (0, wanted["CLs_obs"])


def test_a_document_without_a_folder_names_no_files(repository):
    """It says so at each of them, also where a file of that name stands in the present folder."""
    text = (repository / "specs" / "combination.yaml").read_text()
    for arguments in (["validate", "-"], ["fit", "-"], ["convert", "-", "--to", "pyhf"]):
        done = _piped(text, *arguments)
        assert done.exit_code == 3
        for path in ("include[0].file", "observations[0].file", "channels[0].simulation.file"):
            assert f"{path}: " in done.stderr
        assert "standard input has none" in done.stderr
    done = _piped(text, "sort", "-")  # reads none of them
    assert done.exit_code == 0
    assert '"file": "combination_on_shell.json"' in done.stdout


def test_a_workspace_is_no_patchset(run, background, patchset):
    done = run("cls", background, "--patchset", background)
    assert done.exit_code == 3
    assert "expected a patchset" in done.stderr
    assert "This is a workspace" in done.stderr
    done = run("cls", background, "--patchset", patchset)
    assert done.exit_code == 2
    assert "holds 2 patches; give --patch-name" in " ".join(done.stderr.split())


def test_combine_writes_json_or_yaml_by_the_name(run, workspace, background, tmp_path):
    left, right = _theirs(workspace), _theirs(background)
    outcome = pyhf.Workspace.combine(left, right, join="outer")
    for name in ("both.json", "both.yaml"):
        done = run(
            "combine", workspace, background, "--join", "outer", "--output-file", tmp_path / name
        )
        assert done.exit_code == 0, done.stderr
        assert f"wrote {tmp_path / name}" in done.stderr
        # The digest is that of pyhf's outcome: also through YAML every number is as it was.
        assert run("digest", tmp_path / name).stdout == f"sha256:{pyhf.utils.digest(outcome)}\n"
    assert json.loads((tmp_path / "both.json").read_text()) == dict(outcome)
    assert (tmp_path / "both.yaml").read_text().startswith("channels:")


def test_what_cannot_be_combined_leaves_the_old_file(run, workspace, tmp_path):
    target = tmp_path / "both.json"
    target.write_text("old")
    done = run("combine", workspace, workspace, "--output-file", target)
    assert done.exit_code == 3
    assert "stands on both sides" in done.stderr
    assert "Rename one of them" in done.stderr
    assert target.read_text() == "old"
    done = run("combine", workspace, workspace, "--merge-channels")
    assert done.exit_code == 2


def test_a_rename_takes_two_words(run, workspace):
    done = run("rename", workspace, "-c", "only")
    assert done.exit_code == 2
    assert "takes two words" in done.stderr
    channel = _theirs(workspace).channels[0]
    done = run("rename", workspace, f"--channel={channel}", "N")
    assert json.loads(done.stdout)["channels"][0]["name"] == "N"
    done = run("rename", workspace, "-c", channel, "N", "-c", channel, "M")
    assert done.exit_code == 2
    done = run("rename", workspace, "-c", "nowhere", "N")
    assert done.exit_code == 3
    assert 'there is no channel "nowhere"' in done.stderr


def test_paths_of_data_are_found_from_another_folder(run, spec, tmp_path):
    text = spec.read_text()
    start, end = text.index("    events:"), text.index("measurements:")
    spec.write_text(f"{text[:start]}    file: peak.csv\n{text[end:]}")
    (tmp_path / "peak.csv").write_text("m\n4.5\n5.0\n")
    (tmp_path / "sub").mkdir()
    done = run("rename", spec, "-m", "n_s", "signal", "--output-file", tmp_path / "sub" / "n.yaml")
    assert done.exit_code == 0, done.stderr
    written = (tmp_path / "sub" / "n.yaml").read_text()
    assert "file: ../peak.csv" in written
    assert "expression: 2 * signal" in written
    done = run("validate", tmp_path / "sub" / "n.yaml", "--root", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert run("rename", spec, "-m", "n_s", "signal").stdout.startswith('statmodel: "1"') or (
        run("rename", spec, "-m", "n_s", "signal").stdout.startswith("statmodel: '1'")
    )


def test_prune_says_where_a_parameter_is_used(run, spec):
    done = run("prune", spec, "-m", "n_s")
    assert done.exit_code == 3
    row = next(i for i, t in enumerate(spec.read_text().splitlines(), 1) if "twice" in t)
    assert f"{spec}:{row}:" in done.stderr
    assert "functions[0].expression" in done.stderr


def test_patchset_inspect(run, patchset, monkeypatch):
    done = run("patchset", "inspect", patchset)
    assert [one["values"] for one in json.loads(done.stdout)["patches"]] == [[500, 100], [600, 100]]
    monkeypatch.setattr(_patchset, "wants_json", lambda *, asked: asked)
    table = run("patchset", "inspect", patchset).stdout
    assert "point_600_100" in table
    assert "m2" in table
    assert "a grid" in table


def test_patchset_verify(run, patchset, background, workspace):
    done = run("patchset", "verify", background, patchset)
    assert done.exit_code == 0
    done = run("patchset", "verify", workspace, patchset)
    assert done.exit_code == 3
    assert "metadata.digests.sha256" in done.stderr


def test_patchset_extract_and_apply(run, patchset, background, patch, tmp_path):
    done = run("patchset", "extract", patchset, "--name", "point_600_100")
    assert json.loads(done.stdout) == json.loads(patch.read_text())
    done = run("patchset", "extract", patchset, "--name", "500,100", "--with-metadata")
    told = json.loads(done.stdout)
    assert told["metadata"]["labels"] == ["m1", "m2"]
    assert told["metadata"]["name"] == "point_500_100"
    target = tmp_path / "patched.json"
    done = run(
        "patchset", "apply", background, patchset, "--name", "500,100", "--output-file", target
    )
    assert done.exit_code == 0, done.stderr
    theirs = pyhf.PatchSet(json.loads(patchset.read_text()))
    expected = theirs.apply(_theirs(background), "point_500_100")
    assert json.loads(target.read_text()) == dict(expected)
    done = run("patchset", "apply", background, patchset, "--name", "point_500_10")
    assert done.exit_code == 3
    assert 'Did you mean "point_500_100"?' in done.stderr
    done = run("patchset", "apply", target, patchset, "--name", "point_500_100")
    assert done.exit_code == 3
    done = run("patchset", "apply", target, patchset, "--name", "point_500_100", "--no-verify")
    assert done.exit_code == 0


@pytest.mark.parametrize("verb", ["verify", "apply", "extract", "inspect"])
@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400"])
def test_a_patchset_with_a_number_that_is_not_finite_is_refused(
    run, patchset, background, tmp_path, verb, number
):
    """By every verb; a file that stands where the output would go is left as it is."""
    document = json.loads(patchset.read_text())
    document["patches"][1]["patch"][0]["value"] = "NUMBER"
    text = json.dumps(document).replace('"NUMBER"', f"\n{number}")
    patchset.write_text(text)
    target = tmp_path / "out.json"
    target.write_text("before")
    files = (patchset,) if verb in ("extract", "inspect") else (background, patchset)
    named = ("--name", "point_500_100", "--output-file", target)
    done = run("patchset", verb, *files, *(named if verb in ("apply", "extract") else ()))
    assert done.exit_code == 3
    assert f"{patchset}:2:1 patches[1].patch[0].value: got" in done.stderr
    assert ", expected a finite number." in done.stderr
    assert done.stdout == ""
    assert target.read_text() == "before"


def test_a_patch_that_fails_leaves_the_output_file_as_it_is(run, patchset, background, tmp_path):
    document = json.loads(patchset.read_text())
    document["patches"][0]["patch"][0]["path"] = "/channels/7"
    document["patches"][1]["patch"][0]["path"] = "/channels/0/smaples"
    patchset.write_text(json.dumps(document))
    target = tmp_path / "out.json"
    target.write_text("before")
    beside = sorted(tmp_path.iterdir())
    for name in ("point_500_100", "point_600_100", "point"):
        for verb, files in (("apply", (background, patchset)), ("extract", (patchset,))):
            if verb == "extract" and name != "point":
                continue
            done = run("patchset", verb, *files, "--name", name, "--output-file", target)
            assert done.exit_code == 3
            assert f"{patchset}:1:" in done.stderr
            assert target.read_text() == "before"
            assert sorted(tmp_path.iterdir()) == beside


def test_a_patch_that_breaks_the_document_is_told_with_file_line_and_column(run, background, patch):
    operations = json.loads(patch.read_text())
    operations[0]["value"]["data"] = ["many"]
    patch.write_text(json.dumps(operations).replace('"many"', '\n"many"'))
    done = run("validate", background, "--patch", patch)
    assert done.exit_code == 3
    assert f"{patch}:2:1 [0].value.data[0]: operation 0 (add " in done.stderr
    assert 'got "many", expected a number.' in done.stderr


def test_patches_before_other_commands(run, background, patch, patchset):
    plain = json.loads(run("inspect", background).stdout)
    assert plain["poi"] == []
    for options in (
        ("--patch", patch),
        ("--patchset", patchset, "--patch-name", "point_500_100"),
        ("--patchset", patchset, "--patch-name", "600,100"),
    ):
        done = run("inspect", background, *options)
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout)["poi"] == ["mu"]
        done = run("validate", background, *options)
        assert json.loads(done.stdout) == {"ok": True, "problems": [], "warnings": []}


def test_a_patch_of_a_spec_before_a_fit(run, spec, tmp_path):
    """The patch doubles the background at k = 1; the rates at the maximum add up to the events.

    d(log L)/d(log of all rates) = N - nu, and n_s and k scale all of them.
    """
    patch = tmp_path / "patch.json"
    path = "/channels/0/processes/1/yield"
    patch.write_text(json.dumps([{"op": "replace", "path": path, "value": 20}]))
    done = run("fit", spec, "--patch", patch, "--json")
    assert done.exit_code == 0, done.stderr
    values = {name: one["value"] for name, one in json.loads(done.stdout)["parameters"].items()}
    # alpha scales what n_s scales, so its constraint holds it at zero. EDM < 1e-8: 4 digits.
    assert values["alpha"] == pytest.approx(0, abs=1e-4)
    assert values["n_s"] + 20 * values["k"] == pytest.approx(16, rel=1e-4)


def test_patch_options_that_need_each_other(run, background, patch, patchset):
    done = run("inspect", background, "--patchset", patchset)
    assert done.exit_code == 2
    assert "--patch-name" in done.stderr
    assert run("inspect", background, "--patch-name", "x").exit_code == 2
    done = run("inspect", background, "--patch", patchset)
    assert done.exit_code == 3
    assert "this is a patchset" in done.stderr
    assert run("inspect", background, "--patch", patch.with_name("none")).exit_code == 4


def test_convert_between_languages_keeps_the_digest(run, workspace, tmp_path):
    target = tmp_path / "workspace.yaml"
    assert run("convert", workspace, "--output-file", target).exit_code == 0
    back = tmp_path / "back.json"
    assert run("convert", target, "--output-file", back).exit_code == 0
    assert json.loads(back.read_text()) == json.loads(workspace.read_text())
    assert run("digest", back).stdout == run("digest", workspace).stdout
    assert run("convert", workspace, "--to", "yaml").stdout.startswith("channels:")


def test_convert_to_pyhf(run, spec, background, tmp_path):
    done = run("convert", spec, "--to", "pyhf")
    assert done.exit_code == 3
    assert "there is no binned channel" in done.stderr
    assert "`--binned-only` leaves it out" in done.stderr
    assert done.stdout == ""
    mixed = json.loads(background.read_text()) | {"statmodel": "1"}
    mixed["channels"][0]["samples"].append(_SIGNAL)
    path = tmp_path / "mixed.json"
    path.write_text(json.dumps(mixed))
    both = tmp_path / "both.yaml"
    assert run("combine", spec, path, "--output-file", both).exit_code == 0
    done = run("convert", both, "--to", "pyhf", "--binned-only")
    assert done.exit_code == 0, done.stderr
    assert "note: channels[0]: the channel" in done.stderr
    found = pyhf.Workspace(json.loads(done.stdout))
    assert found.channels == ["SR"]
    assert run("convert", both, "--binned-only").exit_code == 2


def test_convert_from_xml(run, workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("config", "data"):
        (tmp_path / folder).mkdir()
    document = random_workspace(7)
    for channel in document["channels"]:
        for sample in channel["samples"]:  # the writer divides in place, so no whole numbers
            sample["data"] = [float(content) for content in sample["data"]]
    text = pyhf.writexml.writexml(document, tmp_path / "config", tmp_path / "data", "out")
    (tmp_path / "top.xml").write_bytes(text)
    done = run("convert", "top.xml", "--basedir", tmp_path)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert {one["name"] for one in found["channels"]} == {
        one["name"] for one in document["channels"]
    }
    assert run("convert", workspace, "--basedir", tmp_path).exit_code == 2
