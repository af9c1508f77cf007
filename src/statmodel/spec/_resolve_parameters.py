"""Parameters: measurement over declaration over what modifiers imply, key by key."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar, assert_never, final

from ._bin_sets import BinDefault
from ._constraints import (
    GammaConstraint,
    GaussianConstraint,
    HalfGaussianConstraint,
    LognormalConstraint,
    NoConstraint,
    PoissonConstraint,
    UniformConstraint,
)
from ._layers import Layer
from ._origin import DocumentPath
from ._report import Report
from ._resolved import AnyConstraint, ResolvedParameter
from ._symbols import Implied, Symbols

_FACTOR_BOUNDS: Final = (0.0, 10.0)
_NUISANCE_BOUNDS: Final = (-5.0, 5.0)
_NO_BOUNDS: Final = (-math.inf, math.inf)

T = TypeVar("T")


@final
@dataclass(frozen=True)
class Uses:
    """What the document says of parameters, and does with them.

    Attributes:
        layers: the declarations of each, the strongest last.
        under_root: those of which a formula takes the square root.
        joint: those that a multivariate constraint holds.
    """

    layers: Mapping[str, tuple[Layer, ...]]
    under_root: frozenset[str]
    joint: frozenset[str]


@final
@dataclass(frozen=True)
class _Draft:
    """Settings while layers are laid over each other, and where the bounds were said."""

    init: float | None
    bounds: tuple[float, float]
    constraint: AnyConstraint
    bounds_path: DocumentPath | None = None
    init_path: DocumentPath | None = None
    said_constraint: DocumentPath | None = None


def resolve_parameter(
    name: str,
    symbols: Symbols,
    uses: Uses,
    report: Report,
) -> ResolvedParameter | None:
    """One parameter with all its settings, or None where there is a problem.

    Args:
        name: of the parameter.
        symbols: of the document.
        uses: what the document says of parameters, and does with them.
        report: takes the problems.
    """
    before = len(report.problems)
    layers, joint = uses.layers.get(name, ()), name in uses.joint
    implied = symbols.implied.get(name)
    meaning = None if implied is None else implied.meaning
    home = layers[0].path if layers else implied.path if implied else ()
    draft = _default(implied)
    for layer in layers:
        draft = _laid(draft, layer, report)
    if meaning == "lumi" and draft.init is None:
        mean = draft.constraint.mean if isinstance(draft.constraint, GaussianConstraint) else 1.0
        draft = replace(draft, init=mean)
    draft = _joined(draft, home, report) if joint else draft
    if meaning == "lumi" and not joint and isinstance(draft.constraint, NoConstraint):
        message = (
            f'the luminosity "{name}" must be declared with its mean and sigma, as {{name: {name}, '
            "constraint: {type: gaussian, mean: 1, sigma: 0.02}}."
        )
        report.problem(draft.said_constraint or home, message)
    draft = _limited(draft, home, report)
    if name in uses.under_root:
        draft = _rooted(draft, name, home, report)
    if draft.init is None:
        message = f'"{name}" is used in formulas only and must say its initial value: add `init`.'
        report.problem(home, message)
        return None
    low, high = draft.bounds
    if not low <= draft.init <= high:
        message = f"the initial value {draft.init:g} lies outside the bounds [{low:g}, {high:g}]."
        report.problem(draft.init_path or draft.bounds_path or home, message)
    if len(report.problems) > before:
        return None
    return ResolvedParameter(
        name=name,
        init=draft.init,
        bounds=draft.bounds,
        fixed=_last([layer.fixed for layer in layers], otherwise=_fixed(implied)),
        constraint=draft.constraint,
        groups=_last([layer.groups for layer in layers], otherwise=()),
        label=_last([layer.label for layer in layers], otherwise=name),
        description=_last([layer.description for layer in layers], otherwise=""),
        unit=_last([layer.unit for layer in layers], otherwise=""),
        declared=bool(layers),
    )


def resolve_parameters(
    names: Iterable[str], symbols: Symbols, uses: Uses, report: Report
) -> tuple[ResolvedParameter, ...]:
    """The parameters of these names that have no problem, in their order."""
    resolved = (resolve_parameter(name, symbols, uses, report) for name in names)
    return tuple(parameter for parameter in resolved if parameter is not None)


def _last(values: list[T | None], *, otherwise: T) -> T:
    """The last value that was said."""
    return next((value for value in reversed(values) if value is not None), otherwise)


def _default(implied: Implied | None) -> _Draft:
    """What pyhf implies for the parameter of a modifier."""
    match implied:
        case None:
            return _Draft(None, _NO_BOUNDS, NoConstraint())
        case Implied(default=BinDefault() as default):
            return _Draft(1.0, default.bounds, default.constraint)
        case Implied(meaning="nuisance"):
            return _Draft(0.0, _NUISANCE_BOUNDS, GaussianConstraint())
        case Implied(meaning="lumi"):
            return _Draft(None, _FACTOR_BOUNDS, NoConstraint())
        case _:
            return _Draft(1.0, _FACTOR_BOUNDS, NoConstraint())


def _fixed(implied: Implied | None) -> bool:
    """Whether a parameter is fixed unless the document says so; bins without content are."""
    return implied is not None and implied.default is not None and implied.default.fixed


def _laid(draft: _Draft, layer: Layer, report: Report) -> _Draft:
    path = layer.path
    if layer.init is not None:
        draft = replace(draft, init=layer.init, init_path=(*path, layer.init_key))
    if layer.bounds is not None:
        low, high = layer.bounds
        bounds = (-math.inf if low is None else low, math.inf if high is None else high)
        draft = replace(draft, bounds=bounds, bounds_path=(*path, "bounds"))
    if layer.constraint is not None:
        place = (*path, "constraint")
        draft = replace(draft, constraint=layer.constraint, said_constraint=place)
    return _auxiliary(draft, layer, report)


def _auxiliary(draft: _Draft, layer: Layer, report: Report) -> _Draft:
    """`auxdata`, `sigmas` and `factors`, as pyhf has them, change or make a constraint."""
    said = {"auxdata": layer.auxdata, "sigmas": layer.sigmas, "factors": layer.factors}
    keys = [key for key, value in said.items() if value is not None]
    if not keys:
        return draft
    path = (*layer.path, keys[0])
    mean, sigma = layer.auxdata, layer.sigmas
    match draft.constraint:
        case PoissonConstraint() if sigma is None:
            return _poisson(draft, layer, report)
        case GaussianConstraint(mean=old_mean, sigma=old_sigma) if layer.factors is None:
            mean = old_mean if mean is None else mean
            sigma = old_sigma if sigma is None else sigma
        case NoConstraint() if layer.factors is None:
            if mean is None or sigma is None:
                report.problem(path, "`auxdata` and `sigmas` go together; give both.")
                return draft
        case NoConstraint():
            message = "`factors` belongs to a poisson constraint, and there is no constraint."
            report.problem((*layer.path, "factors"), message)
            return draft
        case PoissonConstraint():
            message = "`sigmas` belongs to a gaussian constraint, this is poisson."
            report.problem((*layer.path, "sigmas"), message)
            return draft
        case _ if layer.factors is not None:
            message = f"`factors` belongs to a poisson constraint, this is {draft.constraint.type}."
            report.problem((*layer.path, "factors"), message)
            return draft
        case _:
            kind = draft.constraint.type
            message = f"`auxdata` and `sigmas` belong to a gaussian constraint, this is {kind}."
            report.problem(path, message)
            return draft
    made = GaussianConstraint(mean=mean, sigma=sigma)
    return replace(draft, constraint=made, said_constraint=path)


def _poisson(draft: _Draft, layer: Layer, report: Report) -> _Draft:
    """The count that is observed is the one that is expected where the parameter is one."""
    rate = layer.factors if layer.factors is not None else layer.auxdata
    both = layer.factors is not None and layer.auxdata is not None
    if both and layer.auxdata != rate:
        message = (
            f"got {layer.auxdata:g}, and {rate:g} in `factors`: a poisson constraint has one "
            "number, the count that is observed and that is expected at one."
        )
        report.problem((*layer.path, "auxdata"), message)
    if rate is None or rate <= 0:
        report.problem((*layer.path, "auxdata"), f"got {rate}; a poisson count must be positive.")
        return draft
    path = (*layer.path, "auxdata" if layer.factors is None else "factors")
    return replace(draft, constraint=PoissonConstraint(rate=rate), said_constraint=path)


def _joined(draft: _Draft, home: DocumentPath, report: Report) -> _Draft:
    if draft.said_constraint is not None and not isinstance(draft.constraint, NoConstraint):
        message = "this parameter has one more constraint under `constraints`. Keep one of them."
        report.problem(draft.said_constraint or home, message)
    return replace(draft, constraint=NoConstraint())


def _limited(draft: _Draft, home: DocumentPath, report: Report) -> _Draft:
    """Bounds inside the values that the constraint allows."""
    match draft.constraint:
        case UniformConstraint(min=least, max=most):
            pass
        case HalfGaussianConstraint(mean=least):
            most = math.inf
        case PoissonConstraint() | GammaConstraint() | LognormalConstraint():
            least, most = 0.0, math.inf
            if draft.init is not None and draft.init <= 0:
                message = (
                    f"a parameter with a {draft.constraint.type} constraint is positive, "
                    f"its initial value is {draft.init:g}. Give `init`."
                )
                report.problem(draft.init_path or draft.said_constraint or home, message)
        case GaussianConstraint() | NoConstraint():
            return draft
        case _:
            assert_never(draft.constraint)
    low, high = draft.bounds
    inside = (max(low, least), min(high, most))
    if draft.bounds_path is not None and (
        (low != inside[0] and math.isfinite(low)) or (high != inside[1] and math.isfinite(high))
    ):
        message = (
            f"the bounds [{low:g}, {high:g}] leave the range of the {draft.constraint.type} "
            f"constraint, [{least:g}, {most:g}]."
        )
        report.problem(draft.bounds_path, message)
    return replace(draft, bounds=inside)


def _rooted(draft: _Draft, name: str, home: DocumentPath, report: Report) -> _Draft:
    """A parameter under a square root is not negative."""
    low, high = draft.bounds
    if low >= 0:
        return draft
    if math.isfinite(low):
        message = (
            f'"{name}" stands under a square root, so its lower bound must be 0 or more; '
            f"its bounds are [{low:g}, {high:g}]."
        )
        report.problem(draft.bounds_path or home, message)
    return replace(draft, bounds=(0.0, high))
