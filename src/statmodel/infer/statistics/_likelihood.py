r"""The likelihood of one data set as a function of the parameters of interest alone.

With nuisance parameters :math:`\alpha` free it is one of

.. math::

   L_p(\mu) = L(\mu, \hat{\hat\alpha}(\mu)), \qquad
   L_l(\mu) = L_p(\mu) \sqrt{\det 2\pi H_{\alpha\alpha}^{-1}}, \qquad
   L_m(\mu) = \int L(\mu, \alpha)\, d\alpha

the profile, Laplace's approximation of the integral, and the integral itself: constraints are
densities of their observations, and the measure is flat in the user's units. The integral is
Laplace's times an average over his Gaussian, made wider by s for the sake of longer tails,

.. math::

   \frac{L_m}{L_l} = s^n \left\langle \frac{L(\mu, \hat{\hat\alpha} + s C z)}{L_p(\mu)}\,
   e^{z^\top z / 2} \right\rangle_{z \sim N(0, 1)}, \qquad C C^\top = H_{\alpha\alpha}^{-1},
   \qquad s = 1 + \frac{1}{2\sqrt n}

over scrambled points of Sobol, the same ones for all data sets and hypotheses. (Of a likelihood
that is Gaussian in all n of them, that costs two fifths of the points.) The error is that of the
mean of eight scrambles. A single nuisance parameter is integrated by the rule of :mod:`._rule`, in
four panels that end sixteen of his widths away, or at a bound.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel._numerics import safe_log
from statmodel.infer.minimisers._objective import nll_derivatives
from statmodel.model import Model, Prepared

from ._climb import Derivatives, Scalar, Summit
from ._interest import Interest
from ._lattice import nearest
from ._rule import panels
from ._way import Nuisance, Path, Place, Pois, Sides, Way, Whole, conditional, find_way, highest

Nuisances: TypeAlias = Literal["profile", "laplace", "marginal"]
"""What becomes of nuisance parameters."""

_INTERVALS = (24, 8, 6)
"""Of the lattice, for one, two and three parameters of interest."""
_NODES = 16
"""Intervals of a panel."""
_ENDS = (-16.0, -5.0, 0.0, 5.0, 16.0)
"""Of panels, in widths of Laplace's Gaussian: likelihoods of few events have long tails."""
_SCRAMBLES = 8
_POINTS = 64
"""Of each."""
_AT_ONCE = 32
_SEED = 20_260
_POOR = 0.1
"""An error of a log likelihood that is not accepted."""


@final
class Question(eqx.Module):
    """A model, and what is asked of it."""

    model: Model
    interest: Interest
    region: tuple[Pois, Pois]
    """Of hypotheses, from and to, in internal coordinates."""
    begin: Float[Array, "place moving"]
    """Where the likelihood may be highest."""
    normal: Float[Array, "point nuisance"]
    """Of a normal distribution, evenly; none where no integral over several is asked for."""

    def log_likelihood(self, prepared: Prepared, whole: Whole) -> Scalar:
        """At parameters of interest, then nuisance parameters, in internal coordinates."""
        return self.interest.log_likelihood(self.model, prepared, whole)

    def derivatives(self, prepared: Prepared, whole: Whole) -> Derivatives:
        """Of the same, for :func:`._climb.climb`."""
        value, slope, hessian = nll_derivatives(self.model, prepared)(self.interest.free(whole))
        places = self.interest.moving
        return -value, -slope[places], hessian[places[:, None], places[None, :]]

    def sides(self) -> Sides:
        """Bounds and ranges of all that moves."""
        lower, upper = (one[self.interest.moving] for one in self.model.space.free_bounds())
        finite = jnp.isfinite(upper - lower)
        sizes = 4.0 * (1.0 + jnp.abs(self.begin[0]))
        return Sides(lower, upper, jnp.where(finite, jnp.where(finite, upper - lower, 1.0), sizes))

    def box(self) -> tuple[Nuisance, Nuisance]:
        """Bounds of nuisance parameters."""
        size = self.interest.size
        sides = self.sides()
        return sides.lower[size:], sides.upper[size:]

    def highest(self, prepared: Prepared) -> Place:
        """Where the likelihood of one data set is largest."""
        return highest(
            lambda whole: self.derivatives(prepared, whole),
            lambda whole: self.log_likelihood(prepared, whole),
            self.begin,
            self.sides(),
            self.interest.size,
        )

    def way(self, prepared: Prepared) -> Way | None:
        """Of nuisance parameters; None where there are none."""
        if not self.interest.nuisances:
            return None
        return find_way(
            lambda whole: self.derivatives(prepared, whole),
            lambda whole: self.log_likelihood(prepared, whole),
            self.region,
            self.begin,
            self.sides(),
            _INTERVALS[self.interest.size - 1],
        )

    def log_stretch(self, whole: Whole) -> Scalar:
        """Natural log of the nuisance parameters' volume in the user's units."""
        jacobian = self.model.space.jacobian(self.interest.free(whole))
        return safe_log(jacobian[np.array(self.interest.nuisances)].prod())


def question_of(
    model: Model,
    interest: Interest,
    region: tuple[Float[np.ndarray, " poi"], Float[np.ndarray, " poi"]],
    places: Float[Array, "place poi"],
    nuisances: Nuisances,
) -> Question:
    """Make ready.

    Args:
        model: the compiled likelihood.
        interest: its parameters.
        region: of hypotheses, from and to, in internal coordinates.
        places: where a best fit may be.
        nuisances: what becomes of them.
    """
    low, high = (jnp.asarray(end) for end in region)
    size = len(interest.nuisances)
    if size and interest.size == 1:
        # Every other one: conditional maxima, or further hills, are looked at anyway.
        places = places[::2]
    start = jnp.broadcast_to(interest.start[None, :], (len(places), size))
    begin = jnp.concatenate([places, start], axis=1)
    drawn = _normal(size) if nuisances == "marginal" and size > 1 else np.zeros((0, size))
    return Question(model, interest, (low, high), begin, jnp.asarray(drawn))


def _normal(size: int) -> Float[np.ndarray, "point nuisance"]:
    """One scramble after the other."""
    from scipy.special import ndtri  # noqa: PLC0415 (half a second, and for integrals only)
    from scipy.stats import qmc  # noqa: PLC0415

    seeds = range(_SEED, _SEED + _SCRAMBLES)
    drawn = [qmc.Sobol(size, scramble=True, rng=seed).random(_POINTS) for seed in seeds]
    return ndtri(np.concatenate(drawn))


@final
class Likelihood(eqx.Module):
    """Of one data set."""

    question: Question
    prepared: Prepared
    path: Path | None
    """Of nuisance parameters; None without any."""
    log_volume: Float[Array, " node"] | None
    """Theirs, at the same points; None for the profile."""
    highest: Whole | None
    """A place to begin from, in search of the largest likelihood."""
    error: Scalar
    """Of its logarithm, where it matters."""
    ok: Bool[Array, ""]
    """Whether it is what it should be."""
    place: Place | None = None
    """Where conditional estimates are sought from, each by itself; None where a path has them."""

    def __call__(self, at: Pois) -> Scalar:
        """Its natural log at internal coordinates of the parameters of interest."""
        if self.place is not None:
            found = self._conditional(at)
            return jnp.where(found.ok, found.value, jnp.nan)
        log = self.question.log_likelihood(self.prepared, self.whole(at))
        if self.path is None or self.log_volume is None:
            return log
        return log + self.path.lattice.between(self.log_volume, at)

    @property
    def derivatives(self) -> Callable[[Pois], Derivatives] | None:
        """Value, slope and minus the second derivatives; None where autodiff alone knows them."""
        if self.question.interest.nuisances:
            return None
        return lambda at: self.question.derivatives(self.prepared, at)

    def whole(self, at: Pois) -> Whole:
        """With conditional estimates of nuisance parameters behind the parameters of interest."""
        if self.place is not None:
            return self._conditional(at).at
        if self.path is None:
            return at
        nuisance = self.path.lattice.between(self.path.at, at)
        return jnp.concatenate([at, nearest(nuisance, *self.question.box())])

    def _conditional(self, at: Pois) -> Summit:
        assert self.place is not None  # noqa: S101 (asked for by the caller)
        question, prepared = self.question, self.prepared
        return conditional(
            lambda whole: question.derivatives(prepared, whole), self.place, at, question.sides()
        )


def fitted(question: Question, prepared: Prepared) -> Likelihood:
    """The profile of one data set for a few hypotheses, with a fit for each of them.

    Args:
        question: what is asked.
        prepared: the data.
    """
    place = question.highest(prepared)
    whole = jnp.concatenate([place.point, place.at])
    zero = jnp.zeros(())
    return Likelihood(question, prepared, None, None, whole, zero, place.found, place)


def likelihood_of(
    question: Question, prepared: Prepared, way: Way | None, nuisances: Nuisances
) -> Likelihood:
    """Of one data set.

    Args:
        question: what is asked.
        prepared: the data.
        way: their nuisance parameters.
        nuisances: what becomes of them.
    """
    if way is None:
        return along(question, prepared, None)
    if nuisances == "profile":
        good = way.ok & (way.error < _POOR)
        return Likelihood(question, prepared, way.path, None, way.highest, way.error, good)
    wholes = jnp.concatenate([way.lattice.points, way.at], axis=1)
    volume = way.log_volume + jax.vmap(question.log_stretch)(wholes)
    error = way.error + way.volume_error
    if nuisances == "marginal":
        more, own = _correction(question, prepared, way)
        half = way.lattice.half
        more = jax.vmap(lambda point: half.between(more, point))(way.lattice.points)
        volume, error = volume + more, error + own
    known = jnp.isfinite(volume)
    filled = jnp.where(known, volume, jnp.where(known, volume, 0.0)[jnp.argmax(way.height)])
    ok = way.ok & (known | ~way.matters).all() & (error < _POOR)
    return Likelihood(question, prepared, way.path, filled, way.highest, error, ok)


def along(question: Question, prepared: Prepared, path: Path | None) -> Likelihood:
    """With nuisance parameters that are given functions of the parameters of interest.

    Args:
        question: what is asked.
        prepared: the data.
        path: of nuisance parameters.
    """
    return Likelihood(question, prepared, path, None, None, jnp.zeros(()), jnp.ones((), bool))


_At: TypeAlias = tuple[Pois, Nuisance, Float[Array, "nuisance nuisance"], Scalar]
"""Parameters of interest, the conditional estimate there, its spread, and the log likelihood."""


def _correction(
    question: Question, prepared: Prepared, way: Way
) -> tuple[Float[Array, " node"], Scalar]:
    """Of Laplace's approximation, at every other point, and its error where it matters."""
    low, high = question.box()
    shared = way.lattice.shared
    drawn, size = question.normal, len(question.interest.nuisances)
    wider = 1.0 + 0.5 / np.sqrt(size)

    def alone(given: _At) -> tuple[Scalar, Scalar]:
        point, centre, spread, height = given
        there = question.log_stretch(jnp.concatenate([point, centre]))
        ends = centre + jnp.asarray(_ENDS) * spread[0]
        nodes = panels(jnp.clip(ends, low[0], high[0]), _NODES)

        def log_ratio(nuisance: Scalar) -> Scalar:
            whole = jnp.concatenate([point, nuisance[None]])
            log = question.log_likelihood(prepared, whole) + question.log_stretch(whole)
            return log - height - there

        logs = jax.vmap(log_ratio)(nodes.at.reshape(-1)).reshape(nodes.at.shape)
        top = logs.max()
        values = jnp.where(logs > -jnp.inf, jnp.exp(logs - top), 0.0)
        total = (nodes.fine * values).sum()
        error = jnp.abs(((nodes.fine - nodes.coarse) * values).sum(axis=1)).sum() / total
        volume = jnp.log(np.sqrt(2.0 * np.pi) * spread[0, 0])
        return jnp.log(total) + top - volume, error

    def at_point(given: _At) -> tuple[Scalar, Scalar]:
        point, centre, spread, height = given
        there = question.log_stretch(jnp.concatenate([point, centre]))

        def log_weight(normal: Nuisance) -> Scalar:
            nuisance = centre + wider * (spread @ normal)
            inside = ((nuisance >= low) & (nuisance <= high)).all()
            whole = jnp.concatenate([point, jnp.clip(nuisance, low, high)])
            log = question.log_likelihood(prepared, whole) + question.log_stretch(whole)
            return jnp.where(inside, log - height - there + 0.5 * normal @ normal, -jnp.inf)

        logs = jax.lax.map(log_weight, drawn, batch_size=_AT_ONCE)
        top = logs.max()
        means = jnp.exp(logs - top).reshape(_SCRAMBLES, _POINTS).mean(axis=1)
        error = means.std(ddof=1) / (means.mean() * np.sqrt(_SCRAMBLES))
        return jnp.log(means.mean()) + top + size * np.log(wider), error

    points = way.lattice.half.points
    given = (points, way.at[shared], way.spread[shared], way.height[shared])
    logs, errors = jax.lax.map(alone if size == 1 else at_point, given)
    matters = way.matters[shared]
    known = jnp.isfinite(logs)
    top = jnp.argmax(given[3])
    filled = jnp.where(known | matters, logs, logs[top])
    return filled, jnp.where(matters, errors, 0.0).max()
