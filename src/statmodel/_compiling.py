"""How programs with a loop over events are compiled."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import equinox as eqx

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_OPTIONS = (("xla_cpu_prefer_vector_width", 512),)


def vectorised_jit(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """`eqx.filter_jit`, with the widest vector instructions that the processor has.

    Left to itself XLA takes half of the width on processors with AVX-512, which costs the loops
    over events a quarter of their speed. Such a function cannot be called under another `jit`.
    """
    # Keyword arguments beyond its own go to `jax.jit`; its signature does not say so.
    return eqx.filter_jit(function, compiler_options=dict(_OPTIONS))  # pyright: ignore[reportCallIssue]
