"""The pictures of a fit, written to a folder. Commands import it when they run."""

import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from statmodel._errors import SpecWarning
from statmodel._files import file_stem
from statmodel.bayes import Posterior
from statmodel.data import Dataset
from statmodel.infer import (
    Contours,
    FitResult,
    Goodness,
    Impacts,
    Pulls,
    Scan,
    Yields,
    profile,
    yields,
)
from statmodel.model import Model, Prepared
from statmodel.report.figures import (
    contour_figure,
    correlation_figure,
    data_figure,
    gof_figure,
    posterior_figure,
    profile_figure,
    pulls_figure,
    ranking_figure,
    save_figure,
    yields_figure,
)
from statmodel.spec import ResolvedSpec


def write_pictures(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    resolved: ResolvedSpec,
    *,
    folder: Path,
) -> tuple[list[Path], list[str]]:
    """Draw every observable, every binned channel, the profile of every parameter of interest.

    Args:
        model: the compiled likelihood.
        data: what was fitted.
        result: of the fit; profiles are drawn of fits that converged, over parameters that vary.
        resolved: for labels and units.
        folder: made if there is none.

    Returns:
        The files, and warnings of what could not be drawn as it was meant.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SpecWarning)
        written = list(_drawn(model, data, result, resolved, folder))
        if resolved.binned_channels:
            names = {channel.name for channel in resolved.binned_channels}
            written += _bins(yields(model, data, result), names, folder)
        if result.ok:
            written += _profiles(model, data, result, folder)
    return written, [str(one.message) for one in caught]


def write_yields(found: Yields, *, folder: Path) -> list[Path]:
    """Draw the yields of every channel.

    Args:
        found: before or after a fit.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return list(_bins(found, {channel.name for channel in found.channels}, folder, found.stage))


def write_ranking(found: Impacts, *, label: str, most: int, folder: Path) -> tuple[Path, Path]:
    """Draw the largest impacts.

    Args:
        found: the impacts.
        label: of the parameter of interest.
        most: parameters shown.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = ranking_figure(found, most=most, label=label)
    return save_figure(figure, folder / file_stem("ranking", found.poi))


def write_pulls(found: Pulls, result: FitResult, *, folder: Path) -> list[Path]:
    """Draw the pulls, and the correlations of all parameters where there are some.

    Args:
        found: the pulls.
        result: of the fit.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [*save_figure(pulls_figure(found), folder / "pulls")]
    if int((np.asarray(result.errors) > 0).sum()) > 1:
        written += save_figure(correlation_figure(result), folder / "correlations")
    return written


def write_scan(found: Scan, *, best: float, label: str, folder: Path) -> tuple[Path, Path]:
    """Draw the profile of a parameter.

    Args:
        found: the scan.
        best: the parameter's best fit.
        label: how to write it.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = profile_figure(found, best=best, label=label)
    return save_figure(figure, folder / file_stem("profile", found.name))


def write_contours(found: Contours, *, labels: tuple[str, str], folder: Path) -> tuple[Path, Path]:
    """Draw the contours of two parameters.

    Args:
        found: the contours.
        labels: how to write the parameters.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = contour_figure(found, labels=labels)
    return save_figure(figure, folder / file_stem("contours", *found.over))


def write_posterior(model: Model, found: Posterior, *, folder: Path) -> list[Path]:
    """Draw the posterior density of the parameters of interest.

    Args:
        model: the compiled likelihood.
        found: draws.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
        ValueError: no parameter of interest was free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    labels = {name: model.measurement.label(name) for name in found.pois}
    return list(save_figure(posterior_figure(found, labels=labels), folder / "posterior"))


def write_gof(found: Goodness, *, folder: Path) -> list[Path]:
    """Draw every statistic of a goodness of fit.

    Args:
        found: with toys.
        folder: made if there is none.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for one in found.tests:
        stem = file_stem(*[part for part in (one.statistic, one.channel, one.observable) if part])
        written += save_figure(gof_figure(one), folder / f"gof_{stem}")
    return written


def _bins(
    found: Yields, names: Collection[str], folder: Path, stem: str = "data"
) -> Iterator[Path]:
    for channel in found.channels:
        if channel.name in names:
            figure = yields_figure(found, channel=channel.name)
            yield from save_figure(figure, folder / file_stem(stem, channel.name))


def _drawn(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    resolved: ResolvedSpec,
    folder: Path,
) -> Iterator[Path]:
    for channel in resolved.channels:
        labels = {one.name: one.label for one in channel.observables if one.label}
        units = {one.name: one.unit for one in channel.observables if one.unit}
        for observable in channel.observables:
            figure = data_figure(
                model,
                data,
                result,
                channel=channel.name,
                observable=observable.name,
                labels=labels,
                units=units,
            )
            yield from save_figure(
                figure, folder / file_stem("data", channel.name, observable.name)
            )


def _profiles(
    model: Model, data: Dataset | Prepared, result: FitResult, folder: Path
) -> Iterator[Path]:
    prepared = model.prepared(data)
    for name in result.pois:
        index = model.space.index(name)
        if result.fixed[index]:
            continue
        scan = profile(model, prepared, result, over=name)
        best, label = float(result.values[index]), model.measurement.label(name)
        yield from write_scan(scan, best=best, label=label, folder=folder)
