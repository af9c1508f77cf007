"""Statistical models from declarative specs: compiled to JAX, fitted, reported.

The names below are the front door; each is loaded when it is first used, so that a program pays
for what it calls. Importing this package switches JAX to 64-bit numbers, unless the environment
variable `JAX_ENABLE_X64` says otherwise, and does nothing else to the process.
"""

import gc
import importlib
import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._configure import configure as configure
    from ._errors import DataError as DataError
    from ._errors import SpecErrors as SpecErrors
    from ._errors import SpecWarning as SpecWarning
    from ._errors import StatmodelError as StatmodelError
    from .bayes import evidence as evidence
    from .bayes import posterior as posterior
    from .bayes import to_numpyro as to_numpyro
    from .compiler import compile as compile
    from .compiler import explain as explain
    from .data import Dataset as Dataset
    from .data import Events as Events
    from .infer import FTS as FTS
    from .infer import LRS as LRS
    from .infer import FitResult as FitResult
    from .infer import Status as Status
    from .infer import ToyTable as ToyTable
    from .infer import asimov as asimov
    from .infer import bias as bias
    from .infer import breakdown as breakdown
    from .infer import confidence_interval as confidence_interval
    from .infer import contours as contours
    from .infer import cross_check as cross_check
    from .infer import derivatives as derivatives
    from .infer import diagnose as diagnose
    from .infer import exclusions as exclusions
    from .infer import fisher as fisher
    from .infer import fit as fit
    from .infer import gof as gof
    from .infer import hypotest as hypotest
    from .infer import hypotest_toys as hypotest_toys
    from .infer import impacts as impacts
    from .infer import neyman as neyman
    from .infer import profile as profile
    from .infer import profile_errors as profile_errors
    from .infer import pulls as pulls
    from .infer import refits as refits
    from .infer import run_toys as run_toys
    from .infer import sandwich as sandwich
    from .infer import significance as significance
    from .infer import upper_limit as upper_limit
    from .infer import yields as yields
    from .jobs import ToyCampaign as ToyCampaign
    from .model import Model as Model
    from .model import Prepared as Prepared
    from .spec import Spec as Spec
    from .spec import combine as combine
    from .spec import digest as digest
    from .spec import load_spec as load_spec
    from .spec import parse_spec as parse_spec
    from .spec import prune as prune
    from .spec import rename as rename
    from .spec import sort as sort

_HOME = MappingProxyType(
    {
        "DataError": "_errors",
        "SpecErrors": "_errors",
        "SpecWarning": "_errors",
        "StatmodelError": "_errors",
        "evidence": "bayes",
        "posterior": "bayes",
        "to_numpyro": "bayes",
        "compile": "compiler",
        "configure": "_configure",
        "explain": "compiler",
        "Dataset": "data",
        "Events": "data",
        "FitResult": "infer",
        "Status": "infer",
        "ToyTable": "infer",
        "asimov": "infer",
        "bias": "infer",
        "breakdown": "infer",
        "contours": "infer",
        "cross_check": "infer",
        "derivatives": "infer",
        "diagnose": "infer",
        "exclusions": "infer",
        "fisher": "infer",
        "fit": "infer",
        "hypotest": "infer",
        "hypotest_toys": "infer",
        "gof": "infer",
        "FTS": "infer",
        "LRS": "infer",
        "confidence_interval": "infer",
        "neyman": "infer",
        "impacts": "infer",
        "profile": "infer",
        "profile_errors": "infer",
        "pulls": "infer",
        "refits": "infer",
        "run_toys": "infer",
        "sandwich": "infer",
        "significance": "infer",
        "upper_limit": "infer",
        "yields": "infer",
        "ToyCampaign": "jobs",
        "Model": "model",
        "Prepared": "model",
        "Spec": "spec",
        "load_spec": "spec",
        "combine": "spec",
        "digest": "spec",
        "prune": "spec",
        "rename": "spec",
        "sort": "spec",
        "parse_spec": "spec",
    }
)

__all__ = [
    "FTS",
    "LRS",
    "confidence_interval",
    "neyman",
    "sandwich",
    "fisher",
    "gof",
    "hypotest_toys",
    "bias",
    "DataError",
    "Dataset",
    "Events",
    "FitResult",
    "Model",
    "Prepared",
    "Spec",
    "SpecErrors",
    "SpecWarning",
    "StatmodelError",
    "Status",
    "ToyCampaign",
    "ToyTable",
    "asimov",
    "breakdown",
    "combine",
    "compile",
    "configure",
    "contours",
    "cross_check",
    "derivatives",
    "diagnose",
    "digest",
    "exclusions",
    "explain",
    "fit",
    "hypotest",
    "impacts",
    "load_spec",
    "parse_spec",
    "profile",
    "profile_errors",
    "pulls",
    "refits",
    "prune",
    "rename",
    "sort",
    "run_toys",
    "significance",
    "upper_limit",
    "yields",
    "evidence",
    "posterior",
    "to_numpyro",
]


def _switch_to_64_bit() -> None:
    # Where JAX is not loaded yet it is not loaded for this: it reads the variable when it is.
    if "JAX_ENABLE_X64" in os.environ:
        return
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", val=True)
    else:
        os.environ["JAX_ENABLE_X64"] = "1"


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module 'statmodel' has no attribute {name!r}"
        raise AttributeError(msg)
    # Modules stay. The collector would look through them three hundred times, a tenth of the time
    # that the import takes.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    finally:
        if collecting:
            gc.enable()


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


_switch_to_64_bit()
