r"""Traced programs kept on disk, beside the compiled ones.

JAX looks for a compiled program by its text, so every process traces every function anew before
anything is found, which is most of what a small fit takes. Here the text is kept (StableHLO, by
`jax.export`), under a key of all that tracing reads: the function, the source of this package, the
versions of what it builds on, JAX's settings, the shapes and types of arrays, and every other part
of the arguments by value. Arguments that cannot be described so are traced as ever.
"""

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jax.core import Tracer
from jaxtyping import PyTree

from ._cache import traced_folder

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

# Settings of JAX that say where programs are kept, and not what is in them.
_ABOUT_KEEPING = ("jax_compilation_cache", "jax_enable_compilation_cache", "jax_persistent_cache")


class _UndescribedError(TypeError):
    """An argument is of a kind whose meaning a key cannot hold."""


def kept(
    *, returns: PyTree[object]
) -> Callable[[Callable[[*Arguments], Result]], Callable[[*Arguments], Result]]:
    """Keep the traced program of a function, if `configure(cache=...)` has made a folder for it.

    For functions of this package that stand right under `eqx.filter_jit`, and that nobody
    differentiates or maps. With several devices, or called without `jit`, they are as without this.

    Args:
        returns: a tree of the shape of the function's result, which has arrays for leaves.
    """

    def decorate(function: Callable[[*Arguments], Result]) -> Callable[[*Arguments], Result]:
        @functools.wraps(function)
        def call(*arguments: *Arguments) -> Result:
            dynamic, static = eqx.partition(arguments, lambda leaf: isinstance(leaf, Tracer))
            leaves, inner = jax.tree.flatten(dynamic)
            file = _file(function, arguments) if leaves else None
            if file is None:
                return function(*arguments)
            outer = jax.tree.structure(returns)

            def flat(*leaves: jax.Array) -> list[jax.Array]:
                given: tuple[*Arguments] = eqx.combine(jax.tree.unflatten(inner, leaves), static)
                result = function(*given)
                if jax.tree.structure(result) != outer:
                    msg = f"{function.__qualname__} does not return what `kept(returns=...)` says"
                    raise TypeError(msg)
                return jax.tree.leaves(result)

            program = _read(file)
            if program is None:
                shapes = [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves]
                program = export.export(jax.jit(flat))(*shapes)
                _write(file, program.serialize())
            return jax.tree.unflatten(outer, program.call(*leaves))

        return call

    return decorate


def _file(function: Callable[..., object], arguments: tuple[object, ...]) -> Path | None:
    """Where the program of these arguments is, or will be."""
    folder = traced_folder(jax.config.values)
    if folder is None or jax.device_count() > 1:
        return None
    try:
        described = "\n".join([*_surroundings(), *_describe(arguments)])
    except _UndescribedError:
        return None
    settings = sorted(
        (name, repr(value))
        for name, value in jax.config.values.items()
        if not name.startswith(_ABOUT_KEEPING)
    )
    parts = (function.__module__, function.__qualname__, settings, described)
    key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    return folder / f"{function.__name__}-{key}-cache"


@functools.cache
def _surroundings() -> tuple[str, ...]:
    """Versions, the platform, and a digest of every source file of this package.

    Raises:
        _UndescribedError: the package was installed without its sources.
    """
    root = Path(__file__).parent
    files = sorted(root.rglob("*.py"))
    if not files:
        raise _UndescribedError
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode() + content)
    versions = map(metadata.version, ("jax", "jaxlib", "equinox", "numpy"))
    return (*versions, jax.default_backend(), digest.hexdigest())


def _describe(value: object) -> Iterator[str]:
    """What a value means to a program, word by word: arrays that are traced by their type alone.

    Raises:
        _UndescribedError: it, or a part of it, is of an unknown kind.
    """
    kind = type(value)
    if isinstance(value, Tracer):
        if value.weak_type or jnp.issubdtype(value.dtype, jax.dtypes.extended):
            raise _UndescribedError
        yield f"traced {value.dtype} {value.shape}"
    elif isinstance(value, jax.Array | np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise _UndescribedError
        content = hashlib.sha256(array.tobytes()).hexdigest()
        yield f"array {array.dtype.str} {array.shape} {content}"
    elif value is None or kind in {bool, int, float, complex, str}:
        yield f"{kind.__name__} {value!r}"
    elif kind in {tuple, list, dict} or kind.__module__.startswith("statmodel."):
        yield f"{kind.__module__}.{kind.__qualname__} ("
        yield from _parts(value)
        yield ")"
    else:
        raise _UndescribedError


def _parts(value: object) -> Iterator[str]:
    if isinstance(value, Enum):
        yield value.name
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _describe(pair)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _describe(part)
    else:
        yield from _describe(vars(value))


def _read(file: Path) -> export.Exported | None:
    """The program in a file, if there is one and it is whole."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    size = hashlib.sha256().digest_size
    digest, program = content[:size], content[size:]
    if hashlib.sha256(program).digest() != digest:
        return None
    return export.deserialize(bytearray(program))


def _write(file: Path, program: bytearray) -> None:
    """Write the whole file or nothing; what cannot be written is traced again."""
    content = hashlib.sha256(program).digest() + program
    # What an interrupted writer leaves bears the name of an entry, and is trimmed like one.
    with (
        contextlib.suppress(OSError),
        tempfile.NamedTemporaryFile(dir=file.parent, suffix="-cache", delete=False) as partial,
    ):
        partial.write(content)
        partial.close()
        Path(partial.name).replace(file)
