"""The inbox: what waits for the reader, what they opened, what they signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import Step
from definitions.rules import may_open, may_see
from store.queries.cases import CaseRow
from store.queries.inbox import ListedCase, WaitingStep
from web.page_models import CaseFold, CaseLine, Link, Task
from web.presenters.fields import subject
from web.presenters.mine import verb
from web.presenters.reader import Reader, case_ref, case_url, role_title, section
from web.presenters.seats import seat_name
from web.presenters.standing import mark
from web.presenters.words import capital, counted, due, listed, since

MANY = 100


@dataclass(frozen=True)
class Shelf:
    """The cases that a page lists, with what of them the reader may see.

    Attributes:
        rows: by case.
        definitions: by version.
        values: by case, the fields' values that may be seen.
    """

    rows: Mapping[str, CaseRow]
    definitions: Mapping[str, Definition]
    values: Mapping[str, Mapping[str, Json]]

    def definition(self, case: str) -> Definition:
        """Return the definition by which a case lives."""
        return self.definitions[self.rows[case].version]

    def subject(self, reader: Reader, case: str) -> str:
        """Return what a case is about, as far as the reader may see it."""
        definition = self.definition(case)
        if not may_see(definition, self.rows[case].state, reader.id, reader.roles):
            return "Withheld: what it is about is shown to its people only."
        return subject(reader, definition, self.values.get(case, {})) or definition.title()


def sentence(count: int) -> str:
    """Return how many things wait, as `Two things wait for you.` does."""
    if count == 0:
        return "Nothing waits for you."
    if count > MANY:
        return f"More than {MANY} things wait for you."
    return capital(f"{counted(count, 'thing')} {'waits' if count == 1 else 'wait'} for you.")


def tasks(reader: Reader, steps: Sequence[WaitingStep], shelf: Shelf) -> tuple[Task, ...]:
    """Return what waits for the reader, in the order in which it was handed in."""
    return tuple(_task(reader, step, shelf) for step in steps)


def fold(
    reader: Reader,
    title: str,
    count: int,
    lines: Sequence[ListedCase],
    shelf: Shelf,
    *,
    empty: str,
    older_url: str,
) -> CaseFold:
    """Return a folded list of cases.

    Args:
        title: What list it is.
        count: How many cases there are in all, counted up to one more than `MANY`.
        lines: Those of this page.
        empty: What is said where there is none.
        older_url: Where older ones are.
    """
    return CaseFold(
        title=title,
        count=f"more than {MANY}" if count > MANY else str(count),
        lines=tuple(_line(reader, line, shelf) for line in lines),
        empty=empty,
        older_url=older_url,
    )


def openable(reader: Reader, definitions: Sequence[Definition]) -> tuple[Link, ...]:
    """Return what the reader may open."""
    return tuple(
        Link(label=definition.title(), url=f"/open/{definition.process}")
        for definition in definitions
        if may_open(definition, reader.roles) is None
    )


def expected(reader: Reader, definitions: Sequence[Definition]) -> tuple[str, ...]:
    """Return what will show up in an empty inbox: the steps for which the reader's roles sign."""
    found = [
        f"“{verb(definition, step)}” ({definition.title()})"
        for definition in definitions
        for step, spec in definition.body.steps.items()
        if any(set(seat.roles()) & reader.roles for seat in spec.seats.values())
    ]
    told = "When a case needs your signature, it shows up here, and a mail comes if it gets late."
    if not found:
        return (told, "None of your roles signs a step by itself; cases that you open may ask you.")
    return (told, f"With your roles that can be: {listed(found, 'or')}.")


def _task(reader: Reader, step: WaitingStep, shelf: Shelf) -> Task:
    row, definition = shelf.rows[step.case], shelf.definition(step.case)
    spec = definition.step(step.step)
    # In the order of the file: the seat that it names first is the one that is asked for.
    order = [*spec.seats, *(f"{name}:{item}" for name in spec.seats for item in _items(spec))]
    seats = [name for name in order if name in step.seats] or list(step.seats)
    seat = seats[0]
    roles = [role for name in seats for role in definition.seat(step.step, name).roles()]
    held = [role_title(role) for role in dict.fromkeys(roles) if role in reader.roles]
    return Task(
        act=verb(definition, step.step),
        url=case_url(row.number, "sign", step.step, seat)
        if row.status == "running"
        else case_url(row.number),
        case=case_ref(row.number, definition),
        subject=shelf.subject(reader, step.case),
        role=listed(held, "or") or seat_name(definition, step.step, seat),
        section=section(definition.seat(step.step, seat).policy or spec.policy),
        asked_by=reader.person(row.opener),
        since=since(step.since, reader.now),
        due=due(step.due, reader.now) if step.due else None,
        overdue=step.overdue,
        note=_note(row, step),
    )


def _items(spec: Step) -> tuple[str, ...]:
    return tuple(spec.each.items) if spec.each else ()


def _note(row: CaseRow, step: WaitingStep) -> str:
    if row.status == "stopped":
        return "Stopped"
    return "Asked again" if step.instance != "1" else ""


def _line(reader: Reader, listed_case: ListedCase, shelf: Shelf) -> CaseLine:
    row = shelf.rows[listed_case.case]
    definition = shelf.definition(listed_case.case)
    label, tone = mark(definition, row)
    return CaseLine(
        case=case_ref(row.number, definition),
        subject=shelf.subject(reader, listed_case.case),
        standing=_where(definition, row) if label == "Waiting" else label,
        tone=tone,
        at=since(row.updated_at, reader.now),
    )


def _where(definition: Definition, row: CaseRow) -> str:
    steps = [name for name in definition.body.steps if row.state.is_open(name)]
    return listed([verb(definition, step) for step in steps]) or "Waiting"
