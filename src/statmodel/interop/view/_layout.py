"""The order in which pyhf 0.7.6 lays out channels, bins and parameters, from the document alone.

Channels and samples are sorted by name. Parameter sets stand type by type in the order of
`pyhf.modifiers.histfactory_set`; within a type in the order in which sorted channels, sorted
samples and sorted modifiers meet them first, but staterrors sorted by name (pyhf/pdf.py,
`_nominal_and_modifiers_from_spec`; pyhf/modifiers/staterror.py, `finalize`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from statmodel import spec

SetName: TypeAlias = tuple[str, int | None]
"""A parameter set, and how many bins it has where it is one of bins."""

_TYPES: Final = (
    "histosys",
    "lumi",
    "normfactor",
    "normsys",
    "shapefactor",
    "shapesys",
    "staterror",
)
_OF_BINS: Final = frozenset({"shapefactor", "shapesys", "staterror"})


@final
@dataclass(frozen=True)
class PyhfLayout:
    """Names in pyhf's order.

    Attributes:
        channels: with their numbers of bins.
        samples: of all channels.
        modifiers: name and type.
        sets: the parameter sets.
    """

    channels: tuple[tuple[str, int], ...]
    samples: tuple[str, ...]
    modifiers: tuple[tuple[str, str], ...]
    sets: tuple[SetName, ...]


def pyhf_layout(document: spec.Spec) -> PyhfLayout:
    """The order of a document, included files among it.

    Raises:
        ValueError: if there is an unbinned channel.
    """
    whole = spec.assemble(document)
    channels = [one for one in whole.channels if isinstance(one, spec.BinnedChannel)]
    unbinned = [one.name for one in whole.channels if not isinstance(one, spec.BinnedChannel)]
    if unbinned or not channels:
        named = f"; unbinned: {', '.join(unbinned)}" if unbinned else ""
        msg = f"pyhf's vectors hold bins, so every channel must be binned{named}"
        raise ValueError(msg)
    met = sorted(_met(channels), key=lambda use: use[:3])
    ordered = sorted(met, key=lambda use: _TYPES.index(use[3]))
    errors = sorted(use[2] for use in met if use[3] == "staterror")
    names = [use[2] for use in ordered if use[3] != "staterror"]
    bins = {name: (count if kind in _OF_BINS else None) for _, _, name, kind, count in met}
    return PyhfLayout(
        channels=tuple(sorted((one.name, one.bins) for one in channels)),
        samples=tuple(sorted({sample.name for one in channels for sample in one.samples})),
        modifiers=tuple(sorted({(use[2], use[3]) for use in met})),
        sets=tuple((name, bins[name]) for name in dict.fromkeys([*names, *errors])),
    )


def _met(channels: list[spec.BinnedChannel]) -> Iterator[tuple[str, str, str, str, int]]:
    """Channel, sample, name and type of every modifier that pyhf has, with the number of bins."""
    for channel in channels:
        for sample in channel.samples:
            for modifier in sample.modifiers:
                if not isinstance(modifier, spec.ScaleFactor):
                    yield channel.name, sample.name, modifier.name, modifier.type, channel.bins
