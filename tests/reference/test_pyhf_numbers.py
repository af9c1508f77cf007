"""Likelihoods, expected counts and best fits of workspaces against pyhf 0.7.6.

`pyhf_numbers.json` is written by `make_pyhf.py`: published workspaces, with their patches, and
small ones that use every modifier, in both interpolations that pyhf knows by a pair of codes.
"""

import json
import warnings
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import statmodel as sm
from statmodel.spec import parse_spec

_NUMBERS = json.loads(Path(__file__).with_name("pyhf_numbers.json").read_text("utf-8"))
_MODELS = _NUMBERS["models"]
_LABELS = ("file", "patch", "name", "synthetic", "measurement")
# Compiling takes longer the more parameters there are; the larger ones wait for `make test-slow`.
_QUICK = 30
_QUICK_FITS = ("counting", "staterror_zeros", "luminosity")


def _name(one: dict) -> str:
    words = [Path(one[label]).stem for label in _LABELS if label in one]
    return " ".join([*words, one["interpolation"]["normsys"]])


def _parameters(*, fits: bool) -> list[object]:
    found = []
    for one in _MODELS:
        quick = len(one["names"]) <= _QUICK
        if fits:
            quick = one.get("synthetic") in _QUICK_FITS
        marks = [] if quick else [pytest.mark.slow]
        found.append(pytest.param(one, id=_name(one), marks=marks))
    return found


@pytest.fixture(scope="module")
def compiled(shared_data: Path):
    """A function: model and data of an entry."""

    @cache
    def made(place: int) -> tuple[sm.Model, sm.Dataset]:
        one = _MODELS[place]
        document = _document(one, shared_data / "pyhf_workspaces")
        if one["interpolation"]["normsys"] != "code4":
            document |= {"statmodel": "1", "interpolation": one["interpolation"]}
        spec = parse_spec(json.dumps(document), format="json", name=_name(one))
        with warnings.catch_warnings():
            # A background-only workspace has no parameter of interest, and that is said.
            warnings.simplefilter("ignore", sm.SpecWarning)
            return sm.compile(spec, measurement=one["measurement"])

    return lambda one: made(_MODELS.index(one))


def _document(one: dict, folder: Path) -> dict:
    if "synthetic" in one:
        return deepcopy(_NUMBERS["synthetic"][one["synthetic"]])
    document = json.loads((folder / one["file"]).read_text("utf-8"))
    if "patch" in one:
        patch = json.loads((folder / one["patch"]).read_text("utf-8"))
        if "name" in one:
            named = {each["metadata"]["name"]: each["patch"] for each in patch["patches"]}
            patch = named[one["name"]]
        for operation in patch:
            _apply(document, operation)
    return document


def _apply(document: dict, operation: dict) -> None:
    """One operation of RFC 6902, of the kinds that the published patches have."""
    *way, last = operation["path"].strip("/").split("/")
    place = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    key = (len(place) if last == "-" else int(last)) if isinstance(place, list) else last
    match operation["op"]:
        case "add" if isinstance(place, list):
            place.insert(key, operation["value"])
        case "add" | "replace":
            place[key] = operation["value"]
        case "remove":
            del place[key]
        case other:
            pytest.fail(f"a patch has the operation {other}")


def _point(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("one", _parameters(fits=False))
def test_nll_and_expected_counts_are_pyhfs(one: dict, compiled):
    model, data = compiled(one)
    assert set(model.space.names) == set(one["names"])
    channels = sorted(data.counts)  # as pyhf lists them
    for at in one["points"]:
        point = _point(one["names"], at["at"])
        # Sums over some hundreds of terms, in another order.
        assert -float(model.log_prob(point, data)) == pytest.approx(at["nll"], rel=1e-10)
        by_channel = model.expected(point)
        found = np.concatenate([sum(by_channel[name].values()) for name in channels])
        # Products of up to eighty factors.
        np.testing.assert_allclose(found, at["expected"], rtol=1e-12)


@pytest.mark.parametrize("one", _parameters(fits=True))
def test_best_fit_is_pyhfs_or_better(one: dict, compiled):
    model, data = compiled(one)
    result = sm.fit(model, data)
    assert result.ok, result.message
    wanted = one["fit"]
    # Both go on until the decrement is far below; 1e-6 is a thousandth of an error.
    assert float(result.nll) < wanted["nll"] + 1e-6
    place = {name: index for index, name in enumerate(model.space.names)}
    rows = zip(one["names"], wanted["at"], wanted["errors"], strict=True)
    for name, value, error in rows:
        index = place[name]
        # A thousandth of an error; at a bound, or fixed, there is none.
        allowed = 1e-3 * error if error is not None else 1e-6 * max(1.0, abs(value))
        assert float(result.values[index]) == pytest.approx(value, abs=allowed), name
        # Some of pyhf's fits end 1e-9 above a bound; its errors are then those of a parameter that
        # moves both ways, and all others with them.
        if error is not None and not result.at_bound.any():
            # The Hessian moves with the minimum.
            assert float(result.errors[index]) == pytest.approx(error, rel=1e-3), name


def test_the_file_is_about_the_workspaces_that_are_published(shared_data: Path):
    folder = shared_data / "pyhf_workspaces"
    published = set()
    for file in folder.rglob("*.json"):
        document = json.loads(file.read_text("utf-8"))
        if isinstance(document, dict) and {"channels", "version"} <= document.keys():
            published.add(file.relative_to(folder).as_posix())
    assert published == {one["file"] for one in _MODELS if "file" in one}
