r"""Maximum likelihood: :math:`\hat\theta = \arg\min_\theta -\log L(\theta)`, with its covariance.

.. math:: V = H^{-1}, \qquad H_{kl} = -\frac{\partial^2 \log L}{\partial\theta_k\,\partial\theta_l}

over all free parameters together, at the optimum. Parameters that rest on a bound are held there.
"""

import dataclasses
import functools
import importlib.metadata
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from statmodel.data import Dataset
from statmodel.model import FreeVector, Model, Prepared

from ._arguments import checked_choice, checked_count, checked_vector
from ._backends import MINIMIZERS, POLISH, Minimizer, described, search
from ._batch import Work, fit_batch
from ._bound import size_of
from ._degeneracy import flat_directions, flat_findings, root_finding, runaway_finding
from ._finding import Finding
from ._hidden import elsewhere
from ._minima import LocalMinima
from ._multistart import Ending, distinct_minima, lowest, start_points
from ._programs import Fitted, fit_arrays
from ._results import Covariance, FitResult, Provenance
from .minimisers._box import Box
from .minimisers._extent import outside
from .minimisers._minimise import MAX_STEPS, scale_of
from .minimisers._status import Status

CONSTANTS = "log n! of unbinned channels; densities of ratio channels are relative to the reference"


def fit(  # noqa: PLR0913 (what may be asked of a fit)
    model: Model,
    data: Dataset | Prepared,
    *,
    start: Mapping[str, ArrayLike] | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    minimizer: Minimizer = "newton",
    starts: int = 1,
    key: Array | None = None,
    max_steps: int = MAX_STEPS,
    covariance: bool = True,
) -> FitResult:
    """Maximise the likelihood over all parameters that are not fixed.

    Args:
        model: the compiled likelihood.
        data: a data set, or what `model.bind` made of one. Bound data sets along a leading axis
            are fitted one after the other on each core, all from one start; so is the result.
        start: starting values by name; the document's elsewhere.
        fixed: parameters held at the given values, beside those that the document fixes. Other
            names or values do not recompile anything.
        minimizer: `newton`, the exact Hessian at each step; `lbfgs`, gradients between one Hessian
            at the start and one at the end; `optimistix` or `minuit`, the minimisers of those
            packages.
        starts: how many points to start from; the lowest minimum is the result, and all of them
            are in `minima`. The first start is `start`, the others are spread over the bounds,
            or over three widths before the fit.
        key: of the starts; without one they are the same in every call.
        max_steps: most evaluations, refused steps included.
        covariance: False leaves out errors and covariance, which are NaN then. Fits of many data
            sets to models of binned channels take half the time without: the end is judged by the
            curvature of a point nearby.

    Returns:
        The result; look at `ok` and `message` before any number.

    Raises:
        ValueError: with every unknown name, and every value that is no number or out of bounds.
        ModuleNotFoundError: the minimiser's package is not installed.
    """
    values = checked_vector(model.space, {"start": start, "fixed": fixed})
    minimizer = checked_choice(minimizer, MINIMIZERS, "minimizer")
    count, most = checked_count(starts, "starts"), checked_count(max_steps, "max_steps")
    held = jnp.asarray(model.space.fixed_mask() | np.isin(model.space.names, list(fixed or {})))
    prepared = model.prepared(data)
    first = model.space.to_free(jnp.asarray(values))
    if size_of(prepared) is not None:
        if minimizer != "newton" or count > 1:
            msg = 'fit: several data sets are fitted with one start, and `minimizer="newton"`.'
            raise ValueError(msg)
        return several_fits(model, Work(prepared, first, held, first), most, covariance=covariance)
    points = start_points(model, prepared, first, fixed=held, count=count, key=key)
    fits = [
        fit_once(model, prepared, one, held, minimizer=minimizer, max_steps=most) for one in points
    ]
    best, minima = 0, None
    if count > 1:
        endings = [Ending.of(one.minimum) for one in fits]
        best, minima = lowest(endings), distinct_minima(model, endings)
    said = described(minimizer)
    result = as_result(
        model, fits[best], held, digest=digest_of(data), minimiser=said, minima=minima
    )
    return result if covariance else _without_errors(result)


def _without_errors(result: FitResult) -> FitResult:
    none = Covariance(result.names, jnp.full_like(result.covariance.matrix, jnp.nan))
    errors = jnp.full_like(result.errors, jnp.nan)
    return dataclasses.replace(result, errors=errors, covariance=none)


def several_fits(model: Model, work: Work, max_steps: int, *, covariance: bool) -> FitResult:
    """Many fits as one result."""
    names = model.space.names
    found = fit_batch(model, work, max_steps, covariance=covariance)
    ended, full = jax.tree.map(jnp.asarray, found)
    none = np.full(ended.values.shape, np.nan)
    # Not one matrix a data set: nobody looks at numbers that are none.
    unknown = np.full((len(names), len(names)), np.nan)
    return FitResult(
        measurement=model.measurement.name,
        pois=model.measurement.pois,
        names=names,
        values=ended.values,
        errors=jnp.asarray(none) if full is None else full.errors,
        pulls=ended.pulls,
        covariance=Covariance(names, jnp.asarray(unknown) if full is None else full.covariance),
        nll=ended.value,
        edm=ended.edm,
        at_bound=ended.at_bound,
        fixed=jnp.asarray(np.broadcast_to(np.asarray(work.fixed), none.shape)),
        steps=ended.steps,
        status=ended.status,
        flat_direction=jnp.zeros_like(ended.values) if full is None else full.flat_direction,
        provenance=provenance_of(model, "", described("newton")),
    )


def as_result(
    model: Model,
    fitted: Fitted,
    fixed: Bool[Array, " parameter"],
    *,
    digest: str = "",
    minimiser: str = "",
    minima: LocalMinima | None = None,
) -> FitResult:
    """The arrays of a fit under their names, with provenance."""
    minimum, space = fitted.minimum, model.space
    findings, direction = _directions(model, fitted, fixed, searched=minima is not None)
    return FitResult(
        measurement=model.measurement.name,
        pois=model.measurement.pois,
        names=space.names,
        values=fitted.values,
        errors=fitted.errors,
        pulls=fitted.pulls,
        covariance=Covariance(space.names, fitted.covariance),
        nll=minimum.value,
        edm=minimum.edm,
        at_bound=fitted.at_bound,
        fixed=fixed,
        steps=minimum.steps,
        status=minimum.status,
        flat_direction=direction,
        provenance=provenance_of(model, digest, minimiser or described("newton")),
        minima=minima,
        findings=findings,
    )


def fit_once(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    fixed: Bool[Array, " parameter"],
    *,
    minimizer: Minimizer,
    max_steps: int,
) -> Fitted:
    """From one start: a search, where the minimiser is not Newton's, and the Newton minimiser."""
    box = Box.of(model.space, fixed)

    def newton(begin: FreeVector, steps: int) -> Fitted:
        return fit_arrays(model, prepared, begin, box, steps, start)

    def completed(fitted: Fitted) -> Fitted:
        """The lowest of the end of a fit and of what may lie hidden from it."""
        others = elsewhere(
            model,
            prepared,
            fitted.minimum,
            fitted.extent,
            fixed=fixed,
            look=lambda point: newton(point, 1).minimum,
        )
        if not others:
            return fitted
        ends = [fitted, *(newton(point, max_steps) for point in others)]
        places = [Ending.of(end.minimum) for end in ends]
        return ends[lowest(places)]

    if minimizer == "newton":
        return completed(newton(start, max_steps))
    opened = newton(start, 1)  # the same program, stopped after the Hessian at the start
    if opened.minimum.status != Status.STEP_LIMIT:
        return opened
    reached = search(
        minimizer,
        model,
        prepared,
        opened.minimum.at,
        hessian=opened.minimum.hessian,
        fixed=fixed,
        max_steps=max_steps,
    )
    last = newton(reached.at, POLISH)
    steps = opened.minimum.steps + reached.steps + last.minimum.steps
    return completed(last._replace(minimum=last.minimum._replace(steps=steps)))


def _directions(
    model: Model, fitted: Fitted, fixed: Bool[Array, " parameter"], *, searched: bool
) -> tuple[tuple[Finding, ...], Float[Array, "*batch parameter"]]:
    """What the minimiser has to say of one fit beside its status, and the direction to name."""
    minimum, names = fitted.minimum, model.space.names
    told = fitted.flat_direction
    if minimum.status.ndim:
        return (), told
    # On a bound, but flat there: the mass of a signal of strength 0 is to be named.
    free = ~np.asarray(fixed) & ~np.asarray(minimum.active)
    match Status(int(minimum.status)):
        case Status.FLAT_DIRECTION:
            scale = np.asarray(scale_of(minimum.hessian, fitted.extent))
            every = flat_directions(np.asarray(minimum.hessian), free, scale)
            return flat_findings(names, every), jnp.asarray(every[0]) if len(every) else told
        case Status.UNBOUNDED:
            widths_out = np.where(free, np.asarray(outside(fitted.extent, minimum.at)), 0.0)
            away = widths_out if widths_out.any() else np.where(free, np.abs(told), 0.0)
            return (runaway_finding(names, np.asarray(fitted.values), away),), told
        case _:
            rooted = [names[k] for k in model.space.rooted if not fixed[k]]
            return (root_finding(rooted),) if rooted and not searched else (), told


def digest_of(data: Dataset | Prepared) -> str:
    """Fingerprint of a data set; empty for bound data."""
    return data.digest() if isinstance(data, Dataset) else ""


def provenance_of(model: Model, digest: str, minimiser: str) -> Provenance:
    """What made a result of this model."""
    return Provenance(
        spec=model.measurement.digest,
        data=digest,
        versions=_versions(),
        minimiser=minimiser,
        constants=CONSTANTS,
        notes=model.notes,
    )


@functools.cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Of the packages that a fit is made with; read from files, so once."""
    packages = ("statmodel", "jax", "jaxlib", "equinox", "numpy")
    return tuple((name, importlib.metadata.version(name)) for name in packages)
