"""The source files as the architecture tests read them: parsed, never imported."""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def package(repository: Path) -> Path:
    return repository / "src" / "statmodel"


@pytest.fixture(scope="session")
def sources(package: Path) -> Mapping[str, ast.Module]:
    """Every source file, by its path below the package, parsed."""
    files = sorted(package.rglob("*.py"))
    assert files
    return {
        path.relative_to(package).as_posix(): ast.parse(path.read_text("utf-8")) for path in files
    }
