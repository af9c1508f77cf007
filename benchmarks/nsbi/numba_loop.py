r"""A loop written by hand and compiled by Numba: one core, float64, one pass over the events.

What its author has done: code 4 as polynomials of :math:`\alpha` times h, h ln h, h ln² h (and the
same of d), so that four numbers a pair are read and no power or exponential is taken; events in
blocks that stay in cache with the pair's events side by side, so that the inner loops are vector
instructions; no division per pair, the other factors of a product coming from the products before
and behind it; memory for scratch taken once.
"""

import math

import numba
import numpy as np
from jaxtyping import Float

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import PROCESSES, Table, points, table

BLOCK = 64  # events of a block: its scratch, 2 x 5 x 20 x 64 numbers, stays in the second cache


def build(problem: Problem) -> Contender:
    """Value and gradient, found together."""
    events, nuisances = int(problem["events"]), int(problem["nuisances"])
    ratios, mask, stored = _blocks(table(events, nuisances))
    scratch = np.empty((PROCESSES, nuisances, 2 * BLOCK))
    at = points(nuisances)

    def both(parameters: Float[np.ndarray, " parameter"]) -> tuple[float, np.ndarray]:
        weights = _weights(parameters[1:])
        return _loop(parameters, float(events), weights, ratios, mask, stored, scratch)

    tasks = {
        "gradient": Task(
            call=lambda i: both(at[i]),
            values=lambda: np.concatenate([both(one)[1] for one in at]),
        )
    }
    return Contender(tasks, packages=("numba", "numpy"), facts={"stored_bytes": stored.nbytes})


def _blocks(data: Table):
    """Events in blocks, the last one filled up; for each pair h, ln h, d, ln d."""
    blocks = -(-data.events // BLOCK)
    room = blocks * BLOCK - data.events

    def cut(values: np.ndarray) -> np.ndarray:
        filled = np.concatenate([values, np.ones((*values.shape[:-1], room))], axis=-1)
        shape = (*values.shape[:-1], blocks, BLOCK)
        return np.moveaxis(filled.reshape(shape), -2, 0)

    ratios = np.ascontiguousarray(cut(data.ratios))
    mask = (np.arange(blocks * BLOCK) < data.events).astype(float).reshape(blocks, BLOCK)
    stored = np.empty((blocks, PROCESSES, data.nuisances, 4 * BLOCK))
    for place, values in enumerate((data.up, data.up, data.down, data.down)):
        cutting = cut(values)
        side = np.log(cutting) if place % 2 else cutting
        stored[..., place * BLOCK : (place + 1) * BLOCK] = side
    return ratios, mask, stored


@numba.njit
def _weights(alpha):
    """What multiplies 1, h, h ln h, h ln² h, d, d ln d, d ln² d in g (8 numbers), and in its slope.

    The last of each eight is alpha.
    """
    weights = np.empty((alpha.size, 16))
    for k in range(alpha.size):
        value, slope = weights[k, :8], weights[k, 8:]
        for side in range(2):
            sign = 1.0 - 2.0 * side
            a, first = sign * alpha[k], 1 + 3 * side
            w = value[first : first + 3]
            w[0] = a * (15 + a * (24 + a * (-10 + a * (-24 + a * (3 + a * 8))))) / 16
            w[1] = a * (-7 + a * (-9 + a * (10 + a * (14 + a * (-3 + a * -5))))) / 16
            w[2] = a * (1 + a * (1 + a * (-2 + a * (-2 + a * (1 + a))))) / 16
            s = slope[first : first + 3]
            s[0] = sign * (15 + a * (48 + a * (-30 + a * (-96 + a * (15 + a * 48))))) / 16
            s[1] = sign * (-7 + a * (-18 + a * (30 + a * (56 + a * (-15 + a * -30))))) / 16
            s[2] = sign * (1 + a * (2 + a * (-6 + a * (-8 + a * (5 + a * 6))))) / 16
        value[0] = 1.0 - value[1] - value[4]
        slope[0] = -slope[1] - slope[4]
        value[7] = alpha[k]
        slope[7] = alpha[k]
    return weights


@numba.njit(fastmath=True)
def _loop(at, events, weights, ratios, mask, stored, scratch):
    blocks, processes, nuisances, _ = stored.shape
    gradient = np.zeros(at.size)
    rates = np.full(processes, events / processes)
    rates[0] *= at[0]
    terms = np.empty((processes, BLOCK))
    inverse = np.empty(BLOCK)
    behind = np.empty(BLOCK)
    total = 0.0
    signal = 0.0
    for block in range(blocks):
        inverse[:] = 0.0
        for j in range(processes):
            product = terms[j]
            product[:] = ratios[block, j]
            for k in range(nuisances):
                if abs(weights[k, 7]) <= 1.0:
                    _inside(weights[k], stored[block, j, k], product, scratch[j, k])
                else:
                    _outside(weights[k, 7], stored[block, j, k], product, scratch[j, k])
            for e in range(BLOCK):
                inverse[e] += rates[j] * product[e]
        for e in range(BLOCK):
            total -= mask[block, e] * math.log(inverse[e])
            inverse[e] = mask[block, e] / inverse[e]
        for e in range(BLOCK):
            signal += terms[0, e] * inverse[e]
        for j in range(processes):
            for e in range(BLOCK):
                behind[e] = rates[j] * inverse[e]
            for k in range(nuisances - 1, -1, -1):
                gradient[1 + k] -= _behind(scratch[j, k], behind)
    gradient[0] = (events / processes) * (1.0 - signal)
    for k in range(nuisances):
        gradient[1 + k] += at[1 + k]
        total += 0.5 * at[1 + k] ** 2
    return total + rates.sum(), gradient


@numba.njit(fastmath=True, inline="always")
def _inside(weights, stored, product, scratch):
    """A response between its anchors: the product before it, itself, its derivative."""
    w, s = weights[:8], weights[8:]
    w0, w1, w2, w3, w4, w5, w6 = w[0], w[1], w[2], w[3], w[4], w[5], w[6]
    s0, s1, s2, s3, s4, s5, s6 = s[0], s[1], s[2], s[3], s[4], s[5], s[6]
    for e in range(BLOCK):
        h, lh, d, ld = stored[e], stored[BLOCK + e], stored[2 * BLOCK + e], stored[3 * BLOCK + e]
        g = w0 + h * (w1 + lh * (w2 + lh * w3)) + d * (w4 + ld * (w5 + ld * w6))
        slope = s0 + h * (s1 + lh * (s2 + lh * s3)) + d * (s4 + ld * (s5 + ld * s6))
        scratch[e] = product[e] * slope
        scratch[BLOCK + e] = g
        product[e] *= g


@numba.njit(fastmath=True, inline="always")
def _outside(alpha, stored, product, scratch):
    """A response beyond its anchors."""
    first = BLOCK if alpha > 0 else 3 * BLOCK
    for e in range(BLOCK):
        g = math.exp(abs(alpha) * stored[first + e])
        scratch[e] = product[e] * g * stored[first + e] * (1.0 if alpha > 0 else -1.0)
        scratch[BLOCK + e] = g
        product[e] *= g


@numba.njit(fastmath=True, inline="always")
def _behind(scratch, behind):
    """The slope of one pair summed over a block; `behind` takes the pair's response along."""
    slope = 0.0
    for e in range(BLOCK):
        slope += scratch[e] * behind[e]
        behind[e] *= scratch[BLOCK + e]
    return slope


if __name__ == "__main__":
    serve(build)
