"""Functions in an order in which each stands behind those that it reads; cycles are named."""

from collections.abc import Iterable

from ._document import Spec
from ._formulas import Located
from ._nodes import names
from ._report import Report
from ._resolved import ResolvedFunction
from ._symbols import Symbols, check_names


def order_functions(spec: Spec, symbols: Symbols, report: Report) -> tuple[ResolvedFunction, ...]:
    """The functions, each behind those that it reads.

    Those that belong to a cycle, or read one, are left out; each cycle is one problem.
    """
    for i, function in enumerate(spec.functions):
        check_names(Located(("functions", i, "expression"), function.expression), symbols, report)
    reads = {
        function.name: [name for name in function.expression.names if name in symbols.functions]
        for function in reversed(spec.functions)
    }
    ordered: list[str] = []
    pending = [function.name for function in spec.functions]
    while ready := [name for name in pending if all(below in ordered for below in reads[name])]:
        ordered.extend(dict.fromkeys(ready))
        pending = [name for name in pending if name not in ready]
    _report_cycles(pending, reads, symbols, report)
    trees = {function.name: function.expression.tree for function in reversed(spec.functions)}
    return tuple(ResolvedFunction(name, trees[name]) for name in ordered)


def used_functions(
    functions: tuple[ResolvedFunction, ...], roots: Iterable[str]
) -> tuple[ResolvedFunction, ...]:
    """Those of ordered functions that `roots` read, directly or through others."""
    wanted = set(roots)
    for function in reversed(functions):
        if function.name in wanted:
            wanted.update(names(function.tree))
    return tuple(function for function in functions if function.name in wanted)


def _report_cycles(
    pending: list[str], reads: dict[str, list[str]], symbols: Symbols, report: Report
) -> None:
    told: set[str] = set()
    for start in pending:
        trail: list[str] = []
        name = start
        while name not in trail and name not in told:
            trail.append(name)
            name = next((below for below in reads[name] if below in pending), name)
        if name not in told:
            cycle = trail[trail.index(name) :]
            path = ("functions", symbols.functions[cycle[0]], "expression")
            report.problem(path, f"the functions form a cycle: {' -> '.join([*cycle, cycle[0]])}.")
        told.update(trail)
