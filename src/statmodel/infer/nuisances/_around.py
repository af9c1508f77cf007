r"""The surroundings of a best fit: its covariance over the parameters that move, and C.

With :math:`H = V^{-1}` the Hessian over them, :math:`H = H_\mathrm{data} + C`, where C is the part
of the constraints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from statmodel._errors import suggestion
from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._constrained import constraint_information, constraint_widths
from statmodel.infer._results import FitResult
from statmodel.model import Model, Prepared


@final
@dataclass(frozen=True, eq=False)
class Around:
    """What pulls, impacts and breakdowns are made of.

    Attributes:
        model: the likelihood.
        prepared: the data.
        result: their fit.
        values: best-fit values.
        free: parameters that move: neither fixed nor on a bound.
        covariance: V, in the user's units; NaN where the fit failed.
        constraints: C at the best fit.
        widths: of each parameter before the fit; infinite where nothing constrains it.
        observed: its auxiliary observation; NaN where there is none.
    """

    model: Model
    prepared: Prepared
    result: FitResult
    values: Float[np.ndarray, " parameter"]
    free: Bool[np.ndarray, " parameter"]
    covariance: Float[np.ndarray, "parameter parameter"]
    constraints: Float[np.ndarray, "parameter parameter"]
    widths: Float[np.ndarray, " parameter"]
    observed: Float[np.ndarray, " parameter"]

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    @classmethod
    def of(
        cls, model: Model, data: Dataset | Prepared, result: FitResult, function: str
    ) -> "Around":
        """Look once.

        Raises:
            ValueError: several data sets, their fits, or a fit of another model.
        """
        prepared = one_data_set(model, data, function)
        if result.status.ndim or result.names != model.space.names:
            what = "of several data sets" if result.status.ndim else "of another model"
            msg = f"`{function}(result=...)` is the fit {what}"
            raise ValueError(msg)
        values = np.asarray(result.values)
        information = constraint_information(model, prepared, values)
        constrained = np.isfinite(np.asarray(model.prefit_widths()))
        return cls(
            model=model,
            prepared=prepared,
            result=result,
            values=values,
            free=~np.asarray(result.fixed) & ~np.asarray(result.at_bound),
            covariance=np.asarray(result.covariance.matrix),
            constraints=information,
            widths=constraint_widths(model, information),
            observed=np.where(constrained, np.asarray(prepared.auxiliary), np.nan),
        )

    @property
    def errors(self) -> Float[np.ndarray, " parameter"]:
        """Square roots of the variances; NaN where a parameter does not move."""
        variance = np.diagonal(self.covariance)
        return np.sqrt(np.where(self.free & (variance > 0), variance, np.nan))

    @property
    def hessian(self) -> Float[np.ndarray, "parameter parameter"]:
        """H over the parameters that move, zero elsewhere; NaN where the fit failed."""
        found = np.full_like(self.covariance, np.nan)
        if np.isfinite(self.covariance).all():
            found[:] = 0.0
            own = np.ix_(self.free, self.free)
            found[own] = np.linalg.inv(self.covariance[own])
        return found

    @property
    def labels(self) -> tuple[str, ...]:
        """How to write the parameters in a picture."""
        return tuple(self.model.measurement.label(name) for name in self.model.space.names)

    def poi(self, name: str | None, function: str) -> int:
        """The place of the parameter that is asked about: the first of interest by default.

        Raises:
            ValueError: there is no such parameter, or none of interest.
        """
        names, pois = self.model.space.names, self.model.measurement.pois
        asked = name if name is not None else next(iter(pois), None)
        if asked is None:
            msg = f"`{function}`: the measurement has no parameter of interest; give `poi=...`"
            raise ValueError(msg)
        if asked not in names:
            near = suggestion(asked, names, "Parameters")
            msg = f'`{function}(poi=...)`: there is no parameter "{asked}".{near}'
            raise ValueError(msg)
        return names.index(asked)


def blocks_of(constraints: Float[np.ndarray, "parameter parameter"]) -> Sequence[tuple[int, ...]]:
    """Parameters whose constraints are joint, together; each other constrained one alone."""
    linked = constraints != 0
    left = set(np.flatnonzero(linked.any(axis=0)).tolist())
    found: list[tuple[int, ...]] = []
    while left:
        block, new = set[int](), {min(left)}
        while new:
            block |= new
            new = set(np.flatnonzero(linked[sorted(new)].any(axis=0)).tolist()) - block
        found.append(tuple(sorted(block)))
        left -= block
    return found
