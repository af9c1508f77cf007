r"""The off-shell likelihood in plain numpy, twice.

1. From closed forms, with no ratio in sight: -log L = nu(mu) - sum_i log dN/dx(x_i), up to a
   constant of the data; integrals by adaptive quadrature.
2. From the columns of the data files, with nuisance parameters, as the format defines it:

.. math:: -\log L = \nu - \sum_i \log \sum_j \frac{\lambda_j}{Z_j(\alpha)}\, r_{ij}
   \prod_k g_{ijk}(\alpha_k) - \sum_k \log N(0 \mid \alpha_k, 1), \qquad
   Z_j = \sum_l w_l r_{lj} \prod_k g_{ljk} \Big/ \sum_l w_l

Numbers come from the YAML file, read as plain data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import pyarrow.parquet as pq
from ruamel.yaml import YAML
from scipy import integrate

SCALES: Mapping[str, Callable[[float], float]] = {
    "S": lambda mu: mu - np.sqrt(mu),
    "SBI": np.sqrt,
    "B": lambda mu: 1 - np.sqrt(mu),
}

# ---- closed forms ----


def _flux(x):
    return np.sqrt(1 - (2 * 91.1876 / x) ** 2) * (220 / x) ** 3


def _signal(x):
    return np.sqrt(x / 220) * x**2 / (x**2 - 125**2)


def _integral(function) -> float:
    pieces = (220, 260, 350, 500, 900, 2000)
    return sum(
        integrate.quad(function, a, b, epsabs=1e-14, epsrel=1e-13)[0]
        for a, b in zip(pieces[:-1], pieces[1:], strict=True)
    )


@final
class ClosedForm:
    """dN/dx = F [(sqrt(mu) kS aS - kL/u)^2 + (kT/u^1.25)^2] + kq beta/u^5, u = x/220 GeV."""

    def __init__(self) -> None:
        self.k_s = np.sqrt(15.1 / _integral(lambda x: _flux(x) * _signal(x) ** 2))
        overlap = _integral(lambda x: _flux(x) * _signal(x) * 220 / x)
        self.k_l = (15.1 + 162.7 - 155.7) / (2 * self.k_s * overlap)
        longitudinal = self.k_l**2 * _integral(lambda x: _flux(x) * (220 / x) ** 2)
        transverse = _integral(lambda x: _flux(x) * (220 / x) ** 2.5)
        self.k_t = np.sqrt((162.7 - longitudinal) / transverse)
        self.k_q = 610 / _integral(lambda x: _flux(x) * (220 / x) ** 2)

    def spectrum(self, x, mu: float):
        """Events per GeV."""
        amplitude = np.sqrt(mu) * self.k_s * _signal(x) - self.k_l * 220 / x
        gluons = _flux(x) * (amplitude**2 + self.k_t**2 * (220 / x) ** 2.5)
        return gluons + self.k_q * _flux(x) * (220 / x) ** 2

    def nll(self, x, mu: float) -> float:
        """-log L, up to a constant of the data."""
        return _integral(lambda y: self.spectrum(y, mu)) - np.log(self.spectrum(x, mu)).sum()

    def draw(self, mu: float, *, seed: int) -> np.ndarray:
        """Masses by rejection from an envelope that is flat in log x. Unit: GeV."""
        random = np.random.RandomState(seed)
        size = random.poisson(_integral(lambda y: self.spectrum(y, mu)))
        grid = np.geomspace(220, 2000, 2001)
        ceiling = 1.01 * (grid * self.spectrum(grid, mu)).max()
        kept = np.empty(0)
        while kept.size < size:
            x = 220 * (2000 / 220) ** random.random_sample(4000)
            accepted = random.random_sample(4000) * ceiling < x * self.spectrum(x, mu)
            kept = np.concatenate([kept, x[accepted]])
        return kept[:size]


# ---- the template likelihood ----


@final
class Code4:
    """Interpolation code 4 between anchors hi at +1, lo at -1; elementwise over the anchors."""

    def __init__(self, hi, lo) -> None:
        self.log_hi, self.log_lo = lh, ll = np.log(hi), np.log(lo)
        s0, a0 = (hi + lo) / 2, (hi - lo) / 2
        s1, a1 = (hi * lh - lo * ll) / 2, (hi * lh + lo * ll) / 2
        s2, a2 = (hi * lh**2 + lo * ll**2) / 2, (hi * lh**2 - lo * ll**2) / 2
        self.powers = (
            (-8 + 8 * s0 - 5 * a1 + s2) / 8,
            (3 * a0 - 3 * s1 + a2) / 8,
            (12 - 12 * s0 + 7 * a1 - s2) / 4,
            (-5 * a0 + 5 * s1 - a2) / 4,
            (-24 + 24 * s0 - 9 * a1 + s2) / 8,
            (15 * a0 - 7 * s1 + a2) / 8,
            np.ones_like(s0),
        )

    def __call__(self, alpha: float):
        if abs(alpha) >= 1:
            return np.exp(alpha * self.log_hi if alpha > 0 else -alpha * self.log_lo)
        total = self.powers[0] * alpha + self.powers[1]  # Horner, highest power first
        for coefficient in self.powers[2:]:
            total *= alpha
            total += coefficient
        return total


@final
@dataclass(frozen=True)
class Process:
    """Rate and shape of one process, at the events and over the pool (average of one row)."""

    scale: Callable[[float], float]
    yield_: float
    normfactors: tuple[str, ...]
    normsys: tuple[tuple[str, Code4], ...]
    ratios: tuple[np.ndarray, np.ndarray]
    densitysys: tuple[tuple[str, tuple[Code4, Code4]], ...]

    def rate(self, mu: float, at: Mapping[str, float]) -> float:
        value = self.yield_ * self.scale(mu)
        value *= np.prod([at[name] for name in self.normfactors])
        return value * np.prod([response(at[name]) for name, response in self.normsys])

    def shape(self, table: int, at: Mapping[str, float]) -> np.ndarray:
        """r prod g over table 0 (events) or 1 (pool)."""
        values = self.ratios[table]
        for name, responses in self.densitysys:
            values = values * responses[table](at[name])
        return values


@final
@dataclass(frozen=True)
class RatioChannel:
    """A channel of ratios under `reference` normalisation."""

    processes: tuple[Process, ...]
    weights: np.ndarray

    @classmethod
    def read(cls, spec: Path, name: str, *, observed: Path | None = None) -> "RatioChannel":
        """Channel `name` of a YAML file, with its data files, or with other observed events."""
        document = YAML(typ="safe", pure=True).load(spec.read_text())
        channel = next(c for c in document["channels"] if c["name"] == name)
        seen = next(o for o in document["observations"] if o["name"] == name)
        tables = (
            _table(observed or spec.parent / seen["file"]),
            _table(spec.parent / channel["simulation"]["file"]),
        )
        return cls(
            processes=tuple(_process(one, tables) for one in channel["processes"]),
            weights=tables[1]["w"] / tables[1]["w"].sum(),
        )

    def nll(self, mu: float, at: Mapping[str, float]) -> float:
        """nu - sum log m, constraints not included."""
        total, mixture = 0.0, 0.0
        for process in self.processes:
            rate = process.rate(mu, at)
            z = (self.weights * process.shape(1, at)).sum()
            total += rate
            mixture = mixture + rate / z * process.shape(0, at)
        return total - np.log(mixture).sum() if (mixture > 0).all() else np.inf


def gaussian_constraints(*alphas: float) -> float:
    """-log of unit gaussians at zero."""
    return sum(0.5 * alpha**2 + 0.5 * np.log(2 * np.pi) for alpha in alphas)


def _process(process: Mapping, tables: tuple[Mapping[str, np.ndarray], ...]) -> Process:
    modifiers = process.get("modifiers", [])
    factors, rates, shapes = (
        [m for m in modifiers if m["type"] == kind]
        for kind in ("normfactor", "normsys", "densitysys")
    )
    return Process(
        scale=SCALES.get(process["name"], lambda _: 1.0),
        yield_=process["yield"],
        normfactors=tuple(m["name"] for m in factors),
        normsys=tuple(
            (m["name"], Code4(np.float64(m["data"]["hi"]), np.float64(m["data"]["lo"])))
            for m in rates
        ),
        ratios=tuple(table[process["density"]["column"]] for table in tables),
        densitysys=tuple((m["name"], tuple(_response(m, t) for t in tables)) for m in shapes),
    )


def _response(modifier: Mapping, table: Mapping[str, np.ndarray]) -> Code4:
    return Code4(*(table[modifier["data"][side]["column"]] for side in ("hi", "lo")))


def _table(path: Path) -> Mapping[str, np.ndarray]:
    table = pq.read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}
