"""Lengths of the confidence sets of two searches, beside what others found.

python docs/focused_intervals.py                    finds all anew (half an hour), fills the page
python docs/focused_intervals.py lengths averages   finds these anew: also coverages
python docs/focused_intervals.py --fill             fills the page from the numbers that are kept
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, final

import jax

import statmodel as sm
from statmodel.infer import coverage, focus_study, neyman_several
from statmodel.spec import build_spec

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "focused-intervals.md"
KEPT = PAGE.with_suffix(".json")
LEVELS = (0.6827, 0.9545)
STATISTICS = MappingProxyType({"LRS": sm.LRS(), "wide": sm.FTS("wide"), "narrow": sm.FTS("narrow")})
TOYS, EVALUATED = 100_000, 8_000
FAR = (5.0, 10.0, 15.0, 20.0)
"""True values away from the focuses of the search for dark matter."""
RATES = (-1.5, 0.0, 1.5)
"""Standard deviations of the constraint."""

Others: TypeAlias = Mapping[tuple[str, float, str], tuple[float, float]]
"""By statistic, truth and figure: at both levels."""
Row: TypeAlias = Mapping[str, float | str]

_MARK = re.compile(
    r"(<!-- (lengths|averages|far|coverages)(?:: (\S+))? -->\n)(.*?)(<!-- end -->)", re.DOTALL
)
_HEADS = MappingProxyType(
    {"LRS": "likelihood ratio", "wide": "focus `wide`", "narrow": "focus `narrow`"}
)


@final
@dataclass(frozen=True)
class Study:
    """What confidence sets of a shipped spec do.

    Attributes:
        truths: true values of the parameter of interest.
        others: what others found, by who they are. "length" is a mean, "upper" a median.
    """

    truths: tuple[float, ...]
    others: Mapping[str, Others]


STUDIES: Mapping[str, Study] = MappingProxyType(
    {
        "higgs_mass": Study(
            (1.0,),
            {
                "published": {
                    ("LRS", 1.0, "length"): (1.08, 2.01),
                    ("wide", 1.0, "length"): (0.94, 1.89),
                    ("narrow", 1.0, "length"): (0.85, 1.79),
                },
                "simulation": {
                    ("LRS", 1.0, "length"): (1.08, 1.99),
                    ("wide", 1.0, "length"): (0.94, 1.90),
                    ("narrow", 1.0, "length"): (0.84, 1.81),
                },
            },
        ),
        "higgs_tautau_unbinned": Study(
            (1.0,),
            {
                "simulation": {
                    ("LRS", 1.0, "length"): (1.10, 2.06),
                    ("wide", 1.0, "length"): (0.96, 1.95),
                    ("narrow", 1.0, "length"): (0.86, 1.87),
                },
            },
        ),
        "lz_like": Study(
            (0.0, 1.0),
            {
                "published": {
                    ("LRS", 0.0, "length"): (5.99, 13.87),
                    ("wide", 0.0, "length"): (4.68, 11.47),
                    ("narrow", 0.0, "length"): (3.89, 11.29),
                    ("LRS", 1.0, "length"): (7.08, 15.18),
                    ("wide", 1.0, "length"): (5.29, 12.82),
                    ("narrow", 1.0, "length"): (4.68, 12.75),
                    ("LRS", 0.0, "upper"): (4.97, 12.59),
                    ("wide", 0.0, "upper"): (4.25, 10.98),
                    ("narrow", 0.0, "upper"): (2.73, 11.14),
                },
                "simulation": {
                    ("LRS", 0.0, "length"): (5.95, 14.03),
                    ("wide", 0.0, "length"): (4.66, 11.71),
                    ("narrow", 0.0, "length"): (3.99, 11.48),
                    ("LRS", 1.0, "length"): (6.82, 15.36),
                    ("wide", 1.0, "length"): (5.12, 12.96),
                    ("narrow", 1.0, "length"): (4.70, 12.82),
                    ("LRS", 0.0, "upper"): (5.00, 12.70),
                    ("wide", 0.0, "upper"): (3.90, 11.20),
                    ("narrow", 0.0, "upper"): (2.50, 11.20),
                },
            },
        ),
    }
)
"""Two searches with a published table of lengths, and independent simulations of these models."""
AVERAGES: Mapping[float, float] = MappingProxyType(
    {0.0: 9.16, 1.0: 7.55, 2.0: 7.28, 5.0: 6.97, 10.0: 7.45}
)
"""Mean lengths by such a simulation, by width of the focus; of the likelihood ratio at 0."""


def lengths(
    name: str,
    truths: Sequence[float] = (),
    *,
    toys: int = TOYS,
    evaluated: int = EVALUATED,
    grid: int | Sequence[float] = 81,
    span: tuple[float, float] | None = None,
) -> list[Row]:
    """Lengths and coverage of the sets of a shipped spec, statistics side by side.

    Args:
        name: of the spec.
        truths: true values; those of others by default.
        toys: of critical values.
        evaluated: toys of each truth.
        grid: hypotheses, or how many.
        span: what they cover.

    Raises:
        ValueError: critical values may not be used.
    """
    model, _ = sm.compile(ROOT / "specs" / f"{name}.yaml")
    curves = neyman_several(
        model,
        list(STATISTICS.values()),
        key=jax.random.key(1),
        toys=toys,
        grid=grid,
        span=span,
    )
    problems = [one.message for one in curves if not one.ok]
    if problems:
        raise ValueError("; ".join(problems))
    said = {one.said: name for name, one in zip(STATISTICS, curves, strict=True)}
    at = truths or STUDIES[name].truths
    found = coverage(model, curves, at, key=jax.random.key(2), toys=evaluated, levels=LEVELS)
    return [
        {
            "statistic": said[row.statistic],
            "mu": row.mu,
            "level": row.level,
            "length": row.length,
            "length_error": row.length_error,
            "upper": row.upper,
            "covered": row.covered.probability,
            "away": row.away,
        }
        for row in found.rows
    ]


def averages(
    widths: Sequence[float] = (1.0, 2.0, 5.0, 10.0), *, toys: int = TOYS, evaluated: int = EVALUATED
) -> list[Row]:
    """Mean lengths in the search for dark matter, true values being drawn from the focus `wide`.

    Args:
        widths: of focuses at 0; the likelihood ratio is there as a width of 0.
        toys: of critical values.
        evaluated: toys whose sets are looked at.

    Raises:
        ValueError: critical values may not be used.
    """
    model, _ = sm.compile(ROOT / "specs" / "lz_like.yaml")
    found = focus_study(
        model,
        [0.0],
        widths,
        key=jax.random.key(1),
        truth="wide",
        toys=toys,
        evaluation_toys=evaluated,
    )
    if not found.ok:
        raise ValueError(found.message)
    return [
        {
            "width": row.width or 0.0,
            "length": row.length,
            "length_error": row.error,
            "shorter": row.shorter,
            "shorter_error": row.shorter_error,
        }
        for row in found.rows
    ]


def coverages(*, toys: int = 8000, evaluated: int = 1500) -> list[Row]:
    """Coverage in the search for dark matter where the rate of electron recoils is 20 % uncertain.

    Args:
        toys: of critical values, with the rate at its conditional estimates.
        evaluated: toys of each truth.

    Raises:
        ValueError: critical values may not be used.
    """
    path = ROOT / "specs" / "lz_like.yaml"
    _, data = sm.compile(path)
    spec = sm.load_spec(path).model_dump(mode="json", exclude_none=True)
    spec["channels"][0]["processes"][0]["modifiers"] = [
        {"type": "normsys", "name": "rate", "data": {"hi": 1.2, "lo": 0.8}}
    ]
    del spec["observations"]
    model, _ = sm.compile(build_spec(spec))
    curves = neyman_several(
        model,
        list(STATISTICS.values()),
        key=jax.random.key(1),
        toys=toys,
        grid=31,
        data=data,
    )
    problems = [one.message for one in curves if not one.ok]
    if problems:
        raise ValueError("; ".join(problems))
    said = {one.said: name for name, one in zip(STATISTICS, curves, strict=True)}
    at = [{"mu": mu, "rate": rate} for mu in (0.0, 1.0, 5.0) for rate in RATES]
    found = coverage(model, curves, at, key=jax.random.key(2), toys=evaluated, levels=LEVELS)
    return [
        {
            "statistic": said[row.statistic],
            "mu": row.mu,
            "rate": row.nuisances["rate"],
            "level": row.level,
            "covered": row.covered.probability,
            "away": row.away,
        }
        for row in found.rows
    ]


def compared(name: str, rows: Sequence[Row]) -> Iterator[tuple[str, str, float, float]]:
    """What others found beside ours: who, what, theirs, ours."""
    ours = {(row["statistic"], row["mu"], row["level"]): row for row in rows}
    for who, numbers in STUDIES[name].others.items():
        for (statistic, mu, figure), pair in numbers.items():
            for level, theirs in zip(LEVELS, pair, strict=True):
                found = float(ours[statistic, mu, level][figure])
                yield who, f"{statistic}, {figure}, mu = {mu:g}, {level}", theirs, found


def filled(page: str, kept: Mapping) -> str:
    """A page with every marked part made anew."""

    def part(mark: re.Match[str]) -> str:
        match mark[2]:
            case "lengths":
                text = _lengths_table(mark[3], kept["lengths"][mark[3]])
            case "averages":
                text = _averages_table(kept["averages"])
            case "far":
                text = _far_table(kept["far"])
            case _:
                text = _coverages_table(kept["coverages"])
        return f"{mark[1]}\n{text}\n\n{mark[5]}"

    return _MARK.sub(part, page)


def _lengths_table(name: str, rows: Sequence[Row]) -> str:
    """Both levels in a cell, the second in brackets; a row for each of us."""
    others = STUDIES[name].others
    lines = ["| | | " + " | ".join(_HEADS.values()) + " |", "|---|---|" + "---|" * len(_HEADS)]
    ours = {(row["statistic"], row["mu"], row["level"]): row for row in rows}
    figures = {(mu, figure) for numbers in others.values() for _, mu, figure in numbers}
    for figure in ("length", "upper"):
        for mu in sorted(mu for mu, one in figures if one == figure):
            what = "mean length" if figure == "length" else "median upper end"
            cells = [[float(ours[s, mu, level][figure]) for level in LEVELS] for s in _HEADS]
            lines.append(_line(f"{what}, μ* = {mu:g}", "**statmodel**", cells))
            for who, numbers in others.items():
                if ("LRS", mu, figure) in numbers:
                    lines.append(_line("", who, [numbers[s, mu, figure] for s in _HEADS]))
    for mu in STUDIES[name].truths:
        cells = [[100 * float(ours[s, mu, level]["covered"]) for level in LEVELS] for s in _HEADS]
        lines.append(_line(f"coverage, %, μ* = {mu:g}", "**statmodel**", cells, 1))
    return "\n".join(lines)


def _line(what: str, who: str, cells: Sequence[Sequence[float]], digits: int = 2) -> str:
    texts = [f"{first:.{digits}f} ({second:.{digits}f})" for first, second in cells]
    return f"| {what} | {who} | " + " | ".join(texts) + " |"


def _averages_table(rows: Sequence[Row]) -> str:
    lines = ["| focus | **statmodel** | simulation | shorter by |", "|---|---|---|---|"]
    for row in rows:
        width = float(row["width"])
        name = f"width {width:g}" if width else "none: likelihood ratio"
        own = f"{row['length']:.2f} ± {row['length_error']:.2f}"
        away = f"{row['shorter']:.2f} ± {row['shorter_error']:.2f}" if width else ""
        lines.append(f"| {name} | {own} | {AVERAGES[width]:.2f} | {away} |")
    return "\n".join(lines)


def _far_table(rows: Sequence[Row]) -> str:
    heads = "| μ* | " + " | ".join(_HEADS.values()) + " |"
    lines = [heads, "|---|" + "---|" * len(_HEADS)]
    found = {(row["statistic"], row["mu"], row["level"]): float(row["length"]) for row in rows}
    for mu in FAR:
        pairs = [[found[s, mu, level] for level in LEVELS] for s in _HEADS]
        texts = [f"{first:.1f} ({second:.1f})" for first, second in pairs]
        lines.append(f"| {mu:g} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _coverages_table(rows: Sequence[Row]) -> str:
    lines = [
        "| true rate, μ* | " + " | ".join(_HEADS.values()) + " |",
        "|---|" + "---|" * len(_HEADS),
    ]
    found = {(r["statistic"], r["mu"], r["rate"], r["level"]): float(r["covered"]) for r in rows}
    for rate in RATES:
        events = 30 * (1.2**rate if rate > 0 else 0.8**-rate)
        for mu in sorted({float(row["mu"]) for row in rows}):
            pairs = [[100 * found[s, mu, rate, level] for level in LEVELS] for s in _HEADS]
            texts = [f"{first:.1f} ({second:.1f})" for first, second in pairs]
            lines.append(f"| {events:.1f} events, {mu:g} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def main(words: Sequence[str]) -> None:
    """Find what is asked for anew, and fill the page."""
    parts = {
        "lengths": lambda: {name: lengths(name) for name in STUDIES},
        "averages": averages,
        "far": lambda: lengths("lz_like", FAR, evaluated=2000),
        "coverages": coverages,
    }
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    kept |= {"toys": TOYS, "evaluated": EVALUATED}
    for name in [] if "--fill" in words else words or parts:
        kept[name] = parts[name]()
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text("utf-8"), kept), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
