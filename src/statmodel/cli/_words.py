"""What the parts of a spec do, as formulas in words: for tables and for JSON."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from statmodel.spec import (
    AnyConstraint,
    AnyDensity,
    ColumnAnchor,
    GammaConstraint,
    GaussianConstraint,
    HalfGaussianConstraint,
    HistoCode,
    InterpolationCode,
    LognormalConstraint,
    NoConstraint,
    PoissonConstraint,
    RatioDensity,
    ResolvedProcess,
    UniformConstraint,
    to_text,
)

_LONGEST_LIST = 6


class Effect(NamedTuple):
    """What one modifier does to its process."""

    kind: str
    name: str
    words: str
    interpolation: str


def rate_words(process: ResolvedProcess) -> str:
    """The rate of a process before its modifiers: yield times scale.

    `610`, or `15.1 * (mu - sqrt_mu)`.
    """
    parts = [to_text(process.yield_)]
    scale = to_text(process.scale)
    if scale != "1":
        parts.append(scale if scale.isidentifier() else f"({scale})")
    return " * ".join(parts)


def effects(process: ResolvedProcess) -> Iterator[Effect]:
    """The modifiers of a process, each with its formula in words."""
    for name in process.normfactors:
        kind = "lumi" if name in process.luminosities else "normfactor"
        yield Effect(kind, name, f"rate * {name}", "")
    for tree in process.scalefactors:
        yield Effect("scalefactor", "", f"rate * ({to_text(tree)})", "")
    for rate in process.normsys:
        words = f"rate * {rate.hi:g} at {rate.name} = +1, * {rate.lo:g} at -1"
        yield Effect("normsys", rate.name, words, rate.interpolation)
    for shape in process.densitysys:
        words = f"density * {_anchor(shape.hi)} at {shape.name} = +1, * {_anchor(shape.lo)} at -1"
        yield Effect("densitysys", shape.name, words, shape.interpolation)
    for term in process.terms:
        monomial = "*".join(term.parameters)
        words = f"density * exp({monomial} * column {term.column})"
        yield Effect("densitysys", monomial, words, "")


def between_anchors(code: InterpolationCode | HistoCode) -> str:
    """How a response runs between its anchors, and beyond."""
    match code:
        case "code0":
            return "two straight lines"
        case "code1":
            return "exponential: hi**alpha above 0, lo**(-alpha) below"
        case "code4":
            return "polynomial of sixth order inside |alpha| < 1, exponential beyond"
        case "code2":
            return "parabola inside |alpha| < 1, its tangents beyond"
        case "code4p":
            return "polynomial of sixth order inside |alpha| < 1, straight lines beyond"
        case "log_smooth":
            return "logarithm A alpha + S alpha s(alpha), smooth and positive everywhere"


def constraint_words(constraint: AnyConstraint) -> str:
    """The auxiliary measurement of a parameter, or nothing."""
    match constraint:
        case GaussianConstraint():
            return f"gaussian {constraint.mean:g} +- {constraint.sigma:g}"
        case PoissonConstraint():
            return f"poisson, {constraint.rate:g} counts"
        case GammaConstraint():
            return f"gamma {constraint.mean:g} +- {constraint.sigma:g}"
        case LognormalConstraint():
            return f"lognormal {constraint.median:g}, shape {constraint.shape:g}"
        case HalfGaussianConstraint():
            return f"half gaussian above {constraint.mean:g}, width {constraint.sigma:g}"
        case UniformConstraint():
            return f"uniform in [{constraint.min:g}, {constraint.max:g}]"
        case NoConstraint():
            return ""


def density_words(density: AnyDensity) -> str:
    """A density as a call: `gaussian(mean=m_h, sigma=1.8)`."""
    if isinstance(density, RatioDensity):
        return f"column {density.column}" if density.column else f"exp(column {density.log_column})"
    return _call(density.model_dump(mode="json", exclude_unset=True) | {"type": density.type})


def range_words(low: float, high: float) -> str:
    """An interval; nothing where it has no end.

    Example:
        >>> range_words(0.0, 10.0), range_words(0.0, math.inf), range_words(-math.inf, math.inf)
        ('[0, 10]', '[0, inf)', '')
    """
    if math.isinf(low) and math.isinf(high):
        return ""
    return f"{'(' if math.isinf(low) else '['}{low:g}, {high:g}{')' if math.isinf(high) else ']'}"


def _anchor(anchor: ColumnAnchor | AnyDensity) -> str:
    if isinstance(anchor, ColumnAnchor):
        return f"column {anchor.column}"
    return f"{density_words(anchor)} / nominal"


def _call(document: Mapping[str, object]) -> str:
    arguments = ", ".join(f"{k}={_value(v)}" for k, v in document.items() if k != "type")
    return f"{document['type']}({arguments})" if arguments else str(document["type"])


def _value(value: object) -> str:
    if isinstance(value, Mapping) and "type" in value:
        return _call({str(key): part for key, part in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) > _LONGEST_LIST:
            return f"[{len(value)} entries]"
        return f"[{', '.join(_value(part) for part in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
