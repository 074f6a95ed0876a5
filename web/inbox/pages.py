"""The inbox, filled: a fixed number of questions to the database, however much waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import url_for

from definitions.rules import may_see, may_see_field
from store.queries.cases import CaseRow, cases_by_id, field_keys, values_of
from store.queries.inbox import (
    ListedCase,
    WaitingStep,
    count_cases,
    count_waiting,
    opened_by,
    signed_by,
    waiting_for,
)
from web.frame import frame
from web.page_models import CaseFold, InboxPage
from web.presenters.fields import subject_fields
from web.presenters.inbox import Shelf, expected, fold, openable, sentence, tasks
from web.presenters.reader import Reader
from web.reading import definitions, from_text, reader, to_text
from web.services import now, services

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from definitions.canonical import Json
    from definitions.definition import Definition

PAGE = 25
FOLD = 10


@dataclass(frozen=True)
class _Lists:
    """What is listed, with one more of each where there are older ones."""

    waiting: tuple[WaitingStep, ...]
    opened: tuple[ListedCase, ...]
    signed: tuple[ListedCase, ...]

    def cases(self) -> set[str]:
        """Return all cases that are listed."""
        listed = {one.case for one in (*self.opened, *self.signed)}
        return listed | {step.case for step in self.waiting}


def inbox_page(*, after: str, opened: str, signed: str) -> InboxPage:
    """Return the inbox.

    Args:
        after: Where the page of tasks before this one ended; "" for the first page.
        opened: Likewise for the cases that the reader opened.
        signed: Likewise for those that they signed.
    """
    with services().database.reading() as connection:
        who = reader(connection)
        waiting = count_waiting(connection, who.id, who.roles)
        count_opened, count_signed = count_cases(connection, who.id)
        lists = _lists(connection, who, after, opened, signed)
        shelf = _shelf(connection, who, lists.cases())
    current = services().library.definitions()
    return InboxPage(
        frame=frame(waiting=waiting),
        sentence=sentence(waiting),
        tasks=tasks(who, lists.waiting[:PAGE], shelf),
        empty=() if lists.waiting else expected(who, current),
        older_url=_older_tasks(lists.waiting),
        newest_url=url_for("inbox.inbox") if after else "",
        may_open=openable(who, current),
        folds=(
            replace(_fold(who, shelf, "opened", count_opened, lists.opened), unfolded=bool(opened)),
            replace(_fold(who, shelf, "signed", count_signed, lists.signed), unfolded=bool(signed)),
        ),
    )


def _lists(connection: Connection, who: Reader, after: str, opened: str, signed: str) -> _Lists:
    key = from_text(after, 4)
    late_first = (int(key[0] == "1"), *key[1:]) if key else None
    return _Lists(
        waiting=waiting_for(
            connection, who.id, who.roles, at=now(), after_key=late_first, limit=PAGE + 1
        ),
        opened=opened_by(connection, who.id, before=from_text(opened, 2), limit=FOLD + 1),
        signed=signed_by(connection, who.id, before=from_text(signed, 2), limit=FOLD + 1),
    )


def _shelf(connection: Connection, who: Reader, cases: set[str]) -> Shelf:
    rows = cases_by_id(connection, cases)
    known = definitions(connection, {row.version for row in rows.values()})
    keys = {
        case: field_keys(row.state, _visible(known[row.version], row, who))
        for case, row in rows.items()
    }
    values = values_of(connection, (key for found in keys.values() for key in found))
    seen: dict[str, dict[str, Json]] = {
        case: {key[1]: values[key] for key in found if key in values}
        for case, found in keys.items()
    }
    return Shelf(rows=rows, definitions=known, values=seen)


def _visible(definition: Definition, row: CaseRow, who: Reader) -> tuple[str, ...]:
    """Return the one field that says what the case is about, if the reader may see it."""
    if not may_see(definition, row.state, who.id, who.roles):
        return ()
    names = (
        name
        for name in subject_fields(definition)
        if name in row.state.fields
        and may_see_field(definition, row.state, name, who.id, who.roles)
    )
    return tuple(names)[:1]


def _older_tasks(steps: Sequence[WaitingStep]) -> str:
    if len(steps) <= PAGE:
        return ""
    return url_for("inbox.inbox", after=to_text(steps[PAGE - 1].key))


_TITLES = {
    "opened": ("Opened by me", "You have opened no case yet."),
    "signed": ("Signed by me", "You have signed nothing yet."),
}


def _fold(
    who: Reader, shelf: Shelf, name: str, count: int, lines: Sequence[ListedCase]
) -> CaseFold:
    title, empty = _TITLES[name]
    older = ""
    if len(lines) > FOLD:
        last = lines[FOLD - 1]
        query = urlencode({name: to_text((last.at, last.case))})
        older = f"{url_for('inbox.inbox')}?{query}"
    return fold(who, title, count, lines[:FOLD], shelf, empty=empty, older_url=older)
