"""From resolved binned channels to one block of histograms."""

from collections.abc import Sequence

from statmodel import model, spec
from statmodel.model import histograms

from ._expressions import Symbols, translate


def binned_channels(
    resolved: Sequence[spec.ResolvedBinnedChannel], symbols: Symbols
) -> histograms.Histograms | None:
    """All binned channels as one block; none where there is no such channel."""
    if not resolved:
        return None
    channels = [
        histograms.Channel(one.name, tuple(_sample(sample, symbols) for sample in one.samples))
        for one in resolved
    ]
    return histograms.assemble(channels, one=symbols.one)


def _sample(resolved: spec.ResolvedSample, symbols: Symbols) -> histograms.Sample:
    """Constant factors are folded into the contents of the bins and of their variations."""
    constant = 1.0
    formulas: list[model.AbstractExpression] = []
    for tree in (resolved.scale, *resolved.scalefactors):
        expression = translate(tree, symbols)
        if isinstance(expression, model.Constant):
            constant *= expression.number
        else:
            formulas.append(expression)

    def scaled(bins: Sequence[float]) -> tuple[float, ...]:
        return tuple(constant * content for content in bins)

    return histograms.Sample(
        name=resolved.name,
        data=scaled(resolved.data),
        factors=tuple(symbols.slots[name] for name in resolved.normfactors),
        formulas=tuple(formulas),
        rates=tuple(
            histograms.Rate(symbols.slots[one.name], one.interpolation, one.hi, one.lo)
            for one in resolved.normsys
        ),
        shifts=tuple(
            histograms.Shift(
                symbols.slots[one.name], one.interpolation, scaled(one.hi), scaled(one.lo)
            )
            for one in resolved.histosys
        ),
        gammas=tuple(
            tuple(symbols.slots[name] for name in one.parameters)
            for one in (*resolved.shapefactors, *resolved.shapesys, *resolved.staterrors)
        ),
    )
