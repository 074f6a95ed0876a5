"""What happened elsewhere is taken in once, and only as the store says it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from definitions.acts import CommitRequest, SignedAct
from store import tables
from store.notices import cases_to_nudge, notices_for
from store.record.verify import verify_record
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def ended_child(desk: AdmittingDesk, choice: str = "aye") -> tuple[str, str]:
    """Return a case that waits for a child, and the child, which has just ended."""
    parent = desk.begin("admitting", "mia", subject="mia", role="board-member", access="none")
    child = desk.open_child(parent)
    desk.vote(child, "bea", choice)
    reply = desk.close(child)
    assert reply.mail == ["parent"]
    return parent, child


def taken(desk: AdmittingDesk) -> list[bool]:
    with desk.database.reading() as connection:
        rows = connection.scalars(select(tables.notices.c.taken_at)).all()
    return [at is not None for at in rows]


def test_a_child_that_ended_is_taken_in_once(admitting: AdmittingDesk) -> None:
    parent, child = ended_child(admitting)
    assert cases_to_nudge(admitting.database) == [parent]
    assert cases_to_nudge(admitting.database, child) == [parent]
    assert cases_to_nudge(admitting.database, parent) == []
    assert taken(admitting) == [False]
    (signed,) = notices_for(admitting.database, parent)
    assert [reply.result for reply in admitting.look(parent)] == ["committed"]
    state = admitting.state(parent)
    assert state.configuration == ("given",)
    assert state.children["motion"].number == admitting.state(child).number
    assert taken(admitting) == [True]
    assert notices_for(admitting.database, parent) == []
    assert cases_to_nudge(admitting.database) == []
    again = admitting.send(CommitRequest(signed, admitting.head(parent)))
    assert again.result == "known"
    assert verify_record(admitting.database).ok


def test_a_notice_is_the_same_act_whenever_it_is_asked_for(admitting: AdmittingDesk) -> None:
    parent, _ = ended_child(admitting)
    first = notices_for(admitting.database, parent)
    admitting.do(parent, "mia", "comment", values={"comment": "Still waiting."})
    assert notices_for(admitting.database, parent) == first


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "lost"},
        {"seat": "other"},
        {"step": "given"},
        {"auth": {"kind": "system", "cause": {"stream": "made-up", "seq": 1}, "child": "made-up"}},
        {"kind": "left_body"},
        {"at": "2026-10-18T09:30:00.000Z"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_forged_notice_is_refused(admitting: AdmittingDesk, change: dict[str, object]) -> None:
    parent, _ = ended_child(admitting)
    (signed,) = notices_for(admitting.database, parent)
    act = replace(signed.read(), **change)  # type: ignore[arg-type]
    reply = admitting.send(CommitRequest(SignedAct(act.to_json()), admitting.head(parent)))
    assert reply.result == "refused"
    assert (reply.refusal or {})["code"] == "not-due"
    assert admitting.state(parent).configuration == ("asked",)


def test_a_notice_that_nobody_left_is_refused(admitting: AdmittingDesk) -> None:
    parent, _ = ended_child(admitting)
    (signed,) = notices_for(admitting.database, parent)
    act = replace(signed.read(), id=f"{parent}:child:motion:made-up")
    reply = admitting.send(CommitRequest(SignedAct(act.to_json()), admitting.head(parent)))
    assert (reply.refusal or {})["code"] == "not-due"


def test_an_elector_who_leaves_the_body_is_out_of_its_open_votes(
    admitting: AdmittingDesk,
) -> None:
    admitting.admit("mia", "board-member")
    values = {"proposal": "Shall we?", "subject": None}
    request = admitting.opening("bea", dict(values), process="motion")
    assert admitting.send(request, process="motion").result == "committed"
    case = str(request.signed.act["id"])
    bea, mia = admitting.person("bea"), admitting.person("mia")
    assert set(admitting.state(case).votes["voting"].electorate) == {bea, mia}
    assert admitting.vote(case, "mia", "aye").result == "committed"
    leaving = admitting.begin("retiring", "sue", subject="mia")
    assert cases_to_nudge(admitting.database, leaving) == [case]
    assert [reply.result for reply in admitting.look(case)] == ["committed"]
    vote = admitting.state(case).votes["voting"]
    assert (vote.electorate, vote.left, vote.votes) == ((bea,), (mia,), ())
    electors = select(tables.electors.c.person).where(tables.electors.c.case == case)
    with admitting.database.reading() as connection:
        assert connection.scalars(electors).all() == [bea]
    assert cases_to_nudge(admitting.database) == []
    assert admitting.vote(case, "mia", "aye").result == "refused"
    assert verify_record(admitting.database).ok


def test_a_vote_that_was_over_takes_it_in_without_effect(admitting: AdmittingDesk) -> None:
    admitting.admit("mia", "board-member")
    request = admitting.opening("bea", {"proposal": "Shall we?"}, process="motion")
    admitting.send(request, process="motion")
    case = str(request.signed.act["id"])
    admitting.begin("retiring", "sue", subject="mia")
    assert admitting.close(case).result == "committed"
    assert notices_for(admitting.database, case) == []
    assert cases_to_nudge(admitting.database) == []
