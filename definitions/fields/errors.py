"""The refusal of a field's content: a sentence for the person who gave it, and a remedy."""

from __future__ import annotations

from definitions.errors import DefinitionsError


class FieldError(DefinitionsError):
    """What a person gave for a field can't be taken.

    Attributes:
        sentence: What was refused and why, as a whole sentence.
        remedy: What the person can do about it, as a whole sentence.
    """

    def __init__(self, sentence: str, remedy: str) -> None:
        """Keep the two parts apart, so that a page or JSON can show them apart."""
        super().__init__(sentence, remedy)
        self.sentence = sentence
        self.remedy = remedy

    def to_json(self) -> dict[str, str]:
        """The two parts as plain values."""
        return {"sentence": self.sentence, "remedy": self.remedy}

    def __str__(self) -> str:
        """Both sentences, one after the other."""
        return f"{self.sentence} {self.remedy}"
