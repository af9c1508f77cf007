"""Counting experiments: flat densities, so that the likelihood is that of counts in bins."""

import functools
import math
import warnings

import statmodel as sm
from statmodel.data import make_events

_CHANNEL = """
  - name: c{bin}
    type: unbinned
    observables: [{{name: x, min: 0, max: 1}}]
    processes:
      - {{name: S, yield: {signal}, scale: mu, density: {{type: uniform}}}}
      - {{name: B, yield: {background}, density: {{type: uniform}}, modifiers: {modifiers}}}
"""


@functools.cache
def counting(signal, background, uncertainty=(), low=0.0, high=20.0, poi="mu"):
    """Bins with a background each, known, or to a Poisson auxiliary count (a `shapesys`)."""
    top = "null" if math.isinf(high) else high
    parameters = [f"{{name: mu, init: {min(1.0, high)}, bounds: [{low}, {top}]}}"]
    channels = []
    for number, (s, b) in enumerate(zip(signal, background, strict=True)):
        modifiers = "[]"
        if uncertainty:
            rate = (b / uncertainty[number]) ** 2
            parameters.append(
                f"{{name: k{number}, init: 1, bounds: [1.0e-10, 10], "
                f"constraint: {{type: poisson, rate: {rate}}}}}"
            )
            modifiers = f"[{{type: normfactor, name: k{number}}}]"
        channels.append(
            _CHANNEL.format(bin=number, signal=s, background=b, modifiers=modifiers).strip("\n")
        )
    text = "\n".join(
        [
            'statmodel: "1"',
            f"parameters: [{', '.join(parameters)}]",
            "channels:",
            *channels,
            f"measurements: [{{name: m, config: {{poi: {poi}}}}}]",
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)  # of negative totals far from the data
        return sm.compile(sm.parse_spec(text))[0]


def observed(*counts):
    """One event a bin, of the weight of all."""
    return sm.Dataset(
        channels={
            f"c{number}": make_events({"x": [0.5]}, weights=[float(n)])
            for number, n in enumerate(counts)
        },
        auxiliary={},
    )
