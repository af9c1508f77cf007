"""Parameters of bins: what shapefactor, shapesys and staterror imply, as pyhf 0.7.6 has it.

With contents n and absolute uncertainties u of a bin (pyhf/modifiers, `required_parset`):

- shapefactor: free, 1 in [0, 10];
- shapesys: 1 in [1e-10, 10], poisson, rate (n/u)^2; fixed, rate 1, unless n > 0 and u > 0;
- staterror: 1 in [1e-10, 10], gaussian around 1, width sqrt(sum u^2) / sum n over the samples of
  the channel that have the modifier; fixed, width 1, where that is zero or sum n is not positive.

The parameters of the modifier `x` are `x[0]`, `x[1]`, ..., also where there is one bin only.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

from statmodel._errors import counted

from ._binned import BinnedChannel, Sample, ShapeFactor, ShapeSys, StatError
from ._constraints import GaussianConstraint, NoConstraint, PoissonConstraint
from ._document import Spec
from ._origin import DocumentPath
from ._report import Report

SetKind: TypeAlias = Literal["shapefactor", "shapesys", "staterror"]

_FACTOR_BOUNDS: Final = (0.0, 10.0)
_GAMMA_BOUNDS: Final = (1e-10, 10.0)


@final
@dataclass(frozen=True)
class BinDefault:
    """What a modifier implies for the parameter of one bin; its initial value is one."""

    bounds: tuple[float, float]
    constraint: GaussianConstraint | PoissonConstraint | NoConstraint
    fixed: bool


@final
@dataclass(frozen=True)
class BinSet:
    """The parameters of a modifier with one parameter a bin.

    Attributes:
        name: of the modifier.
        kind: its type.
        path: place of the first name.
        defaults: bin by bin.
    """

    name: str
    kind: SetKind
    path: DocumentPath
    defaults: tuple[BinDefault, ...]

    @property
    def components(self) -> tuple[str, ...]:
        """The names of the parameters, bin by bin."""
        return components(self.name, len(self.defaults))


@final
@dataclass(frozen=True)
class _Use:
    """A modifier and what it stands in; `path` is the place of its name."""

    modifier: ShapeFactor | ShapeSys | StatError
    sample: Sample
    channel: BinnedChannel
    path: DocumentPath

    @property
    def in_channel(self) -> DocumentPath:
        return self.path[:2]

    @property
    def in_sample(self) -> DocumentPath:
        return self.path[:4]


def components(name: str, bins: int) -> tuple[str, ...]:
    """The names of the parameters of bins.

    Example:
        >>> components("staterror_SR", 2)
        ('staterror_SR[0]', 'staterror_SR[1]')
    """
    return tuple(f"{name}[{i}]" for i in range(bins))


def bin_sets(spec: Spec, report: Report) -> dict[str, BinSet]:
    """The sets of a document by name; what pyhf cannot share is reported."""
    uses: dict[str, list[_Use]] = {}
    for use in _uses(spec):
        uses.setdefault(use.modifier.name, []).append(use)
    return {name: _made(name, found, report) for name, found in uses.items()}


def _uses(spec: Spec) -> Iterator[_Use]:
    for i, channel in enumerate(spec.channels):
        if not isinstance(channel, BinnedChannel):
            continue
        for j, sample in enumerate(channel.samples):
            for k, modifier in enumerate(sample.modifiers):
                if isinstance(modifier, (ShapeFactor, ShapeSys, StatError)):
                    path = ("channels", i, "samples", j, "modifiers", k, "name")
                    yield _Use(modifier, sample, channel, path)


def _made(name: str, uses: list[_Use], report: Report) -> BinSet:
    first = uses[0]
    for use in uses[1:]:
        if message := _conflict(first, use, report):
            report.problem(use.path, message)
    match first.modifier:
        case ShapeFactor():
            free = BinDefault(_FACTOR_BOUNDS, NoConstraint(), fixed=False)
            defaults = (free,) * first.channel.bins
        case ShapeSys():
            defaults = _poisson(first, report)
        case StatError():
            defaults = _gaussian(uses, report)
    return BinSet(name, first.modifier.type, first.path, defaults)


def _conflict(first: _Use, use: _Use, report: Report) -> str | None:
    """Why a modifier cannot have the name of an earlier one, or None."""
    name, kind = use.modifier.name, use.modifier.type
    if kind != first.modifier.type:
        return (
            f'"{name}" is a {kind} here and a {first.modifier.type} at '
            f"{report.place(first.path)}; one name has one meaning. Rename one of them."
        )
    if use.in_sample == first.in_sample:
        return None  # told where the modifiers of a sample are read
    if kind == "shapesys":
        return (
            f'the shapesys "{name}" stands at {report.place(first.path)} already; its parameters '
            "belong to one sample of one channel. Rename one of them."
        )
    if kind == "staterror" and use.in_channel != first.in_channel:
        return (
            f'the staterror "{name}" stands in another channel already, at '
            f"{report.place(first.path)}; bins of two channels have no statistical error in "
            "common. Rename one of them."
        )
    if kind == "shapefactor" and use.channel.bins != first.channel.bins:
        return (
            f'the shapefactor "{name}" has {counted(use.channel.bins, "bin")} here and '
            f"{first.channel.bins} at {report.place(first.path)}. Rename one of them."
        )
    return None


def _poisson(use: _Use, report: Report) -> tuple[BinDefault, ...]:
    made: list[BinDefault] = []
    for i in range(use.channel.bins):
        content, uncertainty = _at(use, i)
        rate, fixed = 1.0, not (content > 0 and uncertainty > 0)
        if not fixed:
            ratio = content / uncertainty
            rate = _representable(ratio * ratio, use, i, report)
        made.append(BinDefault(_GAMMA_BOUNDS, PoissonConstraint(rate=rate), fixed))
    return tuple(made)


def _gaussian(uses: list[_Use], report: Report) -> tuple[BinDefault, ...]:
    first = uses[0]
    inside = [
        use
        for use in uses
        if use.in_channel == first.in_channel and isinstance(use.modifier, StatError)
    ]
    made: list[BinDefault] = []
    for i in range(first.channel.bins):
        pairs = [_at(use, i) for use in inside]
        content = sum(pair[0] for pair in pairs)
        sigma, fixed = 1.0, not (content > 0 and any(pair[1] > 0 for pair in pairs))
        if not fixed:
            width = math.hypot(*(pair[1] / content for pair in pairs))
            sigma = _representable(width, first, i, report)
        made.append(BinDefault(_GAMMA_BOUNDS, GaussianConstraint(mean=1.0, sigma=sigma), fixed))
    return tuple(made)


def _at(use: _Use, i: int) -> tuple[float, float]:
    """Content and uncertainty of a bin; wrong lengths are told where the channel is resolved."""
    data = () if isinstance(use.modifier, ShapeFactor) else use.modifier.data
    if i >= len(data) or i >= len(use.sample.data):
        return 0.0, 0.0
    return use.sample.data[i], data[i]


def _representable(value: float, use: _Use, i: int, report: Report) -> float:
    if 0 < value < math.inf:
        return value
    message = f"the uncertainty of bin {i} is too large or too small, next to its content."
    report.problem((*use.path[:-1], "data"), message)
    return 1.0
