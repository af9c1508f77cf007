"""The ratio likelihood of five processes and twenty nuisances: value, gradient, Hessian, fit.

Beside each structured figure stands the same quantity by plain autodiff, measured in the same run.
Run with `make bench`; figures of one run are comparable with each other, not across machines.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import statmodel as sm
from statmodel.data import make_events
from statmodel.model import (
    ConstraintBlock,
    GaussianConstraint,
    Measurement,
    ParameterSpace,
    Rates,
    Scope,
    log_likelihood,
    log_likelihood_to_second_order,
)
from statmodel.model.channels import RatioChannel, RatioColumns, ResponseBlock, Shapes

PROCESSES = 5


def model_and_data(events: int, nuisances: int) -> tuple[sm.Model, sm.Dataset]:
    rng = np.random.default_rng(1)
    names = ("mu", *(f"alpha_{k}" for k in range(nuisances)))
    space = ParameterSpace(
        names=names,
        init=(1.0, *(0.1,) * nuisances),
        bounds=((0.0, 10.0), *((-5.0, 5.0),) * nuisances),
        fixed=(False,) * len(names),
    )
    scope = Scope(space)
    pairs = [(j, k) for j in range(PROCESSES) for k in range(nuisances)]
    columns = {f"r{j}": np.exp(0.3 * rng.normal(size=events)) for j in range(PROCESSES)}
    for j, k in pairs:
        columns[f"u{j}_{k}"] = np.exp(0.03 * rng.normal(size=events))
        columns[f"d{j}_{k}"] = np.exp(0.03 * rng.normal(size=events))
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
    model = sm.Model(
        scope=scope,
        channels=(channel,),
        constraints=(ConstraintBlock(jnp.arange(1, nuisances + 1), constraint),),
        measurement=Measurement("benchmark", ("mu",)),
    )
    return model, sm.Dataset(channels={"SR": make_events(columns)}, auxiliary={})


@pytest.fixture(scope="module", params=[10_000, 100_000])
def problem(request):
    model, data = model_and_data(request.param, 20)
    prepared = model.bind(data)
    return model, prepared, jnp.asarray(model.space.init)


def _timed(benchmark, function, *arguments):
    jax.block_until_ready(function(*arguments))
    benchmark.pedantic(
        lambda: jax.block_until_ready(function(*arguments)), rounds=5, warmup_rounds=1
    )


def test_value(benchmark, problem):
    model, prepared, free = problem
    function = eqx.filter_jit(lambda m, p, u: log_likelihood(m, m.scope.at_free(u), p))
    _timed(benchmark, function, model, prepared, free)


def test_gradient_by_autodiff(benchmark, problem):
    model, prepared, free = problem

    def gradient(m, p, u):
        return jax.value_and_grad(lambda v: log_likelihood(m, m.scope.at_free(v), p))(u)

    _timed(benchmark, eqx.filter_jit(gradient), model, prepared, free)


def test_value_gradient_hessian_structured(benchmark, problem):
    model, prepared, free = problem

    def second_order(m, p, u):
        def function(v):
            return log_likelihood_to_second_order(m, m.scope.at_free(v), p)

        return jax.value_and_grad(function)(u), jax.hessian(function)(u)

    _timed(benchmark, eqx.filter_jit(second_order), model, prepared, free)


def test_hessian_by_autodiff(benchmark, problem):
    model, prepared, free = problem
    if prepared.channels[0].mask.size > 50_000:
        pytest.skip("by autodiff the larger sample takes minutes")

    def hessian(m, p, u):
        return jax.hessian(lambda v: log_likelihood(m, m.scope.at_free(v), p))(u)

    _timed(benchmark, eqx.filter_jit(hessian), model, prepared, free)


def test_fit(benchmark, problem):
    model, prepared, _ = problem
    result = sm.fit(model, prepared)
    assert result.ok, result.message
    benchmark.pedantic(lambda: sm.fit(model, prepared), rounds=3)
