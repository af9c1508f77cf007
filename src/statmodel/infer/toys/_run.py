"""Draw toys and fit them, block by block: memory does not grow with their number.

Every toy is fitted as data would be, from one start. Whatever block a toy stands in, and whoever
fits it, its row has the same digits.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from statmodel._errors import SpecWarning
from statmodel.data import Dataset
from statmodel.infer._arguments import checked_count, checked_rows, checked_vector
from statmodel.infer._backends import described
from statmodel.infer._batch import Work, chunk_of, cores, fit_batch
from statmodel.infer._fit import provenance_of
from statmodel.infer.minimisers._minimise import MAX_STEPS
from statmodel.infer.minimisers._status import Status
from statmodel.model import Auxiliary, FreeVector, Model, ParameterSpace, Prepared, Sampler

from ._retry import Rows, fit_again, one_of, retry
from ._table import Hypothesis, ToyTable, joined

_WORSE = 1e-6
"""Of `nll`: a minimum under a hypothesis that lies this much below the best fit tells a better."""


def run_toys(  # noqa: PLR0913 (what may be asked of toys)
    model: Model,
    point: Mapping[str, ArrayLike],
    *,
    key: Array,
    n: int,
    first: int = 0,
    auxiliary: Auxiliary = "redrawn",
    like: Dataset | Prepared | None = None,
    hypotheses: Sequence[Mapping[str, float]] = (),
    start: Mapping[str, ArrayLike] | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    errors: bool = True,
    max_steps: int = MAX_STEPS,
    progress: Callable[[int], None] | None = None,
) -> ToyTable:
    """Draw toys at a parameter point, and fit each.

    Args:
        model: the compiled likelihood.
        point: where toys are drawn, every parameter by name; arrays give toy i its own point.
        key: a typed key; toy i depends on `fold_in(key, i)` only.
        n: how many.
        first: the number of the first toy.
        auxiliary: whether the auxiliary measurements are `redrawn` in each toy, or `held`.
        like: as in :meth:`statmodel.Model.sample`.
        hypotheses: parameters to hold in a further fit of each toy, one mapping for each fit.
        start: starting values of all fits by name; the document's elsewhere.
        fixed: parameters that no fit moves, beside those that the document fixes.
        errors: False leaves out errors, which are NaN then.
        max_steps: most evaluations of a fit.
        progress: is told the number of toys that are done, after each block.

    Returns:
        A row for each toy; look at `message` before any number.

    Raises:
        ValueError: the model cannot be drawn from at the point, or an argument is none of those
            above.

    Example:
        >>> import jax, statmodel as sm
        >>> model, _ = sm.compile({
        ...     "channels": [{"name": "SR", "samples": [
        ...         {"name": "signal", "data": [50.0], "modifiers": [
        ...             {"name": "mu", "type": "normfactor", "data": None}]}]}],
        ...     "observations": [{"name": "SR", "data": [50]}],
        ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        ...     "version": "1.0.0"})
        >>> toys = sm.run_toys(model, {"mu": 1.0}, key=jax.random.key(1), n=100)
        >>> toys.message
        '100 of 100 toys converged'
        >>> bool(abs(toys.values.mean() - 1.0) < 0.06)
        True
    """
    plan = plan_toys(
        model,
        point,
        key=key,
        auxiliary=auxiliary,
        like=like,
        hypotheses=hypotheses,
        start=start,
        fixed=fixed,
        errors=errors,
        max_steps=max_steps,
    )
    plan.sampler.check(key, n, first)
    for note in plan.sampler.notes:
        warnings.warn(note, SpecWarning, stacklevel=2)
    tables: list[ToyTable] = []
    for table in plan.tables(first, first + n, threads=cores()):
        tables.append(table)
        if progress is not None:
            progress(sum(map(len, tables)))
    return joined(tables)


def plan_toys(  # noqa: PLR0913 (what may be asked of toys)
    model: Model,
    point: Mapping[str, ArrayLike],
    *,
    key: Array,
    auxiliary: Auxiliary = "redrawn",
    like: Dataset | Prepared | None = None,
    hypotheses: Sequence[Mapping[str, float]] = (),
    start: Mapping[str, ArrayLike] | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    errors: bool = True,
    max_steps: int = MAX_STEPS,
) -> "ToyPlan":
    """What `run_toys` does with each toy, for any of their numbers.

    Raises:
        ValueError: as `run_toys`.
    """
    values = checked_vector(model.space, {"start": start, "fixed": fixed})
    _check_inside(model.space, point)
    given = {f"hypotheses[{row}]": one for row, one in enumerate(hypotheses)}
    held = checked_rows(model.space, given, call="run_toys(hypotheses=...)")
    return ToyPlan(
        model=model,
        sampler=model.sampler(point, auxiliary=auxiliary, like=like),
        start=model.space.to_free(jnp.asarray(values)),
        fixed=model.space.fixed_mask() | np.isin(model.space.names, list(fixed or {})),
        hypotheses=tuple(held),
        errors=errors,
        max_steps=checked_count(max_steps, "max_steps"),
        key=key,
    )


def _check_inside(space: ParameterSpace, point: Mapping[str, ArrayLike]) -> None:
    """Refuse points where no fit may end.

    Raises:
        ValueError: one lies outside the bounds of a parameter.
    """
    bounds = dict(zip(space.names, space.bounds, strict=True))
    wrong: list[str] = []
    for name, given in point.items():
        values, (low, high) = np.asarray(given, float), bounds.get(name, (-np.inf, np.inf))
        outside = values[~((values >= low) & (values <= high))]
        if outside.size:
            wrong.append(f"{name} = {outside.flat[0]:g} is outside [{low:g}, {high:g}]")
    if wrong:
        msg = f"`run_toys(point=...)`: {'; '.join(wrong)}"
        raise ValueError(msg)


@final
@dataclass(frozen=True, eq=False)
class ToyPlan:
    """What is done with each toy."""

    model: Model
    sampler: Sampler
    start: FreeVector
    fixed: Bool[np.ndarray, " parameter"]
    hypotheses: tuple[Mapping[str, float], ...]
    errors: bool
    max_steps: int
    key: Array

    @property
    def notes(self) -> tuple[str, ...]:
        """What was warned of, of the model and of its simulation."""
        return (*self.model.notes, *self.sampler.notes)

    def tables(self, first: int, last: int, *, threads: int) -> Iterator[ToyTable]:
        """Toys `first` to before `last`, a block at a time, in order.

        A first block alone, as it may compile, then `threads` at a time.
        """
        size = self.sampler.block
        blocks = range(first // size, (last - 1) // size + 1)

        def made(index: int) -> ToyTable:
            return self.block(index, first, last)

        for index in blocks[:1] if threads > 1 else blocks:
            yield made(index)
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                yield from pool.map(made, blocks[1:])

    def block(self, index: int, first: int, last: int) -> ToyTable:
        """The toys of one block from number `first` to before `last`."""
        whole, numbers = self.sampler.draw(self.key, index), self.sampler.numbers(index)
        # A toy has its place in the programs that fit, too: whole chunks, whatever is wanted.
        begin, end = max(first - numbers[0], 0), min(last - numbers[0], numbers.size)
        together = chunk_of(Work(whole.data, self.start, jnp.asarray(self.fixed), self.start))
        some = slice(begin // together * together, -(-end // together) * together)
        toy, numbers = jax.tree.map(lambda leaf: leaf[some], whole), numbers[some]
        truth = self.sampler.points(numbers)
        work = Work(toy.data, self.start, jnp.asarray(self.fixed), self.start)
        found = self._fitted(work, truth, errors=self.errors)
        under = [self._under(held, work, found, truth) for held in self.hypotheses]
        for rows in under:
            self._follow_lower(rows, work, found)
        table = ToyTable(
            names=self.model.space.names,
            pois=self.model.measurement.pois,
            numbers=numbers,
            truth=truth,
            **found._asdict(),
            events={
                channel.name: np.asarray(events.mask).sum(axis=(1, 2))
                for channel, events in zip(self.model.channels, toy.data.channels, strict=True)
            },
            hypotheses=tuple(
                Hypothesis(held, rows.nll, rows.status)
                for held, rows in zip(self.hypotheses, under, strict=True)
            ),
            ensemble=self.sampler.words,
            key=key_in_words(self.key),
            provenance=replace(
                provenance_of(self.model, "", described("newton")), notes=self.notes
            ),
        )
        return table.between(first, last)

    def _fitted(
        self, work: Work, truth: Float[np.ndarray, "toy parameter"], *, errors: bool
    ) -> Rows:
        most = self.max_steps
        rows = Rows.of(fit_batch(self.model, work, most, covariance=errors, alone=True))
        retry(self.model, work, rows, truth, most)
        return rows

    def _under(
        self,
        held: Mapping[str, float],
        work: Work,
        best: Rows,
        truth: Float[np.ndarray, "toy parameter"],
    ) -> Rows:
        """Fits with parameters held, from the best fits."""
        names = self.model.space.names
        places = [names.index(name) for name in held]
        usable = (best.status == Status.CONVERGED)[:, None]
        begin = np.where(usable, best.values, self.model.space.to_values(self.start))
        begin[:, places] = list(held.values())
        fixed = self.fixed.copy()
        fixed[places] = True
        start = jax.vmap(self.model.space.to_free)(jnp.asarray(begin))
        here = Work(work.prepared, start, jnp.asarray(fixed), work.typical)
        return self._fitted(here, truth, errors=False)

    def _follow_lower(self, rows: Rows, work: Work, best: Rows) -> None:
        """Where a minimum under a hypothesis lies below the best fit, fit from there, in place."""
        lower = (rows.status == Status.CONVERGED) & ~(rows.nll >= best.nll - _WORSE)
        for place in np.flatnonzero(lower).tolist():
            start = self.model.space.to_free(jnp.asarray(rows.values[place]))
            one = one_of(work, place)
            fitted = fit_again(self.model, one, "newton", start, self.max_steps)
            best.tries[place] += 1
            if int(fitted.minimum.status) == Status.CONVERGED:
                best.put(place, fitted)


def key_in_words(key: Array) -> str:
    """The kind of a key, and its words."""
    words = np.asarray(jax.random.key_data(key)).reshape(-1).tolist()
    return f"{jax.random.key_impl(key)} {' '.join(map(str, words))}"
