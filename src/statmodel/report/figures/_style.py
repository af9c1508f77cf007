"""How pictures look: mplhep's style under our sizes, in force only while a picture is made.

Nothing of matplotlib's global state is changed, and pyplot's list of figures is never used: a
figure is an object that is passed on, and no window opens.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType

import mplhep
from matplotlib import style
from matplotlib.figure import Figure

from statmodel._files import write_atomic

# The ten of M. A. Petroff, arXiv:2107.02270, reordered: told apart with any colour vision.
COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#832db6",
    "#92dadd",
    "#a96b59",
    "#b9ac70",
    "#e76300",
    "#94a4a2",
    "#717581",
)
INK = "#1a1a1a"
SIZE = (6.4, 5.6)
"""Inches."""
_OURS = MappingProxyType(
    {
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "font.size": 13,
        "axes.labelsize": 14,
        "axes.linewidth": 1.1,
        "axes.unicode_minus": True,
        "xtick.labelsize": 12,
        "ytick.labelsize": 12,
        "xtick.major.size": 7,
        "xtick.minor.size": 3.5,
        "ytick.major.size": 7,
        "ytick.minor.size": 3.5,
        "legend.fontsize": 11,
        "lines.linewidth": 1.6,
        "pdf.fonttype": 42,
    }
)


def styled() -> AbstractContextManager[None]:
    """Within it, pictures look as this project's do."""
    return style.context([mplhep.style.ROOT, dict(_OURS)])


def save_figure(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write `stem.pdf` and `stem.png`, each whole or not at all.

    Args:
        figure: any figure.
        stem: folder and name without a suffix; the folder must exist.

    Returns:
        The two paths.

    Raises:
        OSError: a file cannot be written.
    """
    pdf, png = (stem.with_name(f"{stem.name}.{suffix}") for suffix in ("pdf", "png"))
    with styled():
        # Without dates, the same numbers give the same bytes.
        write_atomic(pdf, _writer(figure, {"CreationDate": None}))
        write_atomic(png, _writer(figure, {}))
    return pdf, png


def _writer(figure: Figure, metadata: dict[str, str | None]) -> Callable[[Path], None]:
    return lambda path: figure.savefig(path, metadata=metadata)
