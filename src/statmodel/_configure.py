"""Settings of the process: where compiled programs are kept, how many devices there are.

Importing the package sets none of this; only a call does.
"""

import os
import warnings
from pathlib import Path

import jax
from jax.experimental.compilation_cache import compilation_cache

from ._cache import VARIABLE, named_folder, open_folder, switched_off, user_folder


def configure(*, cache: bool | str | Path | None = None, devices: int | None = None) -> None:
    """Keep compiled programs on disk; set the number of CPU devices. What is None stays as it is.

    A program that was compiled once on this machine is then loaded in milliseconds by every later
    process. Call it before the first model is compiled. The folder may be shared by any number of
    processes, and holds half a gigabyte at most; programs that were not used for longest go first.
    A folder that cannot be used is said once, as a warning, and programs are compiled as ever.

    Args:
        cache: a folder, made if there is none; `False`: keep nothing; `True`: the folder that the
            environment variable `STATMODEL_CACHE` names (nothing is kept if it is `off`), else the
            one that JAX is set to (`JAX_COMPILATION_CACHE_DIR`), else `statmodel` in the user's
            folder of caches.
        devices: how many devices JAX makes of the processor; maps over toys are spread over them.

    Raises:
        RuntimeError: `devices` is set after JAX has begun to compute.
        ValueError: `devices` is not positive.

    Example:
        >>> configure(cache=True, devices=4)  # doctest: +SKIP
    """
    if devices is not None:
        _set_devices(devices)
    if cache is None:
        return
    if cache is False or (cache is True and switched_off(os.environ)):
        _switch_cache(on=False)
        return
    named = named_folder(os.environ) if cache is True else Path(cache)
    if named is None and jax.config.values.get("jax_compilation_cache_dir"):
        _switch_cache(on=True)
    else:
        _keep_in(named)


def _keep_in(named: Path | None) -> None:
    """Use a folder, the user's own if none is named; warn if it cannot be used."""
    try:
        root = user_folder(os.environ) if named is None else named.expanduser().absolute()
        folder = open_folder(root)
    except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home
        msg = (
            f"the cache of compiled programs cannot be used ({error}): every process compiles its "
            f"own. `configure(cache=...)` and the variable {VARIABLE} name another folder."
        )
        warnings.warn(msg, stacklevel=3)
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    _switch_cache(on=True)


def _switch_cache(*, on: bool) -> None:
    jax.config.update("jax_enable_compilation_cache", on)
    if on and "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        # Small programs too: there are many of them.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    if on and "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES" not in os.environ:
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    # JAX looks at these settings when it first compiles, and not again until it is told to.
    compilation_cache.reset_cache()


def _set_devices(number: int) -> None:
    if number < 1:
        msg = f"`configure(devices=...)` must be at least 1, got {number}."
        raise ValueError(msg)
    try:
        jax.config.update("jax_num_cpu_devices", number)
    except RuntimeError as error:
        started = jax.local_device_count("cpu")
        if started == number:
            return
        msg = (
            f"`configure(devices={number})` comes too late: JAX has begun to compute, with "
            f"{started} device{'s' * (started != 1)}. Call it first thing in the program."
        )
        raise RuntimeError(msg) from error
