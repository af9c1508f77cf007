"""From NumPy to JAX without a compilation.

`jnp.asarray` compiles a small program for each new shape, which takes 10 to 30 milliseconds even if
it is found in the compilation cache. What the compiler knows stays in NumPy until it is stored.
"""

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Shaped


def on_device(values: ArrayLike | list[int] | tuple[float, ...]) -> Shaped[Array, "..."]:
    """The same numbers as a JAX array.

    Example:
        >>> on_device([1, 2]).dtype, on_device(np.float64(0.5)).dtype
        (dtype('int64'), dtype('float64'))
    """
    return jax.device_put(np.asarray(values))
