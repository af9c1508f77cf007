"""`statmodel limit --toys`: the limit of a Neyman construction. The command imports it."""

import jax
import typer

from statmodel.infer import LRS, Protection, ToyLimit, neyman, upper_limit_by_toys

from ._asymptotic import Source, refused
from ._construct import check_hypotheses, observed_case
from ._options import assignments
from ._output import progress
from ._settings import Settings


def toy_limit(  # noqa: PLR0913 (what a limit is of)
    source: Source,
    settings: Settings,
    *,
    level: float,
    protection: Protection,
    toys: int,
    span: tuple[float, float] | None,
    seed: int,
    shown: bool,
) -> ToyLimit:
    r"""The limit by toys, with :math:`q_\mu` (bounds of the spec make it :math:`\tilde q_\mu`).

    Args:
        source: model, data, and the parameter of interest.
        settings: of the program.
        level: of confidence.
        protection: against downward fluctuations.
        toys: of the construction; a fifth as many more are data without signal.
        span: of hypotheses.
        seed: of all toys.
        shown: whether progress is.

    Raises:
        typer.BadParameter: there is no such limit.
        StatmodelError: the document or the data are wrong.
    """
    if source.start:
        msg = "is of a fit; the limit by toys has none"
        raise typer.BadParameter(msg, param_hint="--start")
    model, data = observed_case(source, settings, shown=shown)
    check_hypotheses(model, source.poi, (), span)
    key = jax.random.key(seed)
    with progress("toys", settings, shown=shown), refused():
        curve = neyman(
            model,
            LRS("upper"),
            key=key,
            toys=toys,
            span=span,
            poi=source.poi,
            fixed=assignments(source.fix, "--fix"),
            data=data,
        )
        return upper_limit_by_toys(
            model,
            data,
            curve,
            key=jax.random.fold_in(key, 1),
            level=level,
            protection=protection,
            toys=max(toys // 5, 1),
        )
