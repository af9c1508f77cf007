"""Expected events with their uncertainties: by channel, sample and bin, and summed; frozen."""

import json
from typing import Literal, TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._result_json import array
from ._results import Provenance
from ._yields_json import (
    ChannelDocument,
    SampleDocument,
    YieldsDocument,
    nulls,
    provenance_document,
    provenance_from,
    total_document,
)
from .minimisers._status import Status

_NAMED = 12
"""Parameters that are named in a sentence."""
Stage: TypeAlias = Literal["prefit", "postfit"]


@final
class Expectation(eqx.Module):
    """Expected events, and the standard deviation that the parameters give them."""

    events: Float[Array, "*of"]
    errors: Float[Array, "*of"]
    """NaN where the fit failed."""


@final
class ChannelYields(eqx.Module):
    """One channel; an unbinned one has a single bin.

    Errors of sums follow from the covariance of their terms, which seldom are independent: they are
    not the squares of the terms' errors added up.
    """

    name: str = eqx.field(static=True)
    samples: tuple[str, ...] = eqx.field(static=True)
    """Or processes."""
    binned: bool = eqx.field(static=True)
    entries: Expectation
    """Of each sample in each bin: shape (sample, bin)."""
    bins: Expectation
    """The sums over samples."""
    totals: Expectation
    """The sums over bins: shape (sample,)."""
    total: Expectation
    """The sum over both."""
    observed: Float[Array, " bin"] | None = None
    """Counts or sums of weights; NaN in masked bins; None where no data were given."""

    def sample(self, name: str) -> Expectation:
        """The bins of one sample.

        Raises:
            KeyError: there is no such sample.
        """
        if name not in self.samples:
            msg = f"no sample {name!r} in channel {self.name!r}; there are {self.samples}"
            raise KeyError(msg)
        row = self.samples.index(name)
        return Expectation(self.entries.events[row], self.entries.errors[row])


@final
class Yields(eqx.Module):
    """Expected events of all channels before or after a fit, beside what was observed."""

    measurement: str = eqx.field(static=True)
    stage: Stage = eqx.field(static=True)
    channels: tuple[ChannelYields, ...]
    names: tuple[str, ...] = eqx.field(static=True)
    values: Float[Array, " parameter"]
    """Of the parameters, where the events are expected."""
    left_out: tuple[str, ...] = eqx.field(static=True)
    """Parameters that are not fixed and yet add nothing to the errors: without a constraint before
    the fit, on a bound after it."""
    fit: Status | None = eqx.field(static=True)
    """How the fit ended; None before a fit."""
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether the errors stand: the fit converged, or there was none."""
        return self.fit is None or self.fit is Status.CONVERGED

    @property
    def message(self) -> str:
        """In words: the stage, how the fit ended, and which parameters the errors leave out."""
        if self.fit is None:
            said, why = "before the fit", "no constraint"
        elif self.ok:
            said, why = "after the fit", "at a bound"
        else:
            return f"no errors, the fit failed: {self.fit.message}"
        if not self.left_out:
            return said
        shown = ", ".join(self.left_out[:_NAMED])
        more = len(self.left_out) - _NAMED
        others = f" and {more} more" if more > 0 else ""
        return f"{said}; nothing in the errors from {shown}{others} ({why})"

    def channel(self, name: str) -> ChannelYields:
        """One channel.

        Raises:
            KeyError: there is no such channel.
        """
        for one in self.channels:
            if one.name == name:
                return one
        msg = f"no channel {name!r}; there are {', '.join(one.name for one in self.channels)}"
        raise KeyError(msg)

    def to_json(self) -> str:
        """The yields as a JSON document; undefined numbers are null."""
        return json.dumps(_as_document(self), indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Yields":
        """Read back what `to_json` wrote."""
        return _from_document(json.loads(text))


def _as_document(yields: Yields) -> YieldsDocument:
    values = np.asarray(yields.values).tolist()
    return {
        "measurement": yields.measurement,
        "stage": yields.stage,
        "status": {
            "ok": yields.ok,
            "message": yields.message,
            "code": None if yields.fit is None else yields.fit.name.lower(),
            "left_out": list(yields.left_out),
        },
        "channels": [_channel_document(one) for one in yields.channels],
        "point": dict(zip(yields.names, values, strict=True)),
        "provenance": provenance_document(yields.provenance),
    }


def _channel_document(one: ChannelYields) -> ChannelDocument:
    return {
        "name": one.name,
        "type": "binned" if one.binned else "unbinned",
        "samples": [_sample_document(one, row) for row in range(len(one.samples))],
        "bins": {"events": nulls(one.bins.events), "errors": nulls(one.bins.errors)},
        "total": total_document(one.total.events, one.total.errors),
        "observed": None if one.observed is None else nulls(one.observed),
    }


def _sample_document(one: ChannelYields, row: int) -> SampleDocument:
    return {
        "name": one.samples[row],
        "events": nulls(one.entries.events[row]),
        "errors": nulls(one.entries.errors[row]),
        "total": total_document(one.totals.events[row], one.totals.errors[row]),
    }


def _from_document(document: YieldsDocument) -> Yields:
    status, point = document["status"], document["point"]
    return Yields(
        measurement=document["measurement"],
        stage=document["stage"],
        channels=tuple(_channel_from(one) for one in document["channels"]),
        names=tuple(point),
        values=jnp.asarray(array(list(point.values()))),
        left_out=tuple(status["left_out"]),
        fit=None if status["code"] is None else Status[status["code"].upper()],
        provenance=provenance_from(document["provenance"]),
    )


def _channel_from(one: ChannelDocument) -> ChannelYields:
    samples, bins, total = one["samples"], one["bins"], one["total"]

    def read(events: object, errors: object) -> Expectation:
        return Expectation(jnp.asarray(array(events)), jnp.asarray(array(errors)))

    shape = (len(samples), len(bins["events"]))
    return ChannelYields(
        name=one["name"],
        samples=tuple(sample["name"] for sample in samples),
        binned=one["type"] == "binned",
        entries=read(
            array([sample["events"] for sample in samples]).reshape(shape),
            array([sample["errors"] for sample in samples]).reshape(shape),
        ),
        bins=read(bins["events"], bins["errors"]),
        totals=read(
            [sample["total"]["events"] for sample in samples],
            [sample["total"]["errors"] for sample in samples],
        ),
        total=read(total["events"], total["errors"]),
        observed=None if one["observed"] is None else jnp.asarray(array(one["observed"])),
    )
