"""Documents with their tables in a folder of their own, and what the compiler says of them."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import statmodel as sm


@dataclass(frozen=True)
class Compiled:
    """A model, its data, and the words of its warnings."""

    model: sm.Model
    data: sm.Dataset
    warned: tuple[str, ...]


@dataclass(frozen=True)
class Workshop:
    """A folder with a document `model.yaml` and tables."""

    folder: Path

    def table(self, name: str, columns: Mapping[str, Sequence[float]]) -> None:
        """Write a Parquet table."""
        pq.write_table(
            pa.table({key: list(map(float, v)) for key, v in columns.items()}), self.folder / name
        )

    def compile(self, text: str, **options: str | Path | bool) -> Compiled:
        """Compile a document; warnings are caught."""
        (self.folder / "model.yaml").write_text(text)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model, data = sm.compile(self.folder / "model.yaml", **options)
        assert all(one.category is sm.SpecWarning for one in caught)
        return Compiled(model, data, tuple(str(one.message) for one in caught))

    def problems(self, text: str, **options: str | Path) -> list[str]:
        """The problems of a wrong document, the folder left out of them."""
        with pytest.raises(sm.SpecErrors) as raised:
            self.compile(text, **options)
        found = [str(problem) for problem in raised.value.problems]
        return [re.sub(re.escape(f"{self.folder}") + "/?", "", line) for line in found]


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """An empty folder."""
    return Workshop(tmp_path)
