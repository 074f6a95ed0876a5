"""Cases that name each other: what an appeal is against, what was appealed against, and the link.

Which field names which cases, and in which words the link stands on their pages, the definition
says (`type: case`, `offer`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from definitions.definition import Definition
from definitions.model import words
from definitions.rules import may_open
from definitions.rules.naming import naming_fields
from definitions.state import CaseState
from web.page_models import Do, Link, NamedCases, RelatedCase
from web.presenters.reader import Reader
from web.presenters.relatives import Related, related


@dataclass(frozen=True)
class Named:
    """That one case names another.

    Attributes:
        field: in which field, with which `value`.
        by: the case that names; `named` the one that it names.
    """

    field: str
    value: str
    by: Related
    named: Related


@dataclass(frozen=True)
class Offer:
    """A form that the reader can open about a case.

    Attributes:
        definition: whose form; `field` which names the case.
        letters: of the numbers of the cases that it can name.
    """

    definition: Definition
    field: str
    letters: frozenset[str]

    def link(self, number: str) -> Link | None:
        """Return the link to the form with a case's or ruling's number in it; None if it can't."""
        if number[:1] not in self.letters:
            return None
        label = words(self.definition.field(self.field).offer)
        return Link(
            label=label, url=f"/open/{self.definition.process}?{self.field}={quote(number)}"
        )


def offers(reader: Reader, library: Iterable[Definition]) -> tuple[Offer, ...]:
    """Return what the reader can open about cases, of all forms that name one."""
    definitions = tuple(library)
    letters = {one.process: one.body.number for one in definitions}
    return tuple(
        Offer(one, field, frozenset(letters[p] for p in spec.processes or () if p in letters))
        for one in definitions
        for field in naming_fields(one)
        for spec in (one.field(field),)
        if spec.offer is not None and may_open(one, reader.roles) is None
    )


def offered(state: CaseState, found: Sequence[Offer]) -> Iterator[Do]:
    """Yield the ways to open a case about this one, where something is decided if that is asked."""
    for one in found:
        spec, link = one.definition.field(one.field), one.link(state.number)
        if link is not None and (not spec.decided or state.ended or state.given):
            hint = f"It opens a case of its own: {one.definition.title()}."
            yield Do(label=link.label, url=link.url, hint=hint)


def about_ruling(number: str, found: Sequence[Offer]) -> Link | None:
    """Return the first way to open a case about a ruling; None if there is none."""
    links = (one.link(number) for one in found if one.definition.field(one.field).decided)
    return next((link for link in links if link is not None), None)


def named_cases(reader: Reader, case: str, found: Sequence[Named]) -> tuple[NamedCases, ...]:
    """Return which cases this one names and which name it, by what that is called."""
    groups: dict[str, list[Named]] = {}
    for one in found:
        spec = one.by.definition.field(one.field)
        own = one.by.row.case == case
        title = words(spec.title) if own else words(spec.offer) or words(spec.title)
        groups.setdefault(title, []).append(one)
    return tuple(
        NamedCases(title=title, cases=tuple(_line(reader, case, one) for one in group))
        for title, group in groups.items()
    )


def _line(reader: Reader, case: str, one: Named) -> RelatedCase:
    other = one.named if one.by.row.case == case else one.by
    aside = f"It is about ruling {one.value}." if "/" in one.value else ""
    return related(reader, other, aside=aside)
