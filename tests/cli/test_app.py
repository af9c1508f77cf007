import json
import os
import subprocess
import sys

import pytest

_LOADED = """
import sys
from statmodel.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
heavy = sorted({"jax", "jaxlib", "equinox", "matplotlib", "scipy"} & set(sys.modules))
print("LOADED", heavy)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["fit", "--help"], ["schema"], ["validate", "SPEC"], ["inspect", "SPEC"]],
)
def test_light_commands_do_not_load_jax_or_matplotlib(arguments, spec, repository):
    given = [str(spec) if a == "SPEC" else a for a in arguments]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _LOADED, *given],
        env=os.environ | {"PYTHONPATH": str(repository / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_the_package_is_the_program(repository):
    done = subprocess.run(
        [sys.executable, "-m", "statmodel", "validate", "no.yaml"],
        env=os.environ | {"PYTHONPATH": str(repository / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (4, "1 problem")


def test_version_and_citation_agree_with_the_project(run, repository):
    facts = dict(
        line.split(": ", 1)
        for line in (repository / "CITATION.cff").read_text().splitlines()
        if ": " in line
    )
    assert run("--version").stdout == f"statmodel {facts['version']}\n"
    cited = run("--cite").stdout
    assert cited.startswith("@software{statmodel,")
    for key in ("version", "license", "title"):
        assert f"{{{facts[key].strip(chr(34))}}}" in cited


def test_help_lists_every_command_and_the_exit_codes(run):
    text = run("--help").stdout
    for command in ("validate", "inspect", "explain", "fit", "schema", "demo"):
        assert command in text
    assert "1 a fit did not converge" in " ".join(text.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit"],
        ["no-such-command"],
        ["fit", "x.yaml", "--nonsense"],
        ["fit", "x.yaml", "--fix", "mu"],
    ],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr


def test_schema_is_printed_and_written(run, tmp_path):
    printed = run("schema")
    assert json.loads(printed.stdout)["$id"] == "statmodel-spec-1.json"
    assert run("schema", "--output-file", tmp_path / "s.json").exit_code == 0
    assert (tmp_path / "s.json").read_text() == printed.stdout


@pytest.mark.parametrize(
    ("arguments", "option", "meant"),
    [
        (["cls", "SPEC", "--test-stat", "qtilda"], "--test-stat", "qtilde"),
        (["limit", "SPEC", "--test-stat", "qtild"], "--test-stat", "qtilde"),
        (["fit", "SPEC", "--minimizer", "minut"], "--minimizer", "minuit"),
        (["fit", "SPEC", "--errors", "hese"], "--errors", "hesse"),
        (["yields", "SPEC", "--format", "latx"], "--format", "latex"),
        (["combine", "SPEC", "SPEC", "--join", "outr"], "--join", "outer"),
        (["convert", "SPEC", "--to", "phyf"], "--to", "pyhf"),
        (["convert", "SPEC", "--from", "xlm"], "--from", "xml"),
    ],
)
def test_a_word_that_is_none_is_told_with_the_nearest(run, spec, arguments, option, meant):
    done = run(*[spec if a == "SPEC" else a for a in arguments])
    assert done.exit_code == 2
    said = " ".join(done.stderr.replace("\u2502", " ").split())
    assert f"'{option}'" in said
    assert f'got "{arguments[-1]}", expected one of: ' in said
    assert f'Did you mean "{meant}"?' in said
    assert "Value error" not in said
