"""Reports: results as tables, text and pictures. Nothing here computes physics.

`tables` and `figures` are folders of their own, so that a program loads what it shows.
"""

from ._statistic_names import statistic_name as statistic_name
