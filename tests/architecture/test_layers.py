"""Who may import whom: data flow one way through the folders.

    __main__
    cli
    jobs                                           pieces of campaigns; sees compiler and infer
    report
    infer | bayes | compiler | learn | interop     bayes may import infer; cli, report import it
    model | spec                                   both: compiler, interop
    data | campaign
    _numerics
    _configure | _kept | _compiling | _elementary
    _typing | _errors | _cache | _files

A layer imports from below, never from its own line. `FRONT_DOOR` is `statmodel/__init__.py`; only
the command line may go through it.
"""

import ast
from collections.abc import Iterator, Mapping

FRONT_DOOR = "__init__"
_LOW = frozenset(
    {"_numerics", "_typing", "_errors", "_compiling", "_elementary", "_kept", "_files"}
)
_BELOW_MODEL = _LOW | {"data", "campaign"}
_REPORTED = frozenset({"infer", "bayes", "compiler", "learn", "interop"})

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "_errors": frozenset(),
    "_typing": frozenset(),
    "_files": frozenset(),
    "_cache": frozenset(),
    "_configure": frozenset({"_cache"}),
    "_kept": frozenset({"_cache"}),
    "_compiling": frozenset(),
    "_elementary": frozenset(),
    "_numerics": frozenset({"_typing", "_errors"}),
    "campaign": frozenset({"_errors", "_files"}),
    "data": frozenset({"_errors"}),
    "spec": frozenset({"_errors"}),
    "model": _LOW | {"data"},
    "infer": _BELOW_MODEL | {"model"},
    "bayes": _BELOW_MODEL | {"model", "infer"},
    "compiler": _BELOW_MODEL | {"model", "spec"},
    "learn": _BELOW_MODEL | {"model"},
    "interop": _BELOW_MODEL | {"model", "spec"},
    "report": _BELOW_MODEL | _REPORTED | {"model"},
    "jobs": _BELOW_MODEL | {"_configure", "compiler", "infer", "model", "spec"},
    "cli": _BELOW_MODEL | _REPORTED | {"_configure", "jobs", "model", "report", "spec", FRONT_DOOR},
}
MAY_IMPORT = {"__main__": frozenset({"cli"}), **MAY_IMPORT, FRONT_DOOR: frozenset(MAY_IMPORT)}

# Layers that a user can load without paying for JAX, and packages that bring it in.
WITHOUT_JAX = frozenset({"_errors", "_cache", "_files", "spec", "data", "campaign"})
BRING_JAX = frozenset(
    {"jax", "jaxlib", "equinox", "optax", "optimistix", "lineax", "numpyro", "flax", "chex"}
)
# Packages for tests only.
TESTS_ONLY = frozenset({"chex", "pytest", "hypothesis", "beartype"})


def _layer(path: str) -> str:
    return path.split("/", maxsplit=1)[0].removesuffix(".py")


def _imported(tree: ast.Module) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and dotted name of every absolute import, those inside functions and `if`s included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            parts = tuple(node.module.split("."))
            for alias in node.names:  # `from statmodel import spec` names a layer too
                yield node.lineno, (*parts, alias.name) if len(parts) == 1 else parts


def _target(name: tuple[str, ...]) -> str | None:
    """The layer that an import reaches; None for other packages."""
    if name[0] != "statmodel":
        return None
    return name[1] if len(name) > 1 and name[1] in MAY_IMPORT else FRONT_DOOR


def test_every_source_file_is_in_a_known_layer(sources: Mapping[str, ast.Module]):
    unknown = {path for path in sources if _layer(path) not in MAY_IMPORT}
    assert not unknown, f"not in the table of layers: {sorted(unknown)}"


def test_layers_import_from_below_only(sources: Mapping[str, ast.Module]):
    wrong = [
        f"{path}:{line}: {_layer(path)} must not import {target}"
        for path, tree in sources.items()
        for line, name in _imported(tree)
        if (target := _target(name)) is not None
        and target != _layer(path)
        and target not in MAY_IMPORT.get(_layer(path), frozenset())
    ]
    assert not wrong, "\n".join(wrong)


def test_a_folder_is_public_and_a_file_is_private(sources: Mapping[str, ast.Module]):
    """Another layer's folder is imported, never a `_file` inside it."""
    wrong = [
        f"{path}:{line}: import from the folder, not from {'.'.join(name)}"
        for path, tree in sources.items()
        for line, name in _imported(tree)
        if (target := _target(name)) is not None
        and target not in {FRONT_DOOR, _layer(path)}
        and any(part.startswith("_") for part in name[2:])
    ]
    assert not wrong, "\n".join(wrong)


def test_spec_and_data_know_nothing_of_jax(sources: Mapping[str, ast.Module]):
    wrong = [
        f"{path}:{line}: {name[0]}"
        for path, tree in sources.items()
        if _layer(path) in WITHOUT_JAX
        for line, name in _imported(tree)
        if name[0] in BRING_JAX
    ]
    assert not wrong, "\n".join(wrong)


def test_packages_for_tests_stay_out_of_the_source(sources: Mapping[str, ast.Module]):
    wrong = [
        f"{path}:{line}: {name[0]}"
        for path, tree in sources.items()
        for line, name in _imported(tree)
        if name[0] in TESTS_ONLY
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_has_no_cycle():
    """A layer is never reachable from itself, so that the table cannot hide a loop."""
    reached = {layer: set(below) for layer, below in MAY_IMPORT.items() if layer != FRONT_DOOR}
    reached["cli"].discard(FRONT_DOOR)  # the front door imports everything, lazily
    for _ in reached:
        for below in reached.values():
            below.update(*[reached[layer] for layer in below])
    assert [layer for layer, below in reached.items() if layer in below] == []
