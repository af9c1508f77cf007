"""What is measured: the cases, with their contestants and the size of a test."""

from .contestants import Contestant
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

CASES = (NSBI, NSBI_HESSIAN, NSBI_SIZES, NSBI_NORMALIZATION, NSBI_TABLE, PEAK, COMPILE)
