"""Tables and pictures of draws."""

import dataclasses
import io

import numpy as np
import pytest
from rich.console import Console

from statmodel.bayes import Evidence, Posterior, bayes_factor
from statmodel.infer import Provenance
from statmodel.report.figures import posterior_figure
from statmodel.report.tables import evidence_table, posterior_table

_MADE = Provenance(spec="s", data="d", versions=(), minimiser="", constants="")


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(1)
    draws = {name: rng.normal(at, 1, (4, 1000)) for name, at in (("b", 5.0), ("mu", 2.0))}
    return Posterior(
        pois=("mu",),
        draws=draws,
        log_density=np.zeros((4, 1000)),
        divergences=0,
        focus="wide",
        focus_digest="",
        priors={},
        fixed={},
        warmup=1000,
        key="",
        provenance=_MADE,
    )


def printed(table):
    file = io.StringIO()
    Console(width=120, file=file).print(table)
    return file.getvalue()


def test_the_parameter_of_interest_comes_first(found):
    text = printed(posterior_table(found))
    assert "4 chains of 1000 draws, 0 divergences, focus wide" in text
    rows = [line.split() for line in text.splitlines() if line.strip()]
    assert [row[0] for row in rows if row[0] in {"mu", "b"}] == ["mu", "b"]
    (mu,) = [row for row in rows if row[0] == "mu"]
    assert float(mu[1]) == pytest.approx(found.mean("mu"), abs=1e-3)
    spoilt = printed(posterior_table(dataclasses.replace(found, divergences=3)))
    assert "3 trajectories diverged" in spoilt


def test_bayes_factors_stand_beside():
    one = Evidence(
        log=-10.0,
        error=0.01,
        ok=True,
        message="fine",
        method="bridge",
        focus="wide",
        focus_digest="",
        priors={},
        flat=("b",),
        fixed={},
        evaluations=1,
        key="",
        provenance=_MADE,
    )
    other = dataclasses.replace(one, focus="narrow", log=-9.0, ok=False, message="poor")
    text = printed(evidence_table([one, other], [bayes_factor(other, one)]))
    assert "-10.000(10)" in text
    assert "2.72" in text
    assert "poor" in text
    assert "b: neither constraint nor prior" in text
    assert "Bayes" not in printed(evidence_table([one]))


def test_one_density_and_pairs(found):
    (axes,) = posterior_figure(found).axes
    assert axes.get_xlabel() == "mu"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["95.45 %", "68.27 %"]
    both = posterior_figure(dataclasses.replace(found, pois=("mu", "b")), labels={"b": "$b$"})
    assert len(both.axes) == 4
    assert both.axes[2].get_xlabel() == "mu"
    assert both.axes[2].get_ylabel() == "$b$"
    # The outer contour of a unit Gaussian in two dimensions: a radius of 2.49.
    lines = [line for c in both.axes[2].collections for line in c.get_paths() if len(line)]
    reach = max(np.abs(line.vertices[:, 0] - 2.0).max() for line in lines)
    assert reach > 2.0
    with pytest.raises(ValueError, match="no parameter of interest was free"):
        posterior_figure(dataclasses.replace(found, pois=("other",)))
