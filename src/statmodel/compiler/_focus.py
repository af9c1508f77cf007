"""From focus densities of the document to densities over the parameters of interest."""

# pyright takes the abstract fields of a base class for arguments of its constructor.
# pyright: reportCallIssue=false

import hashlib
import json
from typing import assert_never

import numpy as np

from statmodel import model, spec
from statmodel.model import Constant
from statmodel.model import densities as built


def focus(resolved: spec.ResolvedFocus, space: model.ParameterSpace) -> model.Focus:
    """One focus: independent densities, each truncated to its parameter's bounds."""
    pois = tuple(resolved.densities)
    factors = tuple(
        _density(density, axis, space.bounds[space.index(poi)])
        for axis, (poi, density) in enumerate(resolved.densities.items())
    )
    return model.Focus(
        name=resolved.name,
        pois=pois,
        density=factors[0] if len(factors) == 1 else built.ProductDensity(factors),
        digest=_digest(resolved, space),
    )


def _digest(resolved: spec.ResolvedFocus, space: model.ParameterSpace) -> str:
    """SHA-256 of the densities and bounds as JSON, parameters in alphabetical order."""
    plain = {
        poi: {
            "density": density.model_dump(mode="json"),
            "bounds": [repr(end) for end in space.bounds[space.index(poi)]],
        }
        for poi, density in resolved.densities.items()
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _density(
    density: spec.AnyFocus, axis: int, bounds: tuple[float, float]
) -> built.AbstractDensity:
    low, high = bounds
    match density:
        case spec.GaussianFocus(mean=mean, sigma=sigma):
            return built.Gaussian(axis, low, high, mean=Constant(mean), sigma=Constant(sigma))
        case spec.HalfGaussianFocus(mean=mean, sigma=sigma):
            low = max(low, mean)
            return built.Gaussian(axis, low, high, mean=Constant(mean), sigma=Constant(sigma))
        case spec.UniformFocus():
            low = low if density.min is None else max(low, density.min)
            high = high if density.max is None else min(high, density.max)
            return built.Uniform(axis, low, high)
        case spec.LognormalFocus(median=median, shape=shape):
            low = max(low, 0.0)
            return built.LogNormal(axis, low, high, median=Constant(median), shape=Constant(shape))
        case spec.GammaFocus(shape=shape, scale=scale):
            return built.Gamma(
                axis,
                max(low, 0.0),
                high,
                shape=Constant(shape),
                scale=Constant(scale),
                location=Constant(0.0),
            )
        case spec.HistogramFocus(edges=edges, values=values):
            cut = (max(low, edges[0]),), (min(high, edges[-1]),)
            return built.HistogramDensity(
                axes=(axis,),
                lower=cut[0],
                upper=cut[1],
                edges=(np.asarray(edges, float),),
                values=np.asarray(values, float),
            )
        case spec.MixtureFocus(terms=terms, fractions=fractions):
            return built.SumDensity(
                terms=tuple(_density(term, axis, bounds) for term in terms),
                fractions=tuple(Constant(fraction) for fraction in fractions),
            )
        case _:
            assert_never(density)
