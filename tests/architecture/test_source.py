"""Rules that a reader relies on and a parser can check: sizes, state, code from text."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

MOST_LINES = 400
MUTABLE_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = frozenset(
    {"list", "dict", "set", "bytearray", "defaultdict", "deque", "OrderedDict", "Counter"}
)
CODE_FROM_TEXT = frozenset({"eval", "exec", "__import__"})
UNSAFE_MODULES = frozenset(
    {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run at import, those under `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With | ast.For):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _called(node: ast.AST) -> str:
    """The last word of what is called: `defaultdict` of `collections.defaultdict(int)`."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _mutable_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for statement in _statements(tree.body):
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        value = statement.value
        if isinstance(value, MUTABLE_LITERALS) or (value and _called(value) in MUTABLE_CALLS):
            for target in targets:
                name = ast.unparse(target)
                if not (name.startswith("__") and name.endswith("__")):
                    yield statement.lineno, name


def test_files_stay_short(package: Path, sources: Mapping[str, ast.Module]):
    lengths = {path: len((package / path).read_text("utf-8").splitlines()) for path in sources}
    assert {path: n for path, n in lengths.items() if n > MOST_LINES} == {}


def test_init_files_hold_imports_only(sources: Mapping[str, ast.Module]):
    """The front door is excepted: it resolves its names lazily and switches JAX to 64-bit."""
    wrong = [
        f"{path}:{statement.lineno}"
        for path, tree in sources.items()
        if path.endswith("/__init__.py")
        for statement in tree.body
        if not isinstance(statement, ast.Import | ast.ImportFrom)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]
    assert not wrong, "\n".join(wrong)


def test_init_files_name_what_they_export(sources: Mapping[str, ast.Module]):
    """`from ._x import y as y`, which type checkers read as an export."""
    wrong = [
        f"{path}:{statement.lineno}: {alias.name}"
        for path, tree in sources.items()
        if path.endswith("/__init__.py")
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
        if alias.asname != alias.name
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_opens_with_a_docstring(sources: Mapping[str, ast.Module]):
    assert [path for path, tree in sources.items() if not ast.get_docstring(tree)] == []


def test_modules_hold_no_mutable_state(sources: Mapping[str, ast.Module]):
    wrong = [
        f"{path}:{line}: {name}"
        for path, tree in sources.items()
        for line, name in _mutable_names(tree)
    ]
    assert not wrong, "use a tuple, frozenset or MappingProxyType:\n" + "\n".join(wrong)


def test_no_function_rebinds_a_global(sources: Mapping[str, ast.Module]):
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Global)
    ]
    assert not wrong, "\n".join(wrong)


def test_annotations_are_not_strings(sources: Mapping[str, ast.Module]):
    """Equinox and jaxtyping read annotations at run time; as strings they are silently skipped."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_runs_code_from_text_or_unpickles(sources: Mapping[str, ast.Module]):
    wrong = []
    for path, tree in sources.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                named = {node.func.id} & CODE_FROM_TEXT
            elif isinstance(node, ast.Import):
                named = {alias.name.split(".")[0] for alias in node.names} & UNSAFE_MODULES
            elif isinstance(node, ast.ImportFrom):
                named = {(node.module or "").split(".")[0]} & UNSAFE_MODULES
            elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                safe = isinstance(node.value, ast.Constant) and node.value.value is False
                named = set() if safe else {"allow_pickle"}
            else:
                continue
            wrong += [f"{path}:{node.lineno}: {name}" for name in named]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = []", ["x"]),
        ("x: dict[str, int] = {}", ["x"]),
        ("import collections\nx = collections.defaultdict(int)", ["x"]),
        ("if True:\n    x = {1}", ["x"]),
        ("try:\n    pass\nexcept OSError:\n    x = [1 for _ in ()]", ["x"]),
        ("x = (1, 2)", []),
        ("__all__ = ['y']", []),
        ("def f():\n    x = []", []),
        ("x = frozenset({1})", []),
    ],
)
def test_mutable_state_is_recognised(code: str, names: list[str]):
    assert [name for _, name in _mutable_names(ast.parse(code))] == names
