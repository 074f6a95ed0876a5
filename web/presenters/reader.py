"""Who reads a page, and how people, roles, sections and cases are named on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from definitions.acts import SYSTEM
from definitions.citations import load_policy
from definitions.definition import Definition
from definitions.organisation import load_organisation
from definitions.refusals import Refusal
from store.queries.community import Community
from web.page_models import CaseRef, Person, Section
from web.page_models import Refusal as ShownRefusal
from web.presenters.words import last_day

CLOCK = Person(name="Countersign")
"""Who did what the clock or an effect did."""


@dataclass(frozen=True)
class Reader:
    """For whom a page is made.

    Attributes:
        id: the person's id.
        roles: what they hold now.
        now: the time of the request, in UTC.
        community: names, and who holds which role now.
    """

    id: str
    roles: frozenset[str]
    now: datetime
    community: Community

    def short(self, person: str) -> str:
        """Return a person's name for a sentence: the first word of it where that is enough."""
        return self.community.short_names.get(person, person)

    def person(self, person: str, role: str = "") -> Person:
        """Return a person with their page, and the role in which they appear."""
        if person == SYSTEM:
            return CLOCK
        known = person in self.community.names
        url = f"/people/{person}" if known else ""
        return Person(name=self.community.name(person), role=role, url=url)

    def present(self, persons: Iterable[str]) -> tuple[Person, ...]:
        """Return people who are asked for something, with until when they are away if they are."""
        return tuple(
            self.person(p, f"away until {self.away_until(p)}" if p in self.community.away else "")
            for p in sorted(persons, key=self.community.name)
        )

    def away_until(self, person: str) -> str:
        """Return the last day on which somebody who is away is away: `3 December`."""
        return last_day(self.community.away[person], self.now)

    def people(self, persons: Iterable[str], role: str = "") -> tuple[Person, ...]:
        """Return people in the order of their names."""
        return tuple(self.person(p, role) for p in sorted(persons, key=self.community.name))


def role_words(roles: Collection[str]) -> str:
    """Return roles as one says them: `Software Assessor or Designated Reviewer`."""
    return " or ".join(role_title(role) for role in roles)


def role_hint(seat: str, roles: Collection[str]) -> str:
    """Return which roles fill a seat, in brackets; "" where the seat's name says it already."""
    told = role_words(roles)
    return "" if not told or told.casefold() == seat.casefold() else f" ({told})"


def role_title(role: str, *, plural: bool = False) -> str:
    """Return what a role is called; its id in words, if the organisation doesn't know it."""
    organisation = load_organisation()
    if organisation.has_role(role):
        found = organisation.role(role)
        return (found.plural if plural else found.title)["en"]
    return role.replace("-", " ").capitalize()


def section(number: str | None, *, titled: bool = False) -> Section | None:
    """Return a section with its link; None for None. Documents beside the policy have no page."""
    if number is None:
        return None
    found = load_policy().section(number)
    title = found.title if titled and found else ""
    return Section(number=number, url=f"/policy/{number}" if found else "/policy", title=title)


def case_url(number: str, *more: str) -> str:
    """Return the address of a case's page, or of one below it."""
    return "/".join(("/cases", number, *more))


def case_ref(number: str, definition: Definition | None) -> CaseRef:
    """Return a case by its number."""
    title = definition.title() if definition else ""
    return CaseRef(number=number, url=case_url(number), title=title)


def refusal(refused: Refusal, who_can: str = "") -> ShownRefusal:
    """Return a refusal of the rules as pages show it; who can says more than a general remedy."""
    return ShownRefusal(
        sentence=refused.sentence,
        section=section(refused.section),
        remedy="" if who_can else refused.remedy,
        who_can=who_can,
    )
