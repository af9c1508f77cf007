"""From a document to a likelihood and its data: load, resolve, read, build, check."""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import jax
import numpy as np
from pydantic import BaseModel

from statmodel import model, spec
from statmodel._errors import PrecisionError, Problem, SpecErrors, SpecWarning
from statmodel.data import Dataset, make_counts
from statmodel.model.histograms import coordinates

from ._channels import channel
from ._checks import check_model
from ._expressions import Symbols, rooted_parameters, translate
from ._focus import focus
from ._histograms import binned_channels
from ._parameters import constraint_blocks, parameter_space
from ._sources import Sources, read_sources
from ._tables import with_tables

Built = TypeVar("Built")


def compile(
    document: str | Path | Mapping[str, object] | spec.Spec,
    *,
    measurement: str | None = None,
    root: str | Path | None = None,
    tabulate: bool = True,
) -> tuple[model.Model, Dataset]:
    """Compile a spec into a likelihood and its observed data.

    Warns with `SpecWarning` of what is probably not meant; `model.notes` keeps the words.

    Args:
        document: a YAML or JSON file, the values of one (as `json.load` has them), or a `Spec`.
        measurement: which of the document's measurements; the first unless named.
        root: the folder that data files may not leave; the document's own unless given.
        tabulate: whether averages over a large pool may be read from a table where it is as good.

    Returns:
        The model, and a data set with every channel that has an observation.

    Raises:
        SpecErrors: with every problem of the document and of its data files.
        PrecisionError: if JAX is set to 32 bits.
    """
    _check_precision()
    loaded = spec.assemble(spec.spec_of(document, root=root))
    resolved, problems, warned = spec.resolve(loaded, measurement=measurement)
    sources = read_sources(loaded)
    if resolved is None or sources.problems:
        raise SpecErrors([*problems, *_untold(sources.problems, problems)])
    built, dataset = compile_model(resolved, sources, digest=fingerprint(loaded))
    checked = check_model(built, resolved, sources)
    if checked.problems:
        raise SpecErrors(checked.problems)
    final, untabled = with_tables(checked.model, sources) if tabulate else (checked.model, ())
    told = (*(str(problem) for problem in warned), *sources.notes)
    notes = (*told, *checked.warnings, *untabled)
    for note in notes:
        warnings.warn(note, SpecWarning, stacklevel=2)
    return replace(final, notes=notes), dataset


def compile_model(
    resolved: spec.ResolvedSpec, sources: Sources, *, digest: str = ""
) -> tuple[model.Model, Dataset]:
    """Build the likelihood of a resolved document; nothing is read, nothing is checked."""
    parameters = [one.name for one in resolved.parameters]
    rooted = rooted_parameters(_trees(resolved), parameters)
    space = parameter_space(resolved.parameters, rooted)
    symbols = Symbols.of(space, [one.name for one in resolved.functions])
    functions = tuple(translate(one.tree, symbols) for one in resolved.functions)
    built = model.Model(
        scope=model.Scope(space, functions),
        channels=tuple(
            _placed(resolved, one.path, partial(channel, one, symbols, sources.pools.get(one.name)))
            for one in resolved.channels
        ),
        constraints=constraint_blocks(resolved, space),
        histograms=binned_channels(resolved.binned_channels, symbols),
        measurement=_measurement(resolved, digest),
        focus=tuple(
            _placed(resolved, ("focus", index), partial(focus, one, space))
            for index, one in enumerate(resolved.focus)
        ),
    )
    if built.histograms is not None and not built.channels:
        joint = (one for one in built.constraints if isinstance(one, model.JointGaussian))
        elsewhere = [int(index) for one in joint for index in one.parameters]
        divided = coordinates(built.histograms, built.scope, elsewhere)
        built = replace(built, coordinates=divided)
    counts = {name: make_counts(values) for name, values in resolved.counts.items()}
    return built, Dataset(channels=sources.observed, auxiliary={}, counts=counts)


def _placed(
    resolved: spec.ResolvedSpec, path: spec.DocumentPath, build: Callable[[], Built]
) -> Built:
    """What `build` makes; what it cannot make is a problem of the document at `path`."""
    try:
        return build()
    except ValueError as error:
        raise SpecErrors([spec.problem_at(resolved.origin, path, str(error))]) from error


def _untold(found: tuple[Problem, ...], told: tuple[Problem, ...]) -> Iterator[Problem]:
    """What the data show, less what the document itself has shown at the same place."""
    places = {(problem.where, problem.path) for problem in told}
    return (problem for problem in found if (problem.where, problem.path) not in places)


def fingerprint(document: spec.Spec) -> str:
    """SHA-256 of what the document says; layout, order of keys and file format do not count.

    Of a document that includes others, what those say counts too.
    """
    said = [json.loads(text) for text in spec.assemble(document).contents()]
    whole = said if len(said) > 1 else said[0]
    plain = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _trees(resolved: spec.ResolvedSpec) -> Iterator[spec.Node]:
    """Every formula of the document."""
    yield from (function.tree for function in resolved.functions)
    for binned in resolved.binned_channels:
        for sample in binned.samples:
            yield from (sample.scale, *sample.scalefactors)
    for channel_ in resolved.channels:
        for process in channel_.processes:
            yield from (process.yield_, process.scale, *process.scalefactors)
            yield from (formula.tree for formula in _formulas(process.density))
            for response in process.densitysys:
                for anchor in (response.hi, response.lo):
                    yield from (formula.tree for formula in _formulas(anchor))


def _formulas(part: object) -> Iterator[spec.Formula]:
    """The formulas in a part of the document, however deep."""
    if isinstance(part, spec.Formula):
        yield part
    elif isinstance(part, BaseModel | tuple):
        values = part if isinstance(part, tuple) else [value for _, value in part]
        for value in values:
            yield from _formulas(value)


def _measurement(resolved: spec.ResolvedSpec, digest: str) -> model.Measurement:
    groups: dict[str, list[str]] = {}
    for parameter in resolved.parameters:
        for group in parameter.groups:
            groups.setdefault(group, []).append(parameter.name)
    return model.Measurement(
        name=resolved.measurement or resolved.name,
        pois=resolved.pois,
        labels=tuple((one.name, one.label) for one in resolved.parameters if one.label),
        groups=tuple((name, tuple(members)) for name, members in groups.items()),
        digest=digest,
    )


def _check_precision() -> None:
    if jax.dtypes.canonicalize_dtype(np.float64) != np.float64:
        msg = (
            "a likelihood needs 64-bit numbers, and JAX is set to 32 bits. "
            'Say `jax.config.update("jax_enable_x64", True)`, or leave JAX_ENABLE_X64 unset.'
        )
        raise PrecisionError(msg)
