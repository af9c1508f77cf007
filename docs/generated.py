"""The parts of the documentation that are made from the code, between marks in the pages.

    <!-- keys: Parameter -->      the keys of one part of the JSON Schema
    <!-- types: density -->       the members of a union, each with its keys
    <!-- command: fit -->         the usage and the options of one command (`patchset.apply`)
    <!-- tree -->                 the source files, each with the first line of its docstring

Each mark ends at `<!-- end -->`. The built site is always filled anew. In the pages themselves the
tree is left empty, and the rest is kept up to date by `python docs/generated.py`; a test compares.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import typer

from statmodel.cli._app import app
from statmodel.spec import json_schema

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "src" / "statmodel"
WRITTEN = ("reference/spec.md", "reference/cli.md")
_MARK = re.compile(
    r"(<!-- (keys|types|command|tree)(?:: (\S+))? -->\n)(.*?)(<!-- end -->)", re.DOTALL
)
# Unions that would fill a line: their members have tables of their own.
_UNIONS = MappingProxyType(
    {
        "GaussianDensity": "density",
        "GaussianConstraint": "constraint",
        "NormSys": "modifier",
        "GaussianFocus": "focus density",
    }
)


def filled(page: str) -> str:
    """A page with every marked part made anew."""
    return _MARK.sub(lambda mark: f"{mark[1]}\n{_part(mark[2], mark[3])}\n\n{mark[5]}", page)


def keys(name: str) -> str:
    """The keys of a part of the spec, as a table."""
    schema = json_schema()
    parts = schema["$defs"]
    assert isinstance(parts, dict)
    part = schema if name == "Spec" else parts[name]
    rows = [_row(key, value, part) for key, value in part["properties"].items() if key != "type"]
    head = f"{_described(part)}\n\n"
    if not rows:
        return f"{head}No keys beside `type`.".strip()
    return "\n".join([f"{head}| key | value | default | |", "|---|---|---|---|", *rows])


def types(name: str) -> str:
    """The members of a union of the spec, as a table; keys in brackets may be left out."""
    parts = json_schema()["$defs"]
    assert isinstance(parts, dict)
    lines = ["| `type` | keys | |", "|---|---|---|"]
    for word, reference in _mapping(parts, name).items():
        part = parts[reference.rpartition("/")[2]]
        needed = part.get("required", ())
        every = [key for key in part["properties"] if key != "type"]
        listed = [f"`{key}`" for key in every if key in needed]
        listed += [f"[`{key}`]" for key in every if key not in needed]
        lines.append(f"| `{word}` | {' '.join(listed)} | {_described(part)} |")
    return "\n".join(lines)


def command(name: str) -> str:
    """What a command takes, as a table; `a.b` is a command of `a`, `statmodel` the program."""
    program = typer.main.get_command(app)
    chosen = program
    for word in [] if name == "statmodel" else name.split("."):
        chosen = chosen.commands[word]
    options = [one for one in chosen.params if one.param_type_name == "option"]
    lines = [chosen.help or "", "", "| option | value | default | |", "|---|---|---|---|"]
    for one in options:
        if one.name in {"install_completion", "show_completion"}:
            continue
        value = f"`{one.metavar}`" if one.metavar else ""
        default = f"`{one.default}`" if value and one.default not in (None, ()) else ""
        names = " ".join(f"`{name}`" for name in one.opts)
        lines.append(f"| {names} | {value} | {default} | {one.help} |")
    return "\n".join(lines)


def tree() -> str:
    """Folders and files of the package with the first lines of their docstrings."""
    return "\n".join(["```text", "statmodel/", *_tree(PACKAGE, 1), "```"])


def on_page_markdown(markdown: str, **_: object) -> str:
    """Called by mkdocs for every page."""
    return filled(markdown)


def _part(kind: str, name: str) -> str:
    match kind:
        case "keys":
            return keys(name)
        case "types":
            return types(name)
        case "command":
            return command(name)
        case _:
            return tree()


def _mapping(parts: dict, name: str) -> dict[str, str]:
    """The members of a union by their `type`, in the order of the schema."""
    union = {
        "density": lambda: parts["Process"]["properties"]["density"],
        "constraint": lambda: parts["Parameter"]["properties"]["constraint"]["anyOf"][0],
        "binned_modifier": lambda: parts["Sample"]["properties"]["modifiers"]["items"],
        "focus": lambda: next(
            iter(parts["Focus"]["properties"]["density"]["patternProperties"].values())
        ),
    }[name]()
    order = [one["$ref"] for one in union["oneOf"]]
    mapping = union["discriminator"]["mapping"]
    return dict(sorted(mapping.items(), key=lambda item: order.index(item[1])))


def _row(key: str, value: dict, part: dict) -> str:
    needed = key in part.get("required", ())
    default = value.get("default")
    plain = default is not None and not isinstance(default, list | dict)
    shown = "required" if needed else f"`{default}`" if plain else ""
    return f"| `{key}` | {_kind(value)} | {shown} | {value.get('description', '')} |"


def _described(part: dict) -> str:
    return part.get("description", "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def _kind(value: dict) -> str:
    """What may stand at a key, in words."""
    union = value.get("anyOf") or value.get("oneOf")
    if union:
        kinds = [_kind(one) for one in union if one.get("type") != "null"]
        kinds = [one for one in dict.fromkeys(kinds) if one]
        if "`ColumnAnchor`" in kinds:
            return "`{column: name}`, or a density"
        if "`BinnedChannel`" in kinds:
            return " or ".join(kinds)
        for first, word in _UNIONS.items():
            if any(f"`{first}`" in one for one in kinds):
                return f"a {word}"
        return kinds[0] if kinds else "null"
    if "$ref" in value:
        return f"`{value['$ref'].rpartition('/')[2]}`"
    if "const" in value:
        return f'`"{value["const"]}"`'
    if "enum" in value:
        return " or ".join(f"`{one}`" for one in value["enum"])
    match value.get("type"):
        case "array" if "prefixItems" in value:
            return "two numbers or null"
        case "array":
            items = _kind(value.get("items", {}))
            return f"list of {items.removeprefix('a ')}"
        case "object":
            inside = value.get("patternProperties") or {"": value.get("additionalProperties")}
            inner = next(iter(inside.values())) or {}
            return f"mapping of names to {_kind(inner).removeprefix('a ')}"
        case ["number", "string"]:
            return "number or formula"
        case ["number", "array"]:
            return "number or list"
        case "string":
            return "text"
        case kind:
            return {"boolean": "`true` or `false`", "null": "null"}.get(str(kind), str(kind or ""))


def _tree(folder: Path, depth: int) -> Iterator[str]:
    width = 30
    for path in sorted(folder.iterdir(), key=lambda p: (p.is_file(), p.name)):
        source = path / "__init__.py" if path.is_dir() else path
        if source.suffix != ".py" or not source.is_file() or path.name == "__init__.py":
            continue
        words = (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").splitlines()
        name = f"{'  ' * depth}{path.name}{'/' if path.is_dir() else ''}"
        yield f"{name:{width}} {words[0] if words else ''}".rstrip()
        if path.is_dir():
            yield from _tree(path, depth + 1)


if __name__ == "__main__":
    for _page in WRITTEN:
        (DOCS / _page).write_text(filled((DOCS / _page).read_text("utf-8")), "utf-8")
