"""How to cite the program: the facts of CITATION.cff, as BibTeX."""

import importlib.metadata


def version() -> str:
    """The version that is installed."""
    return importlib.metadata.version("statmodel")


def citation() -> str:
    """An entry for a bibliography.

    Example:
        >>> citation().splitlines()[0]
        '@software{statmodel,'
    """
    return "\n".join(
        (
            "@software{statmodel,",
            "  author  = {{The statmodel developers}},",
            "  title   = {statmodel: a compiler for statistical models},",
            f"  version = {{{version()}}},",
            "  license = {BSD-3-Clause}",
            "}",
        )
    )
