r"""An optimiser for pyhf that goes on to the minimum, for `make_pyhf.py`.

pyhf's own minimisers stop where a step changes the objective by some 1e-6. This one takes Newton
steps on pyhf's likelihood, with the Hessian by automatic differentiation, until the decrement

.. math:: \tfrac12\, g^T H^{-1} g

over the parameters that are free to move falls under `ENOUGH`; where they do not lead there,
SciPy's SLSQP goes first. pyhf's own functions for tests and limits call it as they call their own.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
from jax.scipy.special import gammaln
from scipy import optimize

ENOUGH = 1e-13  # of the nll, whose rounding error is about as large
_MOST_STEPS = 60
_SHORTEST = 1e-9


class Functions(NamedTuple):
    """-log L of a model, as functions of parameters and data."""

    value: Callable
    gradient: Callable
    hessian: Callable


def functions(model: pyhf.Model) -> Functions:
    """Compiled functions; equal to pyhf's logpdf wherever something is expected in every bin.

    In bins where nothing is expected pyhf's own value is right (0 log 0 = 0), but not its gradient.
    """
    bins = sum(model.config.channel_nbins.values())

    def nll(pars: jax.Array, data: jax.Array) -> jax.Array:
        rate = model.expected_data(pars, include_auxdata=False)
        filled = rate > 0
        log_rate = jnp.log(jnp.where(filled, rate, 1.0))
        observed = data[:bins]
        log_rate = jnp.where(filled | (observed == 0), log_rate, jnp.nan)
        main = observed * log_rate - rate - gammaln(observed + 1)
        total = main.sum()
        if model.config.auxdata:
            total += model.constraint_logpdf(data[bins:], pars)
        return -total

    return Functions(
        jax.jit(nll), jax.jit(jax.value_and_grad(nll)), jax.jit(jax.hessian(nll))
    )  # fmt: skip


class Minimum(NamedTuple):
    at: np.ndarray
    nll: float
    left: float
    """How far the nll can still fall, by its second-order expansion."""


@final
class Polished:
    """What pyhf takes as a custom optimiser."""

    name = "polished"

    def __init__(self) -> None:
        self._functions: dict[int, tuple[pyhf.Model, Functions]] = {}
        self.fits = 0
        self.worst = 0.0

    def functions(self, model: pyhf.Model) -> Functions:
        """Those of a model, compiled once."""
        if id(model) not in self._functions:
            self._functions[id(model)] = model, functions(model)
        return self._functions[id(model)][1]

    def minimize(  # noqa: PLR0913
        self,
        objective: object,
        data: Sequence[float],
        pdf: pyhf.Model,
        init_pars: Sequence[float],
        par_bounds: Sequence[tuple[float, float]],
        fixed_vals: Sequence[tuple[int, float]] | None = None,
        return_fitted_val: bool = False,  # noqa: FBT001, FBT002
    ):
        """pyhf's interface: the parameters, and twice the nll if asked for."""
        del objective
        found = self.minimum(pdf, data, init_pars, par_bounds, dict(fixed_vals or []))
        if return_fitted_val:
            return found.at, np.asarray(2 * found.nll)
        return found.at

    def minimum(
        self,
        model: pyhf.Model,
        data: Sequence[float],
        start: Sequence[float],
        bounds: Sequence[tuple[float, float]],
        fixed: dict[int, float],
        *,
        slsqp: bool = False,
    ) -> Minimum:
        """The minimum in a box.

        Args:
            model: whose nll it is.
            data: main and auxiliary.
            start: of the search.
            bounds: by parameter.
            fixed: values by index.
            slsqp: whether SLSQP goes first in any case.
        """
        one = _Search(self.functions(model), data, bounds, fixed)
        start = one.placed(np.asarray(start, float))
        found = one.newton(one.slsqp(start) if slsqp else start)
        if not found.left < ENOUGH:
            again = one.newton(one.slsqp(start))
            found = min(found, again, key=lambda each: np.nan_to_num(each.nll, nan=np.inf))
        self.fits += 1
        self.worst = max(self.worst, found.left)
        return found


@final
class _Search:
    """One nll in one box, with some parameters held."""

    def __init__(self, nll: Functions, data, bounds, fixed: dict[int, float]) -> None:
        self.nll = nll
        self.data = jnp.asarray(data)
        self.low, self.high = np.asarray(bounds, float).T
        self.fixed = fixed
        self.free = np.array([i for i in range(len(self.low)) if i not in fixed], int)

    def placed(self, at: np.ndarray) -> np.ndarray:
        at = np.clip(at, self.low, self.high)
        for index, value in self.fixed.items():
            at[index] = value
        return at

    def slsqp(self, start: np.ndarray) -> np.ndarray:
        """SciPy's minimiser over the free parameters."""

        def objective(free: np.ndarray) -> tuple[float, np.ndarray]:
            at = start.copy()
            at[self.free] = free
            value, gradient = self.nll.gradient(at, self.data)
            return float(value), np.asarray(gradient)[self.free]

        box = list(zip(self.low[self.free], self.high[self.free], strict=True))
        options = {"ftol": 1e-14, "maxiter": 2000}
        found = optimize.minimize(
            objective, start[self.free], jac=True, method="SLSQP", bounds=box, options=options
        )
        at = start.copy()
        at[self.free] = np.clip(found.x, self.low[self.free], self.high[self.free])
        return at if np.isfinite(found.fun) else start

    def newton(self, at: np.ndarray) -> Minimum:
        """Damped Newton steps; parameters that are pressed against a bound stay there."""
        value = float(self.nll.value(at, self.data))
        left = np.inf
        for _ in range(_MOST_STEPS):
            gradient = np.asarray(self.nll.gradient(at, self.data)[1])
            hessian = np.asarray(self.nll.hessian(at, self.data))
            moving, step, left = self._inward(at, gradient, hessian)
            before = value
            at, value = self._line(at, moving, step, value)
            if left < ENOUGH or not value < before:
                return Minimum(at, value, left)
        return Minimum(at, value, left)

    def _inward(
        self, at: np.ndarray, gradient: np.ndarray, hessian: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """The parameters that move, and their step; none is at a bound and would cross it."""
        below, above = at <= self.low, at >= self.high
        moving = [
            i
            for i in self.free
            if not ((below[i] and gradient[i] > 0) or (above[i] and gradient[i] < 0))
        ]
        while moving:
            step, left = _step(hessian[np.ix_(moving, moving)], gradient[moving])
            crossing = {
                i
                for i, d in zip(moving, step, strict=True)
                if (below[i] and d < 0) or (above[i] and d > 0)
            }
            if not crossing:
                return np.array(moving), step, left
            moving = [i for i in moving if i not in crossing]
        return np.array([], int), np.array([]), 0.0

    def _line(
        self, at: np.ndarray, moving: np.ndarray, step: np.ndarray, value: float
    ) -> tuple[np.ndarray, float]:
        """Halve a step, clipped to the box, until the nll falls; none if it never does."""
        length = 1.0
        while length > _SHORTEST:
            trial = at.copy()
            trial[moving] = np.clip(at[moving] + length * step, self.low[moving], self.high[moving])
            reached = float(self.nll.value(trial, self.data))
            if reached < value:
                return trial, reached
            length /= 2
        return at, value


def _step(hessian: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, float]:
    """Newton's step with the signs of the curvatures mended, and half its decrement."""
    curvature, axes = np.linalg.eigh(hessian)
    curvature = np.maximum(np.abs(curvature), 1e-10 * np.abs(curvature).max())
    along = axes.T @ gradient
    return -axes @ (along / curvature), float(0.5 * (along**2 / curvature).sum())
