r"""The density of each parameter before the data, and the measure where there is none.

.. math:: d\pi(\theta) = f(\mu) \prod_k \pi_k(\theta_k)\, d\theta

with a focus f of the parameters of interest and densities that the user gives, each truncated to
the bounds and normalised there. Constraints are densities of their observations and stand in the
likelihood; the measure of their parameters has density 1 in the user's units. So has that of a
nuisance parameter with neither constraint nor prior. A parameter of interest with neither focus
nor prior has the even density on its bounds.
"""

import contextlib
import math
from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._errors import suggestion
from statmodel.infer.internal import checked_vector, focus_of
from statmodel.model import Focus, Model
from statmodel.model.densities import AbstractDensity, ProductDensity

if TYPE_CHECKING:
    from numpyro.distributions import Distribution

Scalar: TypeAlias = Float[Array, ""]
Role: TypeAlias = Literal["focus", "prior", "even", "constraint", "flat"]
"""What a free parameter has: a density of its own, of which `even` is normalised on the bounds; a
constraint; or the measure of density 1 and nothing else."""
Bounds: TypeAlias = tuple[float, float]


@final
class Prior(eqx.Module):
    """A density that the user gives, of one parameter."""

    place: int = eqx.field(static=True)
    distribution: "Distribution"
    log_mass: float = eqx.field(static=True)
    """Natural log of its probability within the bounds."""

    def log_prob(self, value: Scalar) -> Scalar:
        """Of the truncated density."""
        with as_numpyro_does():
            return jnp.asarray(self.distribution.log_prob(value), value.dtype) - self.log_mass


@final
class Priors(eqx.Module):
    """Of all free parameters."""

    names: tuple[str, ...] = eqx.field(static=True)
    """Free parameters, in the order of the model."""
    places: tuple[int, ...] = eqx.field(static=True)
    """In the vector of all parameters."""
    roles: tuple[Role, ...] = eqx.field(static=True)
    bounds: tuple[Bounds, ...] = eqx.field(static=True)
    """Where the density is positive, in the user's units."""
    focus: Focus | None
    given: tuple[Prior, ...]
    values: Float[Array, " parameter"]
    """Of all parameters, in the user's units; starting values where they are free."""

    @property
    def flat(self) -> tuple[str, ...]:
        """Parameters with neither density nor constraint: their measure is in the user's units."""
        return tuple(n for n, role in zip(self.names, self.roles, strict=True) if role == "flat")

    def log_prob(self, values: Float[Array, " parameter"]) -> Scalar:
        """Natural log of the density, in the user's units."""
        ends = (b for b, role in zip(self.bounds, self.roles, strict=True) if role == "even")
        log = jnp.asarray(-sum(math.log(high - low) for low, high in ends), values.dtype)
        for one in self.given:
            log = log + one.log_prob(values[one.place])
        if self.focus is None:
            return log
        return log + self.focus.density.log_prob(values[self._focused()], jnp.zeros(0))

    def _focused(self) -> np.ndarray:
        pois = () if self.focus is None else self.focus.pois
        return np.array([self.places[self.names.index(name)] for name in pois], int)


def priors_of(
    model: Model,
    priors: "Mapping[str, Distribution] | None",
    focus: str | None,
    fixed: Mapping[str, ArrayLike] | None,
) -> Priors:
    """Look at what was asked.

    Args:
        model: the compiled likelihood.
        priors: densities by name.
        focus: of the model, by name.
        fixed: values at which parameters are held.

    Raises:
        ValueError: with every name, value and density that is wrong, and every free parameter that
            has nothing but infinite bounds.
    """
    space, given = model.space, dict(priors or {})
    values = checked_vector(space, {"fixed": fixed})
    held = space.fixed_mask() | np.isin(space.names, list(fixed or {}))
    chosen = None if focus is None else focus_of(model, focus)
    pois = model.measurement.pois if chosen is None else chosen.pois
    free = [place for place in range(space.size) if not held[place]]
    names = tuple(space.names[place] for place in free)
    constrained = {
        space.names[int(place)] for one in model.constraints for place in np.asarray(one.parameters)
    }
    focused = {} if chosen is None else _ends(chosen)
    _check(model, given, focused, constrained, names)
    roles: tuple[Role, ...] = tuple(
        _role(name, focused=focused, given=given, constrained=constrained, pois=pois)
        for name in names
    )
    limits = [_cut(space.bounds[place], focused.get(space.names[place])) for place in free]
    found: list[Prior] = []
    for position, (place, name) in enumerate(zip(free, names, strict=True)):
        if name in given:
            limits[position], log_mass = _truncated(name, given[name], limits[position])
            found.append(Prior(place, given[name], log_mass))
    endless = [
        name
        for name, role, ends in zip(names, roles, limits, strict=True)
        if role in {"even", "flat"} and not np.isfinite(ends).all()
    ]
    if endless:
        msg = (
            f"{', '.join(endless)}: no constraint, no focus, no prior, and no finite bounds to be "
            "even on. Give bounds in the spec, a distribution in `priors`, or a value in `fixed`."
        )
        raise ValueError(msg)
    return Priors(
        names=names,
        places=tuple(free),
        roles=roles,
        bounds=tuple(limits),
        focus=chosen,
        given=tuple(found),
        values=jnp.asarray(values),
    )


def _factors(focus: Focus) -> tuple[AbstractDensity, ...]:
    """The density of each parameter of interest; its axis is the parameter's place among them."""
    density = focus.density
    return density.factors if isinstance(density, ProductDensity) else (density,)


@contextlib.contextmanager
def as_numpyro_does() -> Generator[None]:
    """Within it NumPyro's arithmetic is done under JAX's defaults, whatever the caller has set."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def _ends(focus: Focus) -> Mapping[str, Bounds]:
    every = zip(focus.pois, _factors(focus), strict=True)
    ends = {name: np.asarray(one.bounds[0], float).tolist() for name, one in every}
    return MappingProxyType({name: (low, high) for name, (low, high) in ends.items()})


def _cut(bounds: Bounds, other: Bounds | None) -> Bounds:
    low, high = bounds if other is None else other
    return max(bounds[0], low), min(bounds[1], high)


def _role(
    name: str,
    *,
    focused: Mapping[str, Bounds],
    given: "Mapping[str, Distribution]",
    constrained: set[str],
    pois: tuple[str, ...],
) -> Role:
    if name in focused:
        return "focus"
    if name in given:
        return "prior"
    if name in constrained:
        return "constraint"
    return "even" if name in pois else "flat"


def _check(
    model: Model,
    given: "Mapping[str, Distribution]",
    focused: Mapping[str, Bounds],
    constrained: set[str],
    free: tuple[str, ...],
) -> None:
    every = model.space.names
    problems = [
        f"focus: {name} is of interest and cannot be held fixed"
        for name in focused
        if name not in free
    ]
    for name in given:
        if name not in every:
            tail = suggestion(str(name), every, "Parameters")
            problems.append(f'priors: there is no parameter "{name}".{tail}')
        elif name not in free:
            problems.append(f"priors: {name} is held fixed")
        elif name in focused:
            problems.append(f"priors: {name} has the density of the focus already")
        elif name in constrained:
            problems.append(f"priors: {name} is constrained by the model already")
        else:
            problems += [f"priors: {name}: {said}" for said in _wrong(given[name])]
    if problems:
        raise ValueError("\n".join(problems))


def _wrong(distribution: object) -> list[str]:
    from numpyro.distributions import Distribution  # noqa: PLC0415 (two thirds of a second)

    if not isinstance(distribution, Distribution):
        kind = type(distribution).__name__
        return [f"expected a distribution of numpyro.distributions, got {kind}"]
    if distribution.batch_shape or distribution.event_shape or distribution.is_discrete:
        return ["expected a continuous distribution of one number"]
    return []


def _truncated(
    name: str, distribution: "Distribution", bounds: Bounds
) -> tuple[tuple[float, float], float]:
    """Where a density and the bounds overlap, and the natural log of its probability there."""
    low, high = support_of(distribution)
    cut = _cut(bounds, (low, high))
    mass = 1.0 if cut == (low, high) else _mass(distribution, cut) if cut[0] < cut[1] else 0.0
    if not 0 < mass < math.inf:
        msg = f"priors: {name}: no probability within [{bounds[0]:g}, {bounds[1]:g}]"
        raise ValueError(msg)
    return cut, math.log(mass)


def support_of(distribution: "Distribution") -> Bounds:
    """Where a distribution of NumPyro has its values."""
    support = distribution.support
    low = float(getattr(support, "lower_bound", -math.inf))
    return low, float(getattr(support, "upper_bound", math.inf))


def _mass(distribution: "Distribution", cut: Bounds) -> float:
    with as_numpyro_does():
        try:
            below = [1.0 if e == math.inf else float(np.asarray(distribution.cdf(e))) for e in cut]
        except NotImplementedError:
            from scipy import integrate  # noqa: PLC0415

            return float(
                integrate.quad(
                    lambda x: math.exp(float(np.asarray(distribution.log_prob(x)))), *cut, limit=200
                )[0]
            )
    return below[1] - below[0]
