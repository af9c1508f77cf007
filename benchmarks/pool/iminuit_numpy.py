"""iminuit on NumPy: rows of the pool gathered, code 4 as branch-free polynomials, a gradient.

Logarithms of the variations are taken once for the pool. Within +-1 the factor of a nuisance is a
polynomial of degree six of each event; its coefficients are found once for the pool, too.
"""

from dataclasses import dataclass

import numpy as np
from iminuit import Minuit
from jaxtyping import Float, Int

from benchmarks.nsbi.problem import PROCESSES, Table
from benchmarks.worker import Contender, Problem, Task, serve

from .problem import NUISANCES, checked_rows, pool, truth

# Value, slope and second derivative of the polynomial at +1 and -1, as rows over alpha..alpha^6.
_POWERS = np.arange(1, 7)
_MATRIX = np.array(
    [
        np.ones(6),
        (-1.0) ** _POWERS,
        _POWERS,
        _POWERS * (-1.0) ** (_POWERS - 1),
        _POWERS * (_POWERS - 1),
        _POWERS * (_POWERS - 1) * (-1.0) ** _POWERS,
    ]
)


@dataclass(frozen=True)
class _Pool:
    """What is known of the rows before any toy is drawn; rows first: a gather copies whole rows."""

    ratios: Float[np.ndarray, "row process"]
    coefficients: Float[np.ndarray, "row power process nuisance"]
    logs: Float[np.ndarray, "row side process nuisance"]
    share: float
    """Expected events of each process."""

    @classmethod
    def of(cls, simulated: Table, events: int) -> "_Pool":
        high, low = simulated.up, simulated.down
        up, down = np.log(high), np.log(low)
        sides = np.stack([high - 1, low - 1, up * high, -down * low, up**2 * high, down**2 * low])
        return cls(
            simulated.ratios.T.copy(),
            np.moveaxis(np.tensordot(np.linalg.inv(_MATRIX), sides, axes=1), -1, 0).copy(),
            np.moveaxis(np.stack([up, down]), -1, 0).copy(),
            events / PROCESSES,
        )

    def fitted(self, rows: Int[np.ndarray, " event"]) -> tuple[float, float]:
        """The lowest nll of a toy, and that at the truth."""
        toy = _Pool(self.ratios[rows], self.coefficients[rows], self.logs[rows], self.share)
        kept: dict[bytes, tuple[float, np.ndarray]] = {}

        def once(at: np.ndarray) -> tuple[float, np.ndarray]:
            """MIGRAD asks for value and gradient of one place one after the other."""
            found = kept.get(at.tobytes())
            if found is None:
                kept.clear()
                found = kept[at.tobytes()] = toy.nll(at)
            return found

        minuit = Minuit(lambda at: once(at)[0], truth(), grad=lambda at: once(at)[1])
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.limits = [(1e-6, 10.0), *[(-5.0, 5.0)] * NUISANCES]
        minuit.strategy = 0
        minuit.migrad()
        if not minuit.valid:
            msg = "MIGRAD did not converge"
            raise RuntimeError(msg)
        return minuit.fval, toy.nll(truth())[0]

    def nll(self, at: Float[np.ndarray, " parameter"]) -> tuple[float, np.ndarray]:
        """Value and gradient."""
        value, slope = self._factors(at[1:])
        terms = self.share * self.ratios * value.prod(axis=2)
        terms[:, 0] *= at[0]
        total = terms.sum(axis=1)
        weight = terms / total[:, None]
        pulled = np.einsum("rp,rpk->k", weight, slope / value)
        gradient = np.concatenate([[self.share - weight[:, 0].sum() / at[0]], at[1:] - pulled])
        expected = self.share * (at[0] + PROCESSES - 1)
        return expected - np.log(total).sum() + 0.5 * (at[1:] ** 2).sum(), gradient

    def _factors(self, alpha: Float[np.ndarray, " nuisance"]) -> tuple[np.ndarray, np.ndarray]:
        """The factor of each nuisance, and its slope."""
        value = np.empty((len(self.ratios), PROCESSES, NUISANCES))
        slope = np.empty_like(value)
        for k, a in enumerate(alpha):
            if abs(a) <= 1:
                c = self.coefficients[..., k]
                value[..., k] = 1 + np.einsum("rnp,n->rp", c, a**_POWERS)
                slope[..., k] = np.einsum("rnp,n->rp", c, _POWERS * a ** (_POWERS - 1))
            else:
                log = self.logs[:, 0, :, k] if a > 0 else -self.logs[:, 1, :, k]
                value[..., k] = np.exp(log * a)
                slope[..., k] = log * value[..., k]
        return value, slope


def build(problem: Problem) -> Contender:
    """Toys drawn and fitted one by one."""
    events, count = int(problem["events"]), int(problem["toys"])
    simulated = pool(int(problem["pool"]))
    known = _Pool.of(simulated, events)

    def drawn(turn: int) -> list[tuple[float, float]]:
        rng = np.random.default_rng(turn)
        # At the truth all rows have the same total.
        numbers = rng.poisson(events, count)
        return [known.fitted(rng.integers(0, simulated.events, n)) for n in numbers]

    def descents() -> list[float]:
        found = [known.fitted(rows) for rows in checked_rows(events, simulated)]
        return [lowest - before for lowest, before in found]

    task = Task(drawn, descents, pieces=lambda: count)
    return Contender({"toys": task}, packages=("iminuit", "numpy"))


if __name__ == "__main__":
    serve(build)
