r"""Whether densities that are normalised by quadrature are normalised, wherever parameters may go.

.. math:: N\,\lvert\delta \ln Z(\theta)\rvert < 10^{-3}

Their panels are chosen here, and their errors looked at, over the ranges of the parameters that
they read. An error of :math:`\ln Z` shifts the log likelihood of N expected events by N times as
much. A thousandth of a unit moves no end of an interval by more than a thousandth of its error; a
unit or more at nominal is no density any longer, and an error.
"""

from dataclasses import dataclass
from typing import final

import equinox as eqx
import numpy as np
from jaxtyping import Float

from statmodel import model, spec
from statmodel.model.channels import AnalyticChannel
from statmodel.model.densities import (
    AbstractDensity,
    AbstractIntegrated,
    FormulaDensity,
    VariedDensity,
)

from ._finding import Finding, parts_of, points_of
from ._formulas import slot_values
from ._panels import TOLERANCE, resolved_rule
from ._points import describe, in_batches, rates_at, slots_at
from ._resolved import Resolved

TOLERATED_BIAS = 1e-3
GROSS_BIAS = 1.0
_INSIDE = 16
_ON_A_LINE = (
    "Panels end at the thresholds of `where`, `abs`, `min` and `max` that are polynomials of "
    "degree one or two in the observable. Write them so, narrow the range of the observable or "
    "the bounds of the parameters, or use a density with a name."
)
_IN_A_PLANE = (
    "In two observables panels are a fixed grid. Narrow the ranges of the observables or the "
    "bounds of the parameters, smooth what is not smooth, or write a `product`."
)


def with_resolved_norms(
    built: model.Model, resolved: spec.ResolvedSpec
) -> tuple[model.Model, tuple[Finding, ...]]:
    """The model with the panels of its quadratures chosen, and what is still wrong with them."""
    findings: list[Finding] = []
    channels = list(built.channels)
    for place, document in enumerate(resolved.channels):
        channel = channels[place]
        if not isinstance(channel, AnalyticChannel):
            continue
        densities: list[AbstractDensity] = []
        for index, process in enumerate(document.processes):
            density, found = _settled(built, channel, index, process)
            densities.append(density)
            findings.extend(found)
        channels[place] = eqx.tree_at(lambda one: one.densities, channel, tuple(densities))
    return eqx.tree_at(lambda one: one.channels, built, tuple(channels)), tuple(findings)


def _settled(
    built: model.Model, channel: AnalyticChannel, index: int, process: spec.ResolvedProcess
) -> tuple[AbstractDensity, list[Finding]]:
    """The density of one process; its inner parts come first, since outer ones read them."""
    density, findings = channel.densities[index], list[Finding]()
    for place in reversed(range(len(_integrated(density, process)))):
        part, path = _integrated(density, process)[place]
        if isinstance(part, VariedDensity) and part.tables is not None:
            continue  # sums over bins
        points = points_of(built, part, inside=_INSIDE)
        others = points_of(built, part, inside=_INSIDE + len(points))[-len(points) :]
        chosen, checked = (slot_values(built.scope, one) for one in (points, others))
        resolved = resolved_rule(part, chosen, checked)
        density = eqx.tree_at(
            lambda one, place=place: _integrated(one, process)[place][0].rule,
            density,
            resolved.rule,
            is_leaf=lambda leaf: leaf is None,
        )
        every = np.concatenate([points, others])
        message = _Errors(built, channel, index, every, resolved).message(part)
        findings.extend([] if message is None else [Finding(path, *message)])
    return density, findings


def _integrated(
    density: AbstractDensity, process: spec.ResolvedProcess
) -> list[tuple[AbstractIntegrated, spec.DocumentPath]]:
    """The parts that are normalised by quadrature, the outer ones first."""
    return [
        (part, path)
        for part, path in parts_of(density, process)
        if isinstance(part, AbstractIntegrated)
    ]


@final
@dataclass(frozen=True)
class _Errors:
    """What is left of the errors of one density, for the expected events of its process."""

    built: model.Model
    channel: AnalyticChannel
    index: int
    points: Float[np.ndarray, "point parameter"]
    resolved: Resolved

    def message(self, part: AbstractIntegrated) -> tuple[str, bool] | None:
        """What to say, and whether it is fatal; the first point is nominal."""
        errors = self.resolved.errors
        if np.isnan(errors[0]):
            return f"{self._subject(part)} is zero, or not finite, at nominal.", True
        if self.resolved.worst < TOLERANCE:
            return None
        slots = slots_at(self.built.scope, in_batches(self.points))
        rates = np.abs(np.asarray(rates_at(self.channel, slots))[: len(self.points), self.index])
        bias = np.nan_to_num(rates * errors)
        worst = 0 if bias[0] > TOLERATED_BIAS else int(np.argmax(bias))
        if not bias[worst] > TOLERATED_BIAS:
            return None
        advice = _ON_A_LINE if len(part.axes) == 1 else _IN_A_PLANE
        text = (
            f"{self._subject(part)} is off by {errors[worst]:.2g} of itself at "
            f"{describe(self.built, self.points[worst])}, which shifts the log likelihood of "
            f"{rates[worst]:.4g} expected events by {bias[worst]:.2g}; at most {TOLERATED_BIAS:g} "
            f"is wanted. {advice}"
        )
        return text, bool(bias[0] > GROSS_BIAS)

    def _subject(self, part: AbstractIntegrated) -> str:
        name = self.channel.processes[self.index]
        kind = "the formula" if isinstance(part, FormulaDensity) else "the varied density"
        return f"process {name}: the integral of {kind} over its range"
