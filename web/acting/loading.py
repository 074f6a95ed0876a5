"""A case as somebody finds it who wants to act in it; read from the database only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from flask import abort

from definitions.canonical import Json
from definitions.clock import parse
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import hidden_steps, may_see, may_see_field, shown
from definitions.state import CaseState
from store.queries.cases import ITEM_TITLE, field_keys, item_keys, values_of
from store.queries.cases import find_case as stored_case
from store.queries.community import Community, load_community
from web.current import Person, signed_in
from web.page_models import CaseRef, Link
from web.presenters.lists import with_added
from web.presenters.reader import Reader, case_ref, case_url
from web.presenters.seats import Vacancy, vacancies
from web.reading import definitions
from web.refused import Refused
from web.services import now, services


@dataclass(frozen=True)
class CaseAt:
    """A case as it stands, for the person who asks.

    Attributes:
        values: The plain values of its fields; one that was erased isn't among them.
        added: What was added to its lists, by the act that did.
    """

    state: CaseState
    definition: Definition
    values: dict[str, Json]
    person: Person
    added: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """Its number."""
        return self.state.number

    @property
    def url(self) -> str:
        """Its page."""
        return case_url(self.number)

    @property
    def ref(self) -> CaseRef:
        """It, as pages name it."""
        return case_ref(self.number, self.definition)

    @property
    def named(self) -> Link:
        """A link to it by its number and title."""
        return Link(label=f"{self.number} {self.definition.title()}", url=self.url)

    @property
    def link(self) -> Link:
        """A way back to it."""
        return Link(label=f"Look at {self.number}", url=self.url)

    def shown(self, step: str | None = None) -> str:
        """Return the digest of what somebody is shown who acts on the step or the whole case."""
        return shown(self.definition, self.state, step)

    def may_see(self, field: str) -> bool:
        """Say whether the person may see this field's value."""
        return may_see_field(self.definition, self.state, field, self.person.id, self.person.roles)

    @cached_property
    def community(self) -> Community:
        """Everybody's name, and who holds which role now."""
        return community()

    @cached_property
    def told(self) -> Definition:
        """The definition for naming things only: with those that were added to its lists."""
        private = hidden_steps(self.definition, self.state, self.person.id, self.person.roles)
        return with_added(self.definition, self.state, self.added, private)

    @cached_property
    def vacancies(self) -> tuple[Vacancy, ...]:
        """Every open seat with who can fill it."""
        return vacancies(self.told, self.state, self.community)

    @cached_property
    def reader(self) -> Reader:
        """The person, as presenters know who reads."""
        return reader(self.person, self.community)


def community() -> Community:
    """Return everybody's name, and who holds which role now."""
    with services().database.reading() as connection:
        return load_community(connection, now())


def reader(person: Person, community: Community) -> Reader:
    """Return a person as presenters know who reads."""
    return Reader(person.id, frozenset(person.roles), parse(now()), community)


def find_case(number: str) -> CaseAt:
    """Return the case of this number.

    Raises:
        werkzeug.exceptions.NotFound: There is none.
        Refused: The person may not see it. That it exists is no secret (Policy 9.5).
    """
    person = signed_in()
    with services().database.reading() as connection:
        row = stored_case(connection, number)
        if row is None:
            abort(404)
        definition = definitions(connection, {row.version})[row.version]
        if not may_see(definition, row.state, person.id, person.roles):
            raise Refused(_hidden(), 403, heading="This case isn't open to you.")
        keys = field_keys(row.state, tuple(row.state.fields))
        found = values_of(connection, (*keys, *item_keys(row.state)))
    values = {name: found[act, name] for act, name in keys if (act, name) in found}
    added = {act: str(value) for (act, name), value in found.items() if name == ITEM_TITLE}
    return CaseAt(row.state, definition, values, person, added)


def _hidden() -> Refusal:
    return Refusal(
        "hidden",
        "This case exists, and what it is about is shown to its people only.",
        "9.5",
        "If you are one of them, ask whoever opened it.",
    )
