"""Constraint terms: what auxiliary measurements say about parameters.

Each names the density of its auxiliary observation given the parameter; `ResolvedParameter`
holds one of them, `NoConstraint` where there is none.
"""

import math
from typing import Annotated, Literal, TypeAlias, final

from pydantic import Field, model_validator

from ._base import AbstractPart, NameText, PositiveReal, Real, check_order, refuse


@final
class GaussianConstraint(AbstractPart):
    """The observation `mean` is normally distributed around the parameter, with width `sigma`."""

    type: Literal["gaussian"] = "gaussian"
    mean: Real = Field(default=0.0, description="Observed value, in the unit of the parameter.")
    sigma: PositiveReal = Field(default=1.0, description="Standard deviation, same unit.")


@final
class PoissonConstraint(AbstractPart):
    """The observation `rate` is a Poisson count of mean `rate` times the parameter."""

    type: Literal["poisson"] = "poisson"
    rate: PositiveReal = Field(description="Expected count where the parameter is one.")


@final
class GammaConstraint(AbstractPart):
    """The observation `mean` follows a Gamma density whose mean is the parameter."""

    type: Literal["gamma"] = "gamma"
    mean: PositiveReal = Field(description="Observed value, in the unit of the parameter.")
    sigma: PositiveReal = Field(description="Width, same unit; the relative width is sigma/mean.")


@final
class LognormalConstraint(AbstractPart):
    """The logarithm of the observation is normal around the logarithm of the parameter."""

    type: Literal["lognormal"] = "lognormal"
    median: PositiveReal = Field(description="Observed value, in the unit of the parameter.")
    shape: PositiveReal = Field(description="Standard deviation of the logarithm.")


@final
class HalfGaussianConstraint(AbstractPart):
    """A Gaussian on one side of `mean`: the parameter is `mean` or more."""

    type: Literal["half_gaussian"] = "half_gaussian"
    mean: Real = Field(default=0.0, description="Lower edge, in the unit of the parameter.")
    sigma: PositiveReal = Field(description="Width, same unit.")


@final
class UniformConstraint(AbstractPart):
    """A box: hard bounds and no curvature; it has no pull."""

    type: Literal["uniform"] = "uniform"
    min: Real = Field(description="Lower edge, in the unit of the parameter.")
    max: Real = Field(description="Upper edge, same unit.")

    @model_validator(mode="after")
    def _ordered(self) -> "UniformConstraint":
        check_order(self.min, self.max)
        return self


@final
class NoConstraint(AbstractPart):
    """No auxiliary measurement; removes the one that a modifier implies."""

    type: Literal["none"] = "none"


Constraint: TypeAlias = Annotated[
    GaussianConstraint
    | PoissonConstraint
    | GammaConstraint
    | LognormalConstraint
    | HalfGaussianConstraint
    | UniformConstraint
    | NoConstraint,
    Field(discriminator="type"),
]

Row: TypeAlias = tuple[Real, ...]


@final
class MultivariateGaussianConstraint(AbstractPart):
    """Several observations `mean`, jointly normal around several parameters.

    The covariance is given itself, or as `correlation` with `sigmas`.
    """

    name: NameText
    type: Literal["multivariate_gaussian"]
    parameters: tuple[NameText, ...] = Field(min_length=1)
    mean: Row = Field(description="Observed values, in the order of `parameters`.")
    covariance: tuple[Row, ...] | None = None
    correlation: tuple[Row, ...] | None = None
    sigmas: tuple[PositiveReal, ...] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "MultivariateGaussianConstraint":
        if message := self._wrong():
            refuse(message)
        return self

    def _wrong(self) -> str | None:
        size = len(self.parameters)
        if len(set(self.parameters)) != size:
            return "a parameter stands twice in `parameters`"
        if (self.covariance is None) == (self.correlation is None):
            return "expected either `covariance`, or `correlation` with `sigmas`"
        if (self.correlation is None) != (self.sigmas is None):
            return "`correlation` and `sigmas` go together"
        lengths = {"mean": self.mean, "sigmas": self.sigmas}
        for key, value in lengths.items():
            if value is not None and len(value) != size:
                return f"`{key}` has {len(value)} numbers for {size} parameters"
        for sigma in self.sigmas or ():
            if not 0 < sigma * sigma < math.inf:
                return f"`sigmas` has {sigma:g}, the square of which leaves double precision"
        key = "covariance" if self.correlation is None else "correlation"
        matrix = self.covariance or self.correlation or ()
        if len(matrix) != size or any(len(row) != size for row in matrix):
            return f"`{key}` must have {size} rows of {size} numbers"
        return _wrong_matrix(key, matrix)

    def matrix(self) -> tuple[Row, ...]:
        """The covariance, however it is given."""
        if self.covariance is not None:
            return self.covariance
        correlation, sigmas = self.correlation or (), self.sigmas or ()
        return tuple(
            tuple(rho * a * b for rho, b in zip(row, sigmas, strict=True))
            for row, a in zip(correlation, sigmas, strict=True)
        )


def _wrong_matrix(key: str, matrix: tuple[Row, ...]) -> str | None:
    for i, row in enumerate(matrix):
        if key == "correlation" and row[i] != 1:
            return f"`correlation` must have ones on its diagonal, got {row[i]} in row {i + 1}"
        for j in range(i):
            # Matrices printed with a few digits may differ in the last one.
            if abs(row[j] - matrix[j][i]) > 1e-9 * max(abs(row[j]), abs(matrix[j][i])):
                return (
                    f"`{key}` is not symmetric: {matrix[j][i]} in row {j + 1}, column {i + 1}, "
                    f"but {row[j]} in row {i + 1}, column {j + 1}"
                )
    return None if _is_positive_definite(matrix) else f"`{key}` is not positive definite"


def _is_positive_definite(matrix: tuple[Row, ...]) -> bool:
    """Whether Cholesky's decomposition of a symmetric matrix exists, with a margin for rounding."""
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i != j:
                lower[i][j] = rest / lower[j][j]
            elif not rest > 1e-14 * abs(matrix[i][i]):
                return False
            else:
                lower[i][i] = math.sqrt(rest)
    return True
