r"""Makes the data files of the example specs: ``python specs/make_examples.py [FOLDER]``.

Off-shell Higgs production in four leptons. The amplitudes of gg -> ZZ are real vectors with two
components, one per helicity state of the Z pair: longitudinal (L), where the Higgs boson interferes
with the continuum, and transverse (T), where there is no Higgs boson.

.. math:: \frac{dN}{dx} = F(x)\,\bigl|\sqrt\mu\, A_S(x) + A_B(x)\bigr|^2 + q(x), \qquad
   A_S = (a_S, 0), \quad A_B = (-a_L, a_T)

with x the four-lepton mass, u = x / 220 GeV, beta(x) = sqrt(1 - (2 m_Z / x)^2) and

.. math:: F = \beta u^{-3}, \quad a_S = k_S \sqrt{u}\, \frac{x^2}{x^2 - m_H^2}, \quad
   a_L = k_L u^{-1}, \quad a_T = k_T u^{-5/4}, \quad q = k_q \beta u^{-5}.

The constants k follow from the yields of the four processes, integrated by Gauss-Legendre
quadrature (exact to rounding). Every density ratio is the quotient of two such closed forms. The
other examples are drawn from textbook densities.

Random numbers come from ``numpy.random.RandomState``, whose stream NumPy promises never to change.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Column: TypeAlias = np.ndarray
Density: TypeAlias = Callable[[Column], Column]

LOW, HIGH = 220.0, 2000.0  # GeV
M_Z, M_H = 91.1876, 125.0  # GeV
PIVOT = 300.0  # GeV, where shape variations change nothing
YIELD = {"S": 15.1, "SBI": 155.7, "B": 162.7, "qqZZ": 610.0}  # events in the range

_ROOTS, _WEIGHTS = np.polynomial.legendre.leggauss(400)
_HALF = 0.5 * np.log(HIGH / LOW)
NODES = np.sqrt(LOW * HIGH) * np.exp(_HALF * _ROOTS)  # GeV, Gauss-Legendre in the logarithm
NODE_WEIGHTS = _HALF * _WEIGHTS * NODES


def integral(density: Density) -> float:
    """The integral over the mass range; the integrands are smooth, 400 nodes reach rounding."""
    return float(NODE_WEIGHTS @ density(NODES))


def flux(x: Column) -> Column:
    """F: gluon flux times phase space, in arbitrary units."""
    return _velocity(x) * (x / LOW) ** -3


def _velocity(x: Column) -> Column:
    return np.sqrt(1.0 - (2.0 * M_Z / x) ** 2)


def _tilt(x: Column, power: float) -> Column:
    return (x / PIVOT) ** power


def higgs_amplitude(x: Column) -> Column:
    """a_S / k_S: the propagator, and a coupling to longitudinal Z that grows."""
    return np.sqrt(x / LOW) * x**2 / (x**2 - M_H**2)


def box_amplitudes(x: Column) -> tuple[Column, Column]:
    """a_L / k_L and a_T / k_T: the continuum, through a loop of quarks."""
    return LOW / x, (LOW / x) ** 1.25


def couplings() -> tuple[float, float, float]:
    """k_S, k_L, k_T from the yields: of S alone, of the interference, of B alone."""
    interference = YIELD["SBI"] - YIELD["S"] - YIELD["B"]
    longitudinal, transverse = box_amplitudes(NODES)
    measure, higgs = NODE_WEIGHTS * flux(NODES), higgs_amplitude(NODES)
    k_s = np.sqrt(YIELD["S"] / (measure @ higgs**2))
    k_l = -interference / (2.0 * k_s * (measure @ (higgs * longitudinal)))
    rest = YIELD["B"] - k_l**2 * (measure @ longitudinal**2)
    return float(k_s), float(k_l), float(np.sqrt(rest / (measure @ transverse**2)))


K_S, K_L, K_T = couplings()


@final
@dataclass(frozen=True)
class Amplitudes:
    """gg -> ZZ with its amplitudes tilted by powers of the mass; (0, 0) is nominal.

    Attributes:
        signal: power of x / 300 GeV that multiplies the amplitude of the Higgs boson.
        box: the same for both helicities of the continuum.
    """

    signal: float = 0.0
    box: float = 0.0

    def spectrum(self, x: Column, *, mu: float, continuum: float = 1.0) -> Column:
        """Events per GeV from gg -> ZZ at signal strength mu; `continuum=0` leaves A_B out."""
        longitudinal, transverse = box_amplitudes(x)
        higgs = np.sqrt(mu) * K_S * higgs_amplitude(x) * _tilt(x, self.signal)
        box = continuum * _tilt(x, self.box)
        return flux(x) * ((higgs - box * K_L * longitudinal) ** 2 + (box * K_T * transverse) ** 2)

    def density(self, process: str) -> Density:
        """The normalised density of S, SBI or B."""
        mu, continuum = {"S": (1.0, 0.0), "SBI": (1.0, 1.0), "B": (0.0, 1.0)}[process]
        return normalised(lambda x: self.spectrum(x, mu=mu, continuum=continuum))


def normalised(density: Density) -> Density:
    """Divided by its integral over the mass range."""
    total = integral(density)
    return lambda x: density(x) / total


def qqzz(power: float = 0.0) -> Density:
    """The density of q qbar -> ZZ, which does not interfere, tilted by a power of the mass."""
    return normalised(lambda x: _velocity(x) * (x / LOW) ** -5 * _tilt(x, power))


def log_flat(x: Column) -> Column:
    """The density that is flat in the logarithm of the mass."""
    return 1.0 / (x * np.log(HIGH / LOW))


def reference(x: Column) -> Column:
    """p_ref: a quarter each of S, B, qqZZ and a flat logarithm, so that no ratio exceeds four."""
    nominal = Amplitudes()
    shapes = (nominal.density("S"), nominal.density("B"), qqzz(), log_flat)
    return 0.25 * sum(shape(x) for shape in shapes)


def quantile(density: Density, at: Column) -> Column:
    """The inverse of the distribution function, from a trapezoidal sum over 200 001 masses."""
    grid = np.geomspace(LOW, HIGH, 200_001)
    height = density(grid)
    steps = 0.5 * (height[1:] + height[:-1]) * np.diff(grid)
    cumulative = np.concatenate([[0.0], np.cumsum(steps)])
    return np.interp(at, cumulative / cumulative[-1], grid)


def simulated_masses(random: np.random.RandomState, size: int) -> Mapping[str, Column]:
    """A stratified, weighted sample of p_ref: half of it is drawn flat in the logarithm."""

    def sampling(x: Column) -> Column:
        return 0.5 * (reference(x) + log_flat(x))

    strata = (np.arange(size) + random.random_sample(size)) / size  # one event in each slice
    mass = quantile(sampling, random.permutation(strata))
    return {"m4l": mass, "w": reference(mass) / sampling(mass)}


def observed_masses(random: np.random.RandomState, mu: float) -> Column:
    """A Poisson number of events from the exact density: no ratio enters here."""

    def total(x: Column) -> Column:
        return Amplitudes().spectrum(x, mu=mu) + YIELD["qqZZ"] * qqzz()(x)

    return quantile(total, random.random_sample(random.poisson(integral(total))))


def ratios(x: Column) -> Mapping[str, Column]:
    """p_j / p_ref for each process."""
    nominal = Amplitudes()
    shapes = {name: nominal.density(name) for name in ("S", "SBI", "B")} | {"qqZZ": qqzz()}
    return {f"r_{name}": shape(x) / reference(x) for name, shape in shapes.items()}


def offshell_anchors(x: Column) -> Mapping[str, Column]:
    """p_j(+-1) / p_j(0): S, SBI and B from the same varied amplitudes, qqZZ from its own."""
    nominal, columns = Amplitudes(), {}
    for side, sign in (("up", 1.0), ("dn", -1.0)):
        varied = Amplitudes(signal=0.05 * sign, box=0.10 * sign)
        for name in ("S", "SBI", "B"):
            columns[f"g_{name}_gg_{side}"] = varied.density(name)(x) / nominal.density(name)(x)
        columns[f"g_qqZZ_ew_{side}"] = qqzz(-0.15 * sign)(x) / qqzz()(x)
    return columns


def jes_anchors(x: Column) -> Mapping[str, Column]:
    """The response of S to the jet energy scale in the example of the format."""
    nominal = Amplitudes().density("S")
    up, down = (Amplitudes(signal=power).density("S") for power in (0.06, -0.05))
    return {"g_S_jes_up": up(x) / nominal(x), "g_S_jes_dn": down(x) / nominal(x)}


def truncated(draw: Callable[[int], Column], *, size: int, low: float, high: float) -> Column:
    """`size` numbers between `low` and `high`, by rejection."""
    kept = np.empty(0)
    while kept.size < size:
        batch = draw(2 * size + 16)
        kept = np.concatenate([kept, batch[(batch >= low) & (batch <= high)]])
    return kept[:size]


def make_offshell(folder: Path) -> None:
    """The files of offshell_h4l.yaml, truth mu = 1."""
    random = np.random.RandomState(20110413)
    pool = simulated_masses(random, 20_000)
    seen = observed_masses(random, mu=1.0)
    for name, events in (("pool", pool), ("observed", {"m4l": seen})):
        x = events["m4l"]
        columns = {**events, **ratios(x), **offshell_anchors(x)}
        write_parquet(folder / f"offshell_h4l_{name}.parquet", columns)


def make_spec_format_example(folder: Path) -> None:
    """The files of spec_format_example.yaml, truth mu = 1 and mu_on = 1."""
    random = np.random.RandomState(20120704)
    pool = simulated_masses(random, 5_000)
    seen = observed_masses(random, mu=1.0)
    for name, events in (("pool", pool), ("observed", {"m4l": seen})):
        x = events["m4l"]
        columns = {**events, **ratios(x), **jes_anchors(x)}
        write_parquet(folder / f"spec_format_example_{name}.parquet", columns)
    signal = truncated(
        lambda n: random.normal(125.0, 1.8, n), size=random.poisson(40.0), low=100.0, high=180.0
    )
    background = truncated(
        lambda n: 100.0 + random.exponential(50.0, n),
        size=random.poisson(5000.0),
        low=100.0,
        high=180.0,
    )
    write_csv(
        folder / "spec_format_example_peak.csv",
        {"mass_gev": random.permutation(np.concatenate([signal, background]))},
    )


def make_peak(folder: Path) -> None:
    """The file of peak.yaml: 150 signal events at 125.4 GeV on 2400 of background."""
    random = np.random.RandomState(125)
    signal = random.normal(125.4, 1.7, random.poisson(150.0))
    background = truncated(
        lambda n: 105.0 + random.exponential(30.0, n),
        size=random.poisson(2400.0),
        low=105.0,
        high=160.0,
    )
    write_csv(
        folder / "peak.csv", {"mass": random.permutation(np.concatenate([signal, background]))}
    )


def make_lz_like(folder: Path) -> None:
    """The file of lz_like.yaml: 30 electron recoils, and 0.5 nuclear ones times mu = 4."""
    random = np.random.RandomState(1982)
    electron, nuclear = random.poisson(30.0), random.poisson(0.5 * 4.0)
    s1 = [
        random.uniform(3.0, 80.0, electron),
        truncated(lambda n: 3.0 + random.exponential(15.0, n), size=nuclear, low=3.0, high=80.0),
    ]
    y = [random.normal(0.0, 1.0, electron), random.normal(-1.0, 1.0, nuclear)]
    order = random.permutation(electron + nuclear)
    columns = {"s1": np.concatenate(s1)[order], "y": np.concatenate(y)[order]}
    write_csv(folder / "lz_like.csv", columns)


def make_higgs_tautau(folder: Path) -> None:
    """The file of higgs_tautau_unbinned.yaml, truth mu = 1."""
    random = np.random.RandomState(13)
    draws = (
        (lambda n: random.normal(121.0, 20.0, n), random.poisson(21.8)),
        (lambda n: 50.0 + random.exponential(40.0, n), random.poisson(500.0)),
    )
    masses = [truncated(draw, size=size, low=50.0, high=200.0) for draw, size in draws]
    write_csv(
        folder / "higgs_tautau_unbinned.csv", {"mass": random.permutation(np.concatenate(masses))}
    )


def write_parquet(path: Path, columns: Mapping[str, Column]) -> None:
    """One row group, bytes of equal significance together: a fifth smaller."""
    pq.write_table(
        pa.table(dict(columns)),
        path,
        compression="zstd",
        use_dictionary=False,
        use_byte_stream_split=True,
    )


def write_csv(path: Path, columns: Mapping[str, Column]) -> None:
    """Five digits behind the point: what a detector might resolve, and more."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(f"{value:.5f}" for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_examples(folder: Path) -> None:
    """Write the files of all examples into a folder."""
    make_offshell(folder)
    make_spec_format_example(folder)
    make_peak(folder)
    make_lz_like(folder)
    make_higgs_tautau(folder)


if __name__ == "__main__":
    make_examples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
