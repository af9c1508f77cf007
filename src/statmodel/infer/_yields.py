r"""Expected events before and after a fit, with uncertainties.

.. math:: \operatorname{Var}[\nu] = J V J^\top

After a fit V is its covariance. Before one it is what the constraints say: the squared widths of
single parameters, the covariances of joint constraints. A parameter that nothing constrains has no
width before the fit and adds nothing, as in pyhf's companion cabinetry (A. Held, K. Cranmer); the
result names such parameters.
"""

from collections.abc import Mapping
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.data import Dataset
from statmodel.model import JointGaussian, Model, Prepared

from ._arguments import checked_values
from ._bound import one_data_set
from ._fit import digest_of, provenance_of
from ._propagation import Propagated, propagated
from ._results import FitResult
from ._yield_results import ChannelYields, Expectation, Yields
from .minimisers._status import Status


def yields(
    model: Model,
    data: Dataset | Prepared | None = None,
    result: FitResult | None = None,
    *,
    at: Mapping[str, ArrayLike] | None = None,
) -> Yields:
    """Expected events with their standard deviations, after a fit or, without one, before it.

    Before the fit constrained parameters stand where their auxiliary measurements put them, all
    others where the document starts them. One compiled program serves both, and every point and
    covariance.

    Args:
        model: the compiled likelihood.
        data: what was observed, to stand beside what is expected.
        result: of one fit (no batch) of this model.
        at: parameters by name that stand elsewhere, without a `result` only.

    Returns:
        The yields; look at `ok` and `message` before any error.

    Raises:
        ValueError: both `result` and `at`; the result of a batch, or of another model; with every
            unknown name in `at`, and every value that is no number or out of bounds.

    Example:
        ```python
        before = sm.yields(model, data)
        after = sm.yields(model, data, sm.fit(model, data))
        after.channel("SR").bins.errors
        ```
    """
    prepared = None if data is None else one_data_set(model, data, "yields")
    digest = "" if data is None else digest_of(data)
    observed = None if prepared is None else _observed(model, prepared)
    if result is None:
        values = _start(model, prepared, at)
        covariance, loose = _prior(model)
        before = provenance_of(model, digest, "")
        return Yields(
            measurement=model.measurement.name,
            stage="prefit",
            channels=_channels(model, propagated(model, values, covariance), observed),
            names=model.space.names,
            values=jnp.asarray(values),
            left_out=loose,
            fit=None,
            provenance=replace(before, constants=""),
        )
    _check(model, result, at)
    ended = Status(int(result.status))
    failed = ended is not Status.CONVERGED
    covariance = np.asarray(result.covariance.matrix)
    # Without a covariance there is nothing to propagate; the zeros give way to NaN below.
    found = propagated(
        model, np.asarray(result.values), np.zeros_like(covariance) if failed else covariance
    )
    resting = np.asarray(result.at_bound)
    return Yields(
        measurement=result.measurement,
        stage="postfit",
        channels=_channels(model, found, observed, failed=failed),
        names=result.names,
        values=result.values,
        left_out=tuple(name for name, on in zip(result.names, resting, strict=True) if on),
        fit=ended,
        provenance=replace(result.provenance, data=digest or result.provenance.data, constants=""),
    )


def _check(model: Model, result: FitResult, at: Mapping[str, ArrayLike] | None) -> None:
    if at is not None:
        msg = "`yields(result=..., at=...)`: after a fit the point is the fit's; give one of them"
        raise ValueError(msg)
    if np.ndim(result.nll):
        msg = "`yields(result=...)` takes the result of one data set, not of a batch"
        raise ValueError(msg)
    if result.names != model.space.names:
        msg = "`yields(result=...)` is of another model: its parameters are not those of `model`"
        raise ValueError(msg)


def _start(
    model: Model, prepared: Prepared | None, at: Mapping[str, ArrayLike] | None
) -> Float[np.ndarray, " parameter"]:
    """Where parameters stand before the fit."""
    space = model.space
    given = checked_values(space, {"at": at}, function="yields")
    auxiliary = np.asarray(model.auxiliary() if prepared is None else prepared.auxiliary)
    measured = np.isfinite(np.asarray(model.prefit_widths())) & ~space.fixed_mask()
    lower, upper = np.asarray(space.bounds).reshape(-1, 2).T
    values = np.where(measured, np.clip(auxiliary, lower, upper), np.asarray(space.init))
    for name, value in given.items():
        values[space.index(name)] = value
    return values


def _prior(model: Model) -> tuple[Float[np.ndarray, "parameter parameter"], tuple[str, ...]]:
    """What the constraints say of the parameters that vary, and those of which they say nothing."""
    widths = np.asarray(model.prefit_widths())
    known = np.isfinite(widths)
    covariance = np.diag(np.where(known, widths, 0.0) ** 2)
    for block in model.constraints:
        if isinstance(block, JointGaussian):
            group = np.asarray(block.parameters)
            root = np.asarray(block.cholesky)
            covariance[np.ix_(group, group)] = root @ root.T
    fixed = model.space.fixed_mask()
    covariance[fixed], covariance[:, fixed] = 0.0, 0.0
    loose = np.flatnonzero(~known & ~fixed)
    return covariance, tuple(model.space.names[index] for index in loose)


def _channels(
    model: Model,
    found: Propagated,
    observed: Mapping[str, Float[Array, " bin"]] | None,
    *,
    failed: bool = False,
) -> tuple[ChannelYields, ...]:
    events, errors = found

    def pair(of: Array, error: Array) -> Expectation:
        return Expectation(of, jnp.full_like(error, jnp.nan) if failed else error)

    channels: list[ChannelYields] = []
    first = 0
    for place, channel in enumerate(model.channels):
        own = slice(first, first + len(channel.processes))
        first = own.stop
        total = pair(events.channels[place], errors.channels[place])
        rates = pair(events.rates[own], errors.rates[own])
        channels.append(
            ChannelYields(
                name=channel.name,
                samples=channel.processes,
                binned=False,
                entries=Expectation(rates.events[:, None], rates.errors[:, None]),
                bins=Expectation(total.events[None], total.errors[None]),
                totals=rates,
                total=total,
                observed=None if observed is None else observed[channel.name],
            )
        )
    if model.histograms is None:
        return tuple(channels)
    names, samples, bins = (
        model.histograms.channels,
        model.histograms.samples,
        model.histograms.bins,
    )
    first = 0
    for place, (name, each, size) in enumerate(zip(names, samples, bins, strict=True)):
        own, rows = slice(first, first + size), len(each)
        first = own.stop
        channels.append(
            ChannelYields(
                name=name,
                samples=each,
                binned=True,
                entries=pair(events.entries[:rows, own], errors.entries[:rows, own]),
                bins=pair(events.bins[own], errors.bins[own]),
                totals=pair(events.samples[:rows, place], errors.samples[:rows, place]),
                total=pair(events.totals[place], errors.totals[place]),
                observed=None if observed is None else observed[name],
            )
        )
    return tuple(channels)


def _observed(model: Model, prepared: Prepared) -> dict[str, Float[Array, " bin"]]:
    """Sums of weights of unbinned channels, counts of binned ones; NaN where masked."""
    found: dict[str, Float[Array, " bin"]] = {}
    for channel, events in zip(model.channels, prepared.channels, strict=True):
        found[channel.name] = jnp.where(events.mask, events.weights, 0.0).sum()[None]
    if model.histograms is not None and prepared.counts is not None:
        counts = jnp.where(prepared.counts.mask, prepared.counts.observed, jnp.nan)
        edges = np.cumsum([0, *model.histograms.bins])
        for name, low, high in zip(model.histograms.channels, edges[:-1], edges[1:], strict=True):
            found[name] = counts[low:high]
    return found
