"""Signatures that were given: by whom, in which role, and why some count no longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from definitions.acts import Act, by_link
from definitions.definition import Definition
from definitions.model import words
from definitions.state import CaseState
from store.queries.cases import SignatureRow
from store.queries.timeline import EntryRow
from web.page_models import Signature
from web.presenters.reader import Reader, role_title
from web.presenters.seats import seat_title, thing_title
from web.presenters.words import since

Tone = Literal["good", "bad", "quiet"]


def outcome_words(definition: Definition, step: str, outcome: str | None) -> str:
    """Return what an outcome is called: `Approve`."""
    spec = definition.step(step).outcomes.get(outcome or "")
    return (words(spec.title) if spec else "") or (outcome or "")


def outcome_tone(definition: Definition, step: str, outcome: str | None) -> Tone:
    """Return how an outcome is marked: the first of a step takes the case on, others don't."""
    return "good" if outcome == next(iter(definition.step(step).outcomes)) else "bad"


def role_of(definition: Definition, step: str, seat: str, held: Iterable[str]) -> str:
    """Return the role in which somebody filled a seat, of those that they held then."""
    roles = definition.seat(step, seat).roles()
    return next((role_title(role) for role in roles if role in set(held)), "")


def link_words(act: Act) -> str:
    """Return what is said beside an act that was signed from a mail; "" of any other."""
    return " by a link in a mail" if by_link(act) else ""


def signatures(
    reader: Reader,
    definition: Definition,
    rows: Iterable[SignatureRow],
    outdated: Mapping[str, str],
) -> tuple[Signature, ...]:
    """Return signatures as pages list them.

    Args:
        outdated: why signatures count no longer, by act.
    """
    return tuple(_signature(reader, definition, row, outdated) for row in rows)


def why_outdated(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    rows: Sequence[SignatureRow],
    amendments: Sequence[EntryRow],
) -> dict[str, str]:
    """Return of each signature that counts no longer why, by act.

    Args:
        amendments: the case's amendments and retractions, in order.
    """
    return {
        row.act_id: _why(reader, definition, state, row, amendments)
        for row in rows
        if not row.counts
    }


def _signature(
    reader: Reader, definition: Definition, row: SignatureRow, outdated: Mapping[str, str]
) -> Signature:
    chosen = outcome_words(definition, row.step, row.outcome)
    return Signature(
        person=reader.person(row.actor, role_of(definition, row.step, row.seat, row.roles)),
        outcome=f"signed “{chosen}”{link_words(row.act)}",
        tone=outcome_tone(definition, row.step, row.outcome),
        at=since(row.at, reader.now),
        seat="" if ":" in row.seat else seat_title(definition, row.step, row.seat),
        thing=thing_title(definition, row.step, row.seat),
        outdated=outdated.get(row.act_id, ""),
    )


def _why(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    row: SignatureRow,
    amendments: Sequence[EntryRow],
) -> str:
    for entry in amendments:
        if entry.seq < row.seq:
            continue
        act, who = entry.act, reader.short(entry.act.actor)
        same = (act.actor, act.step, act.instance) == (row.actor, row.step, row.instance)
        if act.kind == "retract" and same:
            return f"{who} took it back."
        changed = set(act.values) & set(definition.covered(row.step))
        if act.kind == "amend" and changed:
            titles = [words(definition.field(name).title) for name in sorted(changed)]
            return f"{who} changed “{'”, “'.join(titles)}” afterwards; it no longer counts."
    title = words(definition.step(row.step).title)
    if state.is_open(row.step):
        return f"“{title}” began anew; it no longer counts."
    return f"It was given in an earlier round of “{title}”."
