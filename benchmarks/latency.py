"""The cold-start script's figures as a result like any other."""

import json
import subprocess
import sys

from .contestants import ROOT
from .harness import Record

NAME = "cold-start"
TITLE = "A new process: the demo compiled and fitted with a warm cache, and two imports"


def run(rounds: int | None) -> dict[str, Record]:
    """Run the script.

    Args:
        rounds: turns; the script's own number if None.

    Returns:
        A record for the imports and one for the demo.
    """
    command = [sys.executable, str(ROOT / "benchmarks" / "cold_start.py")]
    command += [] if rounds is None else [str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["nothing was said"]
        failed = f"exit status {done.returncode}: {words[-1]}"
        return {"import jax, numpyro": Record(status=failed), "demo": Record(status=failed)}
    read = json.loads(done.stdout)
    steps = {f"{step}_s": seconds for step, seconds in read["steps_s"].items()}
    return {
        "import jax, numpyro": Record(
            seconds={"process": [read["import_jax_numpyro_processor_s"]]},
            wall={"process": read["all"]["import_jax_numpyro_s"]},
        ),
        "demo": Record(
            seconds={"process": [read["demo_fit_second_process_processor_s"]]},
            wall={"process": read["all"]["demo_fit_second_process_s"]},
            facts={"first_process_s": read["demo_fit_first_process_s"], **steps},
        ),
    }
