"""Steps that commands of the Neyman construction share. Commands import it when they run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import numpy as np
import typer

from statmodel._errors import did_you_mean
from statmodel.data import Dataset
from statmodel.infer import (
    FTS,
    LRS,
    AbstractStatistic,
    CoverageCertificate,
    CriticalCurve,
    coverage,
    neyman_several,
)
from statmodel.jobs import ConstructionCampaign
from statmodel.model import Model, Prepared, unobserved

from ._asymptotic import Source, opened, refused
from ._campaigns import Kept, told
from ._document import read_complete
from ._options import Calibration, Ensemble, Treatment, assignments, check_bounds
from ._output import progress, say
from ._run import chosen_data
from ._settings import Settings


@final
@dataclass(frozen=True, kw_only=True)
class Construction:
    """What is calibrated, and with which toys."""

    statistics: tuple[str, ...]
    nuisances: Treatment
    ensemble: Ensemble
    calibration: Calibration
    toys: int
    grid: int
    span: tuple[float, float] | None
    seed: int
    kept: Kept | None = None
    """Where toys are; in memory only, unless given."""


@final
@dataclass(frozen=True, kw_only=True)
class Constructed:
    """A model, its data, and critical values."""

    model: Model
    data: Dataset | Prepared | None
    curves: tuple[CriticalCurve, ...]
    campaign: ConstructionCampaign | None = None
    """Where toys gather; None where they are in memory only."""

    def coverage(  # noqa: PLR0913 (what is asked, and how it is told)
        self,
        at: Sequence[Mapping[str, float]],
        asked: Construction,
        levels: Sequence[float],
        toys: int,
        settings: Settings,
        *,
        shown: bool,
    ) -> CoverageCertificate:
        """Coverage at true values, with toys in the same folder where there is one."""
        if self.campaign is None or asked.kept is None:
            key = jax.random.key(asked.seed)
            with progress("coverage", settings, shown=shown):
                return coverage(self.model, self.curves, at, key=key, toys=toys, levels=levels)
        with told(self.campaign.job.piece, toys, shown=shown) as tell:
            return self.campaign.coverage(
                at, toys=toys, levels=levels, executor=asked.kept.executor, progress=tell
            )

    @property
    def problems(self) -> tuple[str, ...]:
        """Why critical values are not to be used; none where they are."""
        return tuple(dict.fromkeys(one.message for one in self.curves if not one.ok))

    def to_json(self, levels: Sequence[float]) -> str:
        """A JSON document of all curves."""
        words = self.problems or dict.fromkeys(one.message for one in self.curves)
        document = {
            "status": {"ok": not self.problems, "message": "; ".join(words)},
            "curves": [json.loads(one.to_json(levels)) for one in self.curves],
        }
        return json.dumps(document, indent=2, allow_nan=False)

    def with_curves(self, found: CoverageCertificate, levels: Sequence[float]) -> str:
        """A JSON document of a certificate, and of the curves that it is of."""
        document = json.loads(found.to_json())
        document["curves"] = json.loads(self.to_json(levels))["curves"]
        if self.problems:
            words = "; ".join((*self.problems, found.message))
            document["status"] = {"ok": False, "message": words}
        return json.dumps(document, indent=2, allow_nan=False)


def observed_case(
    source: Source, settings: Settings, *, shown: bool
) -> tuple[Model, Dataset | Prepared]:
    """A model and its observed data, unfitted.

    Raises:
        typer.BadParameter: an option names what the model does not have.
        StatmodelError: the document or the data are wrong, or there are none.
    """
    model, dataset = opened(source, settings, shown=shown)
    return model, chosen_data(model, dataset, expected=source.asimov, start={})


def blind_case(
    source: Source, settings: Settings, *, shown: bool
) -> tuple[Model, Dataset | Prepared | None]:
    """As `observed_case`, for what can be found before there are data.

    Raises:
        typer.BadParameter: as there.
        StatmodelError: as there, but for missing data.
    """
    model, dataset = opened(source, settings, shown=shown)
    return model, None if unobserved(model, dataset) else dataset


def constructed(
    model: Model,
    data: Dataset | Prepared | None,
    source: Source,
    asked: Construction,
    settings: Settings,
    *,
    shown: bool,
) -> Constructed | None:
    """Critical values of all statistics that are asked for; None where a shard is not all of them.

    Args:
        model: the compiled likelihood.
        data: whose estimates nuisance parameters of the toys are, if there are any.
        source: with the parameter of interest, and those that are held.
        asked: what is made.
        settings: of the program.
        shown: whether progress is.

    Raises:
        typer.BadParameter: there is no such construction.
    """
    chosen = statistics_of(asked.statistics, model, source.poi, asked.nuisances)
    if asked.kept is not None:
        found = _gathered(source, chosen, asked, asked.kept, settings, shown=shown)
        if found is None:
            return None
        campaign, curves = found
        return Constructed(model=model, data=data, curves=curves, campaign=campaign)
    with progress("toys", settings, shown=shown), refused():
        curves = neyman_several(
            model,
            chosen,
            key=jax.random.key(asked.seed),
            toys=asked.toys,
            grid=asked.grid,
            span=asked.span,
            poi=source.poi,
            fixed=assignments(source.fix, "--fix"),
            data=data,
            ensemble=asked.ensemble,
            calibration=asked.calibration,
        )
    return Constructed(model=model, data=data, curves=curves)


def _gathered(  # noqa: PLR0913 (what is made, and where)
    source: Source,
    chosen: Sequence[AbstractStatistic],
    asked: Construction,
    kept: Kept,
    settings: Settings,
    *,
    shown: bool,
) -> tuple[ConstructionCampaign, tuple[CriticalCurve, ...]] | None:
    with progress("compile", settings, shown=shown), refused():
        campaign = ConstructionCampaign.plan(
            read_complete(source.spec, root=source.root, patches=source.patches),
            chosen,
            kept.folder,
            seed=asked.seed,
            toys=asked.toys,
            grid=asked.grid,
            span=asked.span,
            poi=source.poi,
            fixed=assignments(source.fix, "--fix"),
            ensemble=asked.ensemble,
            calibration=asked.calibration,
            measurement=source.measurement,
            root=source.root,
        )
    with told(campaign.job.piece, campaign.job.toys, shown=shown) as tell:
        try:
            state = campaign.run(executor=kept.executor, shard=kept.shard, progress=tell)
            say(state.message)
            return (campaign, campaign.curves(executor=kept.executor)) if state.complete else None
        except KeyboardInterrupt:
            say(f"stopped; what is done stays in {kept.folder}, and the same command goes on")
            raise


def check_hypotheses(
    model: Model, poi: str | None, given: Sequence[float], span: tuple[float, float] | None
) -> None:
    """Refuse `--at` outside the span, and a span outside the bounds of the parameter.

    Raises:
        typer.BadParameter: with the bounds, or the span.
    """
    name = poi or model.measurement.pois[0]
    names, bounds = model.space.names, model.space.bounds
    if span is None and not np.isfinite(bounds[names.index(name)]).all():
        msg = f"{name} has no finite bounds: say which hypotheses are meant"
        raise typer.BadParameter(msg, param_hint="--span")
    for end in span or ():
        check_bounds({name: end}, "--span", names=names, bounds=bounds)
    for one in given:
        check_bounds(
            {name: one}, "--at", names=(name,), bounds=(span or bounds[names.index(name)],)
        )


def check_nuisances(model: Model, source: Source, given: Sequence[Mapping[str, float]]) -> None:
    """Refuse true values of what is no nuisance parameter.

    Raises:
        typer.BadParameter: it is of interest, or held.
    """
    held = assignments(source.fix, "--fix")
    interest = source.poi or model.measurement.pois[0]
    for name in dict.fromkeys(name for one in given for name in one):
        if name == interest or name in held:
            why = "is of interest; give --at" if name == interest else "is held by --fix"
            msg = f"{name} {why}"
            raise typer.BadParameter(msg, param_hint="--at-nuisance")


def statistics_of(
    given: Sequence[str], model: Model, poi: str | None, nuisances: Treatment
) -> tuple[AbstractStatistic, ...]:
    """Those that are named, or all that there are.

    Raises:
        typer.BadParameter: a word is none; a focus that the model lacks is told later.
    """
    name = poi or model.measurement.pois[0]
    foci = [one.name for one in model.focus if one.pois == (name,)]
    if not given:
        return (LRS(), *(FTS(one, nuisances=nuisances) for one in foci))
    found: list[AbstractStatistic] = []
    for word in dict.fromkeys(given):
        kind, _, focus = word.partition(":")
        if kind.lower() == "lrs" and not focus:
            found.append(LRS())
        elif kind.lower() == "fts" and focus:
            found.append(FTS(focus, nuisances=nuisances))
        else:
            names = ("lrs", *(f"fts:{one}" for one in foci))
            msg = f'got "{word}", expected one of: {", ".join(names)}.{did_you_mean(word, names)}'
            raise typer.BadParameter(msg, param_hint="--statistic")
    return tuple(found)
