"""Models of Bayesian tests that have one place to be written down."""

import jax
import numpy as np

import measured

KEY = jax.random.key(7)

ROOTED = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 4]}]
functions: [{name: sqrt_mu, expression: "sqrt(mu)"}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: S, yield: 15.1, scale: mu, density: {type: uniform}}
      - {name: I, yield: 22.0, scale: "-sqrt_mu", density: {type: uniform}}
      - {name: B, yield: 16.3, density: {type: uniform}}
observations:
  - {name: c, events: {x: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]}}
measurements: [{name: m, config: {poi: mu}}]
"""


COVARIANCE = np.array([[1.0, 0.5, 0.3], [0.5, 2.0, -0.2], [0.3, -0.2, 0.5]])
CENTRES, WIDTHS = np.array([0.3, -0.2, 1.0]), np.array([2.0, 0.5, 1.0])
SEEN = np.array([1.0, 0.4, -0.5])


FREE = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 15]}, {name: scale, init: 1, bounds: [0.5, 2]}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: "mu * scale", density: {type: uniform}}
      - {name: b, yield: 2, density: {type: uniform}}
observations: [{name: c, events: {x: [0.1, 0.4, 0.6, 0.7, 0.9]}}]
focus:
  - {name: near, density: {mu: {type: uniform, max: 5}}}
  - {name: far, density: {mu: {type: uniform, min: 5}}}
measurements: [{name: m, config: {poi: mu}}]
"""
"""Five events; `scale` has neither constraint nor prior."""


def gaussian_case():
    """x ~ N(mu, covariance), and the focus N(centres, widths) called `f`; with what was seen."""
    model = measured.measured(COVARIANCE, CENTRES, WIDTHS)
    return model, measured.seen(model, SEEN)


def rooted_likelihood(mu):
    """Its natural log, without log n!."""
    expected = 15.1 * mu - 22.0 * np.sqrt(mu) + 16.3
    return 10 * np.log(expected) - expected
