"""Who is what in a case, and how that came about: by the form, by lot, or by having signed.

How a lot fell can be computed by anybody from its entry (`docs/decisions/0013-draws.md`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from definitions.canonical import sha256
from definitions.definition import Definition
from definitions.model import words
from definitions.rules.drawing import pick
from definitions.state import CaseState
from store.queries.timeline import EntryRow
from web.page_models import CasePerson
from web.presenters.entries import entry_link
from web.presenters.fields import withheld
from web.presenters.reader import Reader
from web.presenters.words import counted, listed, number


def people(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    behind: Sequence[EntryRow],
    shown: Sequence[EntryRow],
    hidden: Collection[str],
) -> tuple[CasePerson, ...]:
    """Return the people of a case beside its opener.

    Args:
        behind: the entries of draws, among others, of all pages.
        shown: the entries of this page.
        hidden: names of fields that the reader may not see.
    """
    return (
        *_named(reader, definition, state, hidden),
        *_drawn(reader, definition, state, behind, shown),
        *_bound(reader, definition, state),
    )


def lot_words(reader: Reader, row: EntryRow) -> str:
    """Return how anybody computes a draw again, from what its entry says."""
    candidates, name, seed = row.facts.candidates, row.act.seat or "", row.facts.seed or ""
    if not candidates:
        return ""
    drawn = candidates.index(pick(candidates, seed, name))
    order = listed([f"{n} {reader.community.name(one)}" for n, one in enumerate(candidates)])
    digits = sha256(f"{seed}:{name}".encode())[:32]
    return (
        f"The lot fell on {reader.community.name(candidates[drawn])}. Anybody can compute it: the "
        f"first 32 hexadecimal digits of the SHA-256 of “{seed}:{name}” are {digits}; divided by "
        f"{len(candidates)} they leave {drawn}. The candidates, from 0: {order}."
    )


_HOW = {
    "patch": "by all of their addresses in the patch",
    "case": "by the record of that case",
}
"""How people of a case come about who aren't named themselves, by the type of the field."""


def _named(
    reader: Reader, definition: Definition, state: CaseState, hidden: Collection[str]
) -> Iterator[CasePerson]:
    for name, person in definition.body.people.items():
        found = state.people.get(name, ())
        if not found:
            continue
        title = words(person.title)
        if person.from_ in hidden:
            why = withheld(definition, person.from_)
            yield CasePerson(title=title, people=(), withheld=why)
            continue
        kind = definition.field(person.from_).type
        how = _HOW.get(kind, "")
        yield CasePerson(title=title, people=reader.people(found), how=how)


def _drawn(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    behind: Sequence[EntryRow],
    shown: Sequence[EntryRow],
) -> Iterator[CasePerson]:
    for name, draw in definition.body.draws.items():
        if name not in state.draws:
            continue
        found = state.people.get(name, ())
        entries = [row for row in behind if row.act.kind == "draw" and row.act.seat == name]
        last = entries[-1] if entries and state.draws[name].done else None
        yield CasePerson(
            title=words(draw.title),
            people=reader.people(found),
            how=_lot(state, name, last),
            entry=entry_link(state.number, last.seq, shown) if last else None,
        )


def _lot(state: CaseState, name: str, last: EntryRow | None) -> str:
    at = state.draws[name]
    if not at.done:
        return "is being drawn by lot"
    if not state.people.get(name) or last is None:
        return "nobody could be drawn"
    among = f"among {number(len(last.facts.candidates))}"
    if len(last.facts.candidates) == 1:
        among = "with nobody else left to draw"
    after = f", after {counted(len(at.passed), 'other')} declined" if at.passed else ""
    return f"drawn by lot {among}{after}; anybody can compute it again"


def _bound(reader: Reader, definition: Definition, state: CaseState) -> Iterator[CasePerson]:
    for name, bound in definition.body.bound.items():
        found = state.people.get(name, ())
        if found:
            how = f"by signing “{words(definition.step(bound.signer).title)}”"
            yield CasePerson(title=words(bound.title), people=reader.people(found), how=how)
