"""Bayesian questions through NumPyro: posterior densities, marginal likelihoods, Bayes factors."""

from ._evidence import evidence as evidence
from ._evidence_result import BayesFactor as BayesFactor
from ._evidence_result import Evidence as Evidence
from ._evidence_result import bayes_factor as bayes_factor
from ._numpyro_model import to_numpyro as to_numpyro
from ._posterior import posterior as posterior
from ._result import LEVELS as LEVELS
from ._result import Posterior as Posterior
