"""What pyhf scripts ask `model.config`: names, slices and starting values in pyhf's order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from statmodel import model

from ._layout import PyhfLayout, SetName


@final
@dataclass(frozen=True, eq=False)
class PyhfConfig:
    """The attributes and methods of pyhf's configuration that scripts read.

    Attributes:
        par_order: parameter sets, in order.
        par_map: for each set its slice of the parameter vector, as `par_map[name]["slice"]`.
        par_names: parameters, in order; those of a set of bins with their index.
        parameters: parameter sets, sorted.
        poi_name: the first parameter of interest, None where there is none.
        poi_index: its place in the parameter vector.
        channels: sorted.
        channel_nbins: bins of each channel.
        channel_slices: bins of each channel in the data vector.
        samples: sorted.
        modifiers: pairs of name and type, sorted.
        auxdata: the auxiliary observations of the document.
        auxdata_order: parameter sets with auxiliary observations, in order.
    """

    par_order: list[str]
    par_map: Mapping[str, Mapping[str, slice]]
    par_names: list[str]
    parameters: list[str]
    poi_name: str | None
    poi_index: int | None
    channels: list[str]
    channel_nbins: dict[str, int]
    channel_slices: dict[str, slice]
    samples: list[str]
    modifiers: list[tuple[str, str]]
    auxdata: list[float]
    auxdata_order: list[str]
    _init: tuple[float, ...]
    _bounds: tuple[tuple[float, float], ...]
    _fixed: tuple[bool, ...]

    @property
    def npars(self) -> int:
        """The length of the parameter vector."""
        return len(self.par_names)

    @property
    def nmaindata(self) -> int:
        """The number of bins."""
        return sum(self.channel_nbins.values())

    @property
    def nauxdata(self) -> int:
        """The number of auxiliary observations."""
        return len(self.auxdata)

    def par_slice(self, name: str) -> slice:
        """Where a parameter set stands in the parameter vector."""
        return self.par_map[name]["slice"]

    def suggested_init(self) -> list[float]:
        """Starting values."""
        return list(self._init)

    def suggested_bounds(self) -> list[tuple[float, float]]:
        """Lower and upper bounds."""
        return list(self._bounds)

    def suggested_fixed(self) -> list[bool]:
        """Whether each parameter is held at its starting value."""
        return list(self._fixed)


def parameters_of(one: SetName) -> list[str]:
    """The names of the parameters of a set.

    Example:
        >>> parameters_of(("mu", None)), parameters_of(("stat", 2))
        (['mu'], ['stat[0]', 'stat[1]'])
    """
    name, bins = one
    return [name] if bins is None else [f"{name}[{index}]" for index in range(bins)]


def pyhf_config(
    built: model.Model, layout: PyhfLayout, sets: list[SetName], auxiliary: Mapping[str, float]
) -> PyhfConfig:
    """The configuration of a compiled model.

    Args:
        built: the model.
        layout: the order of its document.
        sets: all parameter sets, those that pyhf has not behind the others.
        auxiliary: the observations of constrained parameters, in pyhf's units.
    """
    space = built.space
    slices: dict[str, Mapping[str, slice]] = {}
    names: list[str] = []
    for one in sets:
        found = parameters_of(one)
        place = slice(len(names), len(names) + len(found))
        slices[one[0]] = MappingProxyType({"slice": place})
        names += found
    edges = [0]
    for _, bins in layout.channels:
        edges.append(edges[-1] + bins)
    order = [name for name, _ in sets]
    index = [space.index(name) for name in names]
    poi = built.measurement.pois[0] if built.measurement.pois else None
    return PyhfConfig(
        par_order=order,
        par_map=MappingProxyType(slices),
        par_names=names,
        parameters=sorted(order),
        poi_name=poi,
        poi_index=None if poi is None else names.index(poi),
        channels=[name for name, _ in layout.channels],
        channel_nbins=dict(layout.channels),
        channel_slices={
            name: slice(first, last)
            for (name, _), first, last in zip(layout.channels, edges[:-1], edges[1:], strict=True)
        },
        samples=list(layout.samples),
        modifiers=list(layout.modifiers),
        auxdata=[auxiliary[name] for name in names if name in auxiliary],
        auxdata_order=[
            one[0] for one in sets if any(name in auxiliary for name in parameters_of(one))
        ],
        _init=tuple(space.init[i] for i in index),
        _bounds=tuple(space.bounds[i] for i in index),
        _fixed=tuple(space.fixed[i] for i in index),
    )
