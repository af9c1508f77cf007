r"""Test statistics of one to three parameters of interest.

.. math::

   \mathrm{LRS}(\mu_0) = -2 \ln \frac{p(D \mid \mu_0)}{\sup_{\mu \in \Theta} p(D \mid \mu)}, \qquad
   \mathrm{FTS}(\mu_0) = -2 \ln \frac{p(D \mid \mu_0)}{\int_\Theta p(D \mid \mu) f(\mu)\, d\mu}

Both compare the likelihood at a hypothesis with one number of the data set, its *reference*, which
knows nothing of the hypothesis. A further statistic says what that number is. Nuisance parameters
are profiled or integrated, see :mod:`._likelihood`, in both alike.
"""

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from statmodel._errors import suggestion
from statmodel._numerics import safe_log
from statmodel.data import Dataset
from statmodel.model import Focus, Model, Prepared

from ._climb import Scalar, Vector, climb, derivatives_of
from ._evidence import evidence
from ._interest import Interest, interest_of
from ._likelihood import Likelihood, Nuisances, Question, likelihood_of, question_of
from ._support import Support, support_of
from ._way import Way

Sides: TypeAlias = Literal["two", "upper", "discovery"]
"""Which estimates speak against a hypothesis: all, those below it (for upper limits), or those
above it (for a discovery)."""
Ends: TypeAlias = tuple[float, float] | tuple[Float[np.ndarray, " poi"], Float[np.ndarray, " poi"]]
_GRID = 17
"""Places along one parameter from which the best fit is sought."""
_GRID_OF_MANY = 9


class Reference(NamedTuple):
    """What a statistic knows of a data set before any hypothesis. Batched: a leading axis."""

    log: Scalar
    """Natural log of what the likelihood of a hypothesis is compared with."""
    error: Scalar
    """Of it; 0 where it is exact."""
    at: Vector
    """The best fit, or the top of likelihood times focus, in internal coordinates."""
    ok: Bool[Array, ""]
    """Whether it is what it should be."""


def twice_log_ratio(reference: Reference, log_likelihood: Scalar) -> Scalar:
    r""":math:`2(\ln R - \ln p(D \mid \mu_0))`."""
    return 2.0 * (reference.log - log_likelihood)


class AbstractStatistic(eqx.Module):
    """A test statistic. Frozen, and hashable by its fields."""

    nuisances: Nuisances = eqx.field(static=True, default="profile", kw_only=True)
    """What becomes of free nuisance parameters, if there are any."""

    @abc.abstractmethod
    def reference(self, case: "Case", likelihood: Likelihood) -> Reference:
        """What hypotheses are compared with, of one data set. Pure.

        Args:
            case: what the statistic is of.
            likelihood: natural log of the likelihood of the data, as a function of parameters of
                interest in internal coordinates.
        """

    @abc.abstractmethod
    def value(
        self, case: "Case", reference: Reference, at: Vector, log_likelihood: Scalar
    ) -> Scalar:
        """The statistic at a hypothesis. Pure.

        Args:
            case: what the statistic is of.
            reference: of the data set.
            at: the hypothesis, in internal coordinates.
            log_likelihood: of the data set there.
        """

    def __call__(
        self,
        model: Model,
        data: Dataset | Prepared,
        mu: ArrayLike | Mapping[str, ArrayLike],
        *,
        fixed: Mapping[str, ArrayLike] | None = None,
    ) -> Scalar:
        """The value for one data set and one hypothesis; NaN where the reference is not sound.

        May be mapped over `data` (bound) and over `mu`. For several hypotheses
        :func:`statmodel.infer.statistics_at` is faster, and says what was not sound.

        Args:
            model: the compiled likelihood.
            data: one data set.
            mu: the hypothesis: a number for one parameter of interest, or values by name.
            fixed: values at which parameters of no interest are held.
        """
        with jax.ensure_compile_time_eval():  # numbers, also under the caller's `jit`
            case = Case.of(model, self, fixed=fixed)
        return _value(self, case, model.prepared(data), case.hypothesis(mu))


@final
class Case(eqx.Module):
    """A model, its parameters of interest, and what a statistic knows of both beforehand."""

    question: Question
    nuisances: Nuisances = eqx.field(static=True)
    focus: Focus | None
    support: Support | None
    places: Float[Array, "place poi"]
    """Where a best fit may be, in internal coordinates."""

    @classmethod
    def of(
        cls,
        model: Model,
        statistic: AbstractStatistic,
        *,
        pois: str | Sequence[str] | None = None,
        fixed: Mapping[str, ArrayLike] | None = None,
        span: "Ends | None" = None,
    ) -> "Case":
        """Look at a model.

        Args:
            model: the compiled likelihood.
            statistic: what is to be found.
            pois: parameters of interest; those of the focus, or of the measurement, by default.
            fixed: values at which others are held; those that remain are nuisance parameters.
            span: of hypotheses, from and to, in the user's units; the bounds by default.

        Raises:
            ValueError: as :func:`interest_of`, or the focus is of other parameters.
        """
        focus = focus_of(model, statistic.focus) if isinstance(statistic, FTS) else None
        names = pois if pois is not None or focus is None else focus.pois
        interest = interest_of(model, names, fixed)
        if focus is not None and focus.pois != interest.names:
            msg = (
                f'focus "{focus.name}" is of {", ".join(focus.pois)}, and the parameters of '
                f"interest are {', '.join(interest.names)}"
            )
            raise ValueError(msg)
        support = None if focus is None else support_of(model, interest, focus)
        places = _grid(model, interest)
        region = _region(model, interest, places, support, span)
        question = question_of(model, interest, region, places, statistic.nuisances)
        return cls(question, statistic.nuisances, focus, support, places)

    @property
    def model(self) -> Model:
        """The compiled likelihood."""
        return self.question.model

    @property
    def interest(self) -> Interest:
        """Its parameters of interest."""
        return self.question.interest

    def way(self, prepared: Prepared) -> Way | None:
        """Of the nuisance parameters of one data set, the same for every statistic."""
        return self.question.way(prepared)

    def likelihood(self, prepared: Prepared, way: Way | None = None) -> Likelihood:
        """Of one data set, as a function of the parameters of interest.

        Args:
            prepared: the data.
            way: of their nuisance parameters, where it has been found already.
        """
        known = self.way(prepared) if way is None else way
        return likelihood_of(self.question, prepared, known, self.nuisances)

    def hypothesis(self, mu: ArrayLike | Mapping[str, ArrayLike]) -> Float[Array, "*point poi"]:
        """Values of the parameters of interest, in their order, in the user's units.

        Raises:
            ValueError: names are missing or none of these, or there are several parameters and no
                names.
        """
        names = self.interest.names
        if isinstance(mu, Mapping):
            if set(mu) != set(names):
                given = ", ".join(map(str, mu)) or "nothing"
                msg = f"a hypothesis names {', '.join(names)}, got {given}"
                raise ValueError(msg)
            rows = [jnp.asarray(mu[name], jnp.float64) for name in names]
            return jnp.stack(jnp.broadcast_arrays(*rows), axis=-1)
        if len(names) > 1:
            msg = f"there are several parameters of interest: give {', '.join(names)} by name"
            raise ValueError(msg)
        return jnp.asarray(mu, jnp.float64)[..., None]


@eqx.filter_jit
def _value(
    statistic: AbstractStatistic, case: Case, prepared: Prepared, mu: Float[Array, " poi"]
) -> Scalar:
    likelihood = case.likelihood(prepared)
    found = statistic.reference(case, likelihood)
    at = case.interest.inside(case.model, mu)
    value = statistic.value(case, found, at, likelihood(at))
    return jnp.where(found.ok & likelihood.ok, value, jnp.nan)


@final
class LRS(AbstractStatistic):
    r"""The likelihood ratio, :math:`\Theta` being the bounds of the parameters of interest.

    With `sides` "upper" it is 0 where the best fit lies above the hypothesis, and with "discovery"
    where it lies below (arXiv:1007.1727, of one parameter): with a lower bound of 0 these are
    :math:`\tilde t_\mu`, :math:`\tilde q_\mu` and, at 0, :math:`q_0`.

    Example:
        >>> LRS("upper").sides
        'upper'
    """

    sides: Sides = eqx.field(static=True, default="two")

    def reference(self, case: Case, likelihood: Likelihood) -> Reference:
        """The largest likelihood."""
        question, size = case.question, case.interest.size
        sides = question.sides()
        if likelihood.highest is not None and likelihood.log_volume is None:
            # Of all parameters together: nothing between the points of a lattice is left in it.
            top = climb(
                lambda whole: question.derivatives(likelihood.prepared, whole),
                likelihood.highest,
                *sides,
            )
            found = top.ok & likelihood.ok
            return Reference(top.value, likelihood.error, top.at[:size], found)
        heights = jax.vmap(likelihood)(case.places)
        begin = case.places[jnp.argmax(jnp.where(jnp.isnan(heights), -jnp.inf, heights))]
        top = climb(derivatives_of(likelihood), begin, *(side[:size] for side in sides))
        return Reference(top.value, likelihood.error, top.at, top.ok & likelihood.ok)

    def value(self, case: Case, reference: Reference, at: Vector, log_likelihood: Scalar) -> Scalar:
        ratio = jnp.maximum(twice_log_ratio(reference, log_likelihood), 0.0)
        if self.sides == "two":
            return ratio
        if case.interest.size > 1:
            msg = f'LRS("{self.sides}") is of one parameter of interest'
            raise ValueError(msg)
        against = reference.at[0] <= at[0] if self.sides == "upper" else reference.at[0] >= at[0]
        return jnp.where(against, ratio, 0.0)


def _grid(model: Model, interest: Interest) -> Float[Array, "place poi"]:
    """Over finite bounds; elsewhere around the starting values."""
    count = _GRID if interest.size == 1 else _GRID_OF_MANY
    init = np.asarray(model.space.init, float)[list(interest.places)]
    begin = np.asarray(interest.inside(model, jnp.asarray(init)))
    axes: list[np.ndarray] = []
    for (low, high), start in zip(interest.bounds, begin, strict=True):
        if np.isfinite([low, high]).all():
            axes.append(low + (high - low) * (np.arange(count) + 0.5) / count)
        else:
            away = (1.0 + abs(start)) * np.sinh(np.linspace(-3.0, 3.0, count))
            axes.append(np.clip(start + away, low, high))
    mesh = np.meshgrid(*axes, indexing="ij")
    return jnp.asarray(np.stack([one.ravel() for one in mesh], axis=1))


def _region(
    model: Model,
    interest: Interest,
    places: Float[Array, "place poi"],
    support: Support | None,
    span: Ends | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Of hypotheses: a span, or finite bounds, or where best fits are sought and a focus counts."""
    if span is not None:
        ends = [
            np.asarray(interest.inside(model, jnp.atleast_1d(jnp.asarray(end)))) for end in span
        ]
        return ends[0], ends[1]
    some = [np.asarray(places)]
    if support is not None:
        some += [np.asarray(one)[None] for one in (support.lower, support.upper)]
    every = np.concatenate(some)
    every = np.where(np.isfinite(every), every, np.asarray(places)[:1])
    low, high = np.asarray(interest.bounds).T
    return (
        np.where(np.isfinite(low), low, every.min(axis=0)),
        np.where(np.isfinite(high), high, every.max(axis=0)),
    )


@final
class FTS(AbstractStatistic):
    r"""The focused test statistic of a focus of the model, by name.

    It is neither positive nor distributed as :math:`\chi^2`: only toys tell what is large.
    """

    focus: str = eqx.field(static=True)

    def reference(self, case: Case, likelihood: Likelihood) -> Reference:
        """The likelihood, averaged over the focus."""
        focus, support = case.focus, case.support
        if focus is None or support is None:
            msg = "FTS: the case was made for a statistic without a focus"
            raise ValueError(msg)
        none = jnp.zeros(0)

        def log_focus(at: Vector) -> Scalar:
            return focus.density.log_prob(case.interest.outside(case.model, at), none)

        return averaged(case, likelihood, log_focus, support)

    def value(self, case: Case, reference: Reference, at: Vector, log_likelihood: Scalar) -> Scalar:
        del case, at
        return twice_log_ratio(reference, log_likelihood)


def focus_of(model: Model, name: str) -> Focus:
    """The focus of that name.

    Raises:
        ValueError: the model has none of that name.
    """
    for one in model.focus:
        if one.name == name:
            return one
    names = tuple(one.name for one in model.focus)
    tail = suggestion(name, names, "Focus densities")
    msg = f'the model has no focus "{name}".{tail}'
    raise ValueError(msg)


def averaged(
    case: Case,
    likelihood: Likelihood,
    log_focus: Callable[[Vector], Scalar],
    support: Support,
) -> Reference:
    """The likelihood of one data set, averaged over a density of the parameters of interest.

    Args:
        case: of which model and parameters.
        likelihood: of the data.
        log_focus: natural log of the density in the user's units, at internal coordinates.
        support: where it counts.
    """
    found = evidence(
        likelihood,
        log_focus,
        lambda at: safe_log(case.interest.stretch(case.model, at)),
        support,
        likelihood.derivatives,
    )
    error = found.error + likelihood.error
    return Reference(found.log, error, found.top, found.ok & likelihood.ok)
