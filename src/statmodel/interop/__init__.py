"""Foreign surfaces and formats."""

from ._pyhf_config import PyhfConfig as PyhfConfig
from ._pyhf_view import PyhfView as PyhfView
from ._pyhf_view import pyhf_view as pyhf_view
