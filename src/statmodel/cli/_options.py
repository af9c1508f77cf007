"""Arguments and options that several commands share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar, get_args

import typer

from statmodel._errors import did_you_mean, listed, printable

Choice = TypeVar("Choice", bound=str)

SpecPath: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="SPEC",
        help="The spec: a YAML or JSON file, or - for standard input.",
        show_default=False,
    ),
]
DocumentFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Write the document here, as JSON where the name ends so, as YAML otherwise; to "
        "standard output by default.",
        metavar="FILE",
    ),
]
PatchFiles: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--patch", help="Apply this JSON patch to the spec first; may be repeated.", metavar="FILE"
    ),
]
PatchSetFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--patchset", help="Apply a patch of this patchset to the spec first.", metavar="FILE"
    ),
]
PatchName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Which patch of the patchset: its name, or its values with commas.", metavar="NAME"
    ),
]
Measurement: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Which measurement of the spec; the first by default.", metavar="NAME"),
]
Root: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="Data files may lie anywhere below this folder.", metavar="DIR"),
]
Poi: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="The parameter of interest; the measurement's first by default.", metavar="NAME"
    ),
]
Fixed: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Hold a parameter at a value; may be repeated.", metavar="NAME=VALUE"),
]
Started: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="Start a parameter at a value; may be repeated.", metavar="NAME=VALUE"),
]
Asimov: TypeAlias = Annotated[
    bool,
    typer.Option("--asimov", help="Take the data that the model expects at its start."),
]
Toys: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="Test with so many toys of each hypothesis, too.", metavar="NUMBER"),
]
Seed: TypeAlias = Annotated[
    int, typer.Option(min=0, help="Of the toys: the same seed, the same toys.", metavar="NUMBER")
]
Warmup: TypeAlias = Annotated[
    int,
    typer.Option(min=1, help="Draws of each chain before, to adapt the sampler.", metavar="NUMBER"),
]
Chains: TypeAlias = Annotated[
    int, typer.Option(min=1, help="Chains, side by side.", metavar="NUMBER")
]
OutputFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="Write the result here, as JSON.", metavar="FILE")
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="JSON on standard output (also when it is no terminal).")
]
NoProgress: TypeAlias = Annotated[
    bool, typer.Option("--no-progress", help="No spinner while a step is running.")
]
Verbose: TypeAlias = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say how long each step takes.")
]
Debug: TypeAlias = Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")]
Plots: TypeAlias = Annotated[
    Path | None, typer.Option(help="Write pictures (PDF and PNG) here.", metavar="DIR")
]


def one_of(choices: Sequence[Choice]) -> Callable[[str], Choice]:
    """What reads an option that takes one of a few words; the nearest is said where it is none.

    Args:
        choices: the words.

    Example:
        >>> one_of(("q", "qtilde"))("qtilde")
        'qtilde'
    """

    def read(text: str) -> Choice:
        for choice in choices:
            if choice == text:
                return choice
        msg = (
            f'got "{printable(text)}", expected one of: {", ".join(choices)}.'
            f"{did_you_mean(text, choices)}"
        )
        raise typer.BadParameter(msg)

    return read


# What follows is of the Neyman construction.
Treatment: TypeAlias = Literal["profile", "laplace", "marginal"]
Ensemble: TypeAlias = Literal["profile", "predictive", "regression"]
Calibration: TypeAlias = Literal["reweighted", "points", "splines", "network"]
StatisticNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--statistic",
        help="lrs, the likelihood ratio, or fts:NAME of a focus of the spec; may be repeated. "
        "All of them by default.",
        metavar="NAME",
    ),
]
ConstructionToys: TypeAlias = Annotated[
    int, typer.Option("--toys", min=1, help="Toys of the construction.", metavar="NUMBER")
]
Hypotheses: TypeAlias = Annotated[
    int, typer.Option("--grid", min=2, help="Hypotheses, even over the span.", metavar="NUMBER")
]
Span: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="From where to where hypotheses are; the bounds of the parameter by default.",
        metavar="LOW:HIGH",
    ),
]
NuisanceTreatment: TypeAlias = Annotated[
    Treatment,
    typer.Option(
        "--nuisances",
        help="What becomes of nuisance parameters in a statistic with a focus: profile, "
        "laplace or marginal.",
        metavar="NAME",
        parser=one_of(get_args(Treatment)),
    ),
]
ToyEnsemble: TypeAlias = Annotated[
    Ensemble,
    typer.Option(
        "--ensemble",
        help="Nuisance parameters of the toys: profile, at their conditional estimates of the "
        "data, predictive, drawn from their constraints, or regression, spread for critical values "
        "that are functions of them.",
        metavar="NAME",
        parser=one_of(get_args(Ensemble)),
    ),
]
HowCalibrated: TypeAlias = Annotated[
    Calibration,
    typer.Option(
        "--calibration",
        help="How critical values are found: reweighted, by toys of all hypotheses; points, by "
        "toys of each hypothesis; splines or network, by quantile regression.",
        metavar="NAME",
        parser=one_of(get_args(Calibration)),
    ),
]
Levels: TypeAlias = Annotated[
    list[float] | None,
    typer.Option(
        "--level",
        help="A confidence level; may be repeated. 0.6827 and 0.9545 by default.",
        metavar="NUMBER",
    ),
]


def span_of(text: str | None) -> tuple[float, float] | None:
    """The two ends that `--span` names.

    Raises:
        typer.BadParameter: a text of another form.

    Example:
        >>> span_of("0:12.5")
        (0.0, 12.5)
    """
    if text is None:
        return None
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError as error:
        msg = f"got {text!r}, expected LOW:HIGH"
        raise typer.BadParameter(msg, param_hint="--span") from error
    if not ends[0] < ends[1]:
        msg = f"{text}: the low end must be below the high one"
        raise typer.BadParameter(msg, param_hint="--span")
    return ends


def check_level(level: float) -> None:
    """Refuse a confidence level that is none.

    Raises:
        typer.BadParameter: with what a per cent number should be.
    """
    if not 0 < level < 1:
        cure = f"; {level:g} % is {level / 100:g}" if 1 < level < 100 else ""  # noqa: PLR2004 (per cent)
        msg = f"is a probability between 0 and 1, got {level:g}{cure}"
        raise typer.BadParameter(msg, param_hint="--level")


def assignments(given: Iterable[str], option: str) -> dict[str, float]:
    """The numbers of repeated `name=value` options.

    Args:
        given: the texts.
        option: its name, for messages.

    Raises:
        typer.BadParameter: a text of another form, or one name twice.

    Example:
        >>> assignments(["mu=1", "alpha = -0.5"], "--fix")
        {'mu': 1.0, 'alpha': -0.5}
    """
    found: dict[str, float] = {}
    for text in given:
        name, sign, number = (part.strip() for part in text.rpartition("="))
        if not (name and sign):
            msg = f"got {text!r}, expected name=value"
            raise typer.BadParameter(msg, param_hint=option)
        if name in found:
            msg = f"{name!r} is given twice"
            raise typer.BadParameter(msg, param_hint=option)
        found[name] = _number(number, text, option)
    return found


def check_names(given: Iterable[str], option: str, names: Sequence[str]) -> None:
    """Refuse names of no parameter, all in one message, each with the nearest one.

    Args:
        given: what was typed.
        option: its name, for messages.
        names: of all parameters.

    Raises:
        typer.BadParameter: a name is unknown.
    """
    unknown = [name for name in given if name not in names]
    if unknown:
        said = [f"unknown parameter {name!r}.{did_you_mean(name, names)}" for name in unknown]
        msg = f"{' '.join(said)}{listed('Parameters', names)}"
        raise typer.BadParameter(msg, param_hint=option)


def check_bounds(
    given: Mapping[str, float],
    option: str,
    *,
    names: Sequence[str],
    bounds: Sequence[tuple[float, float]],
) -> None:
    """Refuse values outside the bounds of their parameters, all in one message.

    Args:
        given: values by name, all known.
        option: its name, for messages.
        names: of all parameters.
        bounds: of all parameters, in the same order.

    Raises:
        typer.BadParameter: a value is out of bounds, or no number.
    """
    wrong: list[str] = []
    for name, value in given.items():
        low, high = bounds[names.index(name)]
        if not low <= value <= high:
            wrong.append(f"{name}={value:g} is outside the bounds [{low:g}, {high:g}]")
    if wrong:
        raise typer.BadParameter("; ".join(wrong), param_hint=option)


def _number(number: str, text: str, option: str) -> float:
    try:
        return float(number)
    except ValueError as error:
        msg = f"got {text!r}, expected a number behind the sign, not {number!r}"
        raise typer.BadParameter(msg, param_hint=option) from error
