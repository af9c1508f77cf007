"""pyhf's model surface; apart from the documents of other programs, as it needs JAX."""

from ._config import PyhfConfig as PyhfConfig
from ._view import PyhfView as PyhfView
from ._view import pyhf_view as pyhf_view
