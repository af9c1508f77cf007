"""Models of Bayesian tests that have one place to be written down."""

import jax
import numpy as np

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


def rooted_likelihood(mu):
    """Its natural log, without log n!."""
    expected = 15.1 * mu - 22.0 * np.sqrt(mu) + 16.3
    return 10 * np.log(expected) - expected
