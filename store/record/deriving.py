"""Derives the facts of a case's entries again, and compares: nothing of them is taken as given.

Facts are what the commit alone decides, and nobody signs them. So who can write to the database
could give themselves a role there, sign, and take it back. What follows from the directory's
stream as it stood, from the act, or from other cases is derived here by the same functions with
which the commit decided. Which fact from what: `docs/decisions/0031-facts-derived-again.md`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from definitions.acts import (
    CASE_KINDS,
    LINK_ASKED,
    PERSON_KINDS,
    RULE,
    RULED,
    SYSTEM,
    Act,
    Entry,
    Facts,
)
from definitions.canonical import Json
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import Changes, DeedDue, MailDue, addresses_needed, apply
from definitions.rules.arbitrating import ON
from definitions.rules.naming import joined, naming_fields, number_in
from definitions.rules.ruled import told_in_words, waived_by
from definitions.rules.values import is_empty
from definitions.ruling import Ruling
from definitions.state import CaseState
from definitions.timetable import moment_of
from store import tables
from store.cases import load_definition, load_state
from store.deeds import changes_by, conflicts_by
from store.facts import bodies_by, bound_by, draw_by
from store.founding import FOUNDED
from store.founding_file import OPERATOR
from store.mail import readers_by
from store.notices import CHILD_ENDED
from store.pausing import PAUSINGS
from store.record.chain import BadRecord
from store.record.history import LEEWAY, Done, History, View
from store.record.outbox import Outbox
from store.record.parts import NamedPeople
from store.record.versions import Versions
from store.restoring import RECONCILED
from store.streams import DIRECTORY, SYSTEM_STREAM

CLOCKS_APART = timedelta(minutes=5)
"""By how much the clock of who takes an act may lie before the clock of who made it."""

_MENDED = re.compile(
    r"reconcile:(?P<case>.+):(?P<before>\d+)-(?P<last>\d+):(?P<digits>[0-9a-f]{8,64})"
)
"""The id of such a note."""
_NOBODY = "\0"


@dataclass(frozen=True)
class Taken:
    """An entry to be compared: with the act, the state before it, and its plain values.

    Attributes:
        values: None where some were erased, here or before.
        state: None with an opening, and where it couldn't be computed.
    """

    definition: Definition
    state: CaseState | None
    entry: Entry
    act: Act
    facts: Facts
    values: Mapping[str, Json] | None


@dataclass
class Deriving:
    """What facts are derived from, for all cases of one verification.

    Attributes:
        history: of the directory.
        named: who had part in cases that others name.
        outbox: what mails said.
        versions: which of them were in force when.
        mended: entries that the worker wrote again, from what Temporal had confirmed: by case, from
            which to which. A note in the system's stream, which the worker signed, names the digest
            of the last one; so their facts stand as they were, though absences and the order of
            things in the directory were lost.
        apart: cases that couldn't be replayed, so that what they did isn't known.
    """

    connection: Connection
    history: History
    named: NamedPeople
    outbox: Outbox
    versions: Versions = field(default_factory=Versions)
    mended: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, connection: Connection) -> Deriving:
        """Make what a verification needs, once."""
        history, named = History.read(connection), NamedPeople(connection)
        mended = mended_entries(connection)
        outbox = Outbox(connection, history.erased)
        return cls(connection, history, named, outbox, Versions.read(connection), mended)

    def is_mended(self, case: str, seq: int) -> bool:
        """Say whether the worker vouches for this entry as one that it wrote again."""
        return any(first <= seq <= last for first, last in self.mended.get(case, ()))

    def check(self, one: Taken) -> None:
        """Compare the facts of an entry with what is derived.

        Raises:
            BadRecord: they differ.
        """
        seq = one.entry.seq
        if one.facts.to_json() != dict(one.entry.facts):
            raise BadRecord(seq, "its facts hold what no commit writes")
        _check_time(one)
        self._check_signed_roles(one)
        self._check_number(one)
        self._check_cases(one)
        self._check_ruling(one)
        if self.is_mended(one.act.case, seq):
            return
        if one.act.kind == "open":
            self._check_version(one)
        views = tuple(self.history.views(one.facts.time, one.act.case, seq))
        for name, given, derive in self._fields(one):
            found = [derive(view) for view in views]
            if not any(self._same(given, each) for each in found):
                raise BadRecord(seq, _differs(name, given, found[0] if found else None))
        if one.values is not None:
            self._check_named(one)

    def _check_version(self, one: Taken) -> None:
        """Compare under which version a case was opened with what was in force then."""
        process, version = one.definition.process, one.definition.version
        if not self.versions.were(process, version, one.facts.time):
            why = f"version {version[:12]} of {process} wasn't in force when it was opened"
            raise BadRecord(one.entry.seq, why)

    def _fields(self, one: Taken) -> Iterator[tuple[str, Any, Callable[[View], Any]]]:
        """Yield which facts the directory decides, as they are given, and how they are derived."""
        act, facts, at = one.act, one.facts, one.facts.time
        actor = act.seat if act.kind == LINK_ASKED else act.actor
        if act.actor != SYSTEM:
            yield "actor", True, lambda view: view.is_current(act.actor, at)
        if actor not in self.history.unknown:
            person = actor if actor and actor != SYSTEM else _NOBODY
            yield "roles", facts.roles, lambda view: view.roles_of(person, at)
        whole = one.values is not None
        values = one.values or {}

        def bodies(view: View) -> Facts:
            return bodies_by(view, one.definition, one.state, act, values, Facts(at))

        yield "bodies", facts.bodies, lambda view: bodies(view).bodies
        yield "casting", facts.casting, lambda view: bodies(view).casting
        if not whole:
            return
        yield "active", facts.active, lambda view: bodies(view).active
        yield from self._draw(one)
        yield from self._bound(one, values)

    def _draw(self, one: Taken) -> Iterator[tuple[str, Any, Callable[[View], Any]]]:
        act, facts, at = one.act, one.facts, one.facts.time
        if act.kind != "draw" or one.state is None:
            yield "candidates", (facts.candidates, facts.seed), lambda _: ((), None)
            return
        state, seed = joined(one.definition, one.state, facts), one.entry.prev

        def candidates(view: View) -> tuple[tuple[str, ...], str | None]:
            drawn = draw_by(view, one.definition, state, act, at, seed)
            return drawn.candidates, drawn.seed

        yield "candidates", (facts.candidates, facts.seed), candidates

    def _bound(
        self, one: Taken, values: Mapping[str, Json]
    ) -> Iterator[tuple[str, Any, Callable[[View], Any]]]:
        act, body, at = one.act, one.definition.body, one.facts.time
        of_cases = {name for name, person in body.people.items() if person.of}
        given = {name: ids for name, ids in one.facts.people.items() if name not in of_cases}
        opener = self._opener(one)
        unsure: set[str] = set()
        if "" in self.history.unknown and act.kind in {"open", "amend"}:
            unsure = set(addresses_needed(one.definition, values))

        def people(view: View) -> Json:
            found = bound_by(view, one.definition, act, values, at)
            if isinstance(found, Refusal):
                return None
            return {k: v for k, v in {**found, **opener}.items() if k not in unsure}

        given = {name: ids for name, ids in given.items() if name not in unsure}
        yield "people", given, people

    def _opener(self, one: Taken) -> dict[str, tuple[str, ...]]:
        """Return for whom another case, or a schedule, opened this one."""
        if one.act.kind != "open" or one.act.actor != SYSTEM:
            return {}
        if moment_of(one.act) is not None:  # compared by the replay
            return {"opener": one.facts.people.get("opener", ())}
        cause = one.act.auth.get("cause")
        parent = cause.get("case") if isinstance(cause, dict) else None
        cases = tables.cases.c
        opener = self.connection.scalar(select(cases.opener).where(cases.case == str(parent)))
        return {"opener": (opener,) if opener else ()}

    def _same(self, given: Any, derived: Any) -> bool:
        """Compare, but for people of whom nobody knows any more what they held."""
        if given == derived:
            return True
        return bool(self.history.unknown) and self._without(given) == self._without(derived)

    def _without(self, fact: Any) -> Any:
        if isinstance(fact, Mapping):
            return {name: self._without(one) for name, one in fact.items()}
        if isinstance(fact, tuple):
            return tuple(self._without(x) for x in fact if x not in self.history.unknown)
        return fact

    def _check_signed_roles(self, one: Taken) -> None:
        """Compare what the act's signature covers: nobody signed as what they weren't then."""
        act = one.act
        if act.kind not in PERSON_KINDS or not act.roles or act.actor in self.history.unknown:
            return
        held: set[str] = set()
        moments = [act.at, stamp(parse(act.at) - LEEWAY)]
        if act.at > one.facts.time:
            # Made after it was recorded: the clock of whoever made it is ahead, by five minutes at
            # most, or the commit would have refused it. Then it was made earlier than it says.
            moments += [one.facts.time, stamp(parse(act.at) - CLOCKS_APART - LEEWAY)]
        for at in moments:
            for view in self.history.views(at):
                held |= {*view.roles_of(act.actor, at)}
        more = sorted(set(act.roles) - held)
        if more:
            raise BadRecord(
                one.entry.seq,
                f"it was signed as {', '.join(more)}, but by the directory's stream {act.actor} "
                "didn't hold that when it was made",
            )

    def _check_number(self, one: Taken) -> None:
        number, act = one.facts.number, one.act
        if act.kind == "open":
            letter, day = one.definition.body.number, one.facts.time[:10].replace("-", "")
            front, _, n = (number or "").rpartition(".")
            if front != f"{letter}{day}" or not n.isdecimal() or n[0] == "0":
                raise BadRecord(
                    one.entry.seq, f"its number {number} isn't one of that letter and day"
                )
            return
        expected = None
        if act.kind == RULED:
            expected = act.auth.get("number")
        elif act.kind == CHILD_ENDED:
            cause, cases = act.auth.get("cause"), tables.cases.c
            child = cause.get("stream") if isinstance(cause, dict) else None
            expected = self.connection.scalar(select(cases.number).where(cases.case == str(child)))
        if number != expected:
            raise BadRecord(one.entry.seq, _differs("number", number, expected))

    def _check_cases(self, one: Taken) -> None:
        """Compare which cases an opening names with those of the numbers in its fields."""
        expected: dict[str, dict[str, str]] = {}
        if one.values is None:
            return
        cases = tables.cases.c
        for name in naming_fields(one.definition) if one.act.kind == "open" else ():
            value = one.values.get(name)
            if not is_empty(value):
                number, _ = number_in(str(value))
                case = self.connection.scalar(select(cases.case).where(cases.number == number))
                expected[name] = {"case": case or "", "number": number}
        for name, found in one.facts.cases.items():
            if found != expected.get(name):
                raise BadRecord(
                    one.entry.seq, f"it names a case {found.get('number')} that there wasn't"
                )
        if one.facts.cases != expected:
            raise BadRecord(one.entry.seq, _differs("cases", one.facts.cases, expected))

    def _check_named(self, one: Taken) -> None:
        """Compare who comes from named cases with who had part in those by then."""
        state, body = one.state, one.definition.body
        cases = (
            {name: given["case"] for name, given in one.facts.cases.items()}
            if state is None
            else {name: named.case for name, named in state.named.items()}
        )
        for name, person in body.people.items():
            if not person.of:
                continue
            given = one.facts.people.get(name)
            if person.from_ not in cases:
                if given is not None:
                    raise BadRecord(one.entry.seq, _differs("people", given, None))
                continue
            sure, possible = self.named.part_in(cases[person.from_], person.of, one.facts.time)
            known = set(state.people.get(name, ())) if state is not None else set()
            due = state is None or bool(sure - known)
            if given is None:
                fine = not due
            else:
                fine = sure <= set(given) <= possible and given == tuple(sorted(set(given)))
                fine = fine and (state is None or bool(set(given) - known))
            if not fine:
                named = one.facts.cases.get(person.from_, {}).get("number")
                number = named or (state.named[person.from_].number if state else "")
                how = "keeps out others than" if given else "doesn't keep out everybody who"
                raise BadRecord(one.entry.seq, f"it {how} had part in {number}")

    def _check_ruling(self, one: Taken) -> None:
        if one.act.kind != RULE:
            if one.facts.ruling is not None:
                raise BadRecord(one.entry.seq, "its facts hold a ruling that it doesn't make")
            return
        if one.values is None:
            return
        on = one.values.get(ON)
        ruling = Ruling.read(on.get("ruling")) if isinstance(on, dict) else None
        state = load_state(self.connection, str(on["case"])) if isinstance(on, dict) else None
        if not isinstance(on, dict) or ruling is None or state is None:
            raise BadRecord(one.entry.seq, "it rules on no case of the record")
        definition = load_definition(self.connection, state.definition)
        expected = {
            "case": state.case,
            "number": state.number,
            "ruling": ruling.to_json(),
            "waived": list(waived_by(definition.body, ruling)),
            "words": told_in_words(definition, ruling),
        }
        if one.facts.ruling != expected:
            raise BadRecord(one.entry.seq, _differs("ruling", one.facts.ruling, expected))

    def after(self, one: Taken, changes: Changes) -> None:
        """Compare what an act did with what is recorded of it in the directory.

        Args:
            changes: what the rules make of the act with its facts.

        Raises:
            BadRecord: something else is recorded there, or other grants were kept back.
        """
        self._check_conflicts(one, changes)
        self._check_deeds(one, changes.deeds)

    def _check_conflicts(self, one: Taken, changes: Changes) -> None:
        given = one.facts.conflicts
        if self.is_mended(one.act.case, one.entry.seq):
            return
        if not given and not any(deed.effect.grant for deed in changes.deeds):
            return
        at = one.facts.time
        earlier = stamp(parse(at) - LEEWAY)
        for until in (at, earlier):
            for view in self.history.views(at, one.act.case, one.entry.seq):
                if self._conflicts(one, view, until) == given:
                    return
        raise BadRecord(one.entry.seq, _differs("conflicts", dict(given), None))

    def _conflicts(self, one: Taken, view: View, until: str) -> Mapping[str, str] | None:
        """Return what stood in the way, found as the commit finds it."""
        found: dict[str, str] = {}
        while True:
            facts = replace(one.facts, conflicts=found)
            changes = apply(one.definition, one.state, one.act, one.values or {}, facts)
            if isinstance(changes, Refusal):
                return None
            more = conflicts_by(self.connection, view, changes.deeds, facts.time, until)
            if not more:
                return found
            if more.keys() <= found.keys():
                return None
            found |= more

    def _check_deeds(self, one: Taken, deeds: Sequence[DeedDue]) -> None:
        case, seq, at = one.act.case, one.entry.seq, one.facts.time
        done = [each for each in self.history.caused.get(case, ()) if each.seq == seq]
        if not deeds and not done:
            return
        self.history.claimed |= {each.act for each in done}
        if (
            self.is_mended(case, seq)
            or {person for deed in deeds for person in deed.persons} & self.history.unknown
        ):
            return
        if not done:
            views = self.history.views(at, case, seq)
            if not any(_does_nothing(view, deeds, at) for view in views):
                raise BadRecord(seq, "what it changed in the directory isn't recorded there")
            return
        left = list(done)
        before = left[0].nth - 1
        moment = max(at, self.history.times[before - 1] if before else "")
        for deed in deeds:
            view = self.history.view(before)
            for nth, change in enumerate(changes_by(view, deed, moment), 1):
                each = left.pop(0) if left else None
                act = f"{DIRECTORY}:{case}:{seq}:{deed.key}:{nth}"
                if each is None or (each.act, each.at) != (act, moment):
                    raise BadRecord(seq, f"the directory doesn't have the change {act} that it did")
                if each.change is not None and each.change != change:
                    raise BadRecord(
                        seq, f"entry {each.nth} of the directory says another thing than it did"
                    )
                before = each.nth
        if left:
            raise BadRecord(seq, f"it didn't do what entry {left[0].nth} of the directory says")

    def check_mail(
        self, definition: Definition, state: CaseState, due: MailDue, entry: Entry
    ) -> None:
        """Compare to whom a mail went, and who got a link with it.

        Raises:
            BadRecord: the directory as it stood says others.
        """
        facts = Facts.from_json(entry.facts)
        if Facts(facts.time, people=facts.people).to_json() != dict(entry.facts):
            raise BadRecord(entry.seq, "its facts hold more than a mail's do")
        if self.history.unknown or self.is_mended(state.case, entry.seq):
            self.outbox.unsure.add(state.case)
            return
        # Whom rules name comes in the order of the state's text, and here in that of what happened.
        given = {name: sorted(ids) for name, ids in facts.people.items() if ids}
        # It was queued before the act that made it due did anything in the directory.
        cause = int(entry.act["auth"]["cause"]["seq"])
        first: BadRecord | None = None
        for view in self.history.views(facts.time, state.case, cause):
            to, linked = readers_by(view, definition, state, due, facts.time)
            both = (("to", to), ("links", linked))
            expected = {name: sorted(ids) for name, ids in both if ids}
            # Mails from before there were links brought none.
            if given in (expected, {"to": sorted(to)} if to else {}):
                try:
                    self.outbox.check(view, definition, state, due, entry)
                except BadRecord as found:
                    # Its readers in all may be the same before and after somebody came to a list.
                    first = first or found
                else:
                    return
        raise first or BadRecord(
            entry.seq, "it went to others than it should have, or brought them links"
        )

    def check_shared(self, entry: Entry, act: Act, values: Mapping[str, Json]) -> None:
        """Compare the facts of an entry of the directory's or the system's stream.

        Whom a grant or an end is about is compared with the case that did it (`after`).

        Raises:
            BadRecord: they differ.
        """
        given, at = dict(entry.facts), str(entry.facts.get("time"))
        roles: tuple[str, ...] = ()
        if act.actor != SYSTEM and act.actor not in self.history.unknown:
            known = [self.history.view(entry.seq - 1)]
            known = list(self.history.views(at)) if entry.stream != DIRECTORY else known
            held = {view.roles_of(act.actor, at) for view in known}
            roles = act.roles if act.roles in held else next(iter(sorted(held)), ())
            if act.kind in PAUSINGS and OPERATOR not in roles:
                raise BadRecord(entry.seq, f"{act.actor} was no operator then")
        elif act.actor != SYSTEM:
            roles = act.roles
        expected: dict[str, Json] = {"time": at, "roles": list(roles)}
        if entry.stream == DIRECTORY:
            person = _person_of(entry, act, values)
            expected["people"] = {"person": [person]}
            if act.actor == SYSTEM and at != act.at:
                raise BadRecord(entry.seq, "it doesn't have the time that was signed")
        if given != expected:
            raise BadRecord(entry.seq, _differs("facts", given, expected))
        if at < act.at:
            raise BadRecord(entry.seq, "it was recorded before it was made")

    def unclaimed(self) -> Iterator[Done]:
        """Yield what stands in the directory as if a case had done it, but no case did."""
        for case, all_done in self.history.caused.items():
            if case not in self.apart:
                yield from (done for done in all_done if done.act not in self.history.claimed)


def mended_entries(connection: Connection) -> dict[str, list[tuple[int, int]]]:
    """Return which entries of which cases the worker has noted as written again.

    Whether it signed the notes is checked with the system's stream.
    """
    entries, found = tables.entries.c, defaultdict(list)
    notes = select(entries.act_id).where(
        entries.stream == SYSTEM_STREAM, entries.kind == RECONCILED
    )
    for act in connection.scalars(notes).all():
        note = _MENDED.fullmatch(act)
        if note is None:
            continue
        case, last = note["case"], int(note["last"])
        sha256 = connection.scalar(
            select(entries.sha256).where(entries.stream == case, entries.seq == last)
        )
        if sha256 is not None and sha256.startswith(note["digits"]):
            found[case].append((int(note["before"]) + 1, last))
    return found


def _check_time(one: Taken) -> None:
    act, at = one.act, one.facts.time
    if act.kind in PERSON_KINDS and act.kind not in CASE_KINDS:
        try:
            early = parse(at) < parse(act.at) - CLOCKS_APART
        except ValueError as error:
            raise BadRecord(one.entry.seq, "its time can't be read") from error
        if early:
            raise BadRecord(one.entry.seq, "it was recorded before it was made")


def _person_of(entry: Entry, act: Act, values: Mapping[str, Json]) -> Json:
    """Return whom an entry of the directory is about: who said it, or whom its value names."""
    if act.actor != SYSTEM:
        return act.actor
    people = entry.facts.get("people")
    given = people.get("person") if isinstance(people, dict) else None
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], str):
        raise BadRecord(entry.seq, "it doesn't say whom it is about")
    if act.kind == FOUNDED and not act.id.startswith(f"{DIRECTORY}:{entry.seq}:"):
        raise BadRecord(entry.seq, "it stands where another one was signed for")
    # Those from before `person` was signed with the others are as they say.
    return values.get("person", given[0])


def _does_nothing(view: View, deeds: Sequence[DeedDue], at: str) -> bool:
    return not any(True for deed in deeds for _ in changes_by(view, deed, at))


def _differs(name: str, given: object, derived: object) -> str:
    return f"its facts say {name}: {_words(given)}; by what was recorded it is {_words(derived)}"


def _words(fact: object) -> str:
    return "nothing" if fact in (None, (), {}) else str(fact)
