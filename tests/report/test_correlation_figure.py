"""The map of correlations: which parameters, and what stands in the cells."""

import numpy as np
import pytest

import statmodel as sm
from statmodel.report.figures import correlation_figure


@pytest.fixture(scope="module")
def result():
    model, data = sm.compile("specs/peak.yaml")
    return sm.fit(model, data)


def test_all_parameters_with_an_error_are_shown(result):
    axes = correlation_figure(result).axes[0]
    shown = [one.get_text() for one in axes.get_yticklabels()]
    assert shown == list(result.names)
    cells = [one.get_text() for one in axes.texts]
    matrix = np.asarray(result.covariance.correlation().matrix)
    assert cells == [str(round(100 * one)) for one in matrix.ravel().tolist()]


def test_the_strongest_are_chosen_and_the_others_counted(result):
    matrix = np.abs(np.asarray(result.covariance.correlation().matrix))
    pair = np.unravel_index(np.argmax(matrix - np.eye(len(matrix))), matrix.shape)
    axes = correlation_figure(result, most=2).axes[0]
    shown = [one.get_text() for one in axes.get_yticklabels()]
    assert shown == [result.names[place] for place in sorted(pair)]
    assert axes.get_title() == "3 parameters with weaker ones left out"


def test_one_parameter_has_no_correlations():
    model, data = sm.compile("specs/lz_like.yaml")
    with pytest.raises(ValueError, match="fewer than two parameters"):
        correlation_figure(sm.fit(model, data))
