"""Binned channels and included files in words: for tables and for JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from statmodel.spec import IncludedFile, ResolvedBinnedChannel, ResolvedSample, to_text

from ._words import Effect

Plain: TypeAlias = dict[str, object]
Rows: TypeAlias = list[Sequence[str]]

_WORDS = (
    ("normfactor", "all bins * the parameter"),
    ("lumi", "all bins * the luminosity"),
    ("scalefactor", "all bins * the formula"),
    ("normsys", "all bins * the response, hi at +1 and lo at -1"),
    ("histosys", "bin by bin + the response, hi - nominal at +1 and lo - nominal at -1"),
    ("shapefactor", "each bin * a free parameter of its own"),
    ("shapesys", "each bin * a parameter of its own; poisson, (content/uncertainty)^2 counts"),
    (
        "staterror",
        "each bin * a parameter that the samples share; gaussian around 1, of width "
        "sqrt(sum uncertainty^2)/sum content",
    ),
)


def binned_effects(sample: ResolvedSample) -> Iterator[Effect]:
    """The modifiers of a sample, each with its formula in words."""
    words = dict(_WORDS)
    for name in sample.normfactors:
        kind = "lumi" if name in sample.luminosities else "normfactor"
        yield Effect(kind, name, f"all bins * {name}", "")
    for tree in sample.scalefactors:
        yield Effect("scalefactor", "", f"all bins * ({to_text(tree)})", "")
    for rate in sample.normsys:
        said = f"all bins * {rate.hi:g} at {rate.name} = +1, * {rate.lo:g} at -1"
        yield Effect("normsys", rate.name, said, rate.interpolation)
    for histo in sample.histosys:
        nominal, hi, lo = sum(sample.data), sum(histo.hi), sum(histo.lo)
        said = f"{hi - nominal:+g} events at {histo.name} = +1, {lo - nominal:+g} at -1"
        yield Effect("histosys", histo.name, said, histo.interpolation)
    for kind, found in (
        ("shapefactor", sample.shapefactors),
        ("shapesys", sample.shapesys),
        ("staterror", sample.staterrors),
    ):
        for factors in found:
            yield Effect(kind, factors.name, words[kind], "")


def describe_binned(channel: ResolvedBinnedChannel, counts: Sequence[float] | None) -> Plain:
    """A binned channel as plain values."""
    return {
        "name": channel.name,
        "kind": "binned",
        "bins": channel.bins,
        "modifiers": dict(_types([channel])),
        "samples": [
            {
                "name": sample.name,
                "data": list(sample.data),
                "scale": to_text(sample.scale),
                "modifiers": [effect._asdict() for effect in binned_effects(sample)],
            }
            for sample in channel.samples
        ],
        "observed": None if counts is None else list(counts),
    }


def describe_included(file: IncludedFile) -> Plain:
    """An included file as plain values."""
    return {"file": file.file, "measurement": file.measurement, "channels": list(file.channels)}


def sample_rows(channel: ResolvedBinnedChannel) -> Rows:
    """Name, events, scale and modifiers of each sample."""
    rows: Rows = []
    for sample in channel.samples:
        kinds = Counter(effect.kind for effect in binned_effects(sample))
        modifiers = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        scale = to_text(sample.scale)
        rows.append(
            (sample.name, f"{sum(sample.data):g}", "" if scale == "1" else scale, modifiers)
        )
    return rows


def type_rows(channels: Sequence[ResolvedBinnedChannel]) -> Rows:
    """What each type of modifier does, and how many there are."""
    counts = _types(channels)
    return [(kind, str(counts[kind]), words) for kind, words in _WORDS if counts[kind]]


def counts_words(counts: Sequence[float] | None) -> str:
    """Observed counts in a few words."""
    if counts is None:
        return ""
    bins = f"{len(counts)} bin{'' if len(counts) == 1 else 's'}"
    return f"{sum(counts):g} events in {bins}"


def _types(channels: Sequence[ResolvedBinnedChannel]) -> Counter[str]:
    return Counter(
        effect.kind
        for channel in channels
        for sample in channel.samples
        for effect in binned_effects(sample)
    )
