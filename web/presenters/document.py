"""A case as a document: what its page says of what was done, in whole sentences and exact times.

It holds nothing that changes by itself, such as how long ago something was: the same case, seen
by the same reader, is the same document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from definitions.canonical import Json
from definitions.clock import exactly, parse, stamp
from definitions.definition import Definition
from definitions.model import words
from definitions.rules.resting import suspending
from definitions.state import CaseState
from store.queries.cases import CaseRow, SignatureRow
from store.queries.timeline import EntryRow
from web.page_models import (
    Entry,
    Paper,
    Papers,
    People,
    Person,
    Section,
    Signature,
    Table,
    Text,
    Value,
    Withheld,
)
from web.page_models.document import Block, Document, Fact, Heading, Paragraph
from web.presenters import fields
from web.presenters.fields import Sight
from web.presenters.reader import Reader, case_url
from web.presenters.signatures import signatures, why_outdated
from web.presenters.standing import mark
from web.presenters.timeline import Story, timeline
from web.presenters.words import listed

ENTRIES = 1000
"""How many entries are told of; earlier ones stand on the case's page."""
_SIZE = 120_000
_LINE = 60
"""A document is this long at most, in characters; a line break counts for as many as a line."""
_NOT_TOLD = frozenset({"open", "sign_off", "mail", "remind", "link_asked"})
"""Entries that are told elsewhere in the document, or that only say whom the program wrote to."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True)
class DocumentSeen:
    """A case with everything of it that may stand in its document.

    Attributes:
        definition: its own, with the things that were added to its lists.
        visible: whether the reader may see it at all; if not, all else is empty.
        at: the time of its newest entry, as a stamp.
        values: current values by field, only those that may be seen.
        hidden: names of fields and evidence that may not be seen.
        private: steps of which what others gave in them may not be seen.
        entries: the newest, without what may not be seen.
        older: whether there are earlier ones.
        behind: the amendments and retractions, also earlier ones.
        signed: every signature.
        owners: whose the addresses in patches are.
        parent: the number of the case that opened it; "" if a person did.
        children: the cases that it opened, with how each ended, in words; "" while it runs.
    """

    definition: Definition
    row: CaseRow
    visible: bool
    at: str
    values: Mapping[str, Json] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    entries: tuple[EntryRow, ...] = ()
    older: bool = False
    behind: tuple[EntryRow, ...] = ()
    signed: tuple[SignatureRow, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    children: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> CaseState:
        """The case's state."""
        return self.row.state


@dataclass(frozen=True)
class _Told:
    """What is said of entries and signatures, by the entry's place in the record."""

    entries: Mapping[int, Entry]
    signatures: Mapping[int, Signature]
    rows: tuple[SignatureRow, ...]


def document(reader: Reader, seen: DocumentSeen, public_url: str) -> Document:
    """Return a case as a document.

    Args:
        public_url: where people reach the pages.
    """
    row, definition = seen.row, seen.definition
    url = f"{public_url.rstrip('/')}{case_url(row.number)}"
    blocks = _blocks(reader, seen, url) if seen.visible else _closed(seen, url)
    return Document(
        name=_NOT_IN_NAMES.sub("-", row.number),
        title=f"{row.number}: {definition.title()}",
        at=parse(seen.at),
        url=url,
        blocks=tuple(_not_too_long(blocks, url)),
    )


def _closed(seen: DocumentSeen, url: str) -> Iterator[Block]:
    """Yield what may be said of a case to somebody who may not see it (Policy 9.5)."""
    yield Heading(text=seen.definition.title(), level=1)
    yield Fact(label="Case", text=seen.row.number)
    yield Fact(label="Status", text=mark(seen.definition, seen.row)[0])
    yield Paragraph(text=f"What this case is about is shown to its people only: {url}")


def _blocks(reader: Reader, seen: DocumentSeen, url: str) -> Iterator[Block]:
    told = _told(reader, seen)
    yield Heading(text=seen.definition.title(), level=1)
    yield from _facts(reader, seen, url)
    yield from _about(reader, seen)
    yield from _lists(seen, told)
    yield from _signatures(seen, told)
    yield from _rest(seen, told, url)


def _told(reader: Reader, seen: DocumentSeen) -> _Told:
    definition = seen.definition
    outdated = why_outdated(reader, definition, seen.state, seen.signed, seen.behind)
    story = Story(
        definition=definition,
        number=seen.row.number,
        entries=seen.entries,
        outdated=outdated,
        hidden=seen.hidden,
        private=seen.private,
        ends={number: ended for number, ended in seen.children.items() if ended},
        parent=seen.parent,
    )
    entries = timeline(reader, story)
    signed = signatures(reader, definition, seen.signed, outdated)
    return _Told(
        {row.seq: one for row, one in zip(seen.entries, entries, strict=True)},
        {row.seq: one for row, one in zip(seen.signed, signed, strict=True)},
        seen.signed,
    )


def _facts(reader: Reader, seen: DocumentSeen, url: str) -> Iterator[Block]:
    row, state = seen.row, seen.state
    yield Fact(label="Case", text=row.number)
    yield Fact(label="Status", text=mark(seen.definition, row)[0])
    if row.status == "stopped":
        yield Fact(label="Stopped", text=row.stopped_reason or "Its last act couldn't be recorded.")
    if state.suspended:
        until = f" until {exactly(state.lapses)}" if state.lapses else ""
        by = suspending(state).number
        yield Fact(
            label="Suspended", text=f"since {exactly(state.suspended)}{until}, by ruling {by}"
        )
    for name, at in state.steps.items():
        if state.ended is None and state.is_open(name):
            due = f", due {exactly(at.due)}" if at.due and not state.suspended else ""
            title = words(seen.definition.step(name).title)
            yield Fact(label="Now", text=f"{title}, since {exactly(at.since)}{due}")
    opener = reader.person(row.opener).name
    by = f"for case {seen.parent}, opened by {opener}" if seen.parent else f"by {opener}"
    yield Fact(label="Opened", text=f"{exactly(row.opened_at)}, {by}")
    if row.ended_at:
        ended = seen.definition.state_title(state.ended) if state.ended else ""
        yield Fact(label="Ended", text=": ".join(filter(None, (exactly(row.ended_at), ended))))
    for number, end in seen.children.items():
        yield Fact(label="Opened case", text=f"{number}: {end or 'still open'}")
    for ruling in state.rulings:
        yield Fact(label="Ruling", text=ruling.number)
    yield Fact(label="Policy", text=listed(seen.definition.body.policy))
    yield Fact(
        label="Definition",
        text=f"{seen.definition.title()}, version {seen.row.version}",
    )
    yield Fact(
        label="As recorded",
        text=f"up to entry {row.head.seq}, {exactly(seen.at)}, SHA-256 {row.head.sha256}",
    )
    yield Fact(label="Page", text=url)


def _about(reader: Reader, seen: DocumentSeen) -> Iterator[Block]:
    given = set(seen.state.fields)
    sight = Sight(
        definition=seen.definition,
        number=seen.row.number,
        values=seen.values,
        withheld=given & seen.hidden,
        erased=given - seen.hidden - set(seen.values),
        owners=seen.owners,
        notes=_notes(reader, seen),
    )
    rows = fields.rows(reader, sight)
    if rows:
        yield Heading(text="What it is about")
    for row in rows:
        yield Paragraph(text=_value(row.value), label=row.label)
        if row.note:
            yield Paragraph(text=row.note, quiet=True)


def _notes(reader: Reader, seen: DocumentSeen) -> dict[str, str]:
    """Say below a value by whom and when it was changed after the opening."""
    changed = {entry.act.id: entry for entry in seen.behind if entry.act.kind == "amend"}
    return {
        name: f"Changed by {reader.person(entry.act.actor).name}, {exactly(entry.facts.time)} "
        f"(entry {entry.seq})."
        for name, at in seen.state.fields.items()
        if (entry := changed.get(at.act)) is not None
    }


def _lists(seen: DocumentSeen, told: _Told) -> Iterator[Block]:
    """Yield every list of things that are signed one by one, with what was given about each."""
    for name, step in seen.definition.body.steps.items():
        if step.each is None or name not in seen.state.items:
            continue
        yield Heading(text=words(step.title))
        by_item: dict[str, list[SignatureRow]] = {}
        for row in told.rows:
            if row.step == name and row.counts:
                by_item.setdefault(row.seat.partition(":")[2], []).append(row)
        for item in seen.state.items[name]:
            title = words(step.each.items.get(item.id)) or "Something that is withheld"
            yield Heading(text=title, level=3)
            source = seen.state.taken.get(item.id)
            if source is not None:
                yield Paragraph(text=f"From case {source.number}.", quiet=True)
            given = by_item.get(item.id, [])
            if not given:
                yield Paragraph(text="Not signed yet.", quiet=True)
            for row in given:
                yield from _one(told, row.seq, of_list=True)


def _signatures(seen: DocumentSeen, told: _Told) -> Iterator[Block]:
    """Yield who signed what and when, step by step; of lists what the list itself doesn't say."""
    for name, step in seen.definition.body.steps.items():
        listed_above = step.each is not None and name in seen.state.items
        rows = [row for row in told.rows if row.step == name and not (listed_above and row.counts)]
        if rows:
            title = words(step.title)
            yield Heading(text=f"{title}: what no longer counts" if listed_above else title)
        for row in rows:
            yield from _one(told, row.seq)


def _one(told: _Told, seq: int, *, of_list: bool = False) -> Iterator[Block]:
    """Yield a signature: who, as what, with which outcome, when, and what they wrote."""
    given, entry = told.signatures[seq], told.entries.get(seq)
    parts = [_named(given.person)]
    thing = given.thing if not of_list else ""
    if thing:
        parts.append(f"“{thing}”")
    elif given.seat and given.seat.casefold() != given.person.role.casefold():
        parts.append(f"as {given.seat}")
    sentence = f"{' '.join(parts)} {given.outcome}"
    yield Paragraph(text=f"{sentence}, {_place(given.at.at, seq)}")
    if given.outdated:
        yield Paragraph(text=f"It no longer counts: {given.outdated}", quiet=True)
    if entry is not None:
        yield from _body(entry)


def _rest(seen: DocumentSeen, told: _Told, url: str) -> Iterator[Block]:
    """Yield what else people and the clock did: comments, votes, changes, rulings."""
    kinds = {row.seq: row.act.kind for row in seen.entries}
    rest = [(seq, one) for seq, one in told.entries.items() if kinds[seq] not in _NOT_TOLD]
    if rest or seen.older:
        yield Heading(text="What else happened")
    if seen.older:
        yield Paragraph(text=f"Earlier entries stand on the case's page: {url}", quiet=True)
    for seq, entry in rest:
        cited = _cited(entry.section)
        case = f" (case {entry.case.number})" if entry.case else ""
        did = f"{_named(entry.person)} {entry.did}{cited}{case}"
        yield Paragraph(text=f"{did}, {_place(entry.at.at, seq)}")
        yield from _body(entry)


def _body(entry: Entry) -> Iterator[Block]:
    if entry.body is not None:
        yield Paragraph(text=_value(entry.body))
    if entry.papers is not None:
        yield Paragraph(text=_value(entry.papers), quiet=True)


def _place(at: datetime, seq: int) -> str:
    """Return when something was, and where it stands in the record."""
    return f"{exactly(stamp(at))} (entry {seq})."


def _named(person: Person) -> str:
    return f"{person.name} ({person.role})" if person.role else person.name


def _cited(by: Section | None) -> str:
    return f" (Policy {by.number})" if by is not None else ""


def _value(given: Value) -> str:
    match given:
        case Text():
            return given.text or "None given"
        case People():
            return listed([_named(one) for one in given.people])
        case Table():
            return _table(given)
        case Papers():
            return "\n".join(_paper(one) for one in given.papers)
        case Withheld():
            return f"{given.sentence}{_cited(given.section)}"


def _table(given: Table) -> str:
    lines = [given.caption, ", ".join(given.columns)]
    for index, row in enumerate(given.rows):
        lines.append(", ".join((*row, *([given.mark] if index in given.marked else []))))
    if given.hidden_rows:
        lines.append(f"and {given.hidden_rows} more")
    return "\n".join(lines)


def _paper(one: Paper) -> str:
    return f"{one.name} ({one.about}), SHA-256 {one.digest}"


def _not_too_long(blocks: Iterable[Block], url: str) -> Iterator[Block]:
    """Yield blocks until there are too many, and then say so: a document is drawn in one go."""
    left = _SIZE
    for block in blocks:
        left -= len(block.text) + _LINE * (block.text.count("\n") + 1)
        if left < 0:
            yield Paragraph(
                text=f"This document would be too long and ends here. All of it stands on the "
                f"case's page: {url}"
            )
            return
        yield block
