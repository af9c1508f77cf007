"""Posterior densities, and marginal likelihoods side by side."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.bayes import LEVELS, BayesFactor, Evidence, Posterior

from ._toys_table import brief


def posterior_table(found: Posterior) -> Table:
    """One row a parameter, those of interest first."""
    chains, draws = found.log_density.shape
    title = f"Posterior: {chains} chains of {draws} draws, {found.divergences} divergences"
    table = _plain(f"{title}, {f'focus {found.focus}' if found.focus else 'no focus'}")
    table.add_column("parameter", no_wrap=True)
    for head in ("mean", "sd", f"{100 * LEVELS[0]:.4g} % HPD", "R-hat", "effective"):
        table.add_column(head, justify="right", no_wrap=True)
    first = [name for name in found.pois if name in found.draws]
    for name in [*first, *(name for name in found.names if name not in first)]:
        convergence = found.convergence[name]
        low, high = found.hpd(name)
        table.add_row(
            name,
            f"{found.mean(name):.4g}",
            f"{found.sd(name):.3g}",
            f"[{low:.4g}, {high:.4g}]",
            f"{convergence.r_hat:.3f}",
            f"{convergence.effective:.0f}",
        )
    table.caption = Text(found.message, style="" if found.ok else "yellow")
    return table


def evidence_table(found: Sequence[Evidence], factors: Sequence[BayesFactor] = ()) -> Table:
    """One row a marginal likelihood, and its Bayes factor to the first.

    Args:
        found: of the same data.
        factors: of each but the first to the first.
    """
    table = _plain("Marginal likelihoods")
    table.add_column("prior", no_wrap=True)
    table.add_column("ln Z", justify="right", no_wrap=True)
    if factors:
        table.add_column("ln of Bayes factor", justify="right", no_wrap=True)
        table.add_column("Bayes factor", justify="right", no_wrap=True)
    table.add_column("method", no_wrap=True)
    table.add_column("", overflow="fold")
    for place, one in enumerate(found):
        beside = [] if not factors else ["", "1"] if place == 0 else _of(factors[place - 1])
        table.add_row(
            f"focus {one.focus}" if one.focus else "even",
            brief(one.log, one.error),
            *beside,
            one.method,
            "" if one.ok else Text(one.message, style="yellow"),
        )
    flat = sorted({name for one in found for name in one.flat})
    if flat:
        table.caption = Text(
            f"{', '.join(flat)}: neither constraint nor prior; the measure has density 1"
        )
    return table


def _of(factor: BayesFactor) -> list[str]:
    return [brief(factor.log, factor.error), f"{factor.value:.3g}"]


def _plain(title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(title), pad_edge=False, min_width=72)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    return table
