"""Many commits at once: each is answered rightly, none is lost, none doubled."""

import itertools
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.acts import CommitReply, CommitRequest
from store.record.verify import verify_record
from tests.support.community import Desk, found_desk
from tests.support.databases import Databases

FIRST_ON = {"sqlite"}


def all_at_once(desk: Desk, requests: list[CommitRequest]) -> list[CommitReply]:
    """Send requests from a thread each; who is behind goes on from the head that it was told."""
    replies: dict[int, CommitReply] = {}
    begin = threading.Barrier(len(requests))

    def send(place: int, request: CommitRequest) -> None:
        begin.wait()
        reply = desk.send(request)
        while reply.result == "behind":
            request = replace(request, head=reply.head)
            reply = desk.send(request)
        replies[place] = reply

    threads = [
        threading.Thread(target=send, args=(place, request))
        for place, request in enumerate(requests)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [replies[place] for place in range(len(requests))]


def test_comments_at_once_are_all_recorded_once(desk: Desk) -> None:
    case = desk.open("sue")
    comments = [
        desk.act(case, "mia", "comment", values={"comment": f"Comment {n}."}) for n in range(20)
    ]
    replies = all_at_once(desk, comments)
    assert {reply.result for reply in replies} == {"committed"}
    assert sorted(reply.seq or 0 for reply in replies) == list(range(2, 22))
    assert verify_record(desk.database, heads={case: desk.head(case)}).ok


def test_one_seat_is_filled_once(desk: Desk) -> None:
    case = desk.open("sam")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    requests = [
        desk.act(case, name, "sign_off", step="applying", seat="executor", outcome="applied")
        for name in ("sam", "sue", "sid")
    ]
    results = Counter(reply.result for reply in all_at_once(desk, requests))
    assert results == {"committed": 1, "refused": 2}
    assert verify_record(desk.database).ok


def test_the_same_act_sent_many_times_at_once_is_recorded_once(desk: Desk) -> None:
    opening = desk.opening("sue")
    results = Counter(reply.result for reply in all_at_once(desk, [opening] * 8))
    assert results == {"committed": 1, "known": 7}


def test_openings_at_once_get_a_number_each(desk: Desk) -> None:
    openings = [desk.opening("sue") for _ in range(8)]
    all_at_once(desk, openings)
    numbers = {desk.state(opening.signed.act["id"]).number for opening in openings}
    assert numbers == {f"p20261018.{n}" for n in range(1, 9)}


ACTS = [
    ("comment", {"values": {"comment": "A word."}}),
    ("withdraw", {"values": {"comment": "Not needed."}}),
    ("amend", {"values": {"servers": "signer"}}),
    *(
        (kind, {"step": step, "seat": seat, "outcome": outcome, "values": values})
        for step, seats, outcomes in (
            ("approval", ("lead",), ("approve", "reject")),
            ("applying", ("executor", "observer"), ("applied", "failed")),
            ("documenting", ("scribe",), ("document",)),
        )
        for kind, seat, outcome, values in itertools.product(
            ("sign_off", "retract", "decline"),
            seats,
            outcomes,
            ({}, {"comment": "Because."}, {"log_entry": "Done."}),
        )
    ),
]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["sam", "sue", "sid", "mia", "bea"]), st.sampled_from(ACTS)),
        max_size=20,
    )
)
def test_whatever_people_try_the_record_verifies(
    databases: Databases,
    tmp_path_factory: Any,
    tries: list[tuple[str, tuple[str, dict[str, Any]]]],
) -> None:
    folder = tmp_path_factory.mktemp("random")
    with databases.open(folder) as database:
        desk = found_desk(database, folder)
        case = desk.open("sue")
        accepted = 1
        for name, (kind, given_) in tries:
            before = desk.head(case)
            reply = desk.do(case, name, kind, **given_)
            assert reply.head == desk.head(case)
            if reply.result == "refused":
                assert reply.head == before
            else:
                accepted += 1
                assert reply.state == desk.state(case).digest()
        report = verify_record(database, heads={case: desk.head(case)})
        assert report.ok, report.first_bad
        assert desk.head(case).seq >= accepted
        assert report.not_replayed == ()
