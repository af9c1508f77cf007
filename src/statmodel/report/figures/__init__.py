"""Results as pictures: figures that are passed on, saved as PDF and PNG."""

from ._belt_figure import belt_figure as belt_figure
from ._cls_figure import cls_figure as cls_figure
from ._contour_figure import contour_figure as contour_figure
from ._correlation_figure import correlation_figure as correlation_figure
from ._coverage_figure import coverage_figure as coverage_figure
from ._coverage_figure import lengths_figure as lengths_figure
from ._critical_figure import critical_figure as critical_figure
from ._critical_figure import observed_figure as observed_figure
from ._data_figure import data_figure as data_figure
from ._focus_study_figure import focus_study_figure as focus_study_figure
from ._posterior_figure import posterior_figure as posterior_figure
from ._profile_figure import crossings as crossings
from ._profile_figure import profile_figure as profile_figure
from ._ranking_figure import pulls_figure as pulls_figure
from ._ranking_figure import ranking_figure as ranking_figure
from ._region_figure import region_figure as region_figure
from ._statistic_figure import statistic_figure as statistic_figure
from ._statistics_figure import statistics_figure as statistics_figure
from ._style import save_figure as save_figure
from ._toys_figure import gof_figure as gof_figure
from ._toys_figure import pull_figure as pull_figure
from ._toys_figure import toy_test_figure as toy_test_figure
from ._yields_figure import yields_figure as yields_figure
