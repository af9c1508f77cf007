"""From yields, scales and rate modifiers to the stacked rates of a channel."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Shaped

from statmodel import model, spec

from ._arrays import on_device
from ._expressions import Symbols, translate


def rates(processes: Sequence[spec.ResolvedProcess], symbols: Symbols) -> model.Rates:
    """Constant factors folded, formulas kept, normfactors and responses in padded tables."""
    nominal = np.ones(len(processes))
    formulas: list[tuple[int, model.AbstractExpression]] = []
    for index, process in enumerate(processes):
        for tree in (process.yield_, process.scale, *process.scalefactors):
            expression = translate(tree, symbols)
            if isinstance(expression, model.Constant):
                nominal[index] *= expression.number
            else:
                formulas.append((index, expression))
    codes: list[model.InterpolationCode] = [
        one.interpolation for process in processes for one in process.normsys
    ]
    return model.Rates(
        nominal=on_device(nominal),
        formulas=tuple(formulas),
        factors=_padded(
            [[symbols.slots[name] for name in process.normfactors] for process in processes],
            symbols.one,
        ),
        responses=tuple(_response(code, processes, symbols) for code in dict.fromkeys(codes)),
    )


def _response(
    code: model.InterpolationCode, processes: Sequence[spec.ResolvedProcess], symbols: Symbols
) -> model.RateResponse:
    rows = [[one for one in process.normsys if one.interpolation == code] for process in processes]
    return model.RateResponse(
        code=code,
        slots=_padded([[symbols.slots[one.name] for one in row] for row in rows], symbols.one),
        log_up=_padded([[np.log(one.hi) for one in row] for row in rows], 0.0),
        log_down=_padded([[np.log(one.lo) for one in row] for row in rows], 0.0),
    )


def _padded(rows: Sequence[Sequence[float]], fill: float) -> Shaped[Array, "row entry"]:
    """A rectangular table; `fill` also decides whether it holds whole numbers."""
    table = np.full((len(rows), max(map(len, rows), default=0)), fill)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return on_device(table)
