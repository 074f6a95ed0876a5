"""Reads a case for whoever may see it, with exactly those values that they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort

from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import hidden_steps, may_see, why_not_rule
from definitions.state import CaseState
from store.queries.cases import (
    ITEM_TITLE,
    CaseRow,
    cases_by_id,
    field_keys,
    find_case,
    item_keys,
    signatures_of,
    values_of,
)
from store.queries.community import owners_of
from store.queries.files import load_files
from store.queries.queued import queued_by
from store.queries.rulings import cases_of_processes, made_rulings
from store.queries.timeline import acts_behind, entries_of, mail_of
from web.presenters.case import CaseSeen, hidden_fields
from web.presenters.entries import only_seen
from web.presenters.fields import addresses_in, patch_values
from web.presenters.lists import with_added
from web.presenters.naming import offers
from web.presenters.reader import Reader
from web.reading import beside, definitions, lists_asked, named, reader
from web.refused import Refused
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy import Connection

ENTRIES = 100


@dataclass(frozen=True)
class Visible:
    """A case that the reader may see.

    Attributes:
        hidden: names of fields and evidence that they may not see.
        private: steps of which they may not see what others gave in them.
    """

    reader: Reader
    definition: Definition
    row: CaseRow
    hidden: frozenset[str]
    private: frozenset[str]


def find_visible(connection: Connection, number: str) -> Visible:
    """Return the case of this number.

    Raises:
        NotFound: there is none.
        Refused: the person may not see it. That it exists is no secret (Policy 9.5).
    """
    row = find_case(connection, number)
    if row is None:
        abort(404, f"There is no case {number}.")
    definition = definitions(connection, {row.version})[row.version]
    who = reader(connection)
    if not may_see(definition, row.state, who.id, who.roles):
        raise Refused(_not_visible(definition), 403, heading=f"You may not see {row.number}.")
    private = hidden_steps(definition, row.state, who.id, who.roles)
    return Visible(who, definition, row, hidden_fields(definition, row.state, who), private)


def load_case(connection: Connection, found: Visible, before: int | None) -> CaseSeen:
    """Return everything that the page of a visible case shows.

    Args:
        before: the `seq` at which the newer page of entries begins; None for the newest.
    """
    row, definition = found.row, found.definition
    names = [name for name in definition.body.start.fields if name not in found.hidden]
    keys = field_keys(row.state, names)
    opened = values_of(connection, (*keys, *item_keys(row.state)))
    values = {name: opened[act, name] for act, name in keys if (act, name) in opened}
    entries = entries_of(connection, row.case, before=before, limit=ENTRIES + 1)
    patches = patch_values(definition, values)
    stored = load_files(connection, [patch["file"]["sha256"] for patch in patches])
    added = {act: str(value) for (act, name), value in opened.items() if name == ITEM_TITLE}
    parent, children = beside(connection, row.case)
    return CaseSeen(
        definition=with_added(definition, row.state, added, found.private),
        row=row,
        values=values,
        hidden=found.hidden,
        signed=signatures_of(connection, row.case),
        private=found.private,
        entries=only_seen(entries[-ENTRIES:], found.hidden, found.private, found.reader.id),
        behind=acts_behind(connection, row.case),
        mail=mail_of(connection, row.case),
        files={sha256: file.content for sha256, file in stored.items()},
        owners=owners_of(connection, addresses_in(patches)),
        current=_current(definition.process),
        older=len(entries) > ENTRIES,
        parent=parent,
        children=children,
        on_lists=lists_asked(connection, definition, parent),
        queued=queued_by(connection, row.case) if row.state.queued else (),
        titles={one.process: _title(one.process) for one in row.state.queued},
        made=made_rulings(connection, row.state),
        ruled=_ruled(connection, row.state),
        rules_in=_rules_in(connection, found.reader),
        filing=next((one for one in services().library.definitions() if one.body.arbitrates), None),
        named=named(connection, row.case),
        offers=offers(found.reader, services().library.definitions()),
    )


def _ruled(connection: Connection, state: CaseState) -> dict[str, Definition]:
    """Return the definitions of the cases that rulings made in this one are about, by case."""
    if not state.given:
        return {}
    rows = cases_by_id(connection, {one.case for one in state.given})
    known = definitions(connection, {one.version for one in rows.values()})
    return {case: known[one.version] for case, one in rows.items()}


def _rules_in(connection: Connection, who: Reader) -> tuple[str, ...]:
    """Return the numbers of the cases in which somebody rules on others; for most people none."""
    offices = {
        one.process
        for one in services().library.definitions()
        if one.body.arbitrates is not None and one.body.arbitrates.role in who.roles
    }
    if not offices:
        return ()
    rows = cases_of_processes(connection, offices)
    known = definitions(connection, {one.version for one in rows})
    return tuple(
        one.number
        for one in rows
        if why_not_rule(known[one.version], one.state, who.id, who.roles) is None
    )


def _title(process: str) -> str:
    """Return what a process is called; its id, if it is no longer used."""
    current = _current(process)
    return current.title() if current is not None else process


def _current(process: str) -> Definition | None:
    library = services().library
    return library.current(process) if process in library.processes() else None


def _not_visible(definition: Definition) -> Refusal:
    viewers = definition.body.privacy.case
    return Refusal(
        "hidden",
        "This case exists, and what it is about is shown to its people only.",
        (viewers.policy if viewers else None) or "9.5",
        "If you are one of them, ask whoever opened it.",
    )
