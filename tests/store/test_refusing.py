"""What was refused stays refused, whatever happens in the case and whoever sends it again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from definitions.acts import ActResult, CommitReply, CommitRequest, Head
from definitions.clock import stamp
from definitions.refusals import Refusal
from store.pending import load_act, settle, store_act
from store.refusing import refused_before
from tests.support.community import Desk

NO = Refusal("not-open", "This step isn't open.", "3.2.3")


def is_remembered(desk: Desk, request: CommitRequest) -> bool:
    with desk.database.reading() as connection:
        return refused_before(connection, request.signed.act) is not None


def again(desk: Desk, request: CommitRequest) -> CommitReply:
    """Send the very same act once more, on what the record has now."""
    return desk.send(replace(request, head=desk.head(request.signed.act["case"])))


@pytest.fixture
def case(desk: Desk) -> str:
    """A case that waits for somebody who applies the patch."""
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    return case


def applied(desk: Desk, case: str, who: str) -> CommitRequest:
    return desk.act(case, who, "sign_off", step="applying", seat="executor", outcome="applied")


def keep(desk: Desk, request: CommitRequest, who: str) -> str:
    at = stamp(desk.clock.now())
    kept = store_act(desk.database, request.signed, person=desk.person(who), form_digest="d", at=at)
    return kept.nonce


def test_who_lost_the_seat_never_gets_it_by_the_same_act(desk: Desk, case: str) -> None:
    first, second = applied(desk, case, "sue"), applied(desk, case, "sid")
    assert desk.send(first).result == "committed"
    told = again(desk, second)
    assert told.result == "refused"
    assert desk.do(case, "sue", "retract", step="applying").result == "committed"
    head = desk.head(case)
    for _ in range(2):
        reply = again(desk, second)
        assert (reply.result, reply.refusal) == ("refused", told.refusal)
        assert desk.log[-1]["code"] == (told.refusal or {})["code"]
    assert desk.head(case) == head
    assert desk.send(applied(desk, case, "sid")).result == "committed", "a new form is a new act"


def test_what_a_person_was_told_counts_though_no_commit_refused_it(desk: Desk, case: str) -> None:
    """A validator's refusal never comes to the commit; what the web has settled does."""
    request = applied(desk, case, "sue")
    nonce = keep(desk, request, "sue")
    settle(desk.database, nonce, asdict(ActResult.refused(NO)), stamp(desk.clock.now()))
    reply = desk.send(request)
    assert (reply.result, reply.refusal) == ("refused", NO.to_json())
    assert desk.head(case) == request.head


def test_the_first_answer_stands_and_is_what_is_told(desk: Desk, case: str) -> None:
    request, at = applied(desk, case, "sue"), stamp(desk.clock.now())
    nonce = keep(desk, request, "sue")
    assert desk.send(request).result == "committed"
    told = settle(desk.database, nonce, asdict(ActResult.refused(NO)), at)
    assert told["accepted"]
    assert not is_remembered(desk, request)
    assert desk.send(request).result == "known"


def test_commit_and_answer_at_once_never_say_both(desk: Desk) -> None:
    """Whichever ends first, the other says the same."""
    for _ in range(8):
        case = desk.open("sue")
        request = desk.act(case, "mia", "comment", values={"comment": "Hello."})
        nonce, at = keep(desk, request, "mia"), stamp(desk.clock.now())
        with ThreadPoolExecutor(2) as both:
            sent = both.submit(desk.send, request)
            no = asdict(ActResult.refused(NO))
            told = both.submit(settle, desk.database, nonce, no, at).result()
        assert (sent.result().result == "committed") == told["accepted"]
        assert (desk.head(case) != request.head) == told["accepted"]
        with desk.database.reading() as connection:
            kept = load_act(connection, nonce)
        assert kept is not None
        assert kept.result == told


def test_junk_under_somebodys_id_blocks_nothing(desk: Desk, case: str) -> None:
    true = applied(desk, case, "sue")
    other = desk.open("sue")
    forged = {
        "unsigned": replace(true, signed=replace(true.signed, signatures=[])),
        "altered": replace(
            true, signed=replace(true.signed, act={**true.signed.act, "outcome": "failed"})
        ),
        "with values that nobody signed": replace(
            true,
            signed=replace(
                true.signed,
                openings=desk.act(case, "sue", "comment", values={"comment": "x"}).signed.openings,
            ),
        ),
    }
    for what, request in forged.items():
        assert desk.send(request).result == "refused", what
        assert not is_remembered(desk, request), what
    elsewhere = replace(true, head=desk.head(other))
    assert desk.send(elsewhere, workflow=other).result == "refused"
    assert desk.send(true, process="application-patch").result == "refused"
    not_theirs = desk.signed_again(true, actor=desk.person("mia"))
    assert desk.send(not_theirs).result == "refused"
    assert is_remembered(desk, not_theirs)
    assert not is_remembered(desk, true)
    assert desk.send(true).result == "committed"


def test_a_refused_opening_opens_nothing_later(desk: Desk) -> None:
    request = desk.opening("sue")
    nonce = keep(desk, request, "sue")
    settle(desk.database, nonce, asdict(ActResult.refused(NO)), stamp(desk.clock.now()))
    assert desk.send(request).refusal == NO.to_json()
    assert desk.head(request.signed.act["id"]) == Head()


def test_what_the_clock_does_is_never_remembered(desk: Desk) -> None:
    case = desk.open("sue")
    tick = desk.tick(case, "deadline", "approval")
    assert desk.send(tick).result == "refused"
    assert not is_remembered(desk, tick)
    desk.clock.pass_time(timedelta(days=3))
    assert desk.send(desk.tick(case, "deadline", "approval")).result == "committed"


@pytest.mark.parametrize(
    ("passed", "code"),
    [
        (timedelta(hours=72), None),
        (timedelta(hours=72, milliseconds=1), "too-old"),
        (timedelta(minutes=-5), None),
        (timedelta(minutes=-5, milliseconds=-1), "not-yet"),
    ],
)
def test_an_act_counts_near_its_time_only(
    desk: Desk, case: str, passed: timedelta, code: str | None
) -> None:
    """Over a weekend on which nothing works, and as far as clocks differ."""
    request = applied(desk, case, "sue")
    desk.clock.pass_time(passed)
    reply = desk.send(request)
    assert (reply.refusal or {}).get("code") == code
    desk.clock.pass_time(-passed)
    assert again(desk, request).result == ("refused" if code else "known"), "it stays so"


def test_what_is_known_is_known_however_old(desk: Desk, case: str) -> None:
    request = applied(desk, case, "sue")
    assert desk.send(request).result == "committed"
    desk.clock.pass_time(timedelta(days=365))
    assert desk.send(request).result == "known"
