"""One fit of each kind of channel, made once for all tests of the folder.

The package is imported by the fixtures, after the type-checking hook is in place.
"""

from typing import NamedTuple

import pytest


class Fitted(NamedTuple):
    model: object
    data: object
    result: object


def _fitted(name: str) -> Fitted:
    import models  # noqa: PLC0415
    from statmodel.infer import fit  # noqa: PLC0415

    model, data = models.compiled(name)
    return Fitted(model, data, fit(model, data))


@pytest.fixture(scope="session")
def analytic() -> Fitted:
    return _fitted("analytic")


@pytest.fixture(scope="session")
def ratio() -> Fitted:
    return _fitted("ratio, reference policy")


@pytest.fixture(scope="session")
def signed() -> Fitted:
    """A ratio channel without a pool."""
    return _fitted("signed ratios")
