"""Reports: results as tables, text and pictures. Nothing here computes physics.

`tables` and `figures` are folders of their own, so that a program loads what it shows.
"""

from ._files import check_file as check_file
from ._files import check_folder as check_folder
from ._files import file_stem as file_stem
from ._files import write_text_atomic as write_text_atomic
