"""What the record lost is written again as it was, and nothing else gets in that way."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from definitions.acts import CommitReply, CommitRequest, Head, Opening
from definitions.canonical import Json
from definitions.clock import FixedClock
from store.recommit import Confirmed, Mended, Recommitter
from store.signatures import SigningKey, sign
from tests.faults.files import Copy, copy_database, put_back
from tests.support.cases import dump
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

PROCESS = "system-patch"


class Lost:
    """A case that was opened and acted on, and then forgotten by the database."""

    def __init__(self, desk: Desk, url: str) -> None:
        self.desk, self.url = desk, url
        self.confirmed: list[Confirmed] = []
        before = copy_database(url)
        opening = desk.opening("sue")
        self.case = str(opening.signed.act["id"])
        self.send(opening)
        approval = {"step": "approval", "seat": "lead", "outcome": "reject"}
        self.send(desk.act(self.case, "sue", "comment", values={"comment": "Please."}))
        self.send(
            desk.act(self.case, "sam", "sign_off", **approval, values={"comment": "Not now."})
        )
        self.after = dump(desk.database)
        self.forget(before)

    def send(self, request: CommitRequest) -> None:
        reply: CommitReply = self.desk.send(request)
        assert reply.result == "committed", reply
        self.confirmed.append(
            Confirmed(
                request.signed,
                request.head,
                reply.head,
                reply.facts or {},
                reply.state or "",
                request.definition,
                delivered=None,
            )
        )

    def forget(self, before: Copy) -> None:
        put_back(self.url, before)
        self.empty = dump(self.desk.database)

    def mend(self, *, key: SigningKey | None = None, dry_run: bool = False) -> Mended:
        made = Recommitter(self.desk.database, key or self.desk.worker_key)
        return made.mend(self.case, PROCESS, self.confirmed, _nothing, dry_run=dry_run)


def _nothing(_connection: Connection, _head: Head) -> None:
    """Record nothing: only what comes back is looked at here."""


@pytest.fixture
def lost(desk: Desk, database_url: str) -> Lost:
    return Lost(desk, database_url)


def test_everything_is_as_it_was(lost: Lost) -> None:
    tried = lost.mend(dry_run=True)
    assert (tried.count, tried.problem) == (3, "")
    assert dump(lost.desk.database) == lost.empty
    mended = lost.mend()
    assert (mended.count, mended.problem) == (3, "")
    assert mended.state is not None
    assert mended.state.ended == "rejected"
    assert dump(lost.desk.database) == lost.after
    # A number that was given stays given.
    again = lost.desk.open("sue")
    assert lost.desk.state(again).number.endswith(".2")


def test_what_is_there_is_not_written_twice(lost: Lost) -> None:
    lost.mend()
    again = lost.mend()
    assert again.count == 0
    assert "doesn't end where this act was recorded" in again.problem
    assert dump(lost.desk.database) == lost.after


def _signature_of_another(one: Confirmed, lost: Lost) -> Confirmed:
    forged = dataclasses.replace(one.signed, signatures=lost.confirmed[0].signed.signatures)
    return dataclasses.replace(one, signed=forged)


def _signed_by_the_worker(one: Confirmed, lost: Lost) -> Confirmed:
    signature = sign(one.signed.read(), lost.desk.worker_key)
    signed = dataclasses.replace(one.signed, signatures=[signature])
    return dataclasses.replace(one, signed=signed)


def _unsigned(one: Confirmed, _lost: Lost) -> Confirmed:
    return dataclasses.replace(one, signed=dataclasses.replace(one.signed, signatures=[]))


def _other_value(one: Confirmed, _lost: Lost) -> Confirmed:
    opening = one.signed.openings["comment"]
    openings = {"comment": Opening(opening.salt, "Something else.")}
    return dataclasses.replace(one, signed=dataclasses.replace(one.signed, openings=openings))


def _altered(one: Confirmed, _lost: Lost) -> Confirmed:
    act: dict[str, Json] = one.signed.act | {"roles": ["board-member"]}
    return dataclasses.replace(one, signed=dataclasses.replace(one.signed, act=act))


def _later(one: Confirmed, _lost: Lost) -> Confirmed:
    facts = {**one.facts, "time": "2026-10-19T09:30:00.000Z"}
    return dataclasses.replace(one, facts=facts)


def _no_time(one: Confirmed, _lost: Lost) -> Confirmed:
    return dataclasses.replace(one, facts={})


def _other_head(one: Confirmed, _lost: Lost) -> Confirmed:
    return dataclasses.replace(one, after=Head(one.after.seq, "f" * 64))


def _other_state(one: Confirmed, _lost: Lost) -> Confirmed:
    return dataclasses.replace(one, state="e" * 64)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_signature_of_another, "doesn't belong to this act"),
        (_signed_by_the_worker, "worker key where the web's is needed"),
        (_unsigned, "exactly one signature"),
        (_other_value, "isn't the one that was signed"),
        (_altered, "doesn't belong to this act"),
        (_later, "another entry than the one that was confirmed"),
        (_no_time, "can't be read"),
        (_other_head, "another entry than the one that was confirmed"),
        (_other_state, "another state than was confirmed"),
    ],
)
def test_what_a_history_says_is_believed_in_nothing(
    lost: Lost, change: Callable[[Confirmed, Lost], Confirmed], why: str
) -> None:
    """What came before is mended; what is wrong, and all that follows it, isn't."""
    lost.confirmed[1] = change(lost.confirmed[1], lost)
    mended = lost.mend()
    assert why in mended.problem
    assert mended.count == 1
    assert lost.desk.head(lost.case) == lost.confirmed[0].after


def test_a_number_cannot_be_made_up(lost: Lost) -> None:
    opening = lost.confirmed[0]
    for number in ("x20261018.1", "p20261018.-1", "p20261019.1", "", None):
        facts = {**opening.facts, "number": number}
        lost.confirmed[0] = dataclasses.replace(opening, facts=facts)
        assert lost.mend().count == 0
    assert dump(lost.desk.database) == lost.empty


def test_a_number_that_another_case_has_by_now(lost: Lost) -> None:
    other = lost.desk.open("sue")
    assert f"Its number {lost.desk.state(other).number} was given" in lost.mend().problem


def test_the_workers_key_of_then_is_needed_for_what_it_signed(
    desk: Desk, database_url: str, tmp_path: Path
) -> None:
    lost = Lost(desk, database_url)
    lost.mend()
    case = desk.open("sue")
    before = copy_database(database_url)
    desk.clock = FixedClock(desk.clock.now() + timedelta(days=2, hours=1))
    reminder = desk.tick(case, "remind", "approval")
    lost.case, lost.confirmed = case, []
    lost.send(reminder)
    after = dump(desk.database)
    lost.forget(before)
    mended = lost.mend(key=SigningKey.create(tmp_path / "other.jwk"))
    assert (mended.count, dump(desk.database)) == (0, lost.empty)
    assert "the worker's key isn't the one of then" in mended.problem
    assert lost.mend().problem == ""
    assert dump(desk.database) == after
