"""Results as tables on a terminal, and as plain text."""

from ._coverage_table import coverage_table as coverage_table
from ._cross_check_table import cross_check_table as cross_check_table
from ._doctor_table import doctor_report as doctor_report
from ._doctor_table import doctor_text as doctor_text
from ._exclusions_table import exclusions_table as exclusions_table
from ._fisher_table import fisher_table as fisher_table
from ._fit_table import fit_report as fit_report
from ._fit_table import fit_table as fit_table
from ._fit_table import fit_text as fit_text
from ._hypotest_table import hypotest_table as hypotest_table
from ._impacts_table import breakdown_table as breakdown_table
from ._impacts_table import impacts_table as impacts_table
from ._impacts_table import pulls_table as pulls_table
from ._interval_table import interval_table as interval_table
from ._limit_table import limit_table as limit_table
from ._posterior_table import evidence_table as evidence_table
from ._posterior_table import posterior_table as posterior_table
from ._scan_table import contour_table as contour_table
from ._scan_table import scan_table as scan_table
from ._significance_table import significance_table as significance_table
from ._toys_table import bias_table as bias_table
from ._toys_table import gof_table as gof_table
from ._toys_table import toy_test_table as toy_test_table
from ._yields_table import YieldsFormat as YieldsFormat
from ._yields_table import yields_report as yields_report
from ._yields_table import yields_text as yields_text
