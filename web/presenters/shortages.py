"""What a case will lack: steps, open or to come, for which today's directory has too few people.

Everybody reads on the page what an open step waits for. Who opened the case, and who answers for
the teams that it asks, are told at once what else can't be done and who would mend it.
"""

from __future__ import annotations

from definitions.definition import Definition
from definitions.model import words
from definitions.proof.staffing import Shortage, answers_for, in_case, matched, remedy
from definitions.state import CaseState
from web.page_models import Refusal
from web.presenters.reader import Reader, section
from web.presenters.way import to_come
from web.presenters.words import counted, listed, number


def shortages(reader: Reader, definition: Definition, state: CaseState) -> tuple[Refusal, ...]:
    """Return what lacks people, for those whom it is shown to; nothing for others."""
    if state.ended or not _told(reader, definition, state):
        return ()
    coming = to_come(definition, state)
    found = in_case(definition, state, reader.community.holders, coming)
    return tuple(_words(reader, definition, state, one, coming) for one in found)


def _told(reader: Reader, definition: Definition, state: CaseState) -> bool:
    return reader.id in state.people["opener"] or bool(reader.roles & answers_for(definition))


def _words(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    found: Shortage,
    coming: frozenset[str],
) -> Refusal:
    steps = dict.fromkeys((found.step, *found.beside))
    titles = listed([f"“{words(definition.step(step).title)}”" for step in steps])
    needs = "need" if len(steps) > 1 else "needs"
    if state.is_open(found.step):
        begins = f"{titles} still {needs}"
    elif found.step in coming:
        begins = f"Later {titles} {needs}"
    else:
        begins = f"If it comes to {titles}, that needs"
    count = len(found.wanted)
    return Refusal(
        sentence=f"{begins} {counted(count, 'signature')}"
        f"{' by different people' if count > 1 else ''}; {_who_can(reader, found)}.",
        section=section(definition.step(found.step).policy),
        remedy=remedy(definition, found),
    )


def _who_can(reader: Reader, found: Shortage) -> str:
    able = frozenset[str]().union(*(one.able for one in found.wanted))
    if not able:
        return f"nobody in today's directory can give {'it' if len(found.wanted) == 1 else 'any'}"
    names = listed([person.name for person in reader.people(able)])
    given = matched([one.able for one in found.wanted])
    return f"{names} can give only {number(given)} of them"
