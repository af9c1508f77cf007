"""The posterior density as draws, and what is said of them."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from statmodel._errors import suggestion
from statmodel.infer import Provenance
from statmodel.infer.internal import number

from ._diagnostics import FEWEST_EFFECTIVE, LARGEST_R_HAT, Convergence, convergence

if TYPE_CHECKING:
    from arviz import InferenceData

LEVELS = (0.6827, 0.9545)
_QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Posterior:
    """Draws of all free parameters, in the user's units.

    Attributes:
        pois: parameters of interest.
        draws: by name; one row a chain, after its warm-up.
        log_density: natural log of likelihood times prior at each draw.
        divergences: trajectories that left the path of constant energy, which says that there are
            places that the sampler cannot reach.
        focus: the prior of the parameters of interest, by name; empty without one.
        focus_digest: fingerprint of it.
        priors: densities that were given, as they show themselves.
        fixed: values at which parameters were held, beside those that the document fixes.
        warmup: draws of each chain that are left out.
        key: of the chains.
        provenance: what made the draws.
    """

    pois: tuple[str, ...]
    draws: Mapping[str, Float[np.ndarray, "chain draw"]]
    log_density: Float[np.ndarray, "chain draw"]
    divergences: int
    focus: str
    focus_digest: str
    priors: Mapping[str, str]
    fixed: Mapping[str, float]
    warmup: int
    key: str
    provenance: Provenance

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that were free."""
        return tuple(self.draws)

    @cached_property
    def convergence(self) -> Mapping[str, Convergence]:
        """R-hat and the effective number of draws, by name."""
        return {name: convergence(draws) for name, draws in self.draws.items()}

    @property
    def ok(self) -> bool:
        """Whether R-hat, effective numbers and divergences are as they should be."""
        return not self._problems()

    @property
    def message(self) -> str:
        """The same in words, with what to try."""
        problems = self._problems()
        if problems:
            return "; ".join(problems)
        worst = max(one.r_hat for one in self.convergence.values())
        least = min(one.effective for one in self.convergence.values())
        return f"chains agree: R-hat at most {worst:.3f}, at least {least:.0f} effective draws"

    def mean(self, name: str) -> float:
        """Of a parameter."""
        return float(self._of(name).mean())

    def sd(self, name: str) -> float:
        """Standard deviation of a parameter."""
        return float(self._of(name).std(ddof=1))

    def error(self, name: str) -> float:
        """Of the mean, by the effective number of draws."""
        return self.sd(name) / float(np.sqrt(self.convergence[name].effective))

    def quantile(self, name: str, probability: float) -> float:
        """The value below which the parameter lies with this probability."""
        return float(np.quantile(self._of(name), probability))

    def hpd(self, name: str, level: float = LEVELS[0]) -> tuple[float, float]:
        """The shortest interval of this probability (of one piece, also where there are two tops).

        Raises:
            ValueError: `level` is no probability.
        """
        if not 0 < level < 1:
            msg = f"`hpd(level=...)` is a probability between 0 and 1, got {level:g}"
            raise ValueError(msg)
        from numpyro.diagnostics import hpdi  # noqa: PLC0415 (two thirds of a second)

        low, high = hpdi(self._of(name).ravel(), level).tolist()
        return low, high

    def to_json(self, *, draws: bool = False) -> str:
        """A JSON document; numbers that do not exist are null.

        Args:
            draws: all of them, too.
        """
        document: dict[str, object] = {
            "status": {"ok": self.ok, "message": self.message},
            "pois": list(self.pois),
            "parameters": {name: self._document(name) for name in self.names},
            "chains": self.log_density.shape[0],
            "draws": self.log_density.shape[1],
            "warmup": self.warmup,
            "divergences": self.divergences,
            "focus": self.focus or None,
            "focus_digest": self.focus_digest or None,
            "priors": dict(self.priors),
            "fixed": dict(self.fixed),
            "key": self.key,
            "provenance": self.provenance.to_document(),
        }
        if draws:
            document["values"] = {name: rows.tolist() for name, rows in self.draws.items()}
        return json.dumps(document, indent=2, allow_nan=False)

    def to_arviz(self) -> "InferenceData":
        """The draws for ArviZ, with log densities.

        Raises:
            ModuleNotFoundError: ArviZ is not installed.
        """
        try:
            arviz = importlib.import_module("arviz")
        except ModuleNotFoundError as error:
            msg = '`to_arviz` needs arviz, which is not installed: pip install "statmodel[arviz]"'
            raise ModuleNotFoundError(msg) from error
        return arviz.from_dict(
            posterior=dict(self.draws),
            sample_stats={"lp": self.log_density},
            attrs={"spec": self.provenance.spec, "data": self.provenance.data, "key": self.key},
        )

    def _of(self, name: str) -> Float[np.ndarray, "chain draw"]:
        if name not in self.draws:
            msg = (
                f'there are no draws of "{name}".{suggestion(name, self.names, "Free parameters")}'
            )
            raise KeyError(msg)
        return self.draws[name]

    def _document(self, name: str) -> dict[str, object]:
        found = self.convergence[name]
        return {
            "mean": self.mean(name),
            "error_of_mean": number(self.error(name)),
            "sd": self.sd(name),
            "quantiles": {f"{q:g}": self.quantile(name, q) for q in _QUANTILES},
            "hpd": {f"{level:g}": list(self.hpd(name, level)) for level in LEVELS},
            "r_hat": number(found.r_hat),
            "effective_draws": number(found.effective),
        }

    def _problems(self) -> list[str]:
        problems: list[str] = []
        apart = {n: c.r_hat for n, c in self.convergence.items() if not c.r_hat <= LARGEST_R_HAT}
        few = {
            n: c.effective
            for n, c in self.convergence.items()
            if not c.effective >= FEWEST_EFFECTIVE
        }
        if apart:
            name = max(apart, key=lambda one: np.nan_to_num(apart[one], nan=np.inf))
            problems.append(
                f"chains disagree: R-hat of {name} is {apart[name]:.3g}, not at most "
                f"{LARGEST_R_HAT:g}; take more warm-up and draws, and look for several tops"
            )
        if few:
            name = min(few, key=lambda one: np.nan_to_num(few[one], nan=-np.inf))
            problems.append(
                f"{name} has {few[name]:.0f} effective draws, fewer than {FEWEST_EFFECTIVE:.0f}; "
                "take more draws"
            )
        if self.divergences:
            problems.append(
                f"{self.divergences} trajectories diverged: the density falls off a cliff, or its "
                "width varies strongly; take more warm-up, or bounds or priors that keep clear of "
                "where the likelihood vanishes"
            )
        return problems
