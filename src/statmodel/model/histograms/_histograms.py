r"""All binned channels of a model: HistFactory's likelihood as one block of dense arrays.

.. math::

   \nu_b = \sum_s \Gamma_{sb}\, F_{s c(b)}\, T_{sb}, \qquad
   \log L = \sum_b \big[ n_b \log \nu_b - \nu_b - \log n_b! \big]

with the shifted histograms T (histosys), the factors F of whole histograms (normfactor, lumi,
formulas, normsys) and :math:`\Gamma` of single bins (staterror, shapesys, shapefactor)
(HistFactory, CERN-OPEN-2012-016). Nothing loops over channels, samples or modifiers. With
:math:`J = \partial\nu` and :math:`w = n/\nu - 1`,

.. math:: \nabla \log L = J^\top w, \qquad
   \nabla^2 \log L = -J^\top \mathrm{diag}(n/\nu^2) J + \sum_b w_b \nabla^2 \nu_b

The second term needs no second derivatives of the entries one by one: they are products, and w
summed against two of their three factors, row by row, leaves matrices of parameters by rows.
"""

from typing import NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._blocks import BlockExpansion, BlockGradient, BlockMatrix, block_linear, block_quadratic
from ._counts import Counts, counts, expected_weights, poisson_log_prob, poisson_slopes
from ._factors import Factors, RowDerivatives
from ._gammas import Gammas
from ._placement import Placement, summed
from ._shape_features import Even
from ._shifts import Shifts


class Variables(NamedTuple):
    """What the expected counts depend on."""

    shared: Float[Array, " shared"]
    """Histosys only, histosys and normsys, normsys only, plain factors: in this order."""
    local: Float[Array, "gamma bin"]


class _Parts(NamedTuple):
    """The expected counts, and the factors of the entries with zeros replaced."""

    expected: Float[Array, " bin"]
    even: Even
    shifted: Float[Array, "sample bin"]
    rows: RowDerivatives
    factor: Float[Array, "sample bin"]
    gamma: Float[Array, "sample bin"]


@final
class Histograms(eqx.Module):
    """The binned channels of a likelihood."""

    channels: tuple[str, ...] = eqx.field(static=True)
    samples: tuple[tuple[str, ...], ...] = eqx.field(static=True)
    """Of each channel."""
    placement: Placement
    formulas: tuple[AbstractExpression, ...]
    """Each multiplies some rows; their values stand behind the slots."""
    shared: Int[Array, " shared"]
    """Where shared variables are read: slots, then formulas."""
    first_rate: int = eqx.field(static=True)
    """The first shared variable that multiplies; all that follow do."""
    shifts: Shifts
    factors: Factors
    gammas: Gammas

    @property
    def bins(self) -> tuple[int, ...]:
        """How many bins each channel has."""
        return self.placement.bins

    def bind(self, observed: ArrayLike, mask: Bool[Array, " bin"] | None = None) -> Counts:
        """Do once what depends on the counts only.

        Args:
            observed: counts of the bins of all channels, in order. Unit: events.
            mask: true for bins that count; all of them by default.
        """
        given = jnp.asarray(observed, jnp.float64)
        total = sum(self.bins)
        if given.shape != (total,):
            msg = f"{total} bins in {len(self.bins)} channels, but counts of shape {given.shape}"
            raise ValueError(msg)
        return counts(given, jnp.ones(total, bool) if mask is None else mask)

    def variables(self, at: Slots) -> Variables:
        """What the expected counts depend on, at slot values."""
        values = [formula.value(at) for formula in self.formulas]
        extended = jnp.concatenate([at, jnp.stack(values)]) if values else at
        return Variables(extended[self.shared], at[self.gammas.slots])

    def components(self, at: Slots) -> Float[Array, "sample bin"]:
        """Expected events of every entry; 0 where a channel has no such sample."""
        here = self.variables(at)
        alpha, rates = self._split(here)
        rows = self.factors(rates)
        shifted = self.shifts(alpha, self.shifts.features(alpha))
        return shifted * self.placement.to_bins(rows) * self.gammas(here.local)

    def by_sample(self, at: Slots) -> dict[str, dict[str, Float[Array, " bin"]]]:
        """The same by the names of channels and samples."""
        table, first = self.components(at), 0
        found: dict[str, dict[str, Float[Array, " bin"]]] = {}
        for name, samples, bins in zip(self.channels, self.samples, self.bins, strict=True):
            rows = table[: len(samples), first : first + bins]
            found[name] = dict(zip(samples, rows, strict=True))
            first += bins
        return found

    def expected(self, at: Slots) -> Float[Array, " bin"]:
        """Expected events of every bin, the channels one after another."""
        return self.components(at).sum(axis=0)

    def log_prob(self, at: Slots, data: Counts) -> Scalar:
        """The log probability of the counts, with log n!; `-inf` where they are impossible."""
        return poisson_log_prob(self.expected(at), data)

    def log_prob_to_first_order(self, at: Slots, data: Counts) -> Scalar:
        """The same number and gradient; derivatives beyond the first are not those of `log_prob`.

        Where the counts are impossible the bins in question are left out of the gradient.
        """
        here = self.variables(at)
        return block_linear(self.linearised(jax.lax.stop_gradient(here), data), *here)

    def log_prob_to_second_order(self, at: Slots, data: Counts) -> Scalar:
        """The same number, gradient and Hessian; no derivatives beyond the second."""
        here = self.variables(at)
        return block_quadratic(self.expanded(jax.lax.stop_gradient(here), data), *here)

    def linearised(self, here: Variables, data: Counts) -> BlockGradient:
        """Value and gradient in the variables."""
        parts = self._parts(here)
        slopes, _ = poisson_slopes(parts.expected, data)
        found = self._gradient(here, parts, slopes)
        value = poisson_log_prob(parts.expected, data)
        return BlockGradient(value, found.shared, found.local)

    def expanded(self, here: Variables, data: Counts) -> BlockExpansion:
        """Value, gradient and Hessian in the variables."""
        parts = self._parts(here)
        slopes, weights = poisson_slopes(parts.expected, data)
        gradient = self._gradient(here, parts, slopes)
        turned = parts.rows.factor[None] * parts.rows.slope
        rest = self.gammas.without_one(here.local)
        ways = jnp.concatenate([parts.gamma[None], rest])
        derivatives = self._mixed(ways, parts, turned)
        jacobian, mixed = derivatives[0], derivatives[1:].transpose(0, 2, 1)
        bare = parts.shifted * parts.factor
        information = _information(jacobian, (rest * bare[None]).sum(axis=1), weights)
        pairs = (self.gammas.without_two(here.local) * bare[None, None]).sum(axis=2)
        bends = BlockMatrix(
            self._bends(gradient, parts, slopes, turned),
            mixed * slopes[None, :, None],
            pairs * slopes[None, None],
        )
        value = poisson_log_prob(parts.expected, data)
        return BlockExpansion(
            BlockGradient(value, gradient.shared, gradient.local), information, bends
        )

    def expected_information(self, here: Variables, data: Counts) -> BlockMatrix:
        """The information with what is expected for the counts, which enter by their mask only."""
        parts = self._parts(here)
        turned = parts.rows.factor[None] * parts.rows.slope
        (jacobian,) = self._mixed(parts.gamma[None], parts, turned)
        bare = parts.shifted * parts.factor
        own = (self.gammas.without_one(here.local) * bare[None]).sum(axis=1)
        return _information(jacobian, own, expected_weights(parts.expected, data))

    def _mixed(
        self,
        ways: Float[Array, "way sample bin"],
        parts: _Parts,
        turned: Float[Array, "rate sample channel"],
    ) -> Float[Array, "way shared bin"]:
        """Weighted sums over samples of the derivatives of the entries without per-bin factors."""

        def term(sample: Int[Array, ""]) -> Float[Array, "way rate bin"]:
            weight = ways[:, sample] * parts.shifted[sample][None]
            return weight[:, None] * self.placement.to_bins(turned[:, sample])[None]

        shapes = self.shifts.coefficients.mixed(ways * parts.factor[None], parts.even.slope)
        count, samples, bins = ways.shape
        rates = summed(samples, term, jnp.zeros((count, turned.shape[0], bins), ways.dtype))
        # Variables that do both stand between those that do one. Written piece by piece: as a
        # concatenation it would be computed anew for each of its readers, element by element.
        first, both = self.first_rate, self.shifts.size - self.first_rate
        derivatives = jnp.zeros((count, self.shared.size, bins), ways.dtype)
        pieces = (shapes[:, :first], shapes[:, first:] + rates[:, :both], rates[:, both:])
        for place, piece in zip((0, first, first + both), pieces, strict=True):
            derivatives = jax.lax.dynamic_update_slice(derivatives, piece, (0, place, 0))
        return derivatives

    def _bends(
        self,
        gradient: "_Gradient",
        parts: _Parts,
        slopes: Float[Array, " bin"],
        turned: Float[Array, "rate sample channel"],
    ) -> Float[Array, "shared shared"]:
        """The sum over bins of their slopes times the second derivatives of their counts."""
        size, (rates, samples, channels) = self.shared.size, turned.shape
        flat = turned.reshape(rates, samples * channels)
        weighted = slopes[None] * parts.gamma
        moved = self.shifts.coefficients.gathered(weighted, parts.even.slope)
        half = moved.reshape(samples * channels, self.shifts.size).T @ flat.T
        # Of the factors of rows: two parameters, then one.
        pairs = (gradient.rows[None] * parts.rows.slope).reshape(flat.shape) @ flat.T
        single = (gradient.rows * parts.rows.factor)[None] * parts.rows.bend
        same = jnp.eye(rates, dtype=bool)
        pairs = jnp.where(same, 0.5 * single.sum(axis=(1, 2))[:, None], 0.5 * pairs)
        # Written in place: a padded matrix would be computed element by element.
        whole = jnp.zeros((size, size), half.dtype)
        whole = whole.at[self.first_rate :, self.first_rate :].set(pairs)
        whole = whole.at[: self.shifts.size, self.first_rate :].add(half)
        bends = jnp.pad(parts.even.bend * gradient.even, (0, size - self.shifts.size))
        return whole + whole.T + jnp.where(jnp.eye(size, dtype=bool), bends[None], 0.0)

    def _gradient(
        self, here: Variables, parts: _Parts, slopes: Float[Array, " bin"]
    ) -> "_Gradient":
        weighted = slopes[None] * parts.gamma
        size = self.shared.size
        shared = jnp.zeros(size, slopes.dtype)
        even = jnp.zeros(self.shifts.size, slopes.dtype)
        if self.shifts.size:
            odd, even = self.shifts.coefficients.pull(weighted * parts.factor)
            shared = jnp.pad(odd + parts.even.slope * even, (0, size - self.shifts.size))
        rows = self.placement.to_rows(weighted * parts.shifted)
        each = (rows * parts.rows.factor).reshape(-1)
        rates = parts.rows.slope.reshape(self.factors.size, each.size) @ each
        shared = shared + jnp.pad(rates, (self.first_rate, 0))
        bare = slopes[None] * parts.shifted * parts.factor
        local = (self.gammas.without_one(here.local) * bare[None]).sum(axis=1)
        return _Gradient(shared, local, even, rows)

    def _parts(self, here: Variables) -> _Parts:
        alpha, rates = self._split(here)
        even = self.shifts.features(alpha)
        rows = self.factors.derivatives(rates)
        shifted, gamma = self.shifts(alpha, even), self.gammas(here.local)
        return _Parts(
            expected=(shifted * self.placement.to_bins(rows.value) * gamma).sum(axis=0),
            even=even,
            shifted=shifted,
            rows=rows,
            factor=self.placement.to_bins(rows.factor),
            gamma=gamma,
        )

    def _split(self, here: Variables) -> tuple[Float[Array, " variable"], Float[Array, " rate"]]:
        return here.shared[: self.shifts.size], here.shared[self.first_rate :]


def _information(
    jacobian: Float[Array, "shared bin"],
    own: Float[Array, "gamma bin"],
    weights: Float[Array, " bin"],
) -> BlockMatrix:
    """The square of the derivatives of the counts in shared and local variables."""
    return BlockMatrix(
        _squared(jacobian, jacobian * weights[None]),
        (own * weights[None])[:, :, None] * jacobian.T[None],
        own[:, None] * own[None] * weights[None, None],
    )


def _squared(
    one: Float[Array, "shared bin"], other: Float[Array, "shared bin"]
) -> Float[Array, "shared shared"]:
    """A product that is symmetric, of which a quarter is not computed but copied."""
    size = one.shape[0]
    half = size // 2
    whole = jnp.zeros((size, size), one.dtype)
    whole = jax.lax.dynamic_update_slice(whole, other[:half] @ one[:half].T, (0, 0))
    lower = other[half:] @ one.T
    whole = jax.lax.dynamic_update_slice(whole, lower, (half, 0))
    return jax.lax.dynamic_update_slice(whole, lower[:, :half].T, (0, half))


class _Gradient(NamedTuple):
    shared: Float[Array, " shared"]
    local: Float[Array, "gamma bin"]
    even: Float[Array, " variable"]
    """Sums of the coefficients of even features: what their second derivatives multiply."""
    rows: Float[Array, "sample channel"]
    """The derivative in the factor of each row."""
