"""The text of the Security Policy by section, and what counts as a citation of it.

The text is kept word for word in `policy/security-policy.txt`; `policy/sections.yaml` says
where each section's heading stands, those included whose headings ran into the text before
them or got lost. Loading checks each heading against the text, so that the list can't drift
from it.

Pure apart from reading these two files, on the first call.
"""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from definitions.checking import shape
from definitions.errors import DefinitionError, raise_all
from definitions.reading import Plain, Positions, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECTIONS_FILE: Final = "definitions/policy/sections.yaml"

_NUMBER: Final = re.compile(r"[1-9][0-9]*(\.[1-9][0-9]*)*\Z")
_SECTION_OF_A_DOCUMENT: Final = re.compile(r"([A-Z]\.)?[0-9]+(\.[0-9]+)*\Z")
_SUGGESTIONS: Final = 3


@dataclass(frozen=True)
class Section:
    """One section of the policy.

    Attributes:
        number: As people cite it: `3.2.3`, without a dot at the end.
        title: The heading's words.
        text: What the section says itself, without its sub-sections; may be empty ("refer to
            the Manual", Policy 1.4.1).
        parent: Number of the section above it; None at the top.
        judgement: True if the text lost the title and we gave it the obvious one.
    """

    number: str
    title: str
    text: str
    parent: str | None
    judgement: bool = False


@dataclass(frozen=True)
class RelatedDocument:
    """A document beside the policy that may be cited, such as the DRP."""

    name: str
    title: str


@dataclass(frozen=True)
class CitationFinding:
    """A citation that leads nowhere.

    Attributes:
        citation: What was written.
        sentence: What is wrong with it.
        suggestions: The nearest citations that do lead somewhere; may be empty.
    """

    citation: str
    sentence: str
    suggestions: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """What to write instead, as a sentence."""
        if not self.suggestions:
            return "Cite a section of the policy by its number, or a related document by its name."
        return f"Cite {' or '.join(self.suggestions)}."


class Policy:
    """The policy: its text, its sections, and the documents beside it. Immutable."""

    def __init__(
        self,
        *,
        title: str,
        version: str,
        text: str,
        sections: Sequence[Section],
        documents: Sequence[RelatedDocument],
    ) -> None:
        """Args: the sections in the order of the text."""
        self.title = title
        self.version = version
        self.text = text
        self._sections = MappingProxyType({section.number: section for section in sections})
        self.documents = tuple(documents)

    def section(self, number: str) -> Section | None:
        """The section with this number, or None."""
        return self._sections.get(number)

    def sections(self) -> tuple[Section, ...]:
        """All sections, in the order of the text."""
        return tuple(self._sections.values())

    def is_section(self, number: str) -> bool:
        """Whether the policy has a section with this number."""
        return number in self._sections

    def parents(self, number: str) -> tuple[Section, ...]:
        """The sections above this one, the topmost first; empty for an unknown number."""
        above: list[Section] = []
        section = self.section(number)
        while section is not None and section.parent is not None:
            section = self._sections[section.parent]
            above.insert(0, section)
        return tuple(above)

    def children(self, number: str | None) -> tuple[Section, ...]:
        """The sections right below this one; those at the top for None."""
        return tuple(section for section in self.sections() if section.parent == number)

    def is_citation(self, text: str) -> bool:
        """Whether `text` is a section's number, or a related document with or without one."""
        if self.is_section(text):
            return True
        name, space, number = text.partition(" ")
        known = any(name == document.name for document in self.documents)
        return known and (not space or _SECTION_OF_A_DOCUMENT.match(number) is not None)

    def check_citation(self, text: str) -> CitationFinding | None:
        """Say what is wrong with a citation.

        Args:
            text: What was written where a citation is due.

        Returns:
            None if it is one; otherwise a finding with the nearest real ones.
        """
        if self.is_citation(text):
            return None
        sentence = f"`{text}` is neither a section of the {self.title} nor a related document."
        return CitationFinding(text, sentence, self._suggest(text))

    def _suggest(self, text: str) -> tuple[str, ...]:
        tidy = " ".join(re.sub(r"[§#]|(?i:\bsection\b)", " ", text).split()).rstrip(".")
        if self.is_citation(tidy):
            return (tidy,)
        if _NUMBER.match(tidy):
            return self._near(tidy)
        name, _, number = tidy.partition(" ")
        by_folded = {document.name.casefold(): document.name for document in self.documents}
        names = difflib.get_close_matches(name.casefold(), list(by_folded), n=_SUGGESTIONS)
        near = (f"{by_folded[found]} {number}".rstrip() for found in names)
        return tuple(citation for citation in near if self.is_citation(citation))

    def _near(self, number: str) -> tuple[str, ...]:
        """The sections beside a number that doesn't exist, nearest first, then what holds them."""
        parts = number.split(".")
        while parts and not self.is_section(".".join(parts)):
            wanted = int(parts.pop())
        above = ".".join(parts) or None
        beside = sorted(
            (section.number for section in self.children(above)),
            key=lambda beside: (abs(int(beside.rpartition(".")[2]) - wanted), beside),
        )
        return tuple(beside[:_SUGGESTIONS] + ([above] if above else []))


@functools.cache
def load_policy() -> Policy:
    """The policy as this package carries it; read once.

    Raises:
        DefinitionErrors: If `sections.yaml` does not fit the text.
    """
    folder = resources.files("definitions").joinpath("policy")
    data, positions = read_yaml(folder.joinpath("sections.yaml"), name=SECTIONS_FILE)
    text = folder.joinpath("security-policy.txt").read_text(encoding="utf-8")
    return policy_from(text, data, positions)


def is_citation(text: str) -> bool:
    """Whether `text` cites a section of the policy or a related document."""
    return load_policy().is_citation(text)


def check_citation(text: str) -> CitationFinding | None:
    """What is wrong with a citation, with suggestions; None if nothing is."""
    return load_policy().check_citation(text)


def policy_from(text: str, data: Plain, positions: Positions) -> Policy:
    """Make the policy from its text and the list of its sections.

    Args:
        text: The text of the policy.
        data: What `sections.yaml` holds.
        positions: Where it stands there.

    Returns:
        The policy.

    Raises:
        DefinitionErrors: If the list is of another shape, a heading isn't on its line, a
            number comes twice, comes without the one above it, or out of order.
    """
    listed = shape(_File, data, positions)
    cutter = _Cutter(text, listed.sections, positions)
    sections = cutter.sections()
    raise_all(cutter.errors)
    return Policy(
        title=listed.policy.title,
        version=listed.policy.version,
        text=text,
        sections=sections,
        documents=listed.documents,
    )


@dataclass(frozen=True)
class _Heading:
    number: str
    title: str
    line: int
    heading: Literal["own", "run-in", "lost"] = "own"
    judgement: bool = False


@dataclass(frozen=True)
class _Title:
    title: str
    version: str


@dataclass(frozen=True)
class _File:
    policy: _Title
    documents: tuple[RelatedDocument, ...]
    sections: tuple[_Heading, ...]


class _Cutter:
    """Cuts the text at the headings, and collects what doesn't fit; one use."""

    def __init__(self, text: str, headings: Sequence[_Heading], positions: Positions) -> None:
        self._text = text
        self._headings = headings
        self._positions = positions
        self._lines = text.split("\n")
        self.errors: list[DefinitionError] = []

    def sections(self) -> tuple[Section, ...]:
        spans = [self._span(index, heading) for index, heading in enumerate(self._headings)]
        self._check_order(spans)
        ends = [start for start, _ in spans[1:]] + [len(self._text)]
        numbers = self._check_numbers()
        return tuple(
            Section(
                number=heading.number,
                title=heading.title,
                text=self._text[begin:end].strip(),
                parent=numbers[heading.number],
                judgement=heading.judgement,
            )
            for heading, (_, begin), end in zip(self._headings, spans, ends, strict=False)
        )

    def _span(self, index: int, heading: _Heading) -> tuple[int, int]:
        """Offsets where a heading begins and where the text after it begins."""
        if not 1 <= heading.line <= len(self._lines):
            self._error(index, "line", f"The text has {len(self._lines)} lines.")
            return 0, 0
        line = self._lines[heading.line - 1]
        start = sum(len(before) + 1 for before in self._lines[: heading.line - 1])
        if heading.heading == "lost":
            return start, start
        if heading.heading == "run-in" and line.endswith(f" {heading.title}"):
            end = start + len(line)
            return end - len(heading.title), end
        own = re.match(rf"{re.escape(heading.number)}\.? {re.escape(heading.title)}(?= |\Z)", line)
        if heading.heading == "own" and own is not None:
            return start, start + own.end()
        self._error(index, "line", f"Line {heading.line} of the text has no such heading.")
        return start, start

    def _check_order(self, spans: Sequence[tuple[int, int]]) -> None:
        for index, ((_, begin), (start, _)) in enumerate(pairwise(spans), start=1):
            if start < begin:
                self._error(index, "line", "This section stands before the one listed above it.")

    def _check_numbers(self) -> Mapping[str, str | None]:
        """The number above each number."""
        parents: dict[str, str | None] = {}
        for index, heading in enumerate(self._headings):
            above = heading.number.rpartition(".")[0] or None
            if not _NUMBER.match(heading.number):
                self._error(index, "number", f"`{heading.number}` is not a section's number.")
            elif heading.number in parents:
                self._error(index, "number", f"{heading.number} is listed a second time.")
            elif above is not None and above not in parents:
                self._error(index, "number", f"{heading.number} stands before {above}.")
            parents.setdefault(heading.number, above)
        return parents

    def _error(self, index: int, key: str, sentence: str) -> None:
        remedy = "Compare this entry with the text in security-policy.txt."
        self.errors.append(self._positions.error(("sections", index, key), sentence, remedy))
