"""What toys gave, as tables: tests beside their asymptotic ones, bias and pulls."""

import math
from collections.abc import Iterator

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import Bias, Calibration, Estimate, Goodness, Tail, ToyTest

_DOUBTFUL = 3.0
"""Errors away from what should be."""
_LOW = 0.01


def toy_test_table(found: ToyTest) -> Table:
    """Probabilities from toys and from asymptotic formulas."""
    theirs = found.asymptotic.point
    table = _plain(f"Test of {found.poi} = {found.mu:g} with toys, {found.statistic}")
    for head in ("", "toys", "", "asymptotic"):
        table.add_column(head, justify="right" if head else "left")
    table.add_row("test statistic", f"{found.test_statistic:.5g}", "", "")
    first = "p0" if found.statistic == "q0" else "CLs+b"
    table.add_row(first, *_tail(found.CLsb), f"{theirs.CLsb_obs:.4g}")
    table.add_row("CLb", *_tail(found.CLb), f"{theirs.CLb_obs:.4g}")
    if math.isfinite(found.CLs):
        error = f"+- {found.CLs_error:.2g}"
        table.add_row("CLs", f"{found.CLs:.4g}", error, f"{theirs.CLs_obs:.4g}")
        table.add_row("CLs expected", f"{found.CLs_exp[2]:.4g}", "", f"{theirs.CLs_exp[2]:.4g}")
    if found.statistic == "q0":
        z = found.CLsb.significance
        shown = f"{z:.3g}" if math.isfinite(z) else f"> {_least(found.CLsb):.3g}"
        root = math.sqrt(max(theirs.test_statistic, 0.0))
        table.add_row("significance", shown, "", f"{root:.3g}")
    table.caption = Text("\n").join(
        [Text(found.message, style="" if found.ok else "yellow"), Text(found.ensemble)]
    )
    return table


def bias_table(found: Bias) -> Table:
    """One row a parameter; what is three errors from where it should be stands out."""
    table = _plain("Estimates of toys")
    table.add_column("parameter", overflow="fold", min_width=12)
    for head in ("bias", "error/spread", "pull mean", "pull width", "covered", "none"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in found.parameters:
        table.add_row(one.name, *_row(one))
    table.caption = Text("\n").join(_captions(found))
    return table


def gof_table(found: Goodness) -> Table:
    """One row a statistic; p-values below one in a hundred stand out."""
    table = _plain("Goodness of fit")
    table.add_column("statistic", no_wrap=True)
    table.add_column("of", overflow="fold")
    for head in ("data", "mean of toys", "p", "", "asymptotic"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in found.tests:
        known = one.toys[np.isfinite(one.toys)]
        p, error = _tail(one.p)
        low = one.p.toys > 0 and one.p.probability < _LOW
        theirs = f"{one.asymptotic:.3g} ({one.degrees})" if one.degrees else ""
        table.add_row(
            one.statistic,
            " ".join(part for part in (one.channel, one.observable) if part) or "all bins",
            f"{one.value:.4g}",
            f"{known.mean():.3g}" if known.size else "",
            Text(p, style="yellow" if low else ""),
            error,
            theirs,
        )
    lines = [Text(found.message, style="" if found.ok else "yellow"), Text(found.ensemble)]
    lines += [Text(f"not made: {one}") for one in found.left_out]
    table.caption = Text("\n").join(lines)
    return table


def _row(one: Calibration) -> tuple[str | Text, ...]:
    return (
        _marked(one.bias, 0.0),
        f"{one.mean_error.value / one.spread.value:.3g}" if one.spread.value else "",
        _marked(one.pull_mean, 0.0),
        _marked(one.pull_width, 1.0),
        f"{100 * one.covered.probability:.1f}",
        f"{100 * one.at_bound:.1f}" if one.at_bound else "",
    )


def _marked(one: Estimate, expected: float) -> Text:
    """With its error; yellow where it is far from what is expected."""
    far = abs(one.away(expected)) > _DOUBTFUL
    return Text(brief(one.value, one.error), style="yellow" if far else "")


def brief(value: float, error: float) -> str:
    """A number with its error in its last digits.

    Example:
        >>> brief(0.01234, 0.0021), brief(-123.4, 15.2), brief(1.0, float("nan"))
        ('0.0123(21)', '-123(15)', '1')
    """
    if not error > 0:
        return f"{value:.4g}"
    digits = max(1 - math.floor(math.log10(error)), 0)
    return f"{value:.{digits}f}({error * 10**digits:.0f})"


def _captions(found: Bias) -> Iterator[Text]:
    for one in found.coverage:
        held = ", ".join(f"{name} = {value:g}" for name, value in one.held.items())
        p, error = 100 * one.covered.probability, 100 * one.covered.error
        yield Text(
            f"profile likelihood: {held} inside the {100 * one.level:.4g} % set in "
            f"{p:.2f} +- {error:.2f} %"
        )
    yield Text(
        "error/spread: mean error of the fits over the spread of the estimates; covered: % of toys "
        "within one error of the truth; none: % without an error"
    )
    yield Text(found.message)


def _tail(one: Tail) -> tuple[str, str]:
    if one.toys and not one.above:
        return f"< {one.interval[1]:.2g}", f"0 of {one.toys}"
    return f"{one.probability:.4g}", f"+- {one.error:.2g}"


def _least(one: Tail) -> float:
    """Standard deviations of the largest probability that no toy in the tail leaves."""
    return Tail(1, round(1 / one.interval[1])).significance if one.toys else math.nan


def _plain(title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(title), pad_edge=False, min_width=72)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    return table
