"""Bound data: one data set, or several along a leading axis."""

import jax

from statmodel.data import Dataset
from statmodel.model import Model, Prepared

_MOST_AXES = 2
"""Of the auxiliary values: data sets, parameters."""


def size_of(prepared: Prepared) -> int | None:
    """How many data sets are bound together; None for one that is bound alone.

    Raises:
        ValueError: the arrays do not agree on that.
    """
    shapes = {
        jax.tree_util.keystr(path).lstrip("."): leaf.shape
        for path, leaf in jax.tree_util.tree_leaves_with_path(prepared)
    }
    several = prepared.auxiliary.ndim > 1
    constant = None if prepared.counts is None else prepared.counts.constant.shape
    leading = {name: shape[: prepared.auxiliary.ndim - 1] for name, shape in shapes.items()}
    agreed = len(set(leading.values())) == 1 and prepared.auxiliary.ndim <= _MOST_AXES
    if not agreed or constant not in (None, leading["auxiliary"]):
        said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        msg = (
            "bound data sets are stacked along one leading axis, of the same length in every "
            f"array; the shapes are {said}"
        )
        raise ValueError(msg)
    return prepared.auxiliary.shape[0] if several else None


def one_data_set(model: Model, data: Dataset | Prepared, function: str) -> Prepared:
    """Bound data of one data set.

    Raises:
        ValueError: several are bound together.
    """
    prepared = model.prepared(data)
    count = size_of(prepared)
    if count is not None:
        msg = f"`{function}` takes one data set, and {count} are bound together here"
        raise ValueError(msg)
    return prepared
