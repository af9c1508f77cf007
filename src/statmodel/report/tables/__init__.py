"""Results as tables on a terminal, and as plain text."""

from ._fit_table import fit_report as fit_report
from ._fit_table import fit_table as fit_table
from ._fit_table import fit_text as fit_text
