"""From a spec file to a fitted model: the steps that need JAX. Commands import it when they run."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from statmodel import compiler
from statmodel._configure import configure
from statmodel._errors import DataError, SpecWarning
from statmodel.data import Dataset
from statmodel.infer import FitResult, Minimizer, Yields, asimov, fit, yields
from statmodel.model import Model, Prepared, unobserved
from statmodel.spec import Spec

from ._options import check_bounds, check_names
from ._output import say_warnings


def compiled(
    document: Path | Spec, *, measurement: str | None = None, root: Path | None = None
) -> tuple[Model, Dataset]:
    """The model and the data; warnings are said on standard error.

    Raises:
        SpecErrors: with every problem of the document and of its data.
    """
    configure(cache=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpecWarning)  # the model keeps them, word for word
        model, dataset = compiler.compile(document, measurement=measurement, root=root)
    say_warnings(model.notes)
    return model, dataset


def explanation(model: Model, dataset: Dataset | None) -> compiler.Explanation:
    """The staging of a model."""
    return compiler.explain(model, None if dataset is None else model.bind(dataset))


def check_point(model: Model, given: dict[str, float], option: str) -> None:
    """Refuse names and values that the model does not know.

    Raises:
        typer.BadParameter: with the nearest names, or the bounds.
    """
    check_names(given, option, model.space.names)
    check_bounds(given, option, names=model.space.names, bounds=model.space.bounds)


def check_varied(model: Model, asked: Sequence[str], option: str, *, held: Iterable[str]) -> None:
    """Refuse parameters that the fit will hold: they have no errors.

    Raises:
        typer.BadParameter: with their names.
    """
    fixed = {name for name, flag in zip(model.space.names, model.space.fixed, strict=True) if flag}
    without = [name for name in asked if name in {*fixed, *held}]
    if without:
        msg = f"{', '.join(without)}: held fixed in this fit, and what does not vary has no error"
        raise typer.BadParameter(msg, param_hint=option)


def chosen_data(
    model: Model, dataset: Dataset, *, expected: bool, start: dict[str, float]
) -> Dataset | Prepared:
    """What is fitted: the observed data, or those that the model expects at its starting point.

    Raises:
        DataError: a channel has no observations, or Asimov data do not exist.
    """
    if expected:
        try:
            return asimov(model, model.space.point(start))
        except ValueError as error:
            raise DataError(str(error)) from error
    missing = unobserved(model, dataset)
    if missing:
        msg = (
            f"no observations for channel {', '.join(missing)}, so there is nothing to fit. Name "
            "them under `observations`, or fit what the model expects with --asimov."
        )
        raise DataError(msg)
    return dataset


def fitted(
    model: Model,
    data: Dataset | Prepared,
    *,
    start: dict[str, float],
    fixed: dict[str, float],
    minimizer: Minimizer = "newton",
    starts: int = 1,
) -> FitResult:
    """The result of the fit, converged or not.

    Raises:
        typer.BadParameter: the minimiser's package is not installed.
    """
    try:
        return fit(model, data, start=start, fixed=fixed, minimizer=minimizer, starts=starts)
    except ModuleNotFoundError as error:
        raise typer.BadParameter(str(error), param_hint="--minimizer") from error


def stages(
    model: Model, dataset: Dataset, *, prefit: bool, expected: bool, held: dict[str, float]
) -> tuple[Yields, Yields | None]:
    """The yields that are asked for, and after a fit those before it.

    Raises:
        DataError: there is nothing to fit.
    """
    if prefit and not expected and unobserved(model, dataset):
        return yields(model, at=held), None
    data = chosen_data(model, dataset, expected=expected, start=held)
    before = yields(model, data, at=held)
    if prefit:
        return before, None
    return yields(model, data, fitted(model, data, start={}, fixed=held)), before
