"""Fits of a block as rows, and what is tried where one has failed.

A toy whose fit did not converge is fitted again alone: as a single data set is, which also looks
for what lies hidden behind a strength of zero; from the point where the toy was drawn; by another
minimiser; from several starts. The first of these that converges counts.
"""

from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from statmodel.infer._backends import Minimizer
from statmodel.infer._batch import Several, Work
from statmodel.infer._fit import fit_once
from statmodel.infer._multistart import start_points
from statmodel.infer._programs import Fitted
from statmodel.infer.minimisers._status import Status
from statmodel.model import FreeVector, Model

_STARTS = 4


class Rows(NamedTuple):
    """Fits, one a row."""

    values: Float[np.ndarray, "toy parameter"]
    errors: Float[np.ndarray, "toy parameter"]
    nll: Float[np.ndarray, " toy"]
    edm: Float[np.ndarray, " toy"]
    steps: Int[np.ndarray, " toy"]
    status: Int[np.ndarray, " toy"]
    tries: Int[np.ndarray, " toy"]

    @classmethod
    def of(cls, several: Several) -> "Rows":
        """As a batch of fits has ended."""
        ended, full = several
        values = np.array(ended.values)
        return cls(
            values=values,
            errors=np.full(values.shape, np.nan) if full is None else np.array(full.errors),
            nll=np.array(ended.value),
            edm=np.array(ended.edm),
            steps=np.array(ended.steps, np.int64),
            status=np.array(ended.status, np.int64),
            tries=np.ones(len(values), np.int64),
        )

    def put(self, place: int, fitted: Fitted) -> None:
        """Replace a row, in place, by the fit of one data set."""
        self.values[place] = fitted.values
        self.errors[place] = fitted.errors
        self.nll[place] = fitted.minimum.value
        self.edm[place] = fitted.minimum.edm
        self.steps[place] = fitted.minimum.steps
        self.status[place] = fitted.minimum.status


def retry(
    model: Model,
    work: Work,
    rows: Rows,
    truth: Float[np.ndarray, "toy parameter"],
    max_steps: int,
) -> None:
    """Fit again, in place, what did not converge.

    Args:
        model: the compiled likelihood.
        work: what was fitted.
        rows: the fits.
        truth: where the toys were drawn, in the user's units, a row for each.
        max_steps: most evaluations of a fit.
    """
    for place in np.flatnonzero(rows.status != Status.CONVERGED).tolist():
        one = one_of(work, place)
        drawn_at = model.space.to_free(jnp.asarray(truth[place]))
        for minimizer, start in _attempts(model, one, drawn_at):
            rows.tries[place] += 1
            fitted = fit_again(model, one, minimizer, start, max_steps)
            if int(fitted.minimum.status) == Status.CONVERGED:
                rows.put(place, fitted)
                break


def fit_again(
    model: Model, one: Work, minimizer: Minimizer, start: FreeVector, max_steps: int
) -> Fitted:
    """The whole of a single fit."""
    return fit_once(model, one.prepared, start, one.fixed, minimizer=minimizer, max_steps=max_steps)


def one_of(work: Work, place: int) -> Work:
    """The work of one toy."""

    def row(leaf: np.ndarray) -> jax.Array:
        return jnp.asarray(leaf[place])

    many = work.differing
    return Work._make(
        jax.tree.map(row, part) if each else part for part, each in zip(work, many, strict=True)
    )


def _attempts(model: Model, one: Work, truth: FreeVector) -> Iterator[tuple[Minimizer, FreeVector]]:
    # What is held stays where the first fit held it.
    there = jnp.where(one.fixed, one.start, truth)
    yield "newton", one.start
    yield "newton", there
    yield "lbfgs", one.start
    points = start_points(model, one.prepared, one.start, fixed=one.fixed, count=_STARTS, key=None)
    for point in points[1:]:
        yield "newton", point
