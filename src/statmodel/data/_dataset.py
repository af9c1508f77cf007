"""What was observed: events or counts of each channel, and the auxiliary measurements."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import final

from statmodel._errors import DataError

from ._counts import BinCounts
from ._events import Events


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """One observation of all channels, as it was read.

    Attributes:
        channels: events by unbinned channel; a channel without observations is absent.
        auxiliary: global observables by parameter: what the auxiliary measurement of that parameter
            gave, in its unit.
        counts: counts by binned channel; a channel without observations is absent.
    """

    channels: Mapping[str, Events]
    auxiliary: Mapping[str, float]
    counts: Mapping[str, BinCounts] = field(default_factory=dict[str, BinCounts])

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    def with_auxiliary(self, auxiliary: Mapping[str, float]) -> "Dataset":
        """The same events, with some auxiliary measurements replaced or added.

        Args:
            auxiliary: global observables by parameter; those not named stay.

        Raises:
            DataError: a value that is not finite.
        """
        wrong = [
            f"{name} ({value})" for name, value in auxiliary.items() if not math.isfinite(value)
        ]
        if wrong:
            message = f"auxiliary measurements must be finite numbers, got {', '.join(wrong)}."
            raise DataError(message)
        return replace(self, auxiliary=MappingProxyType({**self.auxiliary, **auxiliary}))

    def with_counts(self, counts: Mapping[str, BinCounts]) -> "Dataset":
        """The same observation, with the counts of some binned channels replaced or added.

        Args:
            counts: by channel; those not named stay.
        """
        return replace(self, counts=MappingProxyType({**self.counts, **counts}))

    def digest(self) -> str:
        """SHA-256 of everything that is measured; the order of channels and columns does not count.

        Returns:
            64 hexadecimal digits.
        """
        total = hashlib.sha256(b"dataset 1")
        for name in sorted(self.channels):
            total.update(f"channel {len(name.encode())} {name} ".encode())
            total.update(self.channels[name].digest().encode())
        for name in sorted(self.counts):
            total.update(f"counts {len(name.encode())} {name} ".encode())
            total.update(self.counts[name].digest().encode())
        for name in sorted(self.auxiliary):
            value = float(self.auxiliary[name]).hex()
            total.update(f"auxiliary {len(name.encode())} {name} {value} ".encode())
        return total.hexdigest()
