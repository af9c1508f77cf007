"""What the compiler did with the binned channels, which are one block of arrays."""

from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel import model
from statmodel.model.histograms import Counts, Histograms


@final
@dataclass(frozen=True)
class BinsExplanation:
    """All binned channels together, stage by stage."""

    channels: int
    bins: int
    rows: int
    """Samples of channels."""
    entries: int
    """Bins of samples, padding left out."""
    stored: int
    """With padding."""
    shifts: str
    """How the variations of histosys are stored."""
    codes: tuple[str, ...]
    """Interpolation of histosys."""
    factors: int
    """Parameters and formulas that multiply whole histograms, normsys among them."""
    formulas: int
    gammas: int
    """Factors of single bins."""
    eliminated: int
    """Parameters that a Newton step eliminates bin by bin."""
    kept: int
    """All others; none are divided where there are unbinned channels too."""
    bytes: int
    flops: float | None
    """Of one value, as XLA estimates it; none without data."""


def explain_bins(
    built: model.Model, histograms: Histograms, counts: Counts | None
) -> BinsExplanation:
    """Describe the block of binned channels.

    Args:
        built: the model.
        histograms: its binned channels.
        counts: bound counts; without them nothing is costed.
    """
    rows = sum(len(samples) for samples in histograms.samples)
    pairs = zip(histograms.samples, histograms.bins, strict=True)
    leaves = [leaf for leaf in jax.tree.leaves(histograms) if eqx.is_array(leaf)]
    size = built.space.size
    own = np.zeros(0, int) if built.coordinates is None else np.asarray(built.coordinates.own)
    eliminated = int((own < size).sum())
    return BinsExplanation(
        channels=len(histograms.channels),
        bins=sum(histograms.bins),
        rows=rows,
        entries=sum(len(samples) * bins for samples, bins in pairs),
        stored=int(histograms.shifts.nominal.size),
        shifts=_shifts(histograms),
        codes=histograms.shifts.codes,
        factors=int(histograms.shared.size) - histograms.first_rate,
        formulas=len(histograms.formulas),
        gammas=int((np.asarray(histograms.gammas.slots) != built.scope.one).sum()),
        eliminated=eliminated,
        kept=size - eliminated,
        bytes=sum(leaf.nbytes for leaf in leaves),
        flops=None if counts is None else _flops(built, histograms, counts),
    )


def lines(one: BinsExplanation) -> list[str]:
    """The same in words."""
    waste = 1 - one.entries / one.stored
    codes = f", {', '.join(one.codes)}" if one.codes else ""
    said = [
        f"binned channels: {one.channels} of {one.bins} bins, {one.rows} samples",
        f"  stacked: {one.entries} entries in {one.stored} places ({waste:.0%} waste), "
        f"{one.bytes / 2**20:.2f} MiB",
        f"  histosys: {one.shifts}{codes}",
        f"  multiplying: {one.factors} factors of histograms ({one.formulas} formulas), "
        f"{one.gammas} of single bins",
        f"  a Newton step keeps {one.kept} parameters and eliminates {one.eliminated} bin by bin",
    ]
    return said if one.flops is None else [*said, f"  value: {one.flops / 1e6:.3g} Mflop"]


def _shifts(histograms: Histograms) -> str:
    """Told by the shapes of the stored arrays."""
    size = histograms.shifts.size
    if not size:
        return "none"
    leaves = jax.tree.leaves(histograms.shifts.coefficients)
    stored = max(int(leaf.size) for leaf in leaves)
    dense = stored >= 2 * size * histograms.shifts.nominal.size
    kind = "a matrix" if dense else "a list for each entry"
    return f"{size} nuisance parameters as {kind}"


def _flops(built: model.Model, histograms: Histograms, counts: Counts) -> float:
    """Operations of one value; the data are arguments, as they are in a fit."""
    free = built.space.to_free(built.space.values(built.space.point()))
    arrays, rest = eqx.partition((histograms, counts), eqx.is_array)

    def value(at: model.FreeVector, given: tuple[Histograms, Counts]) -> Float[Array, ""]:
        whole, observed = eqx.combine(given, rest)
        return whole.log_prob(built.scope.at_free(at), observed)

    analysis = jax.jit(value).lower(jnp.asarray(free), arrays).cost_analysis() or {}
    return float(analysis.get("flops", np.nan))
