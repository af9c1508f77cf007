"""The problem as a model of this package, put together by hand, and its data."""

import dataclasses

import jax.numpy as jnp
import numpy as np

import statmodel as sm
from statmodel.data import make_events
from statmodel.model import (
    ConstraintBlock,
    GaussianConstraint,
    Measurement,
    ParameterSpace,
    Rates,
    Scope,
)
from statmodel.model.channels import (
    Pool,
    RatioChannel,
    RatioColumns,
    ResponseBlock,
    Shapes,
    tabulated,
)

from .problem import PROCESSES, Table, points


def model(events: int, nuisances: int) -> sm.Model:
    """The model, with `normalization: analytic`."""
    names = ("mu", *(f"alpha_{k}" for k in range(nuisances)))
    space = ParameterSpace(
        names=names,
        init=tuple(points(nuisances)[0].tolist()),
        bounds=((0.0, 10.0), *((-5.0, 5.0),) * nuisances),
        fixed=(False,) * len(names),
    )
    scope = Scope(space)
    pairs = _pairs(nuisances)
    channel = RatioChannel(
        name="SR",
        observables=(),
        ranges=(),
        processes=tuple(f"p{j}" for j in range(PROCESSES)),
        rates=Rates(
            nominal=jnp.full(PROCESSES, events / PROCESSES),
            formulas=(),
            factors=jnp.asarray([[0]] + [[scope.one]] * (PROCESSES - 1)),
            responses=(),
        ),
        measure="reference",
        columns=RatioColumns(
            ratios=tuple(f"r{j}" for j in range(PROCESSES)),
            logarithmic=(False,) * PROCESSES,
            up=(tuple(f"u{j}_{k}" for j, k in pairs),),
            down=(tuple(f"d{j}_{k}" for j, k in pairs),),
        ),
        shapes=Shapes(
            processes=PROCESSES,
            nuisances=jnp.arange(1, nuisances + 1),
            monomials=jnp.zeros((0, 0), int),
            responses=(
                ResponseBlock(
                    code="code4",
                    processes=tuple(j for j, _ in pairs),
                    variables=tuple(k for _, k in pairs),
                ),
            ),
        ),
        normalization="analytic",
    )
    constraint = GaussianConstraint(mean=jnp.zeros(nuisances), sigma=jnp.ones(nuisances))
    return sm.Model(
        scope=scope,
        channels=(channel,),
        constraints=(ConstraintBlock(jnp.arange(1, nuisances + 1), constraint),),
        measurement=Measurement("benchmark", ("mu",)),
    )


def normalised_by(model: sm.Model, pool: Table, *, with_table: bool) -> sm.Model:
    """The same model with `normalization: reference` over the pool's events, of equal weight."""
    (channel,) = model.channels
    assert isinstance(channel, RatioChannel)
    weights = np.full(pool.events, 1.0 / pool.events)
    events = channel.bind(make_events(_columns(pool), weights=weights))
    chunks, _, rows = events.ratios.shape
    closed = dataclasses.replace(
        channel, normalization="reference", pool=Pool(events, jnp.zeros((chunks, 0, rows)))
    )
    if with_table:
        closed = tabulated(closed, one=model.scope.one)
    return dataclasses.replace(model, channels=(closed,))


def dataset(data: Table) -> sm.Dataset:
    """The events under the names that the model's columns have."""
    return sm.Dataset(channels={"SR": make_events(_columns(data))}, auxiliary={})


def _pairs(nuisances: int) -> list[tuple[int, int]]:
    return [(j, k) for j in range(PROCESSES) for k in range(nuisances)]


def _columns(data: Table) -> dict[str, np.ndarray]:
    columns = {f"r{j}": data.ratios[j] for j in range(PROCESSES)}
    for j, k in _pairs(data.nuisances):
        columns[f"u{j}_{k}"] = data.up[j, k]
        columns[f"d{j}_{k}"] = data.down[j, k]
    return columns
