r"""What every check reads: the fit, its derivatives where it ended, constraints, rows of the data.

The constraints' share of the Hessian is :math:`P = -\partial^2 \log C`, in the user's units; a
parameter's width before the fit is :math:`\delta_k = \sqrt{(P^{-1})_{kk}}` over the constrained
parameters, taken at the end of the fit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.data import Dataset, Events
from statmodel.infer._bound import one_data_set
from statmodel.infer._constrained import constraint_widths
from statmodel.infer._programs import fit_arrays
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared, constraint_log_prob
from statmodel.model.channels import AbstractChannel
from statmodel.model.histograms import Histograms

MOST_NAMED = 6
"""Names in one message."""


@final
@dataclass(frozen=True, eq=False)
class Case:
    """One fit under examination.

    Attributes:
        model: the compiled likelihood.
        prepared: the data, bound.
        result: the fit.
        events: the tables that the data were read from, by channel; none where bound data were
            given.
        values: where the fit ended, in the user's units.
        free: parameters that were neither fixed nor rest on a bound.
        gradient: of nll there, in internal coordinates; zero where nll is not finite.
        hessian: the same.
        usable: whether nll and its derivatives are finite there.
        prior: Hessian of minus the constraints' log density there, in the user's units.
        expected: events of each process there, one array an unbinned channel.
        bins: events of each sample in each bin there, by binned channel.
        widths: of each parameter before the fit; infinite where nothing constrains it.
    """

    model: Model
    prepared: Prepared
    result: FitResult
    events: Mapping[str, Events]
    values: Float[np.ndarray, " parameter"]
    free: Bool[np.ndarray, " parameter"]
    gradient: Float[np.ndarray, " parameter"]
    hessian: Float[np.ndarray, "parameter parameter"]
    usable: bool
    prior: Float[np.ndarray, "parameter parameter"]
    expected: tuple[Float[np.ndarray, " process"], ...]
    bins: Mapping[str, Mapping[str, Float[np.ndarray, " bin"]]]
    widths: Float[np.ndarray, " parameter"]

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    @classmethod
    def of(cls, model: Model, data: Dataset | Prepared, result: FitResult) -> "Case":
        """Evaluate once where the fit ended."""
        prepared = one_data_set(model, data, "diagnose")
        values = np.asarray(result.values)
        gradient, hessian, usable = derivatives_at(model, prepared, values)
        curvature, expected = _constraints_and_rates(model, prepared, jnp.asarray(values))
        prior = np.asarray(curvature)
        return cls(
            model=model,
            prepared=prepared,
            result=result,
            events=data.channels if isinstance(data, Dataset) else MappingProxyType({}),
            values=values,
            free=~np.asarray(result.fixed) & ~np.asarray(result.at_bound),
            gradient=gradient,
            hessian=hessian,
            usable=usable,
            prior=prior,
            expected=tuple(np.asarray(rates) for rates in expected),
            bins=bins_at(model, values),
            widths=constraint_widths(model, prior),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters."""
        return self.model.space.names

    @property
    def status(self) -> Status:
        """How the fit ended."""
        return Status(int(self.result.status))

    @property
    def jacobian(self) -> Float[np.ndarray, " parameter"]:
        """dp/du of the internal-to-user map where the fit ended."""
        return np.asarray(self.model.space.jacobian(self.model.space.to_free(self.result.values)))

    def event_name(self, channel: AbstractChannel, position: int) -> str:
        """An event as the reader finds it: its row in the table that was read, counted from 0."""
        table = self.events.get(channel.name)
        if table is None:
            return f"row {position} of the bound data"
        values = (f"{name} = {table.columns[name][position]:.6g}" for name in channel.observables)
        return f"row {int(table.rows[position])} of {table.source} ({', '.join(values)})"


def bins_at(
    model: Model, values: Float[np.ndarray, " parameter"]
) -> Mapping[str, Mapping[str, Float[np.ndarray, " bin"]]]:
    """Events of each sample in each bin of the binned channels, in the user's units."""
    if model.histograms is None:
        return MappingProxyType({})
    table = np.asarray(_components(model, model.histograms, jnp.asarray(values)))
    found: dict[str, dict[str, Float[np.ndarray, " bin"]]] = {}
    first, histograms = 0, model.histograms
    for name, samples, bins in zip(
        histograms.channels, histograms.samples, histograms.bins, strict=True
    ):
        rows = table[: len(samples), first : first + bins]
        found[name] = dict(zip(samples, rows, strict=True))
        first += bins
    return MappingProxyType(found)


def derivatives_at(
    model: Model, prepared: Prepared, values: Float[np.ndarray, " parameter"]
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Gradient and Hessian in internal coordinates, and whether all is finite.

    One evaluation of the program that the fit has compiled: nothing new is.
    """
    free = model.space.to_free(jnp.asarray(values))
    box = Box.of(model.space, jnp.zeros(free.size, bool))
    end = fit_arrays(model, prepared, free, box, 1, free).minimum
    return np.asarray(end.gradient), np.asarray(end.hessian), bool(jnp.isfinite(end.value))


def listed(names: Iterable[str], most: int = MOST_NAMED) -> str:
    """A few names, and how many more there are.

    Example:
        >>> listed(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most])}{more}"


def plural(count: int, word: str) -> str:
    """A number with its noun.

    Example:
        >>> plural(1, "event"), plural(3, "event")
        ('1 event', '3 events')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"


@eqx.filter_jit
def _constraints_and_rates(
    model: Model, prepared: Prepared, values: Float[Array, " parameter"]
) -> tuple[Float[Array, "parameter parameter"], tuple[Float[Array, " process"], ...]]:
    """The Hessian of minus the constraints' log density, and the events expected."""
    prior = jax.hessian(lambda at: -constraint_log_prob(model, at, prepared))(values)
    at = model.scope.at_free(model.space.to_free(values))
    return prior, tuple(channel.expected(at) for channel in model.channels)


@eqx.filter_jit
def _components(
    model: Model, histograms: Histograms, values: Float[Array, " parameter"]
) -> Float[Array, "sample bin"]:
    return histograms.components(model.scope.at_free(model.space.to_free(values)))
