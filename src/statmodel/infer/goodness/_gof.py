"""Tests of goodness: statistics of the data and of toys drawn at the best fit, each fitted anew."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Array, Float

from statmodel._errors import did_you_mean
from statmodel.data import Dataset
from statmodel.infer._batch import cores
from statmodel.infer._bound import one_data_set
from statmodel.infer._fit import fit
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._status import Status
from statmodel.infer.toys import ToyTable, joined, plan_toys
from statmodel.infer.toys._hypotest import fixed_beside
from statmodel.model import Auxiliary, Model, Prepared

from ._looks import GOF_STATISTICS, Looks, Row, Where, events_of
from ._result import GofTest, Goodness, enough


def gof(  # noqa: PLR0913 (what may be asked of toys)
    model: Model,
    data: Dataset | Prepared,
    *,
    key: Array,
    n: int = 1000,
    result: FitResult | None = None,
    statistics: Sequence[str] = GOF_STATISTICS,
    auxiliary: Auxiliary = "redrawn",
    progress: Callable[[int], None] | None = None,
) -> Goodness:
    r"""Compare the data with toys drawn at their best fit.

    `saturated` is for binned channels, twice the distance from the likelihood in which every bin
    and every auxiliary measurement is right; the others are for unbinned channels: `binned` the
    same in bins of a projection that expect as many events each, `ks` and `ad` on the projections
    on each observable, `energy` and `point_to_point` on all observables of a channel.

    Args:
        model: the compiled likelihood.
        data: one data set, with weights of one. Of ratio channels the observables are looked at,
            so it must be a :class:`Dataset` that has them.
        key: a typed key of the toys.
        n: how many toys.
        result: the fit of these data, if it has been made: what it held fixed is held here.
        statistics: which.
        auxiliary: whether the auxiliary measurements are `redrawn` in each toy, or `held`.
        progress: is told how many toys are done.

    Raises:
        ValueError: a statistic is none of these, the data are weighted, or the model has no toys.

    Example:
        >>> import jax, statmodel as sm
        >>> model, data = sm.compile("specs/peak.yaml")
        >>> found = sm.gof(model, data, key=jax.random.key(1), n=100, statistics=["ks"])
        >>> 0.02 < found.of("ks").p.probability <= 1
        True
    """
    _check(statistics)
    prepared = one_data_set(model, data, "gof")
    best = fit(model, data) if result is None else result
    plan = plan_toys(
        model,
        best.point,
        key=key,
        auxiliary=auxiliary,
        like=prepared,
        fixed=fixed_beside(model, best),
        errors=False,
    )
    plan.sampler.check(key, n, 0)
    observed = events_of(model, data, prepared)
    looks = Looks.around(model, best, observed, tuple(statistics))
    rows: list[Row] = []
    tables: list[ToyTable] = []
    for table in plan.tables(0, n, threads=cores()):
        tables.append(table)
        rows += looks.of_toys(table, plan.sampler, key)
        if progress is not None:
            progress(len(rows))
    table = joined(tables)
    values = looks.of_data(best, prepared, observed)
    freedom = _degrees(model, best, prepared)
    return Goodness(
        tests=tuple(
            _test(where, value, np.array([row[where] for row in rows]), freedom)
            for where, value in values.items()
        ),
        ok=Status(int(best.status)) is Status.CONVERGED and enough(int(table.good.sum()), n),
        message=f"data: {best.message}; toys: {table.message}",
        left_out=looks.left_out,
        ensemble=f"{table.ensemble}, at the best fit of the observed data",
        key=table.key,
        provenance=table.provenance,
    )


def _test(where: Where, value: float, toys: Float[np.ndarray, " toy"], freedom: int) -> GofTest:
    asymptotic, degrees = float("nan"), 0
    if where.statistic == "saturated" and freedom > 0:
        from scipy import stats  # noqa: PLC0415 (to load it takes as long as a fit)

        asymptotic, degrees = float(stats.chi2.sf(value, freedom)), freedom
    return GofTest(
        **where._asdict(), value=value, toys=toys, asymptotic=asymptotic, degrees=degrees
    )


def _degrees(model: Model, best: FitResult, prepared: Prepared) -> int:
    """Of the saturated statistic: bins and auxiliary measurements less what was fitted.

    0 beside unbinned channels, whose events move the same parameters.
    """
    if model.channels or prepared.counts is None:
        return 0
    bins = int(np.asarray(prepared.counts.mask).sum())
    measured = int(np.isfinite(np.asarray(model.prefit_widths())).sum())
    return bins + measured - int((~np.asarray(best.fixed)).sum())


def _check(statistics: Sequence[str]) -> None:
    for one in statistics:
        if one not in GOF_STATISTICS:
            known = f"{', '.join(GOF_STATISTICS)}.{did_you_mean(one, GOF_STATISTICS)}"
            msg = f'`gof(statistics=...)`: "{one}" is none of {known}'
            raise ValueError(msg)
