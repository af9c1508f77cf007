r"""Fisher information: what data that the model expects would say of its parameters.

With R = m(x | theta) / m(x | theta_0) and w the weights of the Asimov data of theta_0,

.. math:: I_{ij} = \sum_x w\, \partial_i R\, \partial_j R
   + \sum_b \frac{\partial_i\lambda_b\, \partial_j\lambda_b}{\lambda_b} + \delta_{ij}/\delta_i^2

The information on some parameters, others profiled, is the inverse of their block of the inverse,
:math:`I_{aa} - I_{ab} I_{bb}^{-1} I_{ba}`: a second measurement of those others adds to it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float

from statmodel._errors import suggestion
from statmodel.model import Model

from ._asimov import asimov
from ._constrained import constraint_information
from ._fit import provenance_of
from ._result_json import number
from ._results import Provenance
from ._scores import squared_scores

_FLAT = 1e-12
"""Of the largest eigenvalue: the rounding of derivatives."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Fisher:
    """The information of Asimov data, on the parameters that vary.

    Attributes:
        names: of these parameters.
        point: all parameters.
        information: in the user's units, constraints included.
        from_constraints: the part of the constraints.
        provenance: of the model.
    """

    names: tuple[str, ...]
    point: Mapping[str, float]
    information: Float[np.ndarray, "parameter parameter"]
    from_constraints: Float[np.ndarray, "parameter parameter"]
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether it is finite, and says something of every parameter."""
        return math.isfinite(self.condition)

    @property
    def condition(self) -> float:
        """The condition number in units of each parameter's own information."""
        matrix = self.information
        if not np.isfinite(matrix).all() or (np.diagonal(matrix) <= 0).any():
            return math.inf
        scale = 1 / np.sqrt(np.diagonal(matrix))
        found = np.linalg.eigvalsh(matrix * np.outer(scale, scale))
        return float(found[-1] / found[0]) if found[0] > _FLAT * found[-1] else math.inf

    @property
    def message(self) -> str:
        """Whether the information can be inverted; else what is wrong, by name."""
        diagonal = np.diagonal(self.information)
        endless = [n for n, d in zip(self.names, diagonal, strict=True) if not np.isfinite(d)]
        if endless:
            return (
                f"the information on {', '.join(endless)} is infinite here: a square root "
                "vanishes. Choose a point away from there"
            )
        nothing = [n for n, d in zip(self.names, diagonal, strict=True) if d <= 0]
        if nothing:
            return f"these data say nothing of {', '.join(nothing)} here; fix them"
        if not self.ok:
            return "parameters are degenerate here: only combinations are measured"
        return "inverted"

    @property
    def covariance(self) -> Float[np.ndarray, "parameter parameter"]:
        """The inverse; NaN where there is none."""
        if not self.ok:
            return np.full_like(self.information, np.nan)
        scale = 1 / np.sqrt(np.diagonal(self.information))
        outer = np.outer(scale, scale)
        return np.linalg.inv(self.information * outer) * outer

    @property
    def errors(self) -> dict[str, float]:
        """Expected errors (Cramer-Rao), all others free."""
        widths = np.sqrt(np.diagonal(self.covariance))
        return dict(zip(self.names, widths.tolist(), strict=True))

    def profiled(self, names: Sequence[str]) -> Float[np.ndarray, "some some"]:
        """The information on some parameters, all others profiled.

        Raises:
            KeyError: a parameter is unknown or does not vary.
        """
        for name in names:
            if name not in self.names:
                msg = f'"{name}" does not vary here.{suggestion(name, self.names, "These do")}'
                raise KeyError(msg)
        places = [self.names.index(name) for name in names]
        block = self.covariance[np.ix_(places, places)]
        return np.linalg.inv(block) if self.ok else np.full_like(block, np.nan)

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""

        def plain(matrix: Float[np.ndarray, "one other"]) -> list[list[float | None]]:
            return [[number(one) for one in row] for row in matrix]

        document = {
            "status": {"ok": self.ok, "message": self.message},
            "point": dict(self.point),
            "names": list(self.names),
            "information": plain(self.information),
            "from_constraints": plain(self.from_constraints),
            "covariance": plain(self.covariance),
            "errors": {name: number(one) for name, one in self.errors.items()},
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def fisher(model: Model, point: Mapping[str, ArrayLike] | None = None) -> Fisher:
    """The Fisher information of the data that the model expects at a point.

    Args:
        model: the compiled likelihood.
        point: parameters by name; the document's starting values elsewhere.

    Returns:
        The information on all parameters that are not fixed; look at `message` first.

    Raises:
        ValueError: the model has no Asimov data there.
        KeyError: there is no such parameter.

    Example:
        >>> import statmodel as sm
        >>> model, _ = sm.compile({
        ...     "channels": [{"name": "SR", "samples": [
        ...         {"name": "signal", "data": [25.0], "modifiers": [
        ...             {"name": "mu", "type": "normfactor", "data": None}]}]}],
        ...     "observations": [{"name": "SR", "data": [25]}],
        ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        ...     "version": "1.0.0"})
        >>> sm.fisher(model).errors  # 1 / sqrt(25)
        {'mu': 0.2}
    """
    at = model.space.point(point or {})
    values = jnp.asarray(model.space.values(at))
    data = asimov(model, at)
    scores = np.asarray(squared_scores(model, values, data, squared=False))
    known = constraint_information(model, data, np.asarray(values))
    free = np.flatnonzero(~np.asarray(model.space.fixed_mask()))
    block = np.ix_(free, free)
    return Fisher(
        names=tuple(model.space.names[place] for place in free),
        point=dict(zip(model.space.names, np.asarray(values, float).tolist(), strict=True)),
        information=(scores + known)[block],
        from_constraints=known[block],
        provenance=provenance_of(model, "", ""),
    )
