r"""Auxiliary measurements that constrain nuisance parameters.

.. math:: \log C(\alpha) = \sum_k \log c_k(a_k \mid \alpha_k)

Each constraint is written for one parameter and defines three things: the log density of its
auxiliary observation (a *global observable*), the sampler of that observation, and the width that
the parameter has before any fit, :math:`\delta = (-\partial^2 \log c / \partial\alpha^2)^{-1/2}`
at its centre. Constraints of one class are stacked and evaluated together.
"""

import abc
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy import special, stats
from jaxtyping import Array, Float, Int

from ._expressions import Scalar


class AbstractConstraint(eqx.Module):
    """The model of one auxiliary measurement."""

    @abc.abstractmethod
    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        """Natural log of the normalised density of `observed` when the parameter is `at`."""

    @abc.abstractmethod
    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        """A new auxiliary observation when the parameter is `at`."""

    @abc.abstractmethod
    def centre(self) -> Scalar:
        """The auxiliary observation of the document: the parameter's value before the fit."""

    @abc.abstractmethod
    def width(self) -> Scalar:
        """The parameter's standard deviation before the fit; `inf` where there is no curvature."""


@final
class GaussianConstraint(AbstractConstraint):
    """`a ~ Normal(p, sigma)`."""

    mean: Scalar
    sigma: Scalar

    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        return stats.norm.logpdf(observed, loc=at, scale=self.sigma)

    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        return at + self.sigma * jax.random.normal(key, dtype=jnp.float64)

    def centre(self) -> Scalar:
        return self.mean

    def width(self) -> Scalar:
        return self.sigma


@final
class HalfGaussianConstraint(AbstractConstraint):
    """A Gaussian on one side: `p >= mean`, with its mode at the bound.

    The log density is `2 Normal(a | p, sigma)`, which is normalised in the parameter (not in the
    observation, which is drawn from the whole Gaussian).
    """

    mean: Scalar
    sigma: Scalar

    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        return jnp.log(2.0) + stats.norm.logpdf(observed, loc=at, scale=self.sigma)

    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        return at + self.sigma * jax.random.normal(key, dtype=jnp.float64)

    def centre(self) -> Scalar:
        return self.mean

    def width(self) -> Scalar:
        return self.sigma


@final
class PoissonConstraint(AbstractConstraint):
    r"""`a ~ Poisson(rate * p) / rate`: the observation is quoted in units of the parameter.

    With :math:`n = \tau a` counts, :math:`\log c = n \log(\tau p) - \tau p - \log\Gamma(n + 1)`;
    the document's observation is `p = 1`, that is `rate` counts, not necessarily whole.
    """

    rate: Scalar

    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        counts = self.rate * observed
        positive = at > 0
        expected = self.rate * jnp.where(positive, at, 1.0)
        inside = special.xlogy(counts, expected) - expected - special.gammaln(counts + 1.0)
        return jnp.where(positive, inside, jnp.where((at == 0) & (counts == 0), 0.0, -jnp.inf))

    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        return jax.random.poisson(key, self.rate * at).astype(jnp.float64) / self.rate

    def centre(self) -> Scalar:
        return jnp.ones_like(self.rate)

    def width(self) -> Scalar:
        return 1.0 / jnp.sqrt(self.rate)


@final
class GammaConstraint(AbstractConstraint):
    r"""`a ~ Gamma` with mean `p` and relative width `sigma / mean`.

    Shape :math:`k = (m/\sigma)^2` and scale :math:`p/k`, so that the curvature at :math:`p = a = m`
    is :math:`1/\sigma^2`.
    """

    mean: Scalar
    sigma: Scalar

    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        shape = (self.mean / self.sigma) ** 2
        safe = jnp.where(at > 0, at, 1.0)
        inside = stats.gamma.logpdf(observed, shape, scale=safe / shape)
        return jnp.where(at > 0, inside, -jnp.inf)

    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        shape = (self.mean / self.sigma) ** 2
        return jax.random.gamma(key, shape, dtype=jnp.float64) * at / shape

    def centre(self) -> Scalar:
        return self.mean

    def width(self) -> Scalar:
        return self.sigma


@final
class LogNormalConstraint(AbstractConstraint):
    r"""`log a ~ Normal(log p, shape)`."""

    median: Scalar
    shape: Scalar

    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        safe = jnp.where(at > 0, at, 1.0)
        inside = stats.norm.logpdf(jnp.log(observed), jnp.log(safe), self.shape)
        return jnp.where(at > 0, inside - jnp.log(observed), -jnp.inf)

    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        return at * jnp.exp(self.shape * jax.random.normal(key, dtype=jnp.float64))

    def centre(self) -> Scalar:
        return self.median

    def width(self) -> Scalar:
        return self.median * self.shape


@final
class UniformConstraint(AbstractConstraint):
    """A box: hard bounds (which the parameter space holds), no curvature, hence no pull."""

    lower: Scalar
    upper: Scalar

    def log_prob(self, observed: Scalar, at: Scalar) -> Scalar:
        del observed
        inside = (at >= self.lower) & (at <= self.upper)
        return jnp.where(inside, -jnp.log(self.upper - self.lower), -jnp.inf)

    def sample(self, at: Scalar, *, key: Array) -> Scalar:
        del at, key
        return self.centre()

    def centre(self) -> Scalar:
        return 0.5 * (self.lower + self.upper)

    def width(self) -> Scalar:
        return jnp.full_like(self.lower, jnp.inf)


@final
class ConstraintBlock(eqx.Module):
    """Constraints of one class, stacked: `constraint` has a leading axis, one entry a parameter."""

    parameters: Int[Array, " constrained"]
    constraint: AbstractConstraint

    def log_prob(
        self, observed: Float[Array, " parameter"], values: Float[Array, " parameter"]
    ) -> Scalar:
        """The sum over the block; both arguments are full parameter vectors."""
        each = jax.vmap(lambda one, a, p: one.log_prob(a, p))
        return each(self.constraint, observed[self.parameters], values[self.parameters]).sum()

    def sample(
        self, values: Float[Array, " parameter"], *, key: Array
    ) -> Float[Array, " constrained"]:
        """New auxiliary observations, one a parameter of the block."""
        keys = jax.random.split(key, self.parameters.size)
        each = jax.vmap(lambda one, p, key: one.sample(p, key=key))
        return each(self.constraint, values[self.parameters], keys)

    def centre(self) -> Float[Array, " constrained"]:
        """The document's auxiliary observations."""
        return jax.vmap(lambda one: one.centre())(self.constraint)

    def width(self) -> Float[Array, " constrained"]:
        """Widths before the fit."""
        return jax.vmap(lambda one: one.width())(self.constraint)


@final
class JointGaussian(eqx.Module):
    r"""Several parameters constrained together: `a ~ Normal(p, covariance)`."""

    parameters: Int[Array, " joint"]
    mean: Float[Array, " joint"]
    cholesky: Float[Array, "joint joint"]
    """Lower-triangular factor of the covariance."""

    def log_prob(
        self, observed: Float[Array, " parameter"], values: Float[Array, " parameter"]
    ) -> Scalar:
        """The log density; both arguments are full parameter vectors."""
        distance = observed[self.parameters] - values[self.parameters]
        white = jax.scipy.linalg.solve_triangular(self.cholesky, distance, lower=True)
        log_determinant = jnp.log(jnp.diagonal(self.cholesky)).sum()
        return -0.5 * white @ white - log_determinant - 0.5 * white.size * jnp.log(2 * jnp.pi)

    def sample(self, values: Float[Array, " parameter"], *, key: Array) -> Float[Array, " joint"]:
        """New auxiliary observations of the group."""
        white = jax.random.normal(key, self.mean.shape, dtype=jnp.float64)
        return values[self.parameters] + self.cholesky @ white

    def centre(self) -> Float[Array, " joint"]:
        """The document's auxiliary observations."""
        return self.mean

    def width(self) -> Float[Array, " joint"]:
        """Widths before the fit: square roots of the covariance's diagonal."""
        return jnp.sqrt((self.cholesky**2).sum(axis=1))
