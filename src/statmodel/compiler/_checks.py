"""What can only be judged with numbers at hand, gathered for the compiler."""

from dataclasses import dataclass
from typing import final

from statmodel import model, spec
from statmodel._errors import Problem
from statmodel.model.channels import AbstractChannel, RatioChannel, RatioEvents

from ._anchors import extreme_anchors
from ._bin_totals import impossible_bins
from ._closure import open_closure, vanishing_components
from ._finding import Finding
from ._norms import with_resolved_norms
from ._positivity import negative_totals
from ._sample import Sample
from ._signs import negative_densities
from ._sources import Sources


@final
@dataclass(frozen=True)
class Checked:
    """A model that is ready for use unless there are problems, and what is worth a warning."""

    model: model.Model
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


def check_model(built: model.Model, resolved: spec.ResolvedSpec, sources: Sources) -> Checked:
    """Choose the panels of quadratures, and look at densities, totals and closure.

    Densities come first: where one is wrong, totals say nothing new.
    """
    built, open_norms = with_resolved_norms(built, resolved)
    negative = list(negative_densities(built, resolved))
    # What is negative at nominal has no integral worth a message of its own.
    wrong = {one.path for one in negative if one.fatal}
    findings = [*negative, *(one for one in open_norms if one.path not in wrong)]
    problems, warnings = _told(resolved, findings)
    if problems:
        return Checked(built, tuple(problems), tuple(warnings))
    for channel, source in zip(built.channels, resolved.channels, strict=True):
        errors, suspicions = _channel(built, channel, sources)
        problems.extend(
            spec.problem_at(resolved.origin, source.path, message) for message in errors
        )
        warnings.extend(f"channel {channel.name}: {message}" for message in suspicions)
    if built.histograms is not None:
        binned = impossible_bins(built, built.histograms, resolved.binned_channels, resolved.counts)
        problems.extend(
            spec.problem_at(resolved.origin, path, message) for path, message in binned.errors
        )
        warnings.extend(binned.warnings)
    return Checked(built, tuple(problems), tuple(warnings))


def _told(resolved: spec.ResolvedSpec, findings: list[Finding]) -> tuple[list[Problem], list[str]]:
    """Findings with their places in the document: fatal ones, and words of the others."""
    problems = [
        (spec.problem_at(resolved.origin, one.path, one.message), one.fatal) for one in findings
    ]
    return [one for one, fatal in problems if fatal], [str(one) for one, bad in problems if not bad]


def _channel(
    built: model.Model, channel: AbstractChannel, sources: Sources
) -> tuple[list[str], list[str]]:
    samples: list[Sample] = []
    if channel.name in sources.observed:
        events = sources.observed[channel.name]
        samples.append(Sample("observed", channel.bind(events), events.rows))
    errors: list[str] = []
    warnings: list[str] = []
    if isinstance(channel, RatioChannel):
        if channel.pool is not None:
            rows = sources.pools[channel.name].rows
            samples.append(Sample("simulated", channel.pool.events, rows))
            errors += vanishing_components(channel, channel.pool)
            warnings += open_closure(built, channel, channel.pool)
        for sample in samples:
            if isinstance(sample.events, RatioEvents):
                warnings += extreme_anchors(built, channel, sample, sample.events)
    if not errors:
        negative = negative_totals(built, channel, samples)
        errors += negative.at_nominal
        warnings += negative.elsewhere
    return errors, list(dict.fromkeys(warnings))
