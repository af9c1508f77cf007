"""Where along its observable a density may be narrow, or not smooth."""

from statmodel.model._expressions import AbstractExpression

from ._base import AbstractDensity
from ._bifurcated_gaussian import BifurcatedGaussian
from ._breit_wigner import BreitWigner
from ._crystal_ball import CrystalBall, DoubleCrystalBall
from ._formula import FormulaDensity
from ._gaussian import Gaussian
from ._johnson_su import JohnsonSU
from ._landmarks import Landmark
from ._sum import SumDensity
from ._voigt import Voigt


def centres_of(density: AbstractDensity) -> tuple[Landmark, ...]:
    """The landmarks of a density of one observable: none of one that is broad by nature."""
    match density:
        case (
            Gaussian(mean=mean)
            | BifurcatedGaussian(mean=mean)
            | BreitWigner(mean=mean)
            | Voigt(mean=mean)
            | CrystalBall(mean=mean)
            | DoubleCrystalBall(mean=mean)
            | JohnsonSU(mean=mean)
        ):
            return (_centre(mean),)
        case FormulaDensity():
            return density.landmarks()
        case SumDensity(terms=terms):
            return tuple(one for term in terms for one in centres_of(term))
        case _:
            return ()


def _centre(place: AbstractExpression) -> Landmark:
    return Landmark(place, "value")
