"""Where the problems and warnings of one resolution are collected."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import final

from statmodel._errors import Problem, printable

from ._origin import DocumentPath, Origin, locate, path_text, placed, problem_at


@final
@dataclass
class Report:
    """Grows while a document is resolved; local to one call of `resolve`."""

    origin: Origin
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def problem(self, path: DocumentPath, message: str, *, offset: int | None = None) -> None:
        """Something that forbids to go on; `offset`: characters into a formula."""
        self.problems.append(problem_at(self.origin, path, message, offset=offset))

    def problem_of_key(self, path: DocumentPath, message: str) -> None:
        """As `problem`, at the key instead of the value."""
        self.problems.append(problem_at(self.origin, path, message, key=True))

    def warning(self, path: DocumentPath, message: str) -> None:
        """Something that is probably not meant."""
        self.warnings.append(problem_at(self.origin, path, message))

    def place(self, path: DocumentPath) -> str:
        """A place as other messages refer to it: the path, and the line where it is known.

        Where several files make the document, or a patch, the file and the column too.
        """
        where = locate(self.origin, path)
        text = path_text(placed(self.origin, path)[1])
        if self.origin.parts or self.origin.patched:
            return f"{text} ({where})"
        parts = where.rsplit(":", 2)
        return f"{text} (line {parts[1]})" if len(parts) == 3 else text  # noqa: PLR2004

    def unique(self, named: Iterable[tuple[str, DocumentPath]], what: str) -> None:
        """One problem for each name that stands again."""
        first: dict[str, DocumentPath] = {}
        for name, path in named:
            if name in first:
                included = {path[:2], first[name][:2]} & self.origin.parts.keys()
                how = " with `rename` of its `include`" if included else ""
                message = (
                    f'the {what} "{printable(name)}" stands here again; '
                    f"first at {self.place(first[name])}. Rename one of them{how}."
                )
                self.problem(path, message)
            first.setdefault(name, path)
