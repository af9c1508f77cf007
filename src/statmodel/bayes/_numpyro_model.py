"""The door to the program of sites; NumPyro is loaded behind it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from jaxtyping import Array, ArrayLike

from statmodel.data import Dataset
from statmodel.model import Model, Prepared

if TYPE_CHECKING:
    from numpyro.distributions import Distribution


def to_numpyro(
    model: Model,
    data: Dataset | Prepared,
    *,
    priors: "Mapping[str, Distribution] | None" = None,
    focus: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> Callable[[], dict[str, Array]]:
    r"""The likelihood and its priors as a model of NumPyro.

    There is a site for each free parameter, by its name, in the user's units and between its
    bounds, and two factors: `likelihood`, and `prior` of densities that NumPyro does not know. The
    log density of the whole is

    .. math:: \ln p(D, a \mid \mu, \alpha) + \ln f(\mu) + \sum_k \ln \pi_k(\theta_k)

    whose integral over the user's units is the marginal likelihood of :func:`evidence`, and that of
    the reference of :class:`statmodel.infer.FTS` with `nuisances="marginal"`:

    - a constraint is the density of its observation a, and in the likelihood; its parameter has the
      measure of density 1 within its bounds;
    - the focus f and the given priors are truncated to the bounds and normalised there;
    - a parameter of interest with neither is even on its bounds, and normalised;
    - any other parameter has the measure of density 1 on its bounds, as if constrained.

    Posterior densities do not depend on these constants.

    Args:
        model: the compiled likelihood.
        data: one data set.
        priors: distributions of NumPyro by name, of parameters without constraint or focus.
        focus: of the model, by name: the prior of its parameters.
        fixed: parameters held at the given values; there is no site of these.

    Returns:
        A function without arguments, for `numpyro.infer` and for NumPyro's handlers; it returns the
        values of the sites.

    Raises:
        ValueError: a name, value or density is wrong, or a free parameter has nothing but infinite
            bounds.

    Example:
        >>> import statmodel as sm
        >>> from numpyro.infer.util import log_density
        >>> model, data = sm.compile("specs/lz_like.yaml")
        >>> program = sm.to_numpyro(model, data, focus="narrow")
        >>> log, trace = log_density(program, (), {}, {"mu": 4.0})
        >>> list(trace), round(float(log), 2)
        (['mu', 'prior', 'likelihood'], -100.0)
    """
    from ._sites import program  # noqa: PLC0415 (loads NumPyro)

    return program(model, data, priors=priors, focus=focus, fixed=fixed)
