"""The compiler: the only place that sees both documents and likelihoods."""

from ._compile import compile as compile
from ._compile import compile_model as compile_model
from ._compile import fingerprint as fingerprint
from ._explain import Explanation as Explanation
from ._explain import explain as explain
