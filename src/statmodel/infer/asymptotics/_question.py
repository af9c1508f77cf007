"""What is asked of a model: which parameter is tested, with which statistic, around which fit."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool

from statmodel._errors import did_you_mean, listed, suggestion
from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._fit import fit
from statmodel.infer._results import FitResult
from statmodel.model import Model, Prepared

from ._statistics import STATISTICS, Statistic, refusal


@final
@dataclass(frozen=True, kw_only=True)
class Question:
    """A parameter of interest and a global fit."""

    model: Model
    prepared: Prepared
    poi: str
    index: int
    result: FitResult
    fixed: Bool[np.ndarray, " parameter"]

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the parameter of interest."""
        return self.model.space.bounds[self.index]

    def refuse(self, statistic: Statistic, mu: float, *, call: str) -> None:
        """Refuse a statistic or a value that does not exist for this parameter.

        Raises:
            ValueError: with the bounds and the way out.
        """
        rooted = self.index in self.model.space.rooted
        why = refusal(statistic, self.poi, self.bounds, rooted=rooted, mu=mu)
        if why:
            msg = f"`{call}`: {why}."
            raise ValueError(msg)


def ask(
    model: Model,
    data: Dataset | Prepared,
    *,
    poi: str | None,
    result: FitResult | None,
    function: str,
) -> Question:
    """Check what was asked, and make the global fit where none is given.

    Raises:
        ValueError: no parameter of interest, an unknown one, one that is held, or a result that
            is not one of these parameters.
    """
    name = chosen_poi(model, poi, function=function)
    index = model.space.index(name)
    if result is not None and (result.names != model.space.names or np.ndim(result.nll)):
        msg = f"`{function}(result=...)` takes the fit of this model to these data, one data set"
        raise ValueError(msg)
    fixed = np.asarray(model.space.fixed_mask() if result is None else result.fixed)
    if fixed[index]:
        where = "the document" if result is None else "the fit"
        msg = f"`{function}`: {name} is held fixed in {where}, and what does not vary has no test"
        raise ValueError(msg)
    prepared = one_data_set(model, data, function)
    return Question(
        model=model,
        prepared=prepared,
        poi=name,
        index=index,
        result=fit(model, data) if result is None else result,
        fixed=fixed,
    )


def chosen_poi(model: Model, poi: str | None, *, function: str) -> str:
    """The parameter that is tested: the one named, or the measurement's first.

    Raises:
        ValueError: there is none, with those that could be.
    """
    space = model.space
    if poi is None:
        if model.measurement.pois:
            return model.measurement.pois[0]
        msg = (
            f"`{function}`: the measurement names no parameter of interest. Give one, `poi=...`."
            f"{listed('Neither fixed nor constrained', candidates(model))}"
        )
        raise ValueError(msg)
    if poi not in space.names:
        known = suggestion(poi, space.names, "Parameters")
        msg = f'`{function}(poi="{poi}")`: there is no parameter "{poi}".{known}'
        raise ValueError(msg)
    return poi


def candidates(model: Model) -> tuple[str, ...]:
    """Parameters that could be of interest: those that are neither fixed nor constrained."""
    widths = np.asarray(model.prefit_widths())
    return tuple(
        name
        for name, width, held in zip(model.space.names, widths, model.space.fixed, strict=True)
        if np.isinf(width) and not held
    )


def checked_statistic(statistic: str, *, function: str) -> Statistic:
    """One of the five.

    Raises:
        ValueError: with the nearest.
    """
    for known in STATISTICS:
        if known == statistic:
            return known
    hint = did_you_mean(statistic, STATISTICS)
    choices = ", ".join(f'"{word}"' for word in STATISTICS)
    msg = f'`{function}(statistic="{statistic}")` is none of {choices}.{hint}'
    raise ValueError(msg)
