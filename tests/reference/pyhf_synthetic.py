"""Small workspaces that use every modifier of HistFactory, for `make_pyhf.py`.

Each is a function of nothing; counts that look random are, with a seed of their own. All numbers
are rounded, so that the file that keeps them stays short.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

Json: TypeAlias = dict
DEFAULT = {"normsys": "code4", "histosys": "code4p"}
LINEAR = {"normsys": "code1", "histosys": "code0"}


def _modifier(kind: str, name: str, data: object = None) -> Json:
    return {"type": kind, "name": name, "data": data}


def _norm(name: str, low: float, high: float) -> Json:
    return _modifier("normsys", name, {"hi": high, "lo": low})


def _shape(name: str, low: Sequence[float], high: Sequence[float]) -> Json:
    return _modifier("histosys", name, {"hi_data": list(high), "lo_data": list(low)})


def _sample(name: str, data: Sequence[float], *modifiers: Json) -> Json:
    return {"name": name, "data": list(data), "modifiers": list(modifiers)}


def _measurement(name: str, poi: str, *parameters: Json) -> Json:
    return {"name": name, "config": {"poi": poi, "parameters": list(parameters)}}


def _workspace(
    channels: Mapping[str, Sequence[Json]],
    observed: Mapping[str, Sequence[float]],
    *measurements: Json,
) -> Json:
    return {
        "channels": [{"name": name, "samples": list(one)} for name, one in channels.items()],
        "observations": [{"name": name, "data": list(data)} for name, data in observed.items()],
        "measurements": list(measurements) or [_measurement("m", "mu")],
        "version": "1.0.0",
    }


_MU = _modifier("normfactor", "mu")


def counting() -> Json:
    """One bin and no nuisance parameter: the best fit is (12 - 8)/5, its error √12/5."""
    samples = [_sample("s", [5.0], _MU), _sample("b", [8.0])]
    return _workspace({"one": samples}, {"one": [12.0]})


def uncorrelated() -> Json:
    """Poisson-constrained factors a bin."""
    background = _sample("b", [50.0, 60.0, 40.0], _modifier("shapesys", "un", [7.0, 12.0, 3.0]))
    samples = [_sample("s", [5.0, 10.0, 4.0], _MU), background]
    return _workspace({"region": samples}, {"region": [55.0, 62.0, 49.0]})


def shapesys_zeros() -> Json:
    """Bins in which the uncertainty, or the sample, is zero have no factor that floats."""
    background = _sample(
        "b", [50.0, 0.0, 40.0, 12.0], _modifier("shapesys", "un", [7.0, 3.0, 0.0, 2.5])
    )
    other = _sample("other", [3.0, 2.0, 1.0, 0.0], _norm("rate", 0.8, 1.25))
    samples = [_sample("s", [2.0, 4.0, 6.0, 3.0], _MU), background, other]
    return _workspace({"region": samples}, {"region": [52.0, 7.0, 51.0, 15.0]})


def staterror_zeros() -> Json:
    """Two samples share the factors of a bin; one is empty here and there."""
    first = _sample(
        "b1", [50.0, 0.0, 20.0, 5.0], _modifier("staterror", "stat_region", [5.0, 0.0, 4.0, 2.0])
    )
    second = _sample(
        "b2", [30.0, 8.0, 0.0, 6.0], _modifier("staterror", "stat_region", [3.0, 2.0, 0.0, 0.0])
    )
    third = _sample("b3", [4.0, 1.0, 2.0, 1.0], _norm("rate", 0.9, 1.1))
    samples = [_sample("s", [4.0, 3.0, 6.0, 9.0], _MU), first, second, third]
    return _workspace({"region": samples}, {"region": [90.0, 9.0, 30.0, 18.0]})


def empty_bin() -> Json:
    """Nothing is expected in a bin and nothing is seen: its term is zero."""
    background = _sample(
        "b", [50.0, 0.0, 20.0], _modifier("staterror", "stat_region", [5.0, 0.0, 4.0])
    )
    samples = [_sample("s", [4.0, 0.0, 6.0], _MU), background]
    return _workspace({"region": samples}, {"region": [49.0, 0.0, 27.0]})


def correlated() -> Json:
    """A name moves shapes and rates of three samples in two channels."""
    low = _sample(
        "b",
        [100.0, 80.0, 55.0],
        _shape("tilt", [95.0, 80.0, 60.0], [108.0, 81.0, 49.0]),
        _norm("scale", 0.92, 1.07),
    )
    high = _sample(
        "b", [30.0, 18.0], _shape("tilt", [33.0, 17.0], [28.5, 18.5]), _norm("tilt", 0.97, 1.04)
    )
    signal = _sample("s", [6.0, 9.0, 12.0], _MU, _shape("tilt", [6.5, 9.0, 11.0], [5.8, 9.3, 13.0]))
    other = _sample("s", [5.0, 2.0], _MU, _norm("scale", 0.95, 1.1))
    return _workspace(
        {"low": [signal, low], "high": [other, high]},
        {"low": [112.0, 84.0, 71.0], "high": [31.0, 22.0]},
    )


def pulled() -> Json:
    """Data far from what is expected: the best fit lies beyond ±1, where interpolations differ."""
    background = _sample(
        "b",
        [400.0, 300.0, 200.0],
        _shape("tilt", [410.0, 300.0, 185.0], [380.0, 302.0, 222.0]),
        _norm("rate", 0.97, 1.05),
    )
    other = _sample("c", [80.0, 70.0, 90.0], _norm("rate", 1.02, 0.96), _norm("own", 0.9, 1.08))
    samples = [_sample("s", [5.0, 30.0, 8.0], _MU), background, other]
    return _workspace({"region": samples}, {"region": [408.0, 411.0, 402.0]})


def one_bin_channels() -> Json:
    """Five channels of one bin, four nuisance parameters, a second free normalisation."""
    rng = np.random.default_rng(5)
    channels, observed = {}, {}
    for c in range(5):
        signal, background, other = rng.uniform(4, 60, 3).round(2).tolist()
        rates = [
            _norm(f"rate_{k}", *(1 + rng.uniform([-0.15, 0.01], [-0.01, 0.15])).round(3).tolist())
            for k in range(4)
            if rng.random() < 0.6
        ]
        stat = _modifier("staterror", f"stat_c{c}", [round(0.1 * background, 3)])
        channels[f"c{c}"] = [
            _sample("s", [round(0.2 * signal, 2)], _MU, *rates[:1]),
            _sample("b", [background], stat, *rates),
            _sample("free", [other], _modifier("normfactor", "k_free"), *rates[1:]),
        ]
        observed[f"c{c}"] = [float(rng.poisson(0.3 * signal + background + 1.2 * other))]
    return _workspace(channels, observed)


def shape_factor() -> Json:
    """A background whose shape is taken from a control region."""
    free = _modifier("shapefactor", "from_control")
    signal = [_sample("s", [20.0, 20.0], _MU), _sample("b", [100.0, 70.0], free)]
    control = [_sample("b", [100.0, 100.0], free, _norm("transfer", 0.95, 1.05))]
    return _workspace(
        {"signal": signal, "control": control},
        {"signal": [220.0, 230.0], "control": [200.0, 300.0]},
    )


def luminosity() -> Json:
    """Two measurements: the luminosity is measured in one and fixed in the other."""
    lumi = {"name": "lumi", "auxdata": [1.1], "sigmas": [0.06], "inits": [1.1],
            "bounds": [[0.5, 2.0]]}  # fmt: skip
    known = _modifier("lumi", "lumi")
    samples = [
        _sample("s", [10.0, 15.0], _MU, known),
        _sample("b", [90.0, 60.0], known, _norm("theory", 0.9, 1.12)),
        _sample("fake", [20.0, 12.0], _modifier("normfactor", "k_fake")),
    ]
    control = [_sample("fake", [50.0], _modifier("normfactor", "k_fake"), known)]
    return _workspace(
        {"region": samples, "control": control},
        {"region": [133.0, 99.0], "control": [61.0]},
        _measurement("measured", "mu", lumi),
        _measurement("fixed", "mu", {**lumi, "fixed": True}),
    )


def settings() -> Json:
    """Starting values, bounds and fixed parameters of all kinds, from the measurement."""
    background = _sample(
        "b",
        [60.0, 40.0],
        _norm("rate", 0.9, 1.1),
        _norm("held", 0.8, 1.3),
        _shape("tilt", [55.0, 42.0], [64.0, 37.0]),
        _modifier("staterror", "stat_region", [4.0, 3.0]),
    )
    samples = [_sample("s", [8.0, 12.0], _MU), background]
    return _workspace(
        {"region": samples},
        {"region": [85.0, 71.0]},
        _measurement(
            "m",
            "mu",
            {"name": "mu", "inits": [2.0], "bounds": [[-3.0, 8.0]]},
            {"name": "held", "inits": [0.7], "fixed": True},
            {"name": "rate", "inits": [0.2], "bounds": [[-0.5, 0.5]]},
            {"name": "stat_region", "inits": [1.01, 0.98], "bounds": [[0.7, 1.3], [0.9, 1.1]]},
        ),
    )


def everything() -> Json:
    """All seven modifiers in three channels of one, three and four bins."""
    rng = np.random.default_rng(7)
    channels, observed = {}, {}
    for c, bins in enumerate((1, 3, 4)):
        background = (60 * np.exp(-0.4 * np.arange(bins))).round(2)
        tilt = 0.04 * np.arange(bins)
        up, down = ((background * (1 + sign * tilt)).round(3).tolist() for sign in (1.0, -0.8))
        error = (0.08 * background).round(3).tolist()
        signal = rng.uniform(2, 12, bins).round(2).tolist()
        other = rng.uniform(5, 25, bins).round(2).tolist()
        channels[f"c{c}"] = [
            _sample("s", signal, _MU, _modifier("lumi", "lumi"), _norm("scale", 0.93, 1.06)),
            _sample(
                "b",
                background.tolist(),
                _shape("tilt", down, up),
                _norm("scale", 0.95, 1.03),
                _modifier("staterror", f"stat_c{c}", error),
            ),
            _sample(
                "other",
                other,
                _modifier("lumi", "lumi"),
                _modifier("shapesys", f"un_c{c}", (0.15 * np.array(other)).round(3).tolist()),
            ),
        ]
        if bins > 1:
            free = _modifier("shapefactor", f"free_{bins}")
            channels[f"c{c}"].append(_sample("free", [4.0] * bins, free))
            channels[f"d{c}"] = [_sample("free", [40.0] * bins, free, _norm("scale", 1.04, 0.97))]
            observed[f"d{c}"] = rng.poisson(44.0, bins).astype(float).tolist()
        total = background + 1.4 * np.array(signal) + np.array(other) + 4.0
        observed[f"c{c}"] = rng.poisson(total).astype(float).tolist()
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0],
            "bounds": [[0.8, 1.2]]}  # fmt: skip
    return _workspace(channels, observed, _measurement("m", "mu", lumi))


_ALL: Sequence[Callable[[], Json]] = (
    counting,
    uncorrelated,
    shapesys_zeros,
    staterror_zeros,
    empty_bin,
    correlated,
    pulled,
    one_bin_channels,
    shape_factor,
    luminosity,
    settings,
    everything,
)


def workspaces() -> list[tuple[str, Json, Json]]:
    """Name, workspace and interpolation of each; three of them with both interpolations."""
    found = [(one.__name__, one(), DEFAULT) for one in _ALL]
    found += [(one.__name__, one(), LINEAR) for one in (correlated, pulled, everything)]
    return found
