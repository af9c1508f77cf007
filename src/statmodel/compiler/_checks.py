"""What can only be judged with the events at hand, gathered for the compiler."""

from statmodel import model, spec
from statmodel._errors import Problem
from statmodel.model.channels import AbstractChannel, RatioChannel, RatioEvents

from ._anchors import extreme_anchors
from ._closure import open_closure, vanishing_components
from ._positivity import negative_totals
from ._sample import Sample
from ._sources import Sources


def check_model(
    built: model.Model, resolved: spec.ResolvedSpec, sources: Sources
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Problems that make the model unusable, and what is worth a warning."""
    problems: list[Problem] = []
    warnings: list[str] = []
    for channel, source in zip(built.channels, resolved.channels, strict=True):
        where = spec.locate(resolved.origin, source.path), spec.path_text(source.path)
        errors, suspicions = _channel(built, channel, sources)
        problems.extend(Problem(*where, message) for message in errors)
        warnings.extend(f"channel {channel.name}: {message}" for message in suspicions)
    return tuple(problems), tuple(warnings)


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
