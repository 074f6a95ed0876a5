"""Facts that no commit decided are named, however carefully everything around them was remade.

The forger has the database in their hands, but no key: they alter facts, which nobody signs,
apply the rules with them, and make states, digests, chains, heads and tables fit.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from definitions.acts import PERSON_KINDS, SYSTEM, Act, Facts
from definitions.canonical import Json, canonical, sha256
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import apply
from definitions.state import CaseState
from store import tables
from store.cases import case_row, load_definition, register_definition
from store.commit import Committer
from store.record.rebuild import rebuild
from store.record.verify import Bad, verify_record
from store.streams import DIRECTORY
from tests.faults.files import copy_database, put_back
from tests.store.test_naming import ASSESSORS, KNOWN, AppealDesk
from tests.store.test_verify import chain_again, texts
from tests.support.admitting import LIBRARY, admitting_desk
from tests.support.by_hand import Hand, by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

Entries = list[dict[str, Any]]
Tamper = Callable[[dict[str, Any], list[str], random.Random], None]
_ALL: dict[str, Definition] = {**LIBRARY, **KNOWN}


@dataclass
class ManyDesk(AppealDesk):
    """A desk at which everything small is played: votes, lots, grants, ends and appeals."""

    @property
    def committer(self) -> Committer:
        def refused(line: Any) -> None:
            self.log.append(dict(line))

        return Committer(
            self.database, self.clock, self.worker_key, refused, current=_ALL.__getitem__
        )

    def definition(self, process: str = "motion") -> Definition:
        return _ALL[process]


@pytest.fixture
def many(desk: Desk) -> ManyDesk:
    admitting_desk(desk)
    with desk.database.writing() as connection:
        for definition in KNOWN.values():
            register_definition(connection, definition)
    made = ManyDesk(desk.database, desk.web_key, desk.worker_key, desk.clock, desk.founded)
    made.counter, made.log = desk.counter, desk.log
    return made


def found(desk: Desk) -> tuple[Bad, ...]:
    return verify_record(desk.database).bad


def remade(connection: Hand, desk: Desk, case: str, entries: Entries) -> None:
    """Make a case fit its altered facts: states by the rules, chain, heads and the case's row."""
    state: CaseState | None = None
    definition: Definition | None = None
    prev = "0" * 64
    for seq, entry in enumerate(entries, 1):
        act = Act.from_json(entry["act"])
        entry |= {"seq": seq, "prev": prev}
        if act.kind == "mail" and state is not None:
            entry["state"] = state.digest()
        elif act.kind != "mail":
            if definition is None:
                with desk.database.reading() as reading:
                    definition = load_definition(reading, act.definition)
            if act.kind == "draw":
                entry["facts"]["seed"] = prev
            values = _values(connection, act.id)
            changes = apply(definition, state, act, values, Facts.from_json(entry["facts"]))
            if isinstance(changes, Refusal):
                break  # no forger's work helps: the rules will say it
            state = changes.state
            entry["state"] = state.digest()
        prev = sha256(canonical(entry))
    chain_again(connection, case, entries)
    if state is not None:
        row = tables.cases.update().where(tables.cases.c.case == case)
        values = case_row(state, entries[-1]["facts"]["time"])
        connection.connection.execute(row.values(values))


def _values(connection: Hand, act: str) -> dict[str, Json]:
    openings = tables.openings.c
    query = select(openings.name, openings.value).where(openings.act_id == act)
    return {name: json.loads(value) for name, value in connection.connection.execute(query)}


def forge(desk: Desk, url: str, stream: str, alter: Callable[[Entries], object]) -> None:
    """Alter a stream's entries, and make everything else fit."""
    with by_hand(url) as connection:
        entries = texts(connection, stream)
        alter(entries)
        if stream == DIRECTORY:
            chain_again(connection, stream, entries)
        else:
            remade(connection, desk, stream, entries)


def add_role(url: str, person: str, role: str) -> None:
    with by_hand(url) as connection:
        connection.execute(
            "INSERT INTO grants (person, role, since, act_id) VALUES (?,?,'2020','x')",
            [person, role],
        )


def test_a_role_that_was_there_only_while_somebody_signed_is_named(
    desk: Desk, database_url: str
) -> None:
    case = desk.open("sue")
    add_role(database_url, desk.person("mia"), "systems-administration-leader")
    reply = desk.sign_off(case, "mia", "approval", "lead", "approve", comment="Go on.")
    assert reply.result == "committed", "the commit believes the tables"
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM grants WHERE act_id='x'")
    (bad,) = found(desk)
    assert (bad.stream, bad.seq) == (case, reply.seq)
    assert "systems-administration-leader" in bad.why


def test_an_elector_who_was_there_only_while_a_vote_was_opened_is_named(
    many: ManyDesk, database_url: str
) -> None:
    add_role(database_url, many.person("mia"), "board-member")
    case = many.open("bea", values={"proposal": "Now."}, process="motion")
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM grants WHERE act_id='x'")
    (bad,) = found(many)
    assert (bad.stream, bad.seq) == (case, 1)
    assert "bodies" in bad.why


def test_roles_added_to_the_facts_are_named(desk: Desk, database_url: str) -> None:
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve", comment="Go on.")

    def add(entries: Entries) -> None:
        entries[-1]["facts"]["roles"].append("software-assessor")

    forge(desk, database_url, case, add)
    (bad,) = found(desk)
    assert (bad.stream, bad.seq) == (case, desk.head(case).seq)
    assert "facts say roles" in bad.why


def test_a_time_before_the_role_ended_is_named(many: ManyDesk, database_url: str) -> None:
    """Somebody who has lost the Board's role votes with it, and the time is moved back."""
    many.admit("mia", "board-member")
    case = many.open("bea", values={"proposal": "Now."}, process="motion")
    many.clock.pass_time(timedelta(days=1))
    many.begin("retiring", "sue", subject="mia")
    many.clock.pass_time(timedelta(days=1))
    add_role(database_url, many.person("mia"), "board-member")
    assert many.vote(case, "mia", "aye").result == "committed"
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM grants WHERE act_id='x'")
    assert [bad.stream for bad in found(many)] == [case]

    def move(entries: Entries) -> None:
        entries[-1]["facts"]["time"] = entries[0]["facts"]["time"]

    forge(many, database_url, case, move)
    assert [bad.stream for bad in found(many)] == [case]


def test_a_grant_moved_to_somebody_else_is_named(many: ManyDesk, database_url: str) -> None:
    """Whom an entry of the directory is about stands in its facts alone."""
    case = many.admit("mia", "systems-administrator")
    assert found(many) == ()

    def move(entries: Entries) -> None:
        entries[-1]["facts"]["people"]["person"] = [many.person("lea")]

    forge(many, database_url, DIRECTORY, move)
    rebuild(many.database, at=stamp(many.clock.now()), worker_key=many.worker_key)
    assert case in {bad.stream for bad in found(many)}


def test_two_founders_who_change_places_are_named(desk: Desk, database_url: str) -> None:
    def swap(entries: Entries) -> None:
        one, other = entries[0]["facts"]["people"], entries[1]["facts"]["people"]
        one["person"], other["person"] = other["person"], one["person"]

    forge(desk, database_url, DIRECTORY, swap)
    rebuild(desk.database, at=stamp(desk.clock.now()), worker_key=desk.worker_key)
    assert [(bad.stream, bad.seq) for bad in found(desk)] == [(DIRECTORY, 1)]


def test_a_role_that_ends_in_the_moment_of_an_act_fits_either_order(many: ManyDesk) -> None:
    """The clock stands still: whichever came first, both are by the record."""
    many.admit("mia", "board-member")
    case = many.open("bea", values={"proposal": "Now."}, process="motion")
    assert many.vote(case, "mia", "aye").result == "committed"
    many.begin("retiring", "sue", subject="mia")
    assert many.do(case, "mia", "comment", values={"comment": "Bye."}).result == "committed"
    assert found(many) == ()


def test_an_act_of_a_web_whose_clock_is_ahead_is_no_fault(many: ManyDesk) -> None:
    """Mia signs as what she is by then, and has lost the role by what her act says of its time."""
    many.admit("mia", "board-member")
    many.clock.pass_time(timedelta(hours=2))
    case = many.open("bea", values={"proposal": "Now.", "area": "none"}, process="motion")
    many.clock.pass_time(timedelta(minutes=1))  # the web's clock
    act = many.act(case, "mia", "comment", values={"comment": "Hi."})
    many.clock.pass_time(timedelta(seconds=-55))
    many.begin("retiring", "sue", subject="mia")
    many.clock.pass_time(timedelta(seconds=5))
    assert many.send(act, process="motion").result == "committed"
    assert found(many) == ()


def test_values_erased_of_the_directory_hide_no_role(desk: Desk, database_url: str) -> None:
    """Names and addresses may be erased; what somebody held is still known."""
    case = desk.open("sue")
    add_role(database_url, desk.person("mia"), "systems-administration-leader")
    desk.sign_off(case, "mia", "approval", "lead", "approve", comment="Go on.")
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM grants WHERE act_id='x'")
        connection.execute("DELETE FROM openings WHERE name IN ('name', 'emails')")
    assert case in {bad.stream for bad in found(desk)}


# Many at random.


def play(many: ManyDesk) -> list[str]:
    """Play votes, grants, ends, lots and appeals; return the cases."""
    cases = []
    for name, role in (("mia", "board-member"), ("sue", "software-assessor")):
        cases.append(many.admit(name, role))
        # Within ten seconds of a change either is taken: so is what tampering makes of it.
        many.clock.pass_time(timedelta(hours=2))
    cases.append(many.open("bea", values={"proposal": "It.", "area": "none"}, process="motion"))
    for name, choice in (("bea", "aye"), ("mia", "naye")):
        many.clock.pass_time(timedelta(hours=2))
        assert many.vote(cases[-1], name, choice).result == "committed"
    many.close(cases[-1])
    many.clock.pass_time(timedelta(hours=2))
    first = many.decided("rita", "rob")
    many.clock.pass_time(timedelta(hours=2))
    appeal = many.appeal(first)
    many.clock.pass_time(timedelta(hours=2))
    many.drawn(appeal, *sorted(ASSESSORS))
    many.clock.pass_time(timedelta(hours=2))
    cases.append(many.begin("retiring", "sue", subject="mia"))
    many.clock.pass_time(timedelta(hours=2))
    leaving = many.begin("leaving", "mia", subject="sue")
    many.clock.pass_time(timedelta(hours=2))
    many.sign_off(leaving, "mia", "closing", "closer", "closed")
    return [*cases, first, appeal, leaving]


def _roles(entry: dict[str, Any], _people: list[str], chance: random.Random) -> None:
    some = chance.choice(["board-member", "tester", "member"])
    _more_or_fewer(entry["facts"]["roles"], some, chance)


def _named(fact: str) -> Tamper:
    def alter(entry: dict[str, Any], people: list[str], chance: random.Random) -> None:
        named = entry["facts"].setdefault(fact, {})
        name = chance.choice([*named, "subject", "earlier", "board", "to"])
        _more_or_fewer(named.setdefault(name, []), chance.choice(people), chance)
        if not named[name]:
            del named[name]
        if not named:
            del entry["facts"][fact]

    return alter


def _listed(fact: str) -> Tamper:
    def alter(entry: dict[str, Any], people: list[str], chance: random.Random) -> None:
        facts = entry["facts"]
        if fact == "candidates" and "seed" not in facts:
            facts["seed"] = "0" * 64
        _more_or_fewer(facts.setdefault(fact, []), chance.choice(people), chance)
        if not facts[fact] and fact != "candidates":
            del facts[fact]

    return alter


def _conflicts(entry: dict[str, Any], _people: list[str], chance: random.Random) -> None:
    key = chance.choice(["enter-given-1", "enter-given-2"])
    entry["facts"]["conflicts"] = {key: "They may not."}


def _number(entry: dict[str, Any], _people: list[str], _chance: random.Random) -> None:
    day = str(entry["facts"]["time"])[:10].replace("-", "")
    entry["facts"]["number"] = f"z{day}.1"


def _cases(entry: dict[str, Any], _people: list[str], _chance: random.Random) -> None:
    entry["facts"]["cases"] = {"appealed": {"case": "x" * 22, "number": "a20261018.77"}}


def _time(entry: dict[str, Any], _people: list[str], chance: random.Random) -> None:
    """Move the time of somebody's act back; whoever did it has signed when."""
    if entry["act"]["kind"] in PERSON_KINDS and entry["act"]["actor"] != SYSTEM:
        earlier = parse(entry["facts"]["time"]) - timedelta(minutes=chance.randint(6, 600))
        entry["facts"]["time"] = stamp(earlier)


TAMPERING: dict[str, Tamper] = {
    "roles": _roles,
    "people": _named("people"),
    "bodies": _named("bodies"),
    "active": _listed("active"),
    "casting": _listed("casting"),
    "candidates": _listed("candidates"),
    "conflicts": _conflicts,
    "number": _number,
    "cases": _cases,
    "time": _time,
}


def _more_or_fewer(among: list[str], one: str, chance: random.Random) -> None:
    if among and chance.random() < 0.5:
        among.pop(chance.randrange(len(among)))
    elif one in among:
        among.remove(one)
    else:
        among.append(one)
        among.sort()


_SEED = int(os.environ.get("FAULTS_SEED", "20261130"))


@pytest.mark.parametrize(
    ("count", "seed"),
    [(100, 1), pytest.param(500, _SEED, marks=pytest.mark.soak)],
    ids=["some", "many"],
)
def test_facts_tampered_with_at_random_are_named(
    many: ManyDesk, database_url: str, count: int, seed: int
) -> None:
    cases = play(many)
    assert found(many) == ()
    whole = copy_database(database_url)
    people = [one.id for one in many.founded.people]
    chance = random.Random(seed)  # noqa: S311 - what is tampered with, not a secret
    kinds: dict[str, int] = dict.fromkeys(TAMPERING, 0)
    while sum(kinds.values()) < count:
        case, kind, place = chance.choice(cases), chance.choice([*TAMPERING]), chance.random()
        altered: list[bool] = []

        def alter(
            entries: Entries, kind: str = kind, at: float = place, done: list[bool] = altered
        ) -> None:
            entry = entries[int(at * len(entries))]
            before = copy.deepcopy(entry)
            TAMPERING[kind](entry, people, chance)
            done.append(entry != before)

        forge(many, database_url, case, alter)
        if altered == [True]:
            kinds[kind] += 1
            assert found(many), (case, kind, place)
        put_back(database_url, whole)
    assert all(kinds.values()), kinds
    assert found(many) == ()
