"""The reference says what the code says: keys, commands, public names, links to files."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REMEDY = "run `python docs/generated.py`"


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generated", DOCS / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["reference/spec.md", "reference/cli.md"])
def test_tables_are_up_to_date(generated: ModuleType, name: str):
    assert generated.filled(page(name)) == page(name), f"{name}: {REMEDY}"


def test_every_key_and_type_of_the_schema_is_in_the_page():
    from statmodel.spec import json_schema  # noqa: PLC0415 (after the type-checking hook)

    schema, text = json_schema(), page("reference/spec.md")
    words: set[str] = set()

    def visit(part: object) -> None:
        if isinstance(part, dict):
            words.update(part.get("properties", {}))
            words.update(str(part[key]) for key in ("const",) if key in part)
            words.update(str(one) for one in part.get("enum", ()))
            for inner in part.values():
                visit(inner)
        elif isinstance(part, list):
            for inner in part:
                visit(inner)

    visit(schema)
    assert len(words) > 100  # the format has more names than that
    shown = set(re.findall(r'[`"]([\w.]+)[`"]', text)) | set(re.findall(r"^### (\w+)$", text, re.M))
    assert words <= shown


def test_every_command_is_in_the_page(generated: ModuleType):
    program = generated.typer.main.get_command(generated.app)
    headings = re.findall(r"^## ([\w-]+)$", page("reference/cli.md"), re.MULTILINE)
    told = [name for name, one in program.commands.items() if not one.hidden]
    assert headings == told  # hidden ones are other names


def test_exit_codes_are_in_the_pages():
    from statmodel.cli._settings import ExitCode  # noqa: PLC0415

    rows = re.findall(r"^\| (\d) \|", page("how-to/read-errors.md"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitCode)


def test_every_front_door_name_is_in_the_page():
    import statmodel  # noqa: PLC0415

    text = page("reference/api.md")
    assert [name for name in statmodel.__all__ if f"`sm.{name}`" not in text] == []


def test_every_documented_object_exists():
    documented = re.findall(r"^::: (\S+)$", page("reference/api.md"), re.MULTILINE)
    assert documented
    for name in documented:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


@pytest.mark.parametrize("folder", ["infer", "data", "compiler", "report"])
def test_every_name_of_the_small_modules_is_documented(folder: str):
    source = (ROOT / "src" / "statmodel" / folder / "__init__.py").read_text("utf-8")
    names = set(re.findall(r" as (\w+)$", source, re.MULTILINE)) - {"compile_model"}
    text = page("reference/api.md")
    documented = set(re.findall(rf"^::: statmodel\.{folder}\.(\w+)$", text, re.M))
    assert names <= documented


def test_every_key_of_a_result_is_in_the_page():
    example = re.search(r"```json\n(.*?)```", page("reference/result-json.md"), re.DOTALL)
    assert example is not None
    from statmodel.infer import FitResult  # noqa: PLC0415

    shown = json.loads(example[1])
    written = json.loads(FitResult.from_json(example[1]).to_json())
    assert _keys(shown) == _keys(written)
    table = page("reference/result-json.md").rpartition("```")[2]
    assert [key for key in _keys(written) if f"{key}`" not in table] == []


def _keys(document: dict) -> set[str]:
    """Every key, but not the names of parameters and packages."""
    found = set()
    for key, value in document.items():
        inner = value
        if key == "parameters":
            inner = next(iter(value.values()))
        elif isinstance(value, dict) and key not in {"flat_direction", "versions"}:
            inner = value
        else:
            found.add(key)
            continue
        found |= _keys(inner)
    return found


def test_every_file_that_a_page_names_exists():
    """Files of the project and of the layers, in backquotes."""
    wrong, file = [], re.compile(r"`((?:\w+/)+[\w./-]*\w\.(?:py|ya?ml|json|md))`")
    for path in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for name in file.findall(path.read_text("utf-8")):
            places = (ROOT / name, ROOT / "src" / "statmodel" / name, DOCS / name)
            if not any(place.exists() for place in places) and "_moyal" not in name:
                wrong.append(f"{path.name}: {name}")
    assert wrong == []


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    named = {t for p in pages for t in re.findall(r"(?:`|\$ )make ([a-z-]+)", p.read_text("utf-8"))}
    assert named
    assert named <= targets


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    assert [name for name in pages if not re.search(rf"[ \[]{re.escape(name)}", navigation)] == []
