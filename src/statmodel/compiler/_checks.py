"""What can only be judged with the events at hand, gathered for the compiler."""

from statmodel import model, spec
from statmodel._errors import Problem
from statmodel.data import Dataset
from statmodel.model.channels import AbstractChannel, AbstractPrepared, RatioChannel, RatioEvents

from ._anchors import extreme_anchors
from ._closure import open_closure, vanishing_components
from ._positivity import negative_totals


def check_model(
    built: model.Model, dataset: Dataset, resolved: spec.ResolvedSpec
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Problems that make the model unusable, and what is worth a warning."""
    problems: list[Problem] = []
    warnings: list[str] = []
    for channel, source in zip(built.channels, resolved.channels, strict=True):
        where = spec.locate(resolved.origin, source.path), spec.path_text(source.path)
        errors, suspicions = _channel(built, channel, dataset)
        problems.extend(Problem(*where, message) for message in errors)
        warnings.extend(f"channel {channel.name}: {message}" for message in suspicions)
    return tuple(problems), tuple(warnings)


def _channel(
    built: model.Model, channel: AbstractChannel, dataset: Dataset
) -> tuple[list[str], list[str]]:
    samples: list[tuple[str, AbstractPrepared]] = []
    if channel.name in dataset.channels:
        samples.append(("observed", channel.bind(dataset.channels[channel.name])))
    errors: list[str] = []
    warnings: list[str] = []
    if isinstance(channel, RatioChannel):
        ratios = [events for _, events in samples if isinstance(events, RatioEvents)]
        if channel.pool is not None:
            ratios.append(channel.pool.events)
            samples.append(("simulated", channel.pool.events))
            errors += vanishing_components(channel, channel.pool)
            warnings += open_closure(built, channel, channel.pool)
        warnings += [w for events in ratios for w in extreme_anchors(built, channel, events)]
    if not errors:
        negative = negative_totals(built, channel, samples)
        errors += negative.at_nominal
        warnings += negative.elsewhere
    return errors, list(dict.fromkeys(warnings))
