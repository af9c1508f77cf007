"""Data as the likelihood reads them."""

from typing import final

import equinox as eqx
from jaxtyping import Array, Float

from .channels import AbstractPrepared
from .histograms import Counts


@final
class Prepared(eqx.Module):
    """Data as the likelihood reads them. A batch of toys has a leading axis on every array."""

    channels: tuple[AbstractPrepared, ...]
    auxiliary: Float[Array, " parameter"]
    """Observed value of each parameter's auxiliary measurement; 0 where it has none."""
    counts: Counts | None = None
    """Of the bins of all binned channels; none where the model has no such channel."""
