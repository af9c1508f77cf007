"""How long a fit takes in a new process, once its programs are in the cache.

    python benchmarks/cold_start.py [RUNS]

The demo is imported, compiled and fitted (no pictures), in turns with `import jax, numpyro`, which
a program of this kind has to pay in any case. Each in a process of its own; medians of RUNS (9)
turns. The first turn fills the cache of programs and that of Python's byte code, and is reported
apart. Seconds of the processor are reported too: other programs on the machine disturb them less.
Standard output is JSON.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

IMPORTS = "import jax, numpyro"
# Every step says on standard output when it ended.
DEMO = """
import time
begun = time.perf_counter()
import statmodel as sm
sm.configure(cache={cache!r})
sm.compile, sm.fit
imported = time.perf_counter()
model, data = sm.compile({spec!r})
compiled = time.perf_counter()
result = sm.fit(model, data)
fitted = time.perf_counter()
assert result.ok
print(imported - begun, compiled - imported, fitted - compiled)
"""
STEPS = ("import", "compile", "fit")
RUNS = 9
ROOT = Path(__file__).parents[1]


def timed(code: str, environment: dict[str, str]) -> tuple[float, float, str]:
    """Seconds from start to end of a new process, those of the processor, and what it wrote."""
    begun, used = time.perf_counter(), sum(os.times()[2:4])
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - begun, sum(os.times()[2:4]) - used, done.stdout


def measured(runs: int, folder: Path) -> dict[str, object]:
    """The two times in turns, and where that of the demo goes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    environment = kept | {
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    demo = DEMO.format(cache=str(folder / "cache"), spec=str(ROOT / "specs" / "offshell_h4l.yaml"))
    timed(IMPORTS, environment)
    first = timed(demo, environment)[0]
    imports, fits = [], []
    for _ in range(runs):
        imports.append(timed(IMPORTS, environment))
        fits.append(timed(demo, environment))
    base, fit = (statistics.median(one[0] for one in each) for each in (imports, fits))
    base_cpu, fit_cpu = (statistics.median(one[1] for one in each) for each in (imports, fits))
    steps = zip(*([float(part) for part in one[2].split()] for one in fits), strict=True)
    return {
        "import_jax_numpyro_s": base,
        "demo_fit_second_process_s": fit,
        "ratio": fit / base,
        "import_jax_numpyro_processor_s": base_cpu,
        "demo_fit_second_process_processor_s": fit_cpu,
        "processor_ratio": fit_cpu / base_cpu,
        "demo_fit_first_process_s": first,
        "steps_s": dict(zip(STEPS, map(statistics.median, steps), strict=True)),
        "runs": runs,
        "all": {
            "import_jax_numpyro_s": [one[0] for one in imports],
            "demo_fit_second_process_s": [one[0] for one in fits],
        },
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("jax", "numpyro", "equinox")},
        },
    }


def main() -> None:
    """Measure, and write JSON."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(runs, Path(folder)), indent=2))


if __name__ == "__main__":
    main()
