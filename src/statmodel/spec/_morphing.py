r"""Morphing: a prediction linear in monomials, from predictions at base points.

.. math:: V_{bk} = \varphi_k(\mu_b), \qquad f(\mu) = (V^T)^{-1} \varphi(\mu),

and :math:`f = V (V^T V)^{-1} \varphi` where there are more base points than monomials, the
solution of :math:`V^T f = \varphi` of least norm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from statmodel._errors import suggestion

from ._channels import Channel, Morphing, Process
from ._nodes import Binary, Node, Number, evaluate, names
from ._origin import DocumentPath
from ._report import Report
from ._resolved import ResolvedFunction

# Beyond, rounding leaves fewer than three digits of a coefficient.
_WORST_CONDITION: Final = 1e13


@final
@dataclass(frozen=True)
class Morphed:
    """The factors of the base points, and the condition number of the matrix."""

    scales: tuple[Node, ...]
    condition: float


def morphed(
    morphing: Morphing,
    functions: tuple[ResolvedFunction, ...],
    parameters: tuple[str, ...],
    path: DocumentPath,
    report: Report,
) -> Morphed | None:
    """The factor of each base point as a formula, or None where there is a problem.

    Args:
        morphing: the block.
        functions: of the document, in order.
        parameters: names of all parameters.
        path: place of the block.
        report: takes the problems.
    """
    trees = [monomial.tree for monomial in morphing.monomials]
    read = _read(trees, functions)
    if any(name not in parameters for name in read):
        return None  # reported where the formulas are checked
    complete = [
        _check_point(base.at, read, (*path, "bases", i, "at"), report)
        for i, base in enumerate(morphing.bases)
    ]
    if not all(complete):
        return None
    rows = [_monomials_at(trees, base.at, functions) for base in morphing.bases]
    matrix = np.asarray(rows, dtype=np.float64)
    if not np.isfinite(matrix).all():
        bad = int(np.argmin(np.isfinite(matrix).all(axis=1)))
        report.problem((*path, "bases", bad, "at"), "a monomial is not finite at this point.")
        return None
    condition = float(np.linalg.cond(matrix))
    if not condition < _WORST_CONDITION:
        message = (
            f"the base points do not determine the {len(trees)} monomials; choose points at "
            "which the monomials differ."
        )
        report.problem((*path, "bases"), message)
        return None
    coefficients = morphing_matrix(matrix)
    return Morphed(tuple(_combination(row, trees) for row in coefficients), condition)


def morphing_matrix(values: "np.ndarray") -> "np.ndarray":
    """C with f = C phi, from V[base, monomial]; of least norm where there are more bases."""
    return (
        np.linalg.solve(values.T @ values, values.T).T
        if (values.shape[0] > values.shape[1])
        else np.linalg.inv(values.T)
    )


def processes_of(channel: Channel, scales: tuple[Node, ...]) -> tuple[tuple[Process, Node], ...]:
    """The base points as processes with their factors."""
    bases = channel.morphing.bases if channel.morphing else ()
    return tuple(
        (
            Process.model_validate(
                {
                    "name": base_name(base.name, number),
                    "yield": base.yield_,
                    "density": base.density,
                    "modifiers": base.modifiers,
                }
            ),
            scale,
        )
        for number, (base, scale) in enumerate(zip(bases, scales, strict=True))
    )


def base_name(name: str | None, number: int) -> str:
    """The name of the process that a base point becomes."""
    return f"morphing[{number}]" if name is None else name


def _read(trees: list[Node], functions: tuple[ResolvedFunction, ...]) -> tuple[str, ...]:
    """The parameters that monomials read, through functions too."""
    inside = {function.name: names(function.tree) for function in functions}
    found: dict[str, None] = {}
    pending = [name for tree in trees for name in names(tree)]
    while pending:
        name = pending.pop(0)
        if name in inside:
            pending.extend(inside[name])
        else:
            found[name] = None
    return tuple(found)


def _check_point(
    at: Mapping[str, float], read: tuple[str, ...], path: DocumentPath, report: Report
) -> bool:
    missing = [name for name in read if name not in at]
    unknown = [name for name in at if name not in read]
    for name in unknown:
        message = f'no monomial reads "{name}".{suggestion(name, read, "Monomials read")}'
        report.problem_of_key((*path, name), message)
    if missing and not unknown:
        report.problem(path, f"the value of {', '.join(missing)} is missing.")
    return not missing and not unknown


def _monomials_at(
    trees: list[Node], at: Mapping[str, float], functions: tuple[ResolvedFunction, ...]
) -> list[float]:
    values = dict(at)
    for function in functions:
        if all(name in values for name in names(function.tree)):
            values[function.name] = evaluate(function.tree, values)
    return [evaluate(tree, values) for tree in trees]


def _combination(coefficients: "np.ndarray", trees: list[Node]) -> Node:
    terms: list[Node] = [
        Binary("*", Number(float(coefficient)), tree)
        for coefficient, tree in zip(coefficients, trees, strict=True)
    ]
    total = terms[0]
    for term in terms[1:]:
        total = Binary("+", total, term)
    return total
