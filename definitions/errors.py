"""The errors of the room: what is wrong in a file of the policy, and what to do about it.

Every error is a sentence for the person who edits the file: where it is, what is wrong,
and the remedy. There is one base for the room, `DefinitionsError`; whoever only wants to show
what went wrong catches it and reads `errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class DefinitionsError(Exception):
    """Base of every error that `definitions` raises."""

    @property
    def errors(self) -> tuple[DefinitionError, ...]:
        """The single errors that this one stands for, in the order of the file."""
        return ()


class DefinitionError(DefinitionsError):
    """One thing that is wrong in one file.

    Attributes:
        file: Name of the file as the reader knows it.
        line: Line in that file, counted from 1.
        sentence: What is wrong, as a whole sentence.
        remedy: What to do about it, as a whole sentence.
    """

    def __init__(self, file: str, line: int, sentence: str, remedy: str) -> None:
        """Keep the four parts apart, so that a page or JSON can show them apart."""
        super().__init__(file, line, sentence, remedy)
        self.file = file
        self.line = line
        self.sentence = sentence
        self.remedy = remedy

    @property
    def errors(self) -> tuple[DefinitionError, ...]:
        """This error alone."""
        return (self,)

    def to_json(self) -> dict[str, str | int]:
        """The four parts as plain values."""
        return {
            "file": self.file,
            "line": self.line,
            "sentence": self.sentence,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        """One line in the form that editors turn into a link."""
        return f"{self.file}:{self.line}: {self.sentence} Remedy: {self.remedy}"


class Counterexample(DefinitionError):  # noqa: N818 - named after what it is
    """Something that doesn't hold, with the path that shows it.

    Attributes:
        walk: the path as a walk file, which `countersign walk --file` plays.
    """

    def __init__(self, file: str, line: int, sentence: str, remedy: str, *, walk: str) -> None:
        """Keep the walk beside the four parts."""
        super().__init__(file, line, sentence, remedy)
        self.walk = walk

    def to_json(self) -> dict[str, str | int]:
        """The five parts as plain values."""
        return {**super().to_json(), "walk": self.walk}


class DefinitionErrors(DefinitionsError):  # noqa: N818 - the plural says what it is
    """Several things that are wrong, found in one go, so that they can be mended in one go."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        """Keep the errors in the order given."""
        super().__init__(tuple(errors))
        self._errors = tuple(errors)

    @property
    def errors(self) -> tuple[DefinitionError, ...]:
        """The single errors, in the order found."""
        return self._errors

    def __str__(self) -> str:
        """One line for each error."""
        return "\n".join(str(error) for error in self._errors)


def raise_all(errors: Sequence[DefinitionError]) -> None:
    """Raise what was collected, if anything was.

    Raises:
        DefinitionErrors: If `errors` is not empty.
    """
    if errors:
        raise DefinitionErrors(errors)
