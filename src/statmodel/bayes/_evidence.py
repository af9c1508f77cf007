"""The marginal likelihood of a data set."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._errors import did_you_mean
from statmodel.data import Dataset
from statmodel.infer.internal import key_in_words, one_data_set
from statmodel.model import Model, Prepared, log_likelihood

from ._bridge import bridged
from ._diagnostics import LARGEST_R_HAT, convergence
from ._evidence_result import Evidence, Method
from ._nested import nested
from ._nuts import drawn
from ._posterior import check_chains, provenance_with, said_fixed, said_priors
from ._priors import Priors, priors_of
from ._start import Begin, begin_at

if TYPE_CHECKING:
    from numpyro.distributions import Distribution

_POOR = 0.1
"""An error of log Z that is not accepted."""
_FEWEST_LIVE = 20
_AT_ONCE = 64


class _Found(NamedTuple):
    log: float
    error: float
    problems: tuple[str, ...]
    evaluations: int
    said: str
    package: str


def evidence(  # noqa: PLR0913 (what may be asked of two methods)
    model: Model,
    data: Dataset | Prepared,
    *,
    key: Array,
    focus: str | None = None,
    priors: "Mapping[str, Distribution] | None" = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    method: Method = "bridge",
    draws: int = 2000,
    warmup: int = 1000,
    chains: int = 4,
    live: int = 500,
) -> Evidence:
    r"""The marginal likelihood :math:`Z = \int p(D, a \mid \mu, \alpha)\, d\pi(\mu, \alpha)`.

    The measure is that of :func:`to_numpyro`, and Z that of the reference of
    :class:`statmodel.infer.FTS` with `nuisances="marginal"`, for which it is a referee.

    Args:
        model: the compiled likelihood.
        data: one data set.
        key: a typed key, `jax.random.key(seed)`.
        focus: of the model, by name: the prior of its parameters.
        priors: distributions of NumPyro by name, of parameters without constraint or focus.
        fixed: parameters held at the given values, beside those that the document fixes. Without
            any that is free the likelihood itself is returned.
        method: `bridge`, bridge sampling from chains; `nested`, nested sampling, which needs no
            chains to mix and more evaluations (extra `nested`).
        draws: of each chain.
        warmup: of each chain, left out.
        chains: how many.
        live: points of nested sampling.

    Returns:
        The number and its error; look at `ok` and `message` first.

    Raises:
        ValueError: an argument is wrong, or a parameter is even on infinite bounds.
        ModuleNotFoundError: dynesty is not installed.

    Example:
        >>> import jax, statmodel as sm
        >>> model, data = sm.compile("specs/lz_like.yaml")
        >>> found = sm.evidence(model, data, key=jax.random.key(1), focus="narrow")
        >>> found.ok, found.error < 0.02
        (True, True)
    """
    if method not in get_args(Method):
        known = ", ".join(f'"{one}"' for one in get_args(Method))
        hint = did_you_mean(str(method), get_args(Method))
        msg = f'`evidence(method="{method}")` is none of {known}.{hint}'
        raise ValueError(msg)
    check_chains(draws, warmup, chains)
    if live < _FEWEST_LIVE:
        msg = f"`evidence(live=...)` is a number of points, at least {_FEWEST_LIVE}, got {live}"
        raise ValueError(msg)
    chosen = priors_of(model, priors, focus, fixed)
    prepared = one_data_set(model, data, "evidence")
    if not chosen.names:
        found = _of_nothing(model, prepared, chosen)
    else:
        begin = begin_at(model, prepared, chosen, fixed)
        seed = np.asarray(jax.random.key_data(jax.random.fold_in(key, 1))).ravel().tolist()
        rng = np.random.default_rng(seed)
        if method == "nested":
            found = _by_nesting(begin, rng, live)
        else:
            found = _by_bridge(begin, key, rng, chains=chains, warmup=warmup, draws=draws)
    return Evidence(
        log=found.log,
        error=found.error,
        ok=not found.problems,
        message="; ".join(found.problems) or f"{found.said}, error {found.error:.2g}",
        method=method if chosen.names else "none",
        focus=focus or "",
        focus_digest="" if chosen.focus is None else chosen.focus.digest,
        priors=said_priors(priors),
        flat=chosen.flat,
        fixed=said_fixed(fixed),
        evaluations=found.evaluations,
        key=key_in_words(key),
        provenance=provenance_with(model, data, found.said, found.package),
    )


def _of_nothing(model: Model, prepared: Prepared, chosen: Priors) -> _Found:
    log = float(log_likelihood(model, model.scope.at_values(chosen.values), prepared))
    wrong = () if np.isfinite(log) else ("the likelihood vanishes at the values that are held",)
    return _Found(log, 0.0, wrong, 1, "no parameter is free", "numpyro")


def _by_nesting(begin: Begin, rng: np.random.Generator, live: int) -> _Found:
    found = nested(begin.target, live=live, rng=rng)
    poor = found.error >= 2 * _POOR or not np.isfinite(found.log)
    wrong = (f"error {found.error:.2g} is large: take more live points",) if poor else ()
    said = "nested sampling of dynesty"
    return _Found(found.log, found.error, wrong, found.evaluations, said, "dynesty")


def _by_bridge(
    begin: Begin,
    key: Array,
    rng: np.random.Generator,
    *,
    chains: int,
    warmup: int,
    draws: int,
) -> _Found:
    found = drawn(begin, key, chains=chains, warmup=warmup, draws=draws)
    z = np.asarray(found.z)
    # In round coordinates z, of which one is so much of u.
    _, log_volume = np.linalg.slogdet(np.asarray(begin.spread))
    result = bridged(
        z,
        np.asarray(found.log_prob) + log_volume,
        lambda rows: np.asarray(_log_probs(begin, jnp.asarray(rows))) + log_volume,
        rng,
    )
    worst = max(convergence(z[..., k]).r_hat for k in range(z.shape[-1]))
    problems: list[str] = []
    if not worst <= LARGEST_R_HAT:
        problems.append(f"chains disagree, R-hat {worst:.3g}: take more warm-up and draws")
    if found.diverging.any():
        problems.append(f"{int(found.diverging.sum())} trajectories diverged; compare with nested")
    if not result.settled:
        problems.append("the iteration of the bridge did not settle: take more draws")
    if not result.error < _POOR:
        problems.append(f"error {result.error:.2g} is large: take more draws")
    count = int(np.asarray(found.steps).sum()) + z[..., 0].size // 2
    said = "bridge sampling from NUTS of numpyro"
    return _Found(result.log, result.error, tuple(problems), count, said, "numpyro")


@eqx.filter_jit
def _log_probs(begin: Begin, rows: Float[Array, "draw free"]) -> Float[Array, " draw"]:
    return jax.lax.map(lambda z: begin.target.log_prob(begin.outer(z)), rows, batch_size=_AT_ONCE)
