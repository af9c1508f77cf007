r"""Where toys of a model with nuisance parameters are drawn.

Each toy has nuisance parameters :math:`\alpha_i(\mu)` of its own, as functions of the parameter of
interest, so that it belongs to a family of one parameter, in which its weights are found:

.. math:: w_i(\mu_0) = \frac{p(D_i \mid \mu_0, \alpha_i(\mu_0))}
   {\sum_k s_k\, p(D_i \mid \mu_k, \alpha_i(\mu_k))}

In the *profile* construction these are conditional estimates of data, the same for all toys, and
auxiliary observations are redrawn. In the *predictive* one they are drawn from the constraints,
whatever :math:`\mu` is, and auxiliary observations are held (R. D. Cousins, V. L. Highland, Nucl.
Instrum. Meth. A 320 (1992) 331). For a *regression* on them they are spread about the conditional
estimates, twice as wide as their errors, and auxiliary observations are redrawn.
"""

from typing import Literal, NamedTuple, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.infer.statistics import Case, Path
from statmodel.infer.statistics._lattice import Lattice
from statmodel.infer.statistics._way import Nuisance, Pois, Way
from statmodel.model import JointGaussian, Model, Prepared

Ensemble: TypeAlias = Literal["profile", "predictive", "regression"]
"""Where nuisance parameters are."""
ENSEMBLES: tuple[Ensemble, ...] = ("profile", "predictive", "regression")

_STEPS = 4
_CELLS = 4096
_REACH = 12.0
"""Widths on either side of a constraint that count."""
_WIDER = 2.0
"""Errors of nuisance parameters that toys of a regression are spread over."""


class Truths(NamedTuple):
    """Of nuisance parameters."""

    path: Path
    """The same for all, in internal coordinates."""
    own: Float[np.ndarray, "toy nuisance"]
    """What each toy has in place of it."""
    drawn: Bool[np.ndarray, " nuisance"]
    """Which it has."""
    held: bool
    """Whether auxiliary observations are."""
    words: str

    def of(self, toys: slice) -> Path:
        """Paths of some toys, along a leading axis."""
        places = np.minimum(np.arange(toys.start, toys.stop), len(self.own) - 1)
        whole = jax.tree.map(
            lambda leaf: jnp.broadcast_to(leaf[None], (places.size, *leaf.shape)), self.path
        )
        drawn = jnp.asarray(self.drawn)[None, None, :]
        own = jnp.asarray(self.own[places])[:, None, :]
        return whole._replace(at=jnp.where(drawn, own, whole.at))


def truths(
    case: Case,
    data: Prepared | None,
    ensemble: Ensemble,
    key: Array,
    mu: Float[np.ndarray, "toy poi"],
) -> Truths | None:
    """Those of toys; None where there are no nuisance parameters.

    Args:
        case: of a model.
        data: whose conditional estimates are meant; starting values without any.
        ensemble: which.
        key: of what is drawn.
        mu: parameters of interest of the toys, in the user's units.

    Raises:
        ValueError: conditional estimates of the data cannot be found.
    """
    interest, space = case.interest, case.model.space
    if not interest.nuisances:
        return None
    toys = len(mu)
    where = "start values"
    lattice = _even(case)
    path = Path(lattice, jnp.tile(interest.start, (len(lattice.points), 1)))
    way = None
    if data is not None:
        way = eqx.filter_jit(case.way)(data)
        if way is None or not bool(way.ok):
            msg = "conditional estimates of nuisance parameters cannot be found in these data"
            raise ValueError(msg)
        path, where = way.path, "conditional estimates of the data"
    places = np.array(interest.nuisances)
    if ensemble == "profile":
        own, drawn = np.zeros((toys, places.size)), np.zeros(places.size, bool)
        words = f"nuisance parameters at {where}, auxiliary observations redrawn"
        return Truths(path, own, drawn, held=False, words=words)
    if ensemble == "regression":
        if way is None:
            msg = "a regression on nuisance parameters is about those of data: give `data=`"
            raise ValueError(msg)
        own, drawn = _about(case, way, key, mu), np.ones(places.size, bool)
        words = f"regression on nuisance parameters, about {where}, auxiliary observations redrawn"
        return Truths(path, own, drawn, held=False, words=words)
    observed = case.model.auxiliary() if data is None else data.auxiliary
    values, known = _from_constraints(case.model, np.asarray(observed), key, toys)
    whole = np.tile(np.asarray(space.init, float), (toys, 1))
    whole[:, known] = values[:, known]
    free = np.asarray(jax.vmap(space.to_free)(jnp.asarray(whole)))
    words = "nuisance parameters drawn from their constraints, auxiliary observations held"
    rest = [space.names[place] for place in places[~known[places]]]
    if rest:
        words += f"; {', '.join(rest)} at {where}"
    return Truths(path, free[:, places], known[places], held=True, words=words)


def conditional(
    case: Case, path: Path, mu: Float[np.ndarray, "toy poi"]
) -> Float[np.ndarray, "toy nuisance"]:
    """What a path says of nuisance parameters, in internal coordinates."""
    return np.asarray(_conditional(case, path, jnp.asarray(mu)))


@eqx.filter_jit
def _conditional(
    case: Case, path: Path, mu: Float[Array, "toy poi"]
) -> Float[Array, "toy nuisance"]:
    def along(one: Pois) -> Nuisance:
        return path.lattice.between(path.at, case.interest.inside(case.model, one))

    return jax.vmap(along)(mu)


def _about(
    case: Case, way: Way, key: Array, mu: Float[np.ndarray, "toy poi"]
) -> Float[np.ndarray, "toy nuisance"]:
    """Nuisance parameters about conditional estimates, in internal coordinates."""
    best = int(np.argmax(np.where(np.isnan(way.height), -np.inf, way.height)))
    wide = _WIDER * np.asarray(way.spread)[best]

    centres = conditional(case, way.path, mu)
    white = np.asarray(jax.random.normal(key, centres.shape))
    return np.clip(centres + white @ wide.T, *(np.asarray(end) for end in case.question.box()))


def _even(case: Case) -> Lattice:
    low, high = case.question.region
    return Lattice(low, high, 0.5 * (low + high), high - low, _STEPS)


def _from_constraints(
    model: Model, centres: Float[np.ndarray, " parameter"], key: Array, toys: int
) -> tuple[Float[np.ndarray, "toy parameter"], Bool[np.ndarray, " parameter"]]:
    """Values of constrained parameters, inside their bounds, and which these are."""
    size = model.space.size
    bounds = np.asarray(model.space.bounds, float).reshape(-1, 2)
    values, known = np.zeros((toys, size)), np.zeros(size, bool)
    widths = np.asarray(model.prefit_widths())
    for number, block in enumerate(model.constraints):
        own = jax.random.fold_in(key, number)
        places = np.asarray(block.parameters)
        known[places] = True
        if isinstance(block, JointGaussian):
            white = np.asarray(jax.random.normal(own, (toys, places.size)))
            drawn = centres[places] + white @ np.asarray(block.cholesky).T
            values[:, places] = np.clip(drawn, *bounds[places].T)
            continue
        share = np.asarray(jax.random.uniform(own, (toys, places.size)))
        reach = np.where(np.isfinite(widths[places]), _REACH * widths[places], np.inf)
        low = np.maximum(bounds[places, 0], centres[places] - reach)
        high = np.minimum(bounds[places, 1], centres[places] + reach)
        steps = (np.arange(_CELLS) + 0.5) / _CELLS
        grid = low[:, None] + (high - low)[:, None] * steps[None, :]
        logs = np.asarray(
            jax.vmap(lambda one, seen, at: jax.vmap(lambda value: one.log_prob(seen, value))(at))(
                block.constraint, jnp.asarray(centres[places]), jnp.asarray(grid)
            )
        )
        for axis, place in enumerate(places):
            heights = np.exp(logs[axis] - logs[axis].max())
            below = np.concatenate([[0.0], np.cumsum(heights)]) / heights.sum()
            edges = np.linspace(low[axis], high[axis], _CELLS + 1)
            values[:, place] = np.interp(share[:, axis], below, edges)
    return values, known
