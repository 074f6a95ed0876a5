"""The Arbitrator's desk, filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import url_for

from definitions.definition import Definition
from definitions.rules import possible, why_not_rule, why_party
from store.queries.cases import CaseRow
from store.queries.rulings import cases_of_processes, open_cases
from web.frame import frame
from web.page_models import DeskCase, DeskPage, Link
from web.presenters.reader import Reader, case_ref
from web.presenters.standing import mark
from web.presenters.words import since
from web.reading import definitions, reader
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy import Connection

ARBITRATOR = "arbitrator"
_AT_MOST = 200


def desk_page(connection: Connection) -> DeskPage:
    """Return the desk: cases in which the reader rules, and all others that are open."""
    who = reader(connection)
    processes = [one.process for one in services().library.definitions() if one.body.arbitrates]
    found = cases_of_processes(connection, processes)
    others = open_cases(connection, limit=_AT_MOST + 1)
    more, others = len(others) > _AT_MOST, others[:_AT_MOST]
    known = definitions(connection, {one.version for one in (*found, *others)})
    mine = [one for one in found if _rules_in(who, known[one.version], one)]
    ours = {one.case for one in mine}
    return DeskPage(
        frame=frame(),
        mine=tuple(_desk_case(who, known[one.version], one) for one in mine),
        others=tuple(
            _other(who, known[one.version], one, mine) for one in others if one.case not in ours
        ),
        empty="" if mine else _EMPTY,
        more=_MORE if more else "",
    )


_EMPTY = (
    "There is no case in which you rule now. A ruling on a case is made in an arbitration whose "
    "office you have accepted."
)
_MORE = f"Only the {_AT_MOST} newest are listed. On an older case you rule from its own page."


def _rules_in(who: Reader, definition: Definition, row: CaseRow) -> bool:
    return why_not_rule(definition, row.state, who.id, who.roles) is None


def _desk_case(who: Reader, definition: Definition, row: CaseRow) -> DeskCase:
    label, tone = mark(definition, row)
    return DeskCase(
        case=case_ref(row.number, definition),
        label=label,
        tone=tone,
        since=since(row.opened_at, who.now),
    )


def _other(who: Reader, definition: Definition, row: CaseRow, mine: Sequence[CaseRow]) -> DeskCase:
    party = why_party(definition, row.state, who.id)
    why = f"You can't rule on it: you are {party}." if party else ""
    if not why and not possible(definition, row.state):
        why = "Its definition lets no ruling do anything to it where it stands."
    return replace(
        _desk_case(who, definition, row),
        links=() if why else tuple(rule_link(one.number, row.number) for one in mine),
        why_not=why if mine else "",
    )


def rule_link(number: str, on: str) -> Link:
    """Return the link to the form for a ruling.

    Args:
        number: of the case in which it is made.
        on: of the case that it is about.
    """
    return Link(label=f"Rule on it in {number}", url=url_for("acting.rule", number=number, on=on))
