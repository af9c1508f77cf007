"""What is wanted: how many times faster, or slower at most, with a gate and an aim for each.

Gates are the ratios that prototypes reached, with a slack of 1.5 for the noise of a shared machine;
aims are those ratios themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

from .results import Result, ratios

Results: TypeAlias = Mapping[str, Result]
Place: TypeAlias = tuple[str, str]
"""(contestant, task), or (contestant, fact)."""


@final
@dataclass(frozen=True)
class Speed:
    """A ratio of times, turn by turn."""

    case: str
    over: Place
    under: Place
    per: float = 1.0
    """How many times more work `over` has than `under`."""

    def measured(self, results: Results) -> list[float]:
        """The ratio of each turn; none where one of the two was not measured."""
        if self.case not in results:
            return []
        result = results[self.case]
        turns = ratios(result.seconds(*self.over), result.seconds(*self.under))
        return [ratio / self.per for ratio in turns]


@final
@dataclass(frozen=True)
class Facts:
    """A ratio of two facts of a contestant."""

    case: str
    over: Place
    under: Place

    def measured(self, results: Results) -> list[float]:
        """The one ratio; none where it was not measured."""
        if self.case not in results:
            return []
        records = results[self.case].contestants
        found = [
            records[name].facts[fact]
            for name, fact in (self.over, self.under)
            if name in records and fact in records[name].facts
        ]
        return [float(found[0]) / float(found[1])] if len(found) == 2 else []


@final
@dataclass(frozen=True)
class Above:
    """How far above the lowest nll that any contestant found a fit ended."""

    case: str
    contestant: str

    def measured(self, results: Results) -> list[float]:
        """The one difference; none where the fit did not end, or had no company."""
        if self.case not in results:
            return []
        records = results[self.case].contestants
        ends = {n: r.values["fit"][0] for n, r in records.items() if r.values.get("fit")}
        if self.contestant not in ends or len(ends) == 1:
            return []
        return [ends[self.contestant] - min(ends.values())]


@final
@dataclass(frozen=True)
class Goal:
    """One figure that is wanted."""

    work: str
    figure: str
    """What the number is."""
    measure: Speed | Facts | Above
    gate: float
    aim: float | None = None
    at_least: bool = False
    """Whether large is good."""

    def verdict(self, median: float) -> str:
        """In words."""
        if self.aim is not None and self._reaches(median, self.aim):
            return "aim reached"
        if self._reaches(median, self.gate):
            return "gate passed"
        return "**falls short**"

    def bound(self, number: float | None) -> str:
        """A gate or an aim as it is read."""
        if number is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {number:g}"

    def _reaches(self, number: float, wanted: float) -> bool:
        return number >= wanted if self.at_least else number <= wanted


_NSBI = "ratio channel, 10⁵ × 5 × 20"
_SEARCH = "likelihood ratio at 41 hypotheses, one nuisance"
_PEAK = "Gaussian + exponential, 10⁶"


def _faster(work: str, case: str, task: str, rival: str, gate: float, aim: float) -> Goal:
    figure = f"time of {rival} / ours, {task}"
    measure = Speed(case, over=(rival, task), under=("ours", task))
    return Goal(work, figure, measure, gate, aim, at_least=True)


def _memory(size: str, task: str) -> Goal:
    measure = Facts("nsbi-sizes", over=(size, f"{task}_peak_bytes"), under=(size, "stored_bytes"))
    return Goal(f"ratio channel, {size}", f"peak memory / stored ratios, {task}", measure, 1.5)


def _same_cost(size: str, task: str, times: float) -> Goal:
    measure = Speed("nsbi-sizes", over=(size, task), under=("10⁵ × 5 × 20", task), per=times)
    figure = f"time an element / that of 10⁵ × 5 × 20, {task}"
    return Goal(f"ratio channel, {size}", figure, measure, 1.6, 1.2)


def _histograms(size: str, task: str, rival: str, gate: float, aim: float | None = None) -> Goal:
    case = f"histograms-{size.lower()}"
    words = {"A": "10 × 20 bins, 61 parameters", "B": "30 × 20 bins, 231 parameters"}[size]
    figure = f"time of {rival} / ours, {task}"
    measure = Speed(case, over=(rival, task), under=("ours", task))
    return Goal(words, figure, measure, gate, aim, at_least=True)


_TOYS = "Gaussian + exponential, toys of 10³"
_SAMPLING = Speed("histograms-nuts", over=("pyhf jax", "nuts"), under=("ours", "nuts"))
_CABINETRY = Speed("histograms-ranking", over=("cabinetry", "ranking"), under=("ours", "ranking"))
_RANKED = "10 × 20 bins, 61 parameters"

GOALS: Sequence[Goal] = (
    _faster(_NSBI, "nsbi", "gradient", "naive", 34, 50),
    Goal(
        _NSBI,
        "time of ours / numba, gradient",
        Speed("nsbi", over=("ours", "gradient"), under=("numba", "gradient")),
        2.3,
        1.5,
    ),
    Goal(
        _NSBI,
        "time of hessian / gradient, ours",
        Speed("nsbi", over=("ours", "hessian"), under=("ours", "gradient")),
        4,
        2.7,
    ),
    _faster("ratio channel, 10⁴ × 5 × 20", "nsbi-hessian", "hessian", "naive", 100, 300),
    _faster(_NSBI, "nsbi", "fit", "iminuit", 10, 20),
    Goal(
        _NSBI,
        "time of fit / gradient, ours",
        Speed("nsbi", over=("ours", "fit"), under=("ours", "gradient")),
        60,
    ),
    Goal(_NSBI, "nll above the lowest found, fit", Above("nsbi", "ours"), 1e-5),
    Goal(
        "ratio channel, 10⁵ × 5 × 100",
        "time of a ranking by 400 re-fits / one fit, ours",
        Speed("nsbi-ranking", over=("ours", "ranking"), under=("ours", "fit")),
        60,
    ),
    *(
        _same_cost(size, task, times)
        for size, times in (("10⁵ × 5 × 100", 5.0), ("10⁶ × 5 × 20", 10.0))
        for task in ("gradient", "hessian")
    ),
    *(
        _memory(size, task)
        for size in ("10⁵ × 5 × 100", "10⁶ × 5 × 20")
        for task in ("gradient", "hessian")
    ),
    _faster(_PEAK, "peak", "value", "roofit", 5, 8),
    _faster(_PEAK, "peak", "value", "zfit", 2.9, 4),
    _faster(_PEAK, "peak", "gradient", "zfit", 1.7, 2.6),
    _faster(_PEAK, "peak", "fit", "roofit", 7, 11),
    _faster(_PEAK, "peak", "fit", "zfit", 6, 10),
    _faster(_TOYS, "peak-toys", "toys", "roofit", 4.4, 6.6),
    _faster(_TOYS, "peak-toys", "toys", "iminuit.cost", 15, 23),
    _faster(_TOYS, "peak-toys", "toys", "zfit", 380, 570),
    _faster(
        "toys of 1000 events from a pool of 20 000",
        "pool-toys",
        "toys",
        "iminuit-numpy",
        4,
        6.0,
    ),
    _faster(_SEARCH, "neyman", "toys", "iminuit", 50, 85),
    _faster(_SEARCH, "neyman", "construction", "iminuit", 50, 85),
    _faster(_SEARCH, "neyman", "toys", "hepstats", 100, 1000),
    Goal(
        "denominators, 32 events",
        "time of ours / logs alone at 201 values, plain",
        Speed("denominators", over=("ours", "plain"), under=("logs alone", "plain")),
        1.5,
    ),
    _faster("denominators, 32 events", "denominators", "marginal", "NUTS + bridge", 1000, 8000),
    Goal(
        "denominators, 32 events",
        "time of ours, 20 profiled / two fits",
        Speed("denominators", over=("ours", "profiled"), under=("ours", "ratio")),
        6,
    ),
    Goal(_PEAK, "nll above the lowest found, fit", Above("peak", "ours"), 1e-5),
    _histograms("A", "value", "pyhf jax", 6, 9),
    _histograms("A", "gradient", "pyhf jax", 8, 12),
    _histograms("A", "fit", "pyhf jax", 120, 198),
    _histograms("A", "fit", "histfactory", 80, 124),
    _histograms("A", "toys", "pyhf jax", 120, 211),
    _histograms("A", "ranking", "pyhf jax", 100, 240),
    Goal(_RANKED, "time of cabinetry / ours, ranking", _CABINETRY, 2000, 5000, at_least=True),
    Goal(_RANKED, "time an effective sample, pyhf jax / ours", _SAMPLING, 25, 50, at_least=True),
    Goal(_RANKED, "nll above the lowest found, fit", Above("histograms-a", "ours"), 1e-6),
    _histograms("B", "fit", "pyhf jax", 300, 643),
    _histograms("B", "toys", "pyhf jax", 400, 1028),
    Goal(
        "30 × 20 bins, 231 parameters",
        "nll above the lowest found, fit",
        Above("histograms-b", "ours"),
        1e-6,
    ),
    Goal(
        "first fit of histograms",
        "time to compile of B / of A",
        Speed("histograms-compile", over=("B", "compile"), under=("A", "compile")),
        1.5,
        1.2,
    ),
    Goal(
        "first fit, 500 × 5 × K",
        "time to compile at K = 200 / K = 10",
        Speed("compile", over=("K = 200", "compile"), under=("K = 10", "compile")),
        1.5,
    ),
    Goal(
        "demo in a new process",
        "time with a warm cache / that of `import jax, numpyro`",
        Speed("cold-start", over=("demo", "process"), under=("import jax, numpyro", "process")),
        2.5,
        1.6,
    ),
)
