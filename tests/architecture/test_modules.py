"""Every Equinox module is abstract or final, and every method is written once.

A call then has one implementation to read. A class is abstract if its name begins with `Abstract`,
or if it has abstract methods; all others bear `@final` and have no subclasses.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import equinox as eqx
import pytest


def _subclasses(base: type) -> Iterator[type]:
    for subclass in base.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _is_ours(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "statmodel"


def _is_abstract(cls: type) -> bool:
    return inspect.isabstract(cls) or cls.__name__.lstrip("_").startswith("Abstract")


def _implements(cls: type) -> set[str]:
    """Methods and properties that the body of `cls` implements; dunders but `__call__` left out."""
    return {
        name
        for name, value in vars(cls).items()
        if (name == "__call__" or not name.startswith("__"))
        and (inspect.isroutine(value) or isinstance(value, property | classmethod | staticmethod))
        and not getattr(value, "__isabstractmethod__", False)
        and name not in {"_abc_impl"}
    }


def _defined_twice(cls: type) -> dict[str, list[str]]:
    bases = [base for base in cls.__mro__ if _is_ours(base)]
    names = set().union(*(_implements(base) for base in bases))
    places = {name: [b.__name__ for b in bases if name in _implements(b)] for name in names}
    return {name: found for name, found in places.items() if len(found) > 1}


@pytest.fixture(scope="module")
def modules() -> list[type]:
    """All Equinox modules of the package, every file imported first."""
    statmodel = importlib.import_module("statmodel")
    for found in pkgutil.walk_packages(statmodel.__path__, "statmodel."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    classes = sorted(set(_subclasses(eqx.Module)), key=lambda cls: (cls.__module__, cls.__name__))
    ours = [cls for cls in classes if _is_ours(cls)]
    assert ours
    return ours


def test_no_class_inherits_from_a_concrete_one(modules: list[type]):
    wrong = [
        f"{cls.__module__}.{cls.__name__} inherits from the concrete {base.__name__}"
        for cls in modules
        for base in cls.__mro__[1:]
        if _is_ours(base) and not _is_abstract(base)
    ]
    assert not wrong, "\n".join(wrong)


def test_concrete_classes_are_final(modules: list[type]):
    wrong = [
        f"{cls.__module__}.{cls.__name__}"
        for cls in modules
        if not _is_abstract(cls) and not vars(cls).get("__final__", False)
    ]
    assert not wrong, "\n".join(wrong)


def test_abstract_classes_say_so(modules: list[type]):
    wrong = [
        f"{cls.__module__}.{cls.__name__}"
        for cls in modules
        if inspect.isabstract(cls) and not cls.__name__.lstrip("_").startswith("Abstract")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_method_is_implemented_twice(modules: list[type]):
    wrong = {f"{cls.__module__}.{cls.__name__}": _defined_twice(cls) for cls in modules}
    assert {name: twice for name, twice in wrong.items() if twice} == {}


def test_an_override_is_recognised():
    class AbstractShape(eqx.Module):
        def area(self) -> float:
            return 0.0

    class Disc(AbstractShape):
        def area(self) -> float:
            return 3.14

    for cls in (AbstractShape, Disc):
        cls.__module__ = "statmodel.example"
    assert _defined_twice(Disc) == {"area": ["Disc", "AbstractShape"]}
    for cls in (AbstractShape, Disc):
        cls.__module__ = __name__  # so that the tests above do not meet them
