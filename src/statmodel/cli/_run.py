"""From a spec file to a fitted model: the steps that need JAX. Commands import it when they run."""

import warnings
from pathlib import Path

from statmodel import compiler
from statmodel._errors import DataError, SpecWarning, suggestion
from statmodel.data import Dataset
from statmodel.infer import FitResult, asimov, fit
from statmodel.model import Model, Prepared

from ._options import check_assignments
from ._output import say_warnings


def compiled(
    path: Path, *, measurement: str | None = None, root: Path | None = None
) -> tuple[Model, Dataset]:
    """The model and the data; warnings are said on standard error.

    Raises:
        SpecErrors: with every problem of the document and of its data.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpecWarning)  # the model keeps them, word for word
        model, dataset = compiler.compile(path, measurement=measurement, root=root)
    say_warnings(model.notes)
    return model, dataset


def unobserved(model: Model, dataset: Dataset) -> tuple[str, ...]:
    """Channels without observations."""
    return tuple(one.name for one in model.channels if one.name not in dataset.channels)


def explanation(model: Model, dataset: Dataset | None) -> compiler.Explanation:
    """The staging of a model."""
    return compiler.explain(model, None if dataset is None else model.bind(dataset))


def check_point(model: Model, given: dict[str, float], option: str) -> None:
    """Refuse names and values that the model does not know.

    Raises:
        typer.BadParameter: with the nearest name, or the bounds.
    """
    names = model.space.names
    unknown = next((name for name in given if name not in names), "")
    check_assignments(
        given,
        option,
        names=names,
        bounds=model.space.bounds,
        suggest=suggestion(unknown, names, "Parameters"),
    )


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
) -> FitResult:
    """The result of the fit, converged or not."""
    return fit(model, data, start=start, fixed=fixed)
