"""Densities of two observables."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from density_cases.composed import bump
from density_cases.points import PlaneCase
from statmodel.model._expressions import Binary, Constant, Observable, Slot
from statmodel.model.densities import (
    Exponential,
    FormulaDensity,
    Gaussian,
    HistogramDensity,
    ProductDensity,
    Variation,
    VariedDensity,
)


def plane_formula() -> FormulaDensity:
    """A bump whose place along y follows x; slots 0 and 1."""
    centre = Binary("*", Slot(0), Observable(0))
    along_y = bump(1, centre, Slot(1))
    return FormulaDensity((0, 1), (0.0, -2.0), (3.0, 5.0), Binary("*", along_y, Observable(0)))


def plane_product() -> ProductDensity:
    return ProductDensity(
        (
            Exponential(axis=1, lower=0.0, upper=4.0, slope=Slot(0)),
            Gaussian(axis=0, lower=-2.0, upper=3.0, mean=Slot(1), sigma=Constant(0.7)),
        )
    )


PLANE_EDGES = ([0.0, 1.0, 4.0], [-1.0, 0.0, 2.0, 3.0])
PLANE_VALUES = np.array([[1.0, 2.0, 3.0], [6.0, 0.0, 5.0]])


def plane_histogram(values: np.ndarray = PLANE_VALUES) -> HistogramDensity:
    return HistogramDensity((0, 1), (0.0, -0.5), (4.0, 3.0), PLANE_EDGES, values)


def plane_varied() -> VariedDensity:
    """Quadrature in two dimensions: a product between a product and a shifted one; slot 0."""
    factors = [
        ProductDensity(
            (
                Gaussian(axis=0, lower=-2.0, upper=3.0, mean=Constant(m), sigma=Constant(1.0)),
                Exponential(axis=1, lower=0.0, upper=4.0, slope=Constant(-0.5)),
            )
        )
        for m in (0.0, 0.3, -0.3)
    ]
    return VariedDensity(factors[0], (Variation(slot=0, up=factors[1], down=factors[2]),))


planes: Mapping[str, PlaneCase] = MappingProxyType(
    {
        "formula": PlaneCase(make=plane_formula, at=(0.8, 0.4)),
        "product": PlaneCase(make=plane_product, at=(-0.6, 0.2)),
        "histogram": PlaneCase(make=plane_histogram, at=(0.0,), kinks=PLANE_EDGES),
        "varied": PlaneCase(make=plane_varied, at=(-1.6,)),
    }
)
