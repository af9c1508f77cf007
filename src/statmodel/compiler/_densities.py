"""From densities of the document to densities of the model."""

# pyright takes the abstract fields of a base class for arguments of its constructor.
# pyright: reportCallIssue=false

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never, final

import numpy as np

from statmodel import spec
from statmodel.model import AbstractExpression
from statmodel.model import densities as built

from ._expressions import Symbols, translate


@final
@dataclass(frozen=True)
class _Builder:
    """Builds densities over the observables of one channel."""

    observables: Sequence[spec.ResolvedObservable]
    symbols: Symbols

    def expression(self, formula: spec.Formula) -> AbstractExpression:
        return translate(formula.tree, self.symbols)

    def expressions(self, formulas: Sequence[spec.Formula]) -> tuple[AbstractExpression, ...]:
        return tuple(self.expression(formula) for formula in formulas)

    def axis(self, name: str | None) -> int:
        if name is None:
            return 0
        return [one.name for one in self.observables].index(name)

    def axes(self, names: Sequence[str] | None) -> tuple[int, ...]:
        if names is None:
            return tuple(range(len(self.observables)))
        return tuple(self.axis(name) for name in names)

    def bounds(self, axes: tuple[int, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        chosen = [self.observables[axis] for axis in axes]
        return tuple(one.min for one in chosen), tuple(one.max for one in chosen)

    def build(self, density: spec.AnyDensity) -> built.AbstractDensity:
        match density:
            case spec.SumDensity(terms=terms, fractions=fractions):
                return built.SumDensity(
                    terms=tuple(self.build(term) for term in terms),
                    fractions=self.expressions(fractions),
                )
            case spec.ProductDensity(factors=factors):
                return built.ProductDensity(tuple(self.build(factor) for factor in factors))
            case spec.HistogramDensity():
                return self.histogram(density)
            case spec.FormulaDensity(expression=expression, observables=names):
                axes = self.axes(names)
                lower, upper = self.bounds(axes)
                return built.FormulaDensity(
                    axes=axes, lower=lower, upper=upper, expression=self.expression(expression)
                )
            case spec.RatioDensity():
                msg = "a ratio is no analytic density"
                raise TypeError(msg)
            case _:
                return self.univariate(density)

    def histogram(self, density: spec.HistogramDensity) -> built.HistogramDensity:
        axes = self.axes(density.observables)
        lower, upper = self.bounds(axes)
        edges = tuple(np.asarray(one, float) for one in density.axes)
        shape = tuple(one.size - 1 for one in edges)
        return built.HistogramDensity(
            axes=axes,
            lower=lower,
            upper=upper,
            edges=edges,
            values=np.asarray(density.contents, float).reshape(shape),
        )

    def univariate(self, density: spec.OneDimensional) -> built.AbstractDensity:
        axis = self.axis(density.observable)
        at = (axis, self.observables[axis].min, self.observables[axis].max)
        of = self.expression
        match density:
            case spec.GaussianDensity():
                return built.Gaussian(*at, mean=of(density.mean), sigma=of(density.sigma))
            case spec.BifurcatedGaussianDensity():
                return built.BifurcatedGaussian(
                    *at,
                    mean=of(density.mean),
                    sigma_left=of(density.sigma_left),
                    sigma_right=of(density.sigma_right),
                )
            case spec.ExponentialDensity():
                return built.Exponential(*at, slope=of(density.slope))
            case spec.UniformDensity():
                return built.Uniform(*at)
            case spec.PolynomialDensity():
                return built.Polynomial(*at, coefficients=self.expressions(density.coefficients))
            case spec.ChebyshevDensity():
                return built.Chebyshev(*at, coefficients=self.expressions(density.coefficients))
            case spec.BernsteinDensity():
                return built.Bernstein(*at, coefficients=self.expressions(density.coefficients))
            case spec.BreitWignerDensity():
                return built.BreitWigner(*at, mean=of(density.mean), width=of(density.width))
            case spec.VoigtDensity():
                return built.Voigt(
                    *at, mean=of(density.mean), width=of(density.width), sigma=of(density.sigma)
                )
            case spec.CrystalBallDensity():
                return built.CrystalBall(
                    *at,
                    mean=of(density.mean),
                    sigma=of(density.sigma),
                    alpha=of(density.alpha),
                    n=of(density.n),
                )
            case spec.DoubleCrystalBallDensity():
                return built.DoubleCrystalBall(
                    *at,
                    mean=of(density.mean),
                    sigma_left=of(density.sigma_left),
                    sigma_right=of(density.sigma_right),
                    alpha_left=of(density.alpha_left),
                    n_left=of(density.n_left),
                    alpha_right=of(density.alpha_right),
                    n_right=of(density.n_right),
                )
            case spec.ArgusDensity():
                return built.Argus(
                    *at,
                    endpoint=of(density.endpoint),
                    slope=of(density.slope),
                    power=of(density.power),
                )
            case spec.PowerLawDensity():
                return built.PowerLaw(*at, power=of(density.power))
            case spec.LognormalDensity():
                return built.LogNormal(*at, median=of(density.median), shape=of(density.shape))
            case spec.JohnsonSUDensity():
                return built.JohnsonSU(
                    *at,
                    mean=of(density.mean),
                    scale=of(density.scale),
                    gamma=of(density.gamma),
                    delta=of(density.delta),
                )
            case spec.GammaDensity():
                return built.Gamma(
                    *at,
                    shape=of(density.shape),
                    scale=of(density.scale),
                    location=of(density.location),
                )
            case _:
                assert_never(density)


def process_density(
    process: spec.ResolvedProcess,
    observables: Sequence[spec.ResolvedObservable],
    symbols: Symbols,
) -> built.AbstractDensity:
    """The density of a process, with its shape responses."""
    builder = _Builder(observables, symbols)
    base = builder.build(process.density)
    if not process.densitysys:
        return base
    return built.VariedDensity(
        base=base,
        variations=tuple(_variation(one, builder) for one in process.densitysys),
    )


def _variation(response: spec.ShapeResponse, builder: _Builder) -> built.Variation:
    if isinstance(response.hi, spec.ColumnAnchor) or isinstance(response.lo, spec.ColumnAnchor):
        msg = "an analytic channel takes its anchors from densities"
        raise TypeError(msg)
    return built.Variation(
        slot=builder.symbols.slots[response.name],
        up=builder.build(response.hi),
        down=builder.build(response.lo),
        interpolation=response.interpolation,
    )
