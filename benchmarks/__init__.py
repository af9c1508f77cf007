"""Measurements of speed: contestants, one process each, alternated in one run.

    python -m benchmarks.run --help

`cases` lists what is measured, `goals` what is wanted of it, `harness` runs and `report` writes.
"""
