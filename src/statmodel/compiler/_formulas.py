"""Formulas in NumPy, for what is looked at when a document is compiled.

A program of JAX takes longer to compile than all these numbers take to compute.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from statmodel import model
from statmodel.model import Binary, Constant, Observable, Slot, Unary, Where

_UNARY: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "negate": np.negative,
        "sqrt": np.sqrt,
        "exp": np.exp,
        "log": np.log,
        "log1p": np.log1p,
        "expm1": np.expm1,
        "abs": np.abs,
        "sin": np.sin,
        "cos": np.cos,
        "tan": np.tan,
        "atan": np.arctan,
    }
)
_BINARY: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "/": np.divide,
        "**": np.power,
        "min": np.minimum,
        "max": np.maximum,
    }
)
_COMPARE: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "==": np.equal,
        "!=": np.not_equal,
    }
)


def evaluated(
    expression: model.AbstractExpression,
    slots: Float[np.ndarray, "point slot"],
    x: Float[np.ndarray, "point node column"],
) -> Float[np.ndarray, "point node"]:
    """The values of a formula, at each parameter point for events of its own.

    What is undefined is NaN, without a word of NumPy.

    Example:
        >>> root = Unary("sqrt", Binary("-", Observable(0), Slot(0)))
        >>> evaluated(root, np.array([[1.0], [4.0]]), np.array([[[5.0]], [[5.0]]])).tolist()
        [[2.0], [1.0]]
    """
    with np.errstate(all="ignore"):
        return np.broadcast_to(_value(expression, slots, x), x.shape[:2])


def _value(
    expression: model.AbstractExpression,
    slots: Float[np.ndarray, "point slot"],
    x: Float[np.ndarray, "point node column"],
) -> Float[np.ndarray, "#point #node"]:
    match expression:
        case Constant(number=number):
            return np.full((1, 1), number)
        case Slot(index=index):
            return slots[:, index, None]
        case Observable(index=index):
            return x[:, :, index]
        case Unary(name=name, argument=argument):
            return np.asarray(_UNARY[name](_value(argument, slots, x)))
        case Binary(name=name, left=left, right=right):
            return np.asarray(_BINARY[name](_value(left, slots, x), _value(right, slots, x)))
        case Where(name=name, left=left, right=right, then=then, otherwise=otherwise):
            test = _COMPARE[name](_value(left, slots, x), _value(right, slots, x))
            return np.where(test, _value(then, slots, x), _value(otherwise, slots, x))
        case _:
            msg = f"no formula of NumPy stands for {type(expression).__name__}"
            raise TypeError(msg)


def slot_values(
    scope: model.Scope, points: Float[np.ndarray, "point parameter"]
) -> Float[np.ndarray, "point slot"]:
    """What every slot holds at parameter points: as `slots_at`, without a compilation."""
    with np.errstate(invalid="ignore"):
        roots = np.sqrt(points[:, list(scope.space.rooted)])
    functions = np.zeros((len(points), len(scope.functions)))
    slots = np.concatenate([points, roots, functions, np.ones((len(points), 1))], axis=1)
    nothing = np.zeros((len(points), 1, 0))
    for position, function in enumerate(scope.functions):
        slots[:, scope.function_slot(position)] = evaluated(function, slots, nothing)[:, 0]
    return slots
