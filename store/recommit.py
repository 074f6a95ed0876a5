"""Writes again what the record has lost: confirmed commits, byte for byte, or not at all.

After an older copy of the database was put back, Temporal's histories still hold every act that
was confirmed since, signed by its person, with what the commit decided then (time, roles,
number, people). Nothing is decided anew here: the act and its signature are verified, the rules
are applied with the facts of then, and what comes out must be the very entries whose digests
were confirmed. So what a history says can't enter the record unless a person signed it, and a
seat that was filled is filled by the same signature again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from definitions.acts import CASE_KINDS, SYSTEM, Act, CommitRequest, Facts, Head, SignedAct
from definitions.canonical import Json
from definitions.clock import parse
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import apply
from definitions.state import CaseState
from store import checks, tables
from store.access.case_links import note_used
from store.cases import load_state, register_definition
from store.checks import Refused
from store.children import Current, no_current
from store.commit import write
from store.database import Database
from store.deciding import Decided
from store.errors import StoreError
from store.refusing import refused_before, remember_refused
from store.rulings import tell_of_earlier
from store.signatures import SigningKey
from store.streams import MovedOnError, head_of


class CannotRecommitError(StoreError):
    """A commit can't be written again as it was; the sentence says why."""


@dataclass(frozen=True)
class Confirmed:
    """A commit that was confirmed to its case, as Temporal's history has it.

    Attributes:
        signed: the act with its openings; unsigned if the clock did it.
        before: where the stream ended before it.
        after: where it ended with it and the mail that it caused.
        facts: what the commit decided.
        state: digest of the state after it; "" if the history doesn't say.
        definition: the definition's text, with an opening.
        delivered: when a delivery of mail ended that began after this; None if none did.
    """

    signed: SignedAct
    before: Head
    after: Head
    facts: Mapping[str, Json]
    state: str
    definition: str | None = None
    delivered: str | None = None


@dataclass(frozen=True)
class Rejected:
    """A person's act that the commit refused for good, as Temporal's history has it.

    Attributes:
        signed: the act.
        refusal: why, as JSON.
        at: when the commit's answer came.
    """

    signed: SignedAct
    refusal: Mapping[str, Json]
    at: str


Recorder = Callable[[Connection, Head], None]
"""Records, in the same transaction, that the stream was mended up to this head."""


@dataclass(frozen=True)
class Mended:
    """What was written again.

    Attributes:
        count: how many of the lost commits.
        state: the case's state after them; None if there were none.
        problem: why the next one could not be written, as a sentence; "" if all were.
    """

    count: int
    state: CaseState | None
    problem: str = ""


@dataclass(frozen=True)
class Recommitter:
    """Writes lost commits of cases again.

    Attributes:
        worker_key: signs what the clock and effects cause, with the same key as then.
        current: which definition a case begins under that another one opens.
    """

    database: Database
    worker_key: SigningKey
    current: Current = no_current

    def mend(
        self,
        case: str,
        process: str,
        lost: Sequence[Confirmed],
        record: Recorder,
        *,
        dry_run: bool = False,
    ) -> Mended:
        """Write as many of the lost commits again as can be, in order, in one transaction.

        Args:
            case: the case's id.
            process: the type of its workflow, as Temporal says it.
            lost: what is to be written; the first follows the record's head.
            record: called once, at the end of the transaction, if anything was written.
            dry_run: try it, and take it back.
        """
        problem = ""
        finish = _take_back if dry_run else record
        while lost:
            state: CaseState | None = None
            try:
                with self.database.writing() as connection:
                    state = self._write_all(connection, case, process, lost)
                    finish(connection, lost[-1].after)
            except _TakenBackError:
                return Mended(len(lost), state, problem)
            except _StoppedAtError as stopped:
                problem, lost = stopped.why, lost[: stopped.nth]
            else:
                return Mended(len(lost), state, problem)
        return Mended(0, None, problem)

    def refuse_again(self, case: str, refused: Sequence[Rejected]) -> int:
        """Remember again what was refused for good, as an older copy of the database may not.

        What isn't a genuine act of a person on this case is left out, and so is what the record
        has; says how many were remembered.
        """
        with self.database.reading() as connection:
            unknown = [one for one in refused if refused_before(connection, one.signed.act) is None]
        if not unknown:
            return 0
        with self.database.writing() as connection:
            head_of(connection, case, lock=True)
            return sum(_refuse_again(connection, case, one) for one in unknown)

    def _write_all(
        self, connection: Connection, case: str, process: str, lost: Sequence[Confirmed]
    ) -> CaseState:
        for nth, one in enumerate(lost):
            with _placed(nth):
                state = self._write(connection, case, process, one)
        return state

    def _write(self, connection: Connection, case: str, process: str, lost: Confirmed) -> CaseState:
        state = load_state(connection, case)
        if head_of(connection, case, lock=True) != lost.before:
            raise CannotRecommitError("The record doesn't end where this act was recorded.")
        act, definition = self._verified(connection, case, process, state, lost)
        facts = Facts.from_json(lost.facts)
        if act.kind == "open":
            _take_number(connection, definition, facts)
        changes = apply(definition, state, act, lost.signed.values(), facts)
        if isinstance(changes, Refusal):
            raise CannotRecommitError(f"The rules refuse it: {changes.sentence}")
        if lost.state and changes.state.digest() != lost.state:
            raise CannotRecommitError("By the rules it leads to another state than was confirmed.")
        decided = Decided(definition, lost.signed, act, facts, changes)
        made = write(connection, decided, lost.before, self.worker_key, self.current)
        if made.head != lost.after:
            raise CannotRecommitError(
                "It would become another entry than the one that was confirmed"
                + _perhaps_key(act, made.mail)
            )
        if act.kind == "open":
            tell_of_earlier(connection, case)
        note_used(connection, act, facts.time)
        if lost.delivered is not None and made.mail:
            _mark_delivered(connection, made.mail, lost.delivered)
        return changes.state

    def _verified(
        self,
        connection: Connection,
        case: str,
        process: str,
        state: CaseState | None,
        lost: Confirmed,
    ) -> tuple[Act, Definition]:
        """Check the act as the commit did then; an unknown definition is registered first."""
        try:
            at = Facts.from_json(lost.facts).time
            if checks.known_act(connection, lost.signed, case) is not None:
                raise CannotRecommitError("This act stands in the record already, elsewhere.")
            act = checks.read_act(lost.signed, case)
            if checks.time_of(connection, case, at) != at:
                raise CannotRecommitError("Its time lies before that of the entry before it.")
            _register(connection, lost.definition)
            request = CommitRequest(lost.signed, lost.before, lost.definition)
            definition = checks.definition_of(connection, act, request, state, process)
            checks.check_signature(connection, act, lost.signed, at)
            checks.check_openings(act, lost.signed)
        except Refused as refused:
            raise CannotRecommitError(refused.refusal.sentence) from refused
        except (KeyError, TypeError, ValueError) as error:
            raise CannotRecommitError(f"What was confirmed can't be read ({error}).") from error
        return act, definition


def _refuse_again(connection: Connection, case: str, one: Rejected) -> bool:
    try:
        if checks.known_act(connection, one.signed, case) is not None:
            return False
        act = checks.read_act(one.signed, case)
        checks.check_signature(connection, act, one.signed, act.at)
        if act.actor == SYSTEM:
            return False
    except Refused:
        return False
    remember_refused(connection, one.signed.act, Refusal.from_json(dict(one.refusal)), one.at)
    return True


class _TakenBackError(Exception):
    """Ends a transaction that was only tried."""


def _take_back(_connection: Connection, _head: Head) -> None:
    raise _TakenBackError


class _StoppedAtError(Exception):
    """Ends the transaction: which of the lost commits can't be written, and why."""

    def __init__(self, nth: int, why: str) -> None:
        super().__init__(why)
        self.nth = nth
        self.why = why


@contextlib.contextmanager
def _placed(nth: int) -> Iterator[None]:
    try:
        yield
    except CannotRecommitError as error:
        raise _StoppedAtError(nth, str(error)) from error
    except (IntegrityError, MovedOnError) as error:
        raise _StoppedAtError(nth, "Something else took its place in the meantime.") from error


def _register(connection: Connection, text: str | None) -> None:
    """Keep the definition under which a case began; that its hash fits is checked afterwards."""
    if text is not None:
        register_definition(connection, Definition.from_text(text))


def _take_number(connection: Connection, definition: Definition, facts: Facts) -> None:
    """Let the number that was allotted count as given, so that nobody gets it again."""
    letter = definition.body.number
    day, _, counted = (facts.number or "").removeprefix(letter).partition(".")
    expected = parse(facts.time).strftime("%Y%m%d")
    if day != expected or not counted.isdecimal() or f"{letter}{day}.{counted}" != facts.number:
        raise CannotRecommitError(f"{facts.number} isn't a number that was allotted then.")
    if connection.scalar(select(tables.cases.c.case).where(tables.cases.c.number == facts.number)):
        raise CannotRecommitError(
            f"Its number {facts.number} was given to another case in the meantime."
        )
    numbers, n = tables.numbers.c, int(counted)
    row = (numbers.letter == letter) & (numbers.day == day)
    last = connection.scalar(select(numbers.n).where(row).with_for_update())
    if last is None:
        connection.execute(insert(tables.numbers).values(letter=letter, day=day, n=n))
    elif last < n:
        connection.execute(update(tables.numbers).where(row).values(n=n))


def _perhaps_key(act: Act, mails: Sequence[str]) -> str:
    if act.kind in CASE_KINDS or mails:
        return (
            ": the worker's key isn't the one of then (put it back into the keys' folder), or "
            "the directory says something else of that time."
        )
    return "."


def _mark_delivered(connection: Connection, keys: Sequence[str], at: str) -> None:
    outbox = tables.outbox.c
    connection.execute(update(tables.outbox).where(outbox.key.in_(keys)).values(sent_at=at))


def missing_files(connection: Connection, acts: Sequence[Confirmed]) -> list[str]:
    """Return the SHA-256 of files that acts refer to and that the store doesn't have."""
    found = {
        file
        for one in acts
        for value in one.signed.values().values()
        if (file := _file_of(value)) is not None
    }
    attachments = tables.attachments.c
    there = set(
        connection.scalars(select(attachments.sha256).where(attachments.sha256.in_(sorted(found))))
    )
    return sorted(found - there)


def _file_of(value: Json) -> str | None:
    file = value.get("file", value) if isinstance(value, dict) else None
    sha256 = file.get("sha256") if isinstance(file, dict) else None
    return sha256 if isinstance(sha256, str) else None
