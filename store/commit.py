"""The commit: one act becomes an entry, with everything that follows from it, or nothing does.

It is the one place that decides (`design.md`, "The way of a sign-off"): in one transaction it
verifies the act, asks the directory, applies the rules to the *stored* state, and writes
entries, state, inbox and mail. It answers `committed`, `known`, `behind`, `ahead` or `refused`;
the last four change nothing in the record. Asked again with the same act, it answers `known`, or
with the same refusal: what a person signed and was refused is remembered for good.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from definitions.acts import (
    CASE_KINDS,
    LINK_ASKED,
    NOTICE_KINDS,
    RULE,
    SYSTEM,
    Act,
    ActResult,
    CommitReply,
    CommitRequest,
    Facts,
    Head,
    SignedAct,
)
from definitions.canonical import Json
from definitions.clock import Clock, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules.naming import joined
from definitions.state import CaseState
from store import checks, deeds, rulings
from store.access.spending import spend
from store.cases import load_state, save_state
from store.checks import Refused
from store.children import Current, Opener, no_current, open_child
from store.database import Database
from store.deciding import Asked, Decided, decide
from store.facts import facts_for, of_draw, of_system, with_bodies
from store.in_force import current_in, why_not_in_force
from store.mail_entries import mail_additions
from store.naming import with_people_since
from store.notices import drop, notify_parent, take
from store.numbers import allot
from store.pending import settle_in
from store.projections import project, project_act
from store.queueing import queue, waiting_for
from store.refusing import refused_before, remember_refused
from store.settings import ACT_HOURS
from store.signatures import SigningKey, sign
from store.streams import DIRECTORY, Addition, append, head_of
from store.ticking import note_tick

SecurityLog: TypeAlias = Callable[[Mapping[str, Json]], None]
"""Takes one line about something that was refused."""
Failpoint: TypeAlias = Callable[[str], None]
"""Called with the name of a place at which tests let the process die."""


_RACES = 3
"""How often a commit is tried again because another made a row first that both were to make (a
stream, the day's first number): there is nothing to lock before it exists (PostgreSQL only)."""


_PASSING = frozenset({"not-due", "ruling-first", "suspended"})
"""Refusals of what a case has to take in that say nothing about whether it can later."""


def no_failpoint(_place: str) -> None:
    """Do nothing: what `Failpoint` is outside of tests."""


@dataclass(frozen=True)
class Committer:
    """What a commit needs beside the request.

    Attributes:
        clock: whose time is the commit's.
        worker_key: signs what the clock and effects cause; registered for the worker's use.
        refused: takes the security log's lines.
        failpoint: called at `commit.before` and, if something was committed, `commit.after`.
        current: which definition a case begins under that another one opens.
        act_hours: for how long what a person signed may be under way.
    """

    database: Database
    clock: Clock
    worker_key: SigningKey
    refused: SecurityLog
    failpoint: Failpoint = no_failpoint
    current: Current = no_current
    act_hours: float = ACT_HOURS

    def commit(self, request: CommitRequest, *, process: str, workflow: str) -> CommitReply:
        """Commit one act.

        Args:
            request: the act, the head on which it should stand, and with an opening the
                definition's text.
            process: the type of the workflow that asks, as Temporal says it.
            workflow: its id, as Temporal says it.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database can't be written now; asking again with
                the same request is safe.
        """
        self.failpoint("commit.before")
        for _ in range(_RACES):
            with contextlib.suppress(IntegrityError):
                return self._once(request, process, workflow)
        return self._once(request, process, workflow)

    def _once(self, request: CommitRequest, process: str, workflow: str) -> CommitReply:
        head = Head()
        try:
            with self.database.writing() as connection:
                head = head_of(connection, workflow, lock=True)
                reply = self._answer(connection, request, process, workflow, head)
        except Refused as refused:
            refusal = refused.refusal
            if refused.for_good:
                stands = self._remember(refusal, request.signed, workflow)
                if stands is None:
                    return self._once(request, process, workflow)
                refusal = stands
            self._log(refusal, request.signed, process, workflow)
            self._drop(refusal, request.signed, workflow)
            return CommitReply(
                "refused", head, refusal=refusal.to_json(), for_good=refused.for_good
            )
        if reply.result == "committed":
            self.failpoint("commit.after")
        return reply

    def _answer(
        self,
        connection: Connection,
        request: CommitRequest,
        process: str,
        workflow: str,
        head: Head,
    ) -> CommitReply:
        state = load_state(connection, workflow)
        stored = state.to_json() if state else None
        known = checks.known_act(connection, request.signed, workflow)
        if known is not None:
            return CommitReply(
                "known", head, facts=known.facts.to_json(), stored=stored, seq=known.seq
            )
        apart = checks.out_of_step(connection, workflow, head, request.head)
        if apart is not None:
            return CommitReply(apart, head, stored=stored if apart == "behind" else None)
        act = checks.read_act(request.signed, workflow)
        rulings.refuse_before_ruling(connection, act)
        definition = checks.definition_of(connection, act, request, state, process)
        now = self.clock.now()
        at = checks.time_of(connection, workflow, stamp(now))
        checks.check_signature(connection, act, request.signed, at)
        checks.check_openings(act, request.signed)
        with _for_good(act):
            checks.check_age(act, now, self.act_hours)
            superseded = why_not_in_force(connection, definition) if state is None else None
            if superseded is not None:
                raise Refused(superseded)
            judged = _Judged(definition, state, act, request.signed, now, at)
            reply = self._judge(connection, judged, head)
            # Asked last: whoever told the person "refused" meanwhile has ended before this does.
            before = refused_before(connection, request.signed.act) if _by_person(act) else None
            if before is not None:
                raise Refused(before)
        return reply

    def _judge(self, connection: Connection, judged: "_Judged", head: Head) -> CommitReply:
        """Decide on an act that is what it says it is, and write it."""
        definition, state, act = judged.definition, judged.state, judged.act
        now, at = judged.now, judged.at
        unspent = spend(connection, act, at)
        if unspent is not None:
            raise Refused(unspent)
        number = allot(connection, definition.body.number, now) if act.kind == "open" else None
        values = judged.signed.values()
        since = with_people_since(connection, definition, state, Facts(at))
        if act.kind == "draw" and state is not None:
            drawing = joined(definition, state, since)
            facts = of_draw(connection, definition, drawing, act, at, head.sha256)
        else:
            number = number or checks.number_of_notice(connection, act, state)
            facts = _facts(connection, definition, act, values, at, number)
        facts = replace(facts, people={**facts.people, **since.people})
        if any(step.vote for step in definition.body.steps.values()):
            head_of(connection, DIRECTORY, lock=True)  # nobody leaves a body unnoticed meanwhile
        facts = with_bodies(connection, definition, state, act, values, facts)
        facts = replace(facts, waiting=waiting_for(connection, definition))
        decided = decide(connection, Asked(definition, state, judged.signed, act), facts, lock=True)
        return write(connection, decided, head, self.worker_key, self.current)

    def _remember(self, refusal: Refusal, signed: SignedAct, workflow: str) -> Refusal | None:
        """Remember a refusal before anybody hears of it, and return the one that stands.

        None if the act is in the record: another try of the same commit was quicker.
        """
        with self.database.writing() as connection:
            head_of(connection, workflow, lock=True)
            if checks.known_act(connection, signed, workflow) is not None:
                return None
            return remember_refused(connection, signed.act, refusal, stamp(self.clock.now()))

    def _drop(self, refusal: Refusal, signed: SignedAct, workflow: str) -> None:
        """Let go of a link asked for that nobody can use: asked again, it is refused again."""
        if signed.act.get("kind") == LINK_ASKED and refusal.code not in _PASSING:
            with self.database.writing() as connection:
                drop(connection, workflow, str(signed.act.get("id")), stamp(self.clock.now()))

    def _log(self, refusal: Refusal, signed: SignedAct, process: str, workflow: str) -> None:
        self.refused(
            {
                "event": "commit-refused",
                "at": stamp(self.clock.now()),
                "case": workflow,
                "process": process,
                # What was refused may be anything; only text is an id.
                **{key: _text(signed.act.get(key)) for key in ("actor", "kind")},
                "act": _text(signed.act.get("id")),
                "code": refusal.code,
                "section": refusal.section,
            }
        )


@dataclass(frozen=True)
class _Judged:
    """An act whose form, place, signature and openings were found right, at the commit's time."""

    definition: Definition
    state: CaseState | None
    act: Act
    signed: SignedAct
    now: datetime
    at: str


def _by_person(act: Act) -> bool:
    return act.actor != SYSTEM


@contextlib.contextmanager
def _for_good(act: Act) -> Iterator[None]:
    """Mark refusals of a person's act that are about the act itself."""
    try:
        yield
    except Refused as refused:
        refused.for_good = _by_person(act)
        raise


def write(
    connection: Connection,
    decided: Decided,
    head: Head,
    worker_key: SigningKey,
    current: Current = no_current,
) -> CommitReply:
    """Write a decided act, with all that follows from it, after `head`.

    The same arguments always give the same entries, byte for byte, also those of mail, as long
    as the directory says the same of the act's time: so what was lost can be written again
    (`store.recommit`).

    Args:
        connection: of a writing transaction that has locked the case's stream.
        worker_key: signs what the clock and effects cause.
        current: which definition a case begins under that this act opens.
    """
    definition, signed, act = decided.definition, decided.signed, decided.act
    facts, changes = decided.facts, decided.changes
    state, at = changes.state, facts.time
    if act.kind in CASE_KINDS:
        signed = SignedAct(signed.act, [sign(act, worker_key)])
    digest = state.digest()
    own = Addition(signed, facts.to_json(), digest)
    head = append(connection, state.case, "case", head, [own])
    seq = head.seq
    save_state(connection, state, at, new=act.kind == "open")
    project_act(connection, act, at)
    note_tick(connection, act, definition.process)
    project(connection, definition, state)
    mails = mail_additions(connection, definition, changes, seq, at=at, worker_key=worker_key)
    if mails.additions:
        head = append(connection, state.case, "case", head, mails.additions)
    queue(connection, state)
    waits = _do(connection, decided, seq, worker_key, current)
    if act.kind in NOTICE_KINDS:
        take(connection, act.id, at)
    # The web keeps what was sent until it is answered: it is, from now on.
    answer = ActResult(accepted=True, number=state.number, seq=seq, time=at)
    settle_in(connection, act.id, asdict(answer), at)
    return CommitReply(
        "committed",
        head,
        facts=facts.to_json(),
        state=digest,
        mail=[*mails.keys, *waits],
        seq=seq,
    )


def _do(
    connection: Connection, decided: Decided, seq: int, worker_key: SigningKey, current: Current
) -> list[str]:
    """Do what the effects ask for; return names of what is to be carried on beyond this case."""
    act, state, at = decided.act, decided.changes.state, decided.facts.time
    in_force = partial(current_in, connection, own=current)
    due = decided.changes.deeds
    waits = []
    for deed in due:
        if deed.child is not None:
            opener = Opener(decided.definition, state, seq, at, in_force, worker_key)
            open_child(connection, opener, deed)
            waits.append(deed.child)
    if deeds.do(connection, state.case, due, seq=seq, at=at, worker_key=worker_key):
        waits.append("votes")
    if act.kind == RULE:
        rulings.tell(connection, state, seq, at)
        waits.append("ruling")
    if state.ended and notify_parent(connection, state, Head(seq), at):
        waits.append("parent")
    return waits


def _facts(
    connection: Connection,
    definition: Definition,
    act: Act,
    values: Mapping[str, Json],
    at: str,
    number: str | None,
) -> Facts:
    if act.kind in CASE_KINDS:
        return of_system(connection, act, at, number)
    facts = facts_for(connection, definition, act, values, at=at, number=number)
    if not isinstance(facts, Refusal):
        facts = rulings.with_ruling(connection, act, values, facts, lock=True)
    if isinstance(facts, Refusal):
        raise Refused(facts)
    return facts


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
