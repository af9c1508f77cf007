import warnings

import jax.numpy as jnp
import pytest

from statmodel import SpecWarning
from statmodel.infer import Scan
from statmodel.report.figures import profile_figure, save_figure
from statmodel.report.figures._labels import readable

_GOOD = (r"$\mu$", r"$m_{4\ell}$ [GeV]", "plain", "5$", r"a\$b")
_BAD = (r"$\nonsense$", r"$\frac{1}{$", r"$x^{2$")


@pytest.mark.parametrize("label", _GOOD)
def test_what_matplotlib_can_read_is_left_alone(label):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert readable(label, "x") == label


@pytest.mark.parametrize("label", _BAD)
def test_what_it_cannot_read_gives_way_to_the_name_with_a_warning(label):
    with pytest.warns(SpecWarning, match="the label .* of x cannot be drawn"):
        assert readable(label, "x") == "x"


def test_a_dollar_in_a_name_is_a_dollar():
    with pytest.warns(SpecWarning):
        assert readable(r"$\nonsense$", "a$b$") == r"a\$b\$"


@pytest.mark.parametrize("label", _BAD)
def test_a_picture_with_such_a_label_is_drawn(label, tmp_path):
    grid = jnp.linspace(0.0, 4.0, 9)
    scan = Scan("mu", grid, 0.5 * (grid - 2.0) ** 2, jnp.asarray(0.0), jnp.zeros(9, int))
    with pytest.warns(SpecWarning):
        figure = profile_figure(scan, best=2.0, label=label)
    assert figure.axes[0].get_xlabel() == "mu"
    save_figure(figure, tmp_path / "x")
    assert (tmp_path / "x.pdf").stat().st_size > 0
