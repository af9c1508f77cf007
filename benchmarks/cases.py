"""What is measured: the cases, with their contestants and the size of a test."""

import dataclasses

from .contestants import Contestant, Options
from .harness import Case, Work

# Sums of 10⁵ to 10⁶ terms in another order differ by some 1e-12 of the sum, and what is compared
# (a difference of sums, a gradient near its zero) is up to a thousand times smaller than the sum.
_ROUNDING = 1e-8
# MIGRAD ends where it estimates 1e-4 units of nll to the minimum, and the estimate is rough.
_MIGRAD = 1e-3

_VALUE, _GRADIENT, _HESSIAN = (
    Work(task, relative=_ROUNDING) for task in ("value", "gradient", "hessian")
)
_FIT = Work("fit", absolute=_MIGRAD, long=True, rounds=3)
_FRESH = {"JAX_ENABLE_COMPILATION_CACHE": "false", "STATMODEL_CACHE": "off"}

NSBI = Case(
    name="nsbi",
    title="Ratio channel, 10⁵ events × 5 processes × 20 nuisances",
    problem={"events": 100_000, "nuisances": 20},
    small={"events": 1_500, "nuisances": 3},
    contestants=(
        Contestant("ours", "benchmarks.nsbi.ours"),
        Contestant("naive", "benchmarks.nsbi.naive"),
        Contestant("numba", "benchmarks.nsbi.numba_loop", rival=True),
        Contestant("iminuit", "benchmarks.nsbi.iminuit_fit", options={"strategy": 1}),
        Contestant("iminuit-0", "benchmarks.nsbi.iminuit_fit", options={"strategy": 0}),
    ),
    work=(_VALUE, _GRADIENT, _HESSIAN, _FIT),
)

NSBI_HESSIAN = Case(
    name="nsbi-hessian",
    title="Ratio channel, 10⁴ events × 5 processes × 20 nuisances",
    problem={"events": 10_000, "nuisances": 20, "hessian": 1},
    small={"events": 500, "nuisances": 2, "hessian": 1},
    contestants=(
        Contestant("ours", "benchmarks.nsbi.ours"),
        Contestant("naive", "benchmarks.nsbi.naive"),
    ),
    work=(_GRADIENT, Work("hessian", relative=_ROUNDING, rounds=5)),
)

# The three sizes are problems of their own, so nothing is compared but time and memory.
NSBI_SIZES = Case(
    name="nsbi-sizes",
    title="Ratio channel, three sizes, and ratios stored in single precision",
    problem={},
    small={"events": 500, "nuisances": 2},
    contestants=(
        Contestant(
            "10⁵ × 5 × 20", "benchmarks.nsbi.ours", options={"events": 100_000, "nuisances": 20}
        ),
        Contestant(
            "10⁵ × 5 × 100", "benchmarks.nsbi.ours", options={"events": 100_000, "nuisances": 100}
        ),
        Contestant(
            "10⁶ × 5 × 20", "benchmarks.nsbi.ours", options={"events": 1_000_000, "nuisances": 20}
        ),
        Contestant(
            "10⁵ × 5 × 20, float32",
            "benchmarks.nsbi.ours",
            options={"events": 100_000, "nuisances": 20, "storage": "float32"},
        ),
    ),
    work=tuple(Work(task, compared=False) for task in ("value", "gradient", "hessian")),
)

NSBI_RANKING = Case(
    name="nsbi-ranking",
    title="Ratio channel, 10⁵ events × 5 × 100: a fit, and the ranking of all nuisances by re-fits",
    problem={"events": 100_000, "nuisances": 100, "ranking": 1},
    small={"events": 500, "nuisances": 2, "ranking": 1},
    contestants=(Contestant("ours", "benchmarks.nsbi.ours"),),
    work=(
        Work("fit", compared=False, long=True, rounds=3),
        Work("ranking", compared=False, long=True, rounds=1),
    ),
)

NSBI_NORMALIZATION = Case(
    name="nsbi-normalization",
    title="Ratio channel, 10⁵ events × 5 × 20: normalisation over a pool of 10⁵",
    problem={"events": 100_000, "nuisances": 20},
    small={"events": 1_500, "nuisances": 3},
    contestants=(
        Contestant("analytic", "benchmarks.nsbi.ours"),
        Contestant("reference", "benchmarks.nsbi.ours", options={"pool": 100_000}),
    ),
    work=tuple(
        Work(task, compared=False, long=task == "fit", rounds=3 if task == "fit" else 7)
        for task in ("value", "gradient", "hessian", "fit")
    ),
)

NSBI_TABLE = Case(
    name="nsbi-table",
    title="Ratio channel, 1000 events × 5 × 2: normalisation over a pool of 10⁵",
    problem={"events": 1_000, "nuisances": 2, "pool": 100_000},
    small={"events": 500, "nuisances": 2, "pool": 1_500},
    contestants=(
        Contestant("table", "benchmarks.nsbi.ours", options={"table": 1}),
        Contestant("streamed", "benchmarks.nsbi.ours"),
    ),
    work=(_VALUE, _GRADIENT, _HESSIAN, _FIT),
)

COMPILE = Case(
    name="compile",
    title="Time to compile and run the first fit, 500 events × 5 processes × K nuisances",
    problem={"events": 500},
    small={"events": 100, "nuisances": 2},
    contestants=tuple(
        Contestant(
            f"K = {k}", "benchmarks.nsbi.compilation", options={"nuisances": k}, environment=_FRESH
        )
        for k in (10, 50, 200)
    ),
    work=(Work("compile", compared=False, long=True, rounds=5),),
)

PEAK = Case(
    name="peak",
    title="Gaussian + exponential, extended, 10⁶ events",
    problem={"events": 1_000_000},
    small={"events": 3_000},
    contestants=(
        Contestant("ours", "benchmarks.peak.ours"),
        Contestant("naive", "benchmarks.peak.naive"),
        Contestant("roofit", "benchmarks.peak.roofit", rival=True),
        Contestant("zfit", "benchmarks.peak.zfit_loss", rival=True),
        Contestant("iminuit-numpy", "benchmarks.peak.iminuit_numpy"),
        Contestant("iminuit-numba-stats", "benchmarks.peak.iminuit_numba_stats", rival=True),
    ),
    work=(_VALUE, _GRADIENT, _HESSIAN, _FIT),
)

PEAK_TOYS = Case(
    name="peak-toys",
    title="Gaussian + exponential, extended: toys of 1000 events, drawn and fitted",
    problem={"events": 1000},
    small={"events": 300, "toys": 2},
    contestants=(
        Contestant("ours", "benchmarks.peak.ours", options={"toys": 1024}),
        Contestant("roofit", "benchmarks.peak.roofit", rival=True, options={"toys": 50}),
        Contestant("zfit", "benchmarks.peak.zfit_loss", rival=True, options={"toys": 3}),
        Contestant("iminuit.cost", "benchmarks.peak.iminuit_cost", options={"toys": 30}),
        Contestant("iminuit-numpy", "benchmarks.peak.iminuit_numpy", options={"toys": 30}),
    ),
    work=(Work("toys", absolute=_MIGRAD, rounds=5),),
)

POOL_TOYS = Case(
    name="pool-toys",
    title="Ratio channel, 1000 events × 5 × 2: toys drawn from a pool of 20 000 and fitted",
    problem={"events": 1000, "pool": 20_000},
    small={"events": 100, "pool": 1_000, "toys": 2},
    contestants=(
        Contestant("ours", "benchmarks.pool.ours", options={"toys": 1024}),
        Contestant("iminuit-numpy", "benchmarks.pool.iminuit_numpy", options={"toys": 100}),
    ),
    work=(Work("toys", absolute=_MIGRAD, rounds=5),),
)

# Both end within some 1e-3 of their minima, and what is compared is a difference of two of them.
_STATISTIC = 1e-2

NEYMAN = Case(
    name="neyman",
    title="Profiled likelihood ratio of toys of 30 to 45 events, one nuisance; its critical values "
    "at 41 hypotheses, by 5000 toys of each, or as much information",
    problem={"effective": 5000},
    small={"effective": 20, "toys": 82, "everywhere": 2048},
    contestants=(
        Contestant(
            "ours", "benchmarks.construction.ours", options={"toys": 205_000, "everywhere": 15_500}
        ),
        Contestant("iminuit", "benchmarks.construction.iminuit_fit", options={"toys": 205}),
        Contestant(
            "hepstats", "benchmarks.construction.hepstats_toys", rival=True, options={"toys": 8}
        ),
    ),
    work=(
        Work("toys", absolute=_STATISTIC, long=True, rounds=5),
        Work("construction", compared=False, long=True, rounds=5),
    ),
)

DENOMINATORS = Case(
    name="denominators",
    title="What the focused statistic compares with, a toy of 32 events: without nuisance "
    "parameters, one integrated, twenty profiled; two fits of the latter",
    problem={"toys": 4096},
    small={"toys": 16},
    contestants=(
        Contestant("ours", "benchmarks.construction.focused"),
        Contestant("logs alone", "benchmarks.construction.logs"),
        Contestant("NUTS + bridge", "benchmarks.construction.nuts_bridge"),
    ),
    # Of 2000 effective draws the error of a bridge is some hundredths.
    work=(
        Work("plain", absolute=1e-4, rounds=5),
        Work("marginal", absolute=0.1, long=True, rounds=3),
        Work("profiled", compared=False, long=True, rounds=3),
        Work("ratio", compared=False, long=True, rounds=3),
    ),
)

_SMALL_WORKSPACE = {"channels": 2, "bins": 3, "nuisances": 4, "toys": 2, "more_toys": 0}
# SLSQP and MIGRAD stop short, and so do their conditional fits: up to a hundredth of an error.
_IMPACT = 1e-2
# One toy of the first six of A has two minima, 0.05 apart; who starts where decides.
_TWO_MINIMA = 0.1
_RANKING = Work("ranking", absolute=_IMPACT, rounds=3)
# A fit of some milliseconds: one call a turn would measure how a processor wakes.
_SHORT_FIT = dataclasses.replace(_FIT, long=False)


def _histograms(name: str, title: str, problem: Options, our_toys: int, *work: Work) -> Case:
    """The workspace of one size, in the hands of everyone who reads workspaces."""
    return Case(
        name=name,
        title=title,
        problem=problem,
        small=_SMALL_WORKSPACE,
        contestants=(
            Contestant("ours", "benchmarks.histograms.ours", options={"more_toys": our_toys}),
            Contestant("ours, by name", "benchmarks.histograms.ours", options={"calls": 1}),
            Contestant("pyhf jax", "benchmarks.histograms.pyhf_jax", rival=True),
            Contestant("pyhf minuit", "benchmarks.histograms.pyhf_minuit", rival=True),
            Contestant("histfactory", "benchmarks.histograms.histfactory", rival=True),
        ),
        work=(_VALUE, _GRADIENT, _HESSIAN, _SHORT_FIT, *work),
    )


_TOYS = Work("toys", absolute=_TWO_MINIMA, long=True, rounds=3)
HISTOGRAMS_A = _histograms(
    "histograms-a",
    "Histograms, 10 channels × 20 bins, 61 parameters",
    {"channels": 10, "bins": 20, "nuisances": 60, "toys": 6},
    1000,
    _TOYS,
    _RANKING,
)
HISTOGRAMS_B = _histograms(
    "histograms-b",
    "Histograms, 30 channels × 20 bins, 231 parameters",
    {"channels": 30, "bins": 20, "nuisances": 230, "toys": 2},
    200,
    _TOYS,
)
PUBLISHED = _histograms(
    "histograms-published",
    "Histograms, the largest published workspace at hand: 23 channels, 114 parameters",
    {"file": "../shared/data/pyhf_workspaces/susy_2019_09/bkg_onshell.json"},
    0,
)

HISTOGRAMS_RANKING = Case(
    name="histograms-ranking",
    title="Ranking of the 60 nuisance parameters of A, a conditional fit",
    problem={"channels": 10, "bins": 20, "nuisances": 60},
    small=_SMALL_WORKSPACE,
    contestants=(
        Contestant("ours", "benchmarks.histograms.ours"),
        Contestant("cabinetry", "benchmarks.histograms.cabinetry_ranking", rival=True),
    ),
    work=(Work("ranking", absolute=_IMPACT, long=True, rounds=1),),
)

HISTOGRAMS_NUTS = Case(
    name="histograms-nuts",
    title="NUTS on 61 parameters, an effective sample of the parameter that has fewest",
    # A call of the sampler traces its program anew, 0.1 to 0.2 s: long chains, or that is measured.
    problem={"channels": 10, "bins": 20, "nuisances": 60, "samples": 4000, "warmup": 400},
    small={**_SMALL_WORKSPACE, "samples": 20, "warmup": 20},
    contestants=(
        Contestant("ours", "benchmarks.histograms.nuts_ours", rival=True),
        Contestant("pyhf jax", "benchmarks.histograms.nuts_pyhf", rival=True),
    ),
    # Posterior means, in units of which all widths are at most one, from some hundred samples.
    work=(Work("nuts", absolute=0.5, long=True, rounds=3),),
)

HISTOGRAMS_COMPILE = Case(
    name="histograms-compile",
    title="Time to compile and run the first fit of A and of B",
    problem={},
    small={"channels": 2, "bins": 3, "nuisances": 4},
    contestants=(
        Contestant(
            "A",
            "benchmarks.histograms.compilation",
            options={"channels": 10, "bins": 20, "nuisances": 60},
            environment=_FRESH,
        ),
        Contestant(
            "B",
            "benchmarks.histograms.compilation",
            options={"channels": 30, "bins": 20, "nuisances": 230},
            environment=_FRESH,
        ),
    ),
    work=(Work("compile", compared=False, long=True, rounds=3),),
)

CASES = (
    NSBI,
    NSBI_HESSIAN,
    NSBI_SIZES,
    NSBI_RANKING,
    NSBI_NORMALIZATION,
    NSBI_TABLE,
    PEAK,
    PEAK_TOYS,
    POOL_TOYS,
    NEYMAN,
    DENOMINATORS,
    HISTOGRAMS_A,
    HISTOGRAMS_B,
    PUBLISHED,
    HISTOGRAMS_RANKING,
    HISTOGRAMS_NUTS,
    HISTOGRAMS_COMPILE,
    COMPILE,
)
