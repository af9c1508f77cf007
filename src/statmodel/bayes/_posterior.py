"""The posterior density, by draws."""

import dataclasses
import functools
import importlib.metadata
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Array, ArrayLike

from statmodel.data import Dataset
from statmodel.infer import Provenance
from statmodel.infer.internal import (
    digest_of,
    key_in_words,
    one_data_set,
    provenance_of,
)
from statmodel.model import Model, Prepared

from ._nuts import drawn
from ._priors import priors_of
from ._result import Posterior
from ._start import begin_at

if TYPE_CHECKING:
    from numpyro.distributions import Distribution

FEWEST_DRAWS = 4


def posterior(  # noqa: PLR0913 (what may be asked of chains)
    model: Model,
    data: Dataset | Prepared,
    *,
    key: Array,
    priors: "Mapping[str, Distribution] | None" = None,
    focus: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
) -> Posterior:
    r"""Draw from the posterior density :math:`p(\theta \mid D) \propto L(\theta)\, \pi(\theta)`.

    Constraints of the model are in L, as densities of what was observed. See :func:`to_numpyro`
    for what is a prior of what. Chains of NumPyro's No-U-Turn sampler begin around the best fits.

    Args:
        model: the compiled likelihood.
        data: one data set.
        key: a typed key, `jax.random.key(seed)`.
        priors: distributions of NumPyro by name, of parameters without constraint or focus;
            truncated to the bounds.
        focus: of the model, by name: the prior of its parameters.
        fixed: parameters held at the given values, beside those that the document fixes.
        draws: of each chain.
        warmup: draws of each chain that adapt the sampler and are left out.
        chains: how many.

    Returns:
        The draws; look at `ok` and `message` before any number.

    Raises:
        ValueError: an argument is wrong, no parameter is free, or one is even on infinite bounds.

    Example:
        >>> import jax, statmodel as sm
        >>> model, data = sm.compile("specs/lz_like.yaml")
        >>> found = sm.posterior(model, data, key=jax.random.key(1), focus="narrow")
        >>> found.ok, 1.5 < found.mean("mu") < 1.9
        (True, True)
    """
    check_chains(draws, warmup, chains)
    chosen = priors_of(model, priors, focus, fixed)
    if not chosen.names:
        msg = "`posterior`: no parameter is free"
        raise ValueError(msg)
    begin = begin_at(model, one_data_set(model, data, "posterior"), chosen, fixed)
    found = drawn(begin, key, chains=chains, warmup=warmup, draws=draws)
    values = np.asarray(found.values)
    return Posterior(
        pois=model.measurement.pois if chosen.focus is None else chosen.focus.pois,
        draws=MappingProxyType({name: values[..., k] for k, name in enumerate(chosen.names)}),
        log_density=np.asarray(found.log_density),
        divergences=int(found.diverging.sum()),
        focus=focus or "",
        focus_digest="" if chosen.focus is None else chosen.focus.digest,
        priors=said_priors(priors),
        fixed=said_fixed(fixed),
        warmup=warmup,
        key=key_in_words(key),
        provenance=provenance_with(model, data, "NUTS of numpyro", "numpyro"),
    )


def check_chains(draws: int, warmup: int, chains: int) -> None:
    """Refuse numbers of draws that are none.

    Raises:
        ValueError: with what is wrong.
    """
    least = {"draws": FEWEST_DRAWS, "warmup": 1, "chains": 1}
    given = {"draws": draws, "warmup": warmup, "chains": chains}
    wrong = [f"{name} = {given[name]}" for name, most in least.items() if given[name] < most]
    if wrong:
        said = ", ".join(f"{name} >= {most}" for name, most in least.items())
        msg = f"chains need {said}; got {', '.join(wrong)}"
        raise ValueError(msg)


def said_priors(priors: "Mapping[str, Distribution] | None") -> Mapping[str, str]:
    """Distributions in words."""
    return MappingProxyType({name: _said(one) for name, one in (priors or {}).items()})


def said_fixed(fixed: Mapping[str, ArrayLike] | None) -> Mapping[str, float]:
    """Values as plain numbers."""
    return MappingProxyType({name: float(np.asarray(v)) for name, v in (fixed or {}).items()})


def provenance_with(
    model: Model, data: Dataset | Prepared, method: str, package: str
) -> Provenance:
    """What made a result, with the package that did the work."""
    plain = provenance_of(model, digest_of(data), method)
    return dataclasses.replace(plain, versions=(*plain.versions, _version(package)))


@functools.cache
def _version(package: str) -> tuple[str, str]:
    return package, importlib.metadata.version(package)


def _said(distribution: "Distribution") -> str:
    given = {name: getattr(distribution, name, None) for name in distribution.arg_constraints}
    numbers = {name: np.asarray(v, float) for name, v in given.items() if v is not None}
    named = ", ".join(f"{name}={float(v):g}" for name, v in numbers.items() if v.ndim == 0)
    return f"{type(distribution).__name__}({named})"
