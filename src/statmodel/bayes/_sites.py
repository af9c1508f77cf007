"""The likelihood as a program of NumPyro: one named site for each free parameter."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jaxtyping import Array, ArrayLike
from numpyro.distributions import constraints

from statmodel.data import Dataset
from statmodel.infer.internal import one_data_set
from statmodel.model import Model, Prepared, log_likelihood

from ._priors import Priors, Role, as_numpyro_does, priors_of, support_of


def program(
    model: Model,
    data: Dataset | Prepared,
    *,
    priors: Mapping[str, dist.Distribution] | None,
    focus: str | None,
    fixed: Mapping[str, ArrayLike] | None,
) -> Callable[[], dict[str, Array]]:
    """See :func:`statmodel.bayes.to_numpyro`."""
    chosen = priors_of(model, priors, focus, fixed)
    prepared = one_data_set(model, data, "to_numpyro")
    sites = _sites(chosen)
    rest = _without(chosen, sites)

    def sites_and_factors() -> dict[str, Array]:
        values, point = chosen.values, dict[str, Array]()
        for place, name in zip(chosen.places, chosen.names, strict=True):
            point[name] = jnp.asarray(numpyro.sample(name, sites[name]))
            values = values.at[place].set(point[name])
        numpyro.factor("prior", rest.log_prob(values))
        slots = model.scope.at_values(values)
        numpyro.factor("likelihood", log_likelihood(model, slots, prepared))
        return point

    return sites_and_factors


def _sites(chosen: Priors) -> dict[str, dist.Distribution]:
    """Densities that NumPyro knows; elsewhere where the density is positive, and no more."""
    given = {one.place: one.distribution for one in chosen.given}
    found: dict[str, dist.Distribution] = {}
    with as_numpyro_does():
        for name, place, role, ends in zip(
            chosen.names, chosen.places, chosen.roles, chosen.bounds, strict=True
        ):
            if role == "prior" and support_of(given[place]) == ends:
                found[name] = given[place]
            elif role == "even":
                found[name] = dist.Uniform(*ends)
            else:
                found[name] = dist.ImproperUniform(_between(*ends), (), ())
    return found


def _without(chosen: Priors, sites: Mapping[str, dist.Distribution]) -> Priors:
    """The densities that the sites lack."""
    known = {name for name, site in sites.items() if not isinstance(site, dist.ImproperUniform)}
    roles: list[Role] = [
        "flat" if name in known else role
        for name, role in zip(chosen.names, chosen.roles, strict=True)
    ]
    places = {chosen.places[chosen.names.index(name)] for name in known}
    given = tuple(one for one in chosen.given if one.place not in places)
    return dataclasses.replace(chosen, roles=tuple(roles), given=given)


def _between(low: float, high: float) -> "constraints.Constraint[Any]":
    if math.isfinite(low):
        finite = math.isfinite(high)
        return constraints.interval(low, high) if finite else constraints.greater_than(low)
    return constraints.less_than(high) if math.isfinite(high) else constraints.real
