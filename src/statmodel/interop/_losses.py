"""What cannot be said in another format, collected before anything is written."""

from dataclasses import dataclass, field
from typing import final

from statmodel._errors import Problem
from statmodel.spec import DocumentPath, Spec, problem_at


@final
@dataclass
class Losses:
    """Grows while a document is converted; local to one conversion.

    Attributes:
        spec: the document.
        lenient: whether what can be left out is left out.
        refused: what would change the likelihood, or was not permitted to be left out.
        notes: what was left out.
    """

    spec: Spec
    lenient: bool
    refused: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, path: DocumentPath, message: str) -> None:
        """Something without which the likelihood would be another one."""
        self.refused.append(problem_at(self.spec.origin, path, message))

    def leave_out(self, path: DocumentPath, message: str) -> None:
        """Something that is left out where that is permitted."""
        if self.lenient:
            known = problem_at(self.spec.origin, path, message)
            where = f"{known.where} " if path[:2] in self.spec.origin.parts else ""
            self.note(f"{where}{known.path}: {message} Left out.")
        else:
            self.refuse(path, f"{message} `--binned-only` leaves it out.")

    def note(self, message: str) -> None:
        """Something that the reader should know."""
        self.notes.append(message)
