r"""A model of binned channels with the surface of `pyhf.Model`, for scripts that are being ported.

Vectors are in pyhf's order and units: parameters as in `config.par_names`; data are the bins, then
the auxiliary observations, which for Poisson constraints are counts, :math:`\tau a`. The numbers
are those of pyhf 0.7.6; nothing of pyhf is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Int

from statmodel import model, spec
from statmodel.data import Dataset, make_counts
from statmodel.model import Point
from statmodel.model.histograms import Histograms

from ._config import PyhfConfig, parameters_of, pyhf_config
from ._layout import PyhfLayout, SetName, pyhf_layout

Vector: TypeAlias = ArrayLike | Sequence[float]


@final
class _Places(eqx.Module):
    """From pyhf's vectors to those of the model."""

    parameters: Int[Array, " parameter"]
    """Of each parameter of the model, the place in pyhf's vector."""
    bins: Int[Array, " bin"]
    """Of each bin of the model, the place in pyhf's vector."""
    constrained: Int[Array, " auxiliary"]
    """Of each auxiliary observation of pyhf's vector, the parameter of the model."""
    units: Float[Array, " auxiliary"]
    r"""What an observation in units of its parameter is multiplied by: the rate of a Poisson."""


@final
@dataclass(frozen=True, eq=False)
class PyhfView:
    """The surface of `pyhf.Model`; the functions of vectors can be jitted, mapped, differentiated.

    Attributes:
        model: what is looked at.
        config: names, slices and starting values.
    """

    model: model.Model
    config: PyhfConfig
    _places: _Places

    def logpdf(self, pars: Vector, data: Vector) -> Float[Array, " 1"]:
        """The natural log of the likelihood; of shape (1,), as pyhf's.

        Args:
            pars: parameters, in the order of `config.par_names`.
            data: bins, then auxiliary observations.
        """
        given = _vector("data", data, self.config.nmaindata + self.config.nauxdata)
        return _logpdf(self.model, self._places, self._pars(pars), given)

    def expected_data(
        self,
        pars: Vector,
        include_auxdata: bool = True,  # noqa: FBT001, FBT002 (pyhf's)
    ) -> Float[Array, " data"]:
        """Expected bins and, unless told otherwise, expected auxiliary observations."""
        bins = self.expected_actualdata(pars)
        return jnp.concatenate([bins, self.expected_auxdata(pars)]) if include_auxdata else bins

    def expected_actualdata(self, pars: Vector) -> Float[Array, " bin"]:
        """Expected events of every bin."""
        return _expected(self.model, self._places, self._pars(pars))

    def expected_auxdata(self, pars: Vector) -> Float[Array, " auxiliary"]:
        """Expected auxiliary observations."""
        values = self._pars(pars)[self._places.parameters]
        return self._places.units * values[self._places.constrained]

    def data(
        self,
        dataset: Dataset,
        include_auxdata: bool = True,  # noqa: FBT001, FBT002 (pyhf's)
    ) -> list[float]:
        """What `pyhf.Workspace.data(model)` gives: bins, then auxiliary observations.

        Raises:
            KeyError: if the data set lacks a channel.
        """
        missing = [name for name in self.config.channels if name not in dataset.counts]
        if missing:
            msg = f"the data set has no counts for channel {', '.join(missing)}"
            raise KeyError(msg)
        bins = [float(n) for c in self.config.channels for n in dataset.counts[c].values]
        if not include_auxdata:
            return bins
        observed = np.array(self.model.auxiliary())
        for name, value in dataset.auxiliary.items():
            observed[self.model.space.index(name)] = value
        places = self._places
        auxiliary = np.asarray(places.units) * observed[np.asarray(places.constrained)]
        return [*bins, *auxiliary.tolist()]

    def dataset(self, data: Vector) -> Dataset:
        """A data vector as a data set, for every function of this package that takes data."""
        wanted = self.config.nmaindata + self.config.nauxdata
        given = np.asarray(_vector("data", data, wanted))
        places, names = self._places, self.model.space.names
        auxiliary = given[self.config.nmaindata :] / np.asarray(places.units)
        return Dataset(
            channels={},
            auxiliary={
                names[i]: float(value)
                for i, value in zip(np.asarray(places.constrained), auxiliary, strict=True)
            },
            counts={
                name: make_counts(given[place].tolist())
                for name, place in self.config.channel_slices.items()
            },
        )

    def point(self, pars: Vector) -> Point:
        """A parameter vector as a named point."""
        values = self._pars(pars)[self._places.parameters]
        return dict(zip(self.model.space.names, values, strict=True))

    def pars(self, point: Mapping[str, ArrayLike]) -> Float[Array, " parameter"]:
        """A named point as a parameter vector."""
        values = self.model.space.values(point)
        return jnp.zeros_like(values).at[self._places.parameters].set(values)

    def _pars(self, pars: Vector) -> Float[Array, " parameter"]:
        return _vector("pars", pars, self.config.npars)


def pyhf_view(
    built: model.Model, document: str | Path | Mapping[str, object] | spec.Spec
) -> PyhfView:
    """The pyhf-like view of a compiled model.

    Parameters that pyhf has not, because only formulas read them, stand behind the others.

    Args:
        built: what `statmodel.compile` made of the document.
        document: the file, its values or the `Spec`; it tells the order of channels and parameters.

    Raises:
        ValueError: if the model has unbinned channels, or is another document's.
    """
    layout = pyhf_layout(spec.spec_of(document))
    if built.channels or built.histograms is None:
        msg = "pyhf's vectors hold bins, and the model has unbinned channels"
        raise ValueError(msg)
    sets = _sets(built, layout)
    units = _units(built)
    names = [name for one in sets for name in parameters_of(one)]
    constrained = [built.space.index(name) for name in names if name in units]
    observed = np.asarray(built.auxiliary())
    return PyhfView(
        model=built,
        config=pyhf_config(
            built,
            layout,
            sets,
            {name: unit * float(observed[built.space.index(name)]) for name, unit in units.items()},
        ),
        _places=_Places(
            parameters=jnp.asarray([names.index(name) for name in built.space.names], int),
            bins=jnp.asarray(_bins(built.histograms, layout), int),
            constrained=jnp.asarray(constrained, int),
            units=jnp.asarray([units[built.space.names[i]] for i in constrained], float),
        ),
    )


def _sets(built: model.Model, layout: PyhfLayout) -> list[SetName]:
    """All parameter sets; a normfactor that is the name of a function is none."""
    known = set(built.space.names)
    sets = [one for one in layout.sets if known.issuperset(parameters_of(one))]
    taken = {name for one in sets for name in parameters_of(one)}
    return [*sets, *((name, None) for name in built.space.names if name not in taken)]


def _units(built: model.Model) -> dict[str, float]:
    """For each parameter with an auxiliary observation, what pyhf multiplies it by."""
    units: dict[str, float] = {}
    for block in built.constraints:
        places = np.asarray(block.parameters)
        match block:
            case model.ConstraintBlock(constraint=model.UniformConstraint()):
                continue  # a box observes nothing
            case model.ConstraintBlock(constraint=model.PoissonConstraint(rate=rate)):
                rates = np.asarray(rate)
            case _:
                rates = np.ones(places.size)
        for place, unit in zip(places, rates, strict=True):
            units[built.space.names[place]] = float(unit)
    return units


def _bins(histograms: Histograms, layout: PyhfLayout) -> list[int]:
    """Where the bins of the model stand in pyhf's order."""
    have = dict(zip(histograms.channels, histograms.bins, strict=True))
    if have != dict(layout.channels):
        msg = f"the model has the channels {have}, the document {dict(layout.channels)}"
        raise ValueError(msg)
    first: dict[str, int] = {}
    total = 0
    for name, bins in layout.channels:
        first[name] = total
        total += bins
    return [first[name] + b for name in histograms.channels for b in range(have[name])]


def _vector(name: str, given: Vector, size: int) -> Float[Array, " _"]:
    vector = jnp.asarray(given, jnp.float64)
    if vector.shape != (size,):
        msg = f"`{name}` must be a vector of {size} numbers, got the shape {vector.shape}"
        raise ValueError(msg)
    return vector


def _slots(built: model.Model, places: _Places, pars: Float[Array, " parameter"]) -> model.Slots:
    return built.scope.at_free(built.space.to_free(pars[places.parameters]))


@eqx.filter_jit
def _logpdf(
    built: model.Model,
    places: _Places,
    pars: Float[Array, " parameter"],
    data: Float[Array, " data"],
) -> Float[Array, " 1"]:
    if built.histograms is None:
        msg = "the model has no binned channel"
        raise ValueError(msg)
    main = places.bins.size
    observed = built.auxiliary().at[places.constrained].set(data[main:] / places.units)
    prepared = model.Prepared(
        channels=(), auxiliary=observed, counts=built.histograms.bind(data[places.bins])
    )
    return model.log_likelihood(built, _slots(built, places, pars), prepared)[None]


@eqx.filter_jit
def _expected(
    built: model.Model, places: _Places, pars: Float[Array, " parameter"]
) -> Float[Array, " bin"]:
    if built.histograms is None:
        msg = "the model has no binned channel"
        raise ValueError(msg)
    bins = built.histograms.expected(_slots(built, places, pars))
    return jnp.zeros_like(bins).at[places.bins].set(bins)
