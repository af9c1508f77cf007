"""Binned channels: samples of equally many bins, modifiers sorted by what they do."""

from dataclasses import dataclass, field
from typing import Final, assert_never, final

from statmodel._errors import counted

from ._bin_sets import components
from ._binned import (
    BinnedChannel,
    BinnedModifier,
    HistoSys,
    Sample,
    ShapeFactor,
    ShapeSys,
    StatError,
)
from ._document import InterpolationDefaults
from ._messages import got
from ._modifiers import Lumi, NormFactor, NormSys, ScaleFactor
from ._nodes import Node
from ._origin import DocumentPath
from ._report import Report
from ._resolve_channels import Model, names_read
from ._resolve_modifiers import check_repeated, check_response
from ._resolved import (
    BinFactors,
    HistoResponse,
    RateResponse,
    ResolvedBinnedChannel,
    ResolvedSample,
)

LARGEST_COUNT: Final = 1e100


@final
@dataclass
class _Sorted:
    """Modifiers by kind, each kind in the order of the document."""

    bins: int
    defaults: InterpolationDefaults
    normfactors: list[str] = field(default_factory=list)
    scalefactors: list[Node] = field(default_factory=list)
    normsys: list[RateResponse] = field(default_factory=list)
    histosys: list[HistoResponse] = field(default_factory=list)
    shapefactors: list[BinFactors] = field(default_factory=list)
    shapesys: list[BinFactors] = field(default_factory=list)
    staterrors: list[BinFactors] = field(default_factory=list)

    def take(self, modifier: BinnedModifier) -> None:
        """Puts a modifier to those of its kind."""
        match modifier:
            case NormFactor() | Lumi():
                self.normfactors.append(modifier.name)
            case ScaleFactor():
                self.scalefactors.append(modifier.data.formula.tree)
            case NormSys(name=name, data=data):
                code = modifier.interpolation or self.defaults.normsys
                self.normsys.append(RateResponse(name, data.hi, data.lo, code))
            case HistoSys(name=name, data=data):
                code = modifier.interpolation or self.defaults.histosys
                self.histosys.append(HistoResponse(name, data.hi_data, data.lo_data, code))
            case ShapeFactor(name=name):
                self.shapefactors.append(BinFactors(name, components(name, self.bins), None))
            case ShapeSys(name=name):
                self.shapesys.append(BinFactors(name, components(name, self.bins), modifier.data))
            case StatError(name=name):
                self.staterrors.append(BinFactors(name, components(name, self.bins), modifier.data))
            case _:
                assert_never(modifier)


def resolve_binned(
    channel: BinnedChannel, model: Model, path: DocumentPath, report: Report
) -> ResolvedBinnedChannel:
    """One binned channel; what is wrong with it is reported.

    Args:
        channel: of the document.
        model: the rest of the document.
        path: place of the channel.
        report: takes the problems.
    """
    placed = [(sample, (*path, "samples", i)) for i, sample in enumerate(channel.samples)]
    report.unique([(sample.name, (*place, "name")) for sample, place in placed], "sample")
    for sample, place in placed:
        _check_lengths(sample, channel, place, report)
    return ResolvedBinnedChannel(
        name=channel.name,
        bins=channel.bins,
        samples=tuple(
            _sample(sample, channel.bins, model, place, report) for sample, place in placed
        ),
        path=path,
    )


def _sample(
    sample: Sample, bins: int, model: Model, path: DocumentPath, report: Report
) -> ResolvedSample:
    placed = [((*path, "modifiers", i), m) for i, m in enumerate(sample.modifiers)]
    check_repeated(placed, "sample", report)
    found = _Sorted(bins, model.defaults)
    for place, modifier in placed:
        if isinstance(modifier, NormSys):
            check_response(modifier.data, (*place, "data"), report)
        found.take(modifier)
    if not sample.scale.constant:
        read = names_read((sample.scale.tree,), model.functions)
        for name in found.normfactors:
            if name in read:
                message = f'"{name}" is in the scale of "{sample.name}" and in a normfactor of it.'
                report.warning(path, f"{message} Both multiply the rate.")
    return ResolvedSample(
        name=sample.name,
        data=sample.data,
        scale=sample.scale.tree,
        normfactors=tuple(found.normfactors),
        luminosities=tuple(one.name for one in sample.modifiers if isinstance(one, Lumi)),
        scalefactors=tuple(found.scalefactors),
        normsys=tuple(found.normsys),
        histosys=tuple(found.histosys),
        shapefactors=tuple(found.shapefactors),
        shapesys=tuple(found.shapesys),
        staterrors=tuple(found.staterrors),
        path=path,
    )


def _check_lengths(
    sample: Sample, channel: BinnedChannel, path: DocumentPath, report: Report
) -> None:
    """The first sample decides how many bins there are; all else has as many numbers."""
    first = (*path[:-1], 0, "data")
    bins = channel.bins
    lists = [((*path, "data"), sample.data)]
    for i, modifier in enumerate(sample.modifiers):
        here = (*path, "modifiers", i, "data")
        if isinstance(modifier, (ShapeSys, StatError)):
            lists.append((here, modifier.data))
        elif isinstance(modifier, HistoSys):
            lists.append(((*here, "hi_data"), modifier.data.hi_data))
            lists.append(((*here, "lo_data"), modifier.data.lo_data))
    for place, numbers in lists:
        if len(numbers) != bins:
            message = (
                f"got {counted(len(numbers), 'number')}; the channel has "
                f"{counted(bins, 'bin')}, as {report.place(first)} says."
            )
            report.problem(place, message)
        if max(numbers) > LARGEST_COUNT or min(numbers) < -LARGEST_COUNT:
            _tell_large(numbers, place, report)


def _tell_large(numbers: tuple[float, ...], path: DocumentPath, report: Report) -> None:
    for i, number in enumerate(numbers):
        if abs(number) > LARGEST_COUNT:
            message = (
                f"got {got(number)} events, of which sums and differences leave double precision; "
                f"expected {LARGEST_COUNT:g} or less."
            )
            report.problem((*path, i), message)
