"""The fit doctor: what a reader of a fit should know, found by one small check a file."""

from ._diagnose import Diagnosis as Diagnosis
from ._diagnose import diagnose as diagnose
