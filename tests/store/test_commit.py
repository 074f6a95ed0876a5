"""The commit's five answers, and everything that must be refused without a trace in the record.

What is remembered of a refusal, and of which, `test_refusing.py` tries.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from definitions.acts import CommitRequest, Head, Opening, SignedAct
from definitions.canonical import commit_to
from definitions.clock import stamp
from store import tables
from store.cases import load_case, load_opening, report_stopped, running_cases, stopped_reason
from store.keys import end_key
from store.record.verify import verify_record
from store.signatures import sign
from tests.support.community import PATCH_VALUES, Desk


def rows(desk: Desk) -> dict[str, int]:
    """Count every table, so that a test can say that nothing was written but a refusal."""
    with desk.database.reading() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.metadata.sorted_tables
            if table is not tables.refused_acts
        }


def remembered(desk: Desk) -> set[tuple[str, str]]:
    """Return the ids of acts that are remembered as refused, each with the refusal's code."""
    refused = tables.refused_acts.c
    with desk.database.reading() as connection:
        return {
            (row.act_id, row.code)
            for row in connection.execute(select(refused.act_id, refused.code))
        }


def refused(desk: Desk, request: CommitRequest, code: str, **where: Any) -> dict[str, Any]:
    """Assert that the request is refused, logged, and leaves nothing; return the refusal."""
    before, logged, refusals = rows(desk), len(desk.log), remembered(desk)
    reply = desk.send(request, **where)
    assert (reply.result, (reply.refusal or {}).get("code")) == ("refused", code)
    assert rows(desk) == before
    assert remembered(desk) - refusals <= {(request.signed.act.get("id"), code)}
    assert len(desk.log) == logged + 1
    assert desk.log[-1]["code"] == code
    assert reply.refusal
    return reply.refusal


def test_a_case_goes_from_form_to_record(desk: Desk) -> None:
    case = desk.open("sue")
    for name, step, seat, outcome, values in (
        ("sam", "approval", "lead", "approve", {}),
        ("sue", "applying", "executor", "applied", {}),
        ("sid", "applying", "observer", "applied", {}),
        ("sid", "documenting", "scribe", "document", {"log_entry": "Done on webdb."}),
    ):
        reply = desk.sign_off(case, name, step, seat, outcome, **values)
        assert reply.result == "committed"
        assert reply.state == desk.state(case).digest()
        assert reply.head == desk.head(case)
    assert desk.state(case).ended == "done"
    assert reply.seq == 5
    assert reply.head.seq == 6, "the mail is an entry too"
    assert len(reply.mail) == 2
    assert verify_record(desk.database).ok
    with desk.database.reading() as connection:
        assert case not in running_cases(connection)


def test_numbers_count_by_day_and_letter(desk: Desk) -> None:
    first, second = desk.open("sue"), desk.open("sid")
    desk.clock.pass_time(timedelta(days=1))
    third = desk.open("sam")
    numbers = [desk.state(case).number for case in (first, second, third)]
    assert numbers == ["p20261018.1", "p20261018.2", "p20261019.1"]


def test_a_refused_opening_uses_no_number(desk: Desk) -> None:
    refused(desk, desk.opening("mia"), "not-yours-to-open")
    assert desk.state(desk.open("sue")).number == "p20261018.1"


def test_the_same_act_again_is_known(desk: Desk) -> None:
    request = desk.opening("sue")
    first = desk.send(request)
    case = request.signed.act["id"]
    sign_off = desk.act(case, "sam", "sign_off", step="approval", seat="lead", outcome="approve")
    desk.send(sign_off)
    before = rows(desk)
    again = desk.send(request)
    assert (again.result, again.seq, again.facts) == ("known", 1, first.facts)
    assert again.head == desk.head(case)
    assert again.stored == desk.state(case).to_json()
    assert desk.send(sign_off).result == "known"
    assert rows(desk) == before


def test_the_clocks_act_again_is_known(desk: Desk) -> None:
    case = desk.open("sue")
    desk.clock.pass_time(timedelta(days=2))
    tick = desk.tick(case, "remind", "approval")
    assert desk.send(tick).result == "committed"
    assert desk.send(tick).result == "known"


def test_another_content_under_a_known_id_is_refused(desk: Desk) -> None:
    case = desk.open("sue")
    request = desk.act(case, "mia", "comment", values={"comment": "One."})
    desk.send(request)
    refused(desk, desk.signed_again(request, actor=desk.person("sid")), "other-content")
    salt = request.signed.openings["comment"].salt
    other = SignedAct(
        request.signed.act, request.signed.signatures, {"comment": Opening(salt, "Two.")}
    )
    refused(desk, replace(request, signed=other), "other-content")
    refused(desk, request, "other-content", workflow=desk.open("sid"))


def test_a_case_that_lacks_entries_is_behind_and_gets_the_state(desk: Desk) -> None:
    case = desk.open("sue")
    late = desk.act(case, "sam", "sign_off", step="approval", seat="lead", outcome="approve")
    desk.do(case, "mia", "comment", values={"comment": "Wait."})
    before = rows(desk)
    reply = desk.send(late)
    assert (reply.result, reply.head) == ("behind", desk.head(case))
    assert reply.stored == desk.state(case).to_json()
    assert rows(desk) == before
    assert desk.send(replace(late, head=reply.head)).result == "committed"
    assert desk.send(replace(desk.opening("sue"), head=Head())).result == "committed"


@pytest.mark.parametrize("head", [Head(9, "a" * 64), Head(2, "a" * 64), Head(1, "b" * 64)])
def test_a_case_with_another_past_is_ahead(desk: Desk, head: Head) -> None:
    """Also where it has fewer entries: what it remembers isn't what is recorded."""
    case = desk.open("sue")
    desk.do(case, "mia", "comment", values={"comment": "One."})
    request = desk.act(case, "mia", "comment", values={"comment": "Two."})
    before = rows(desk)
    assert desk.send(replace(request, head=head)).result == "ahead"
    assert rows(desk) == before


def test_a_case_whose_record_is_gone_is_ahead(desk: Desk) -> None:
    case = desk.open("sue")
    request = desk.act(case, "mia", "comment", values={"comment": "One."})
    lost = desk.signed_again(request, case="lost-case", id="nonce-lost")
    assert desk.send(lost, workflow="lost-case").result == "ahead"


def test_without_the_webs_key_nothing_is_taken(desk: Desk) -> None:
    case = desk.open("sue")
    request = desk.act(case, "sam", "sign_off", step="approval", seat="lead", outcome="approve")
    act = request.signed.read()
    by_worker = SignedAct(request.signed.act, [sign(act, desk.worker_key)])
    for signatures in ([], by_worker.signatures, request.signed.signatures * 2):
        signed = SignedAct(request.signed.act, signatures)
        refused(desk, replace(request, signed=signed), "bad-signature")


def test_what_a_revoked_key_signs_is_refused_and_what_it_signed_stands(desk: Desk) -> None:
    case = desk.open("sue")
    desk.clock.pass_time(timedelta(seconds=1))
    with desk.database.writing() as connection:
        at = stamp(desk.clock.now())
        end_key(connection, desk.web_key.kid, at=at, worker_key=desk.worker_key)
    request = desk.act(case, "mia", "comment", values={"comment": "Hello."})
    refused(desk, request, "bad-signature")
    assert verify_record(desk.database).ok


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outcome": "reject"}, "bad-signature"),
        ({"seat": "other"}, "bad-signature"),
        ({"at": "2026-10-18T09:30:00.001Z"}, "bad-signature"),
        ({"case": "another-case"}, "other-case"),
        ({"definition": "0" * 64}, "other-definition"),
    ],
)
def test_what_was_signed_for_something_else_is_refused(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    case = desk.open("sue")
    request = desk.act(case, "sam", "sign_off", step="approval", seat="lead", outcome="approve")
    signed = replace(request.signed, act={**request.signed.act, **changes})
    refused(desk, replace(request, signed=signed), code, workflow=case)


def test_another_persons_signature_is_refused(desk: Desk) -> None:
    case = desk.open("sue")
    mine = desk.act(case, "sid", "comment", values={"comment": "Hello."})
    stolen = {**mine.signed.act, "actor": desk.person("sam")}
    refused(desk, replace(mine, signed=replace(mine.signed, act=stolen)), "bad-signature")


def test_a_forged_opening_is_refused(desk: Desk) -> None:
    case = desk.open("sue")
    request = desk.act(case, "mia", "comment", values={"comment": "Good."})
    good = request.signed.openings["comment"]
    for openings in (
        {"comment": Opening(good.salt, "Bad.")},
        {"comment": Opening("00", "Good.")},
        {},
        {"comment": good, "more": good},
    ):
        signed = replace(request.signed, openings=openings)
        refused(desk, replace(request, signed=signed), "bad-opening")


def test_a_workflow_of_another_kind_or_case_is_refused(desk: Desk) -> None:
    case = desk.open("sue")
    request = desk.act(case, "mia", "comment", values={"comment": "Hello."})
    refused(desk, request, "other-process", process="application-patch")
    opening = desk.opening("sue")
    refused(desk, opening, "other-case", workflow="another-workflow")
    refused(desk, opening, "other-process", process="application-patch")


def test_an_opening_with_another_definition_is_refused(desk: Desk) -> None:
    other = desk.definition("application-patch")
    request = desk.opening("sue")
    refused(desk, replace(request, definition=other.text), "other-definition")
    refused(desk, replace(request, definition=None), "other-definition")
    refused(desk, desk.signed_again(request, definition="0" * 64), "unknown-definition")


def test_an_act_before_its_case_is_refused(desk: Desk) -> None:
    request = desk.opening("sue")
    case = request.signed.act["case"]
    comment = desk.signed_again(request, kind="comment", id="nonce-comment")
    refused(desk, comment, "no-such-case", workflow=case)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "grant"}, "unknown-act"),
        ({"kind": "mail", "actor": "system"}, "unknown-act"),
        ({"actor": "system"}, "unknown-act"),
        ({"kind": "deadline"}, "malformed"),
        ({"id": "case:1:mail"}, "malformed"),
        ({"at": "yesterday"}, "malformed"),
        ({"actor": "p-nobody"}, "unknown-actor"),
    ],
)
def test_acts_of_no_person_and_of_no_form_are_refused(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    case = desk.open("sue")
    request = desk.act(case, "mia", "comment", values={"comment": "Hello."})
    refused(desk, desk.signed_again(request, **changes), code)


def test_what_is_no_act_at_all_is_refused(desk: Desk) -> None:
    case = desk.open("sue")
    for act in ({}, {"id": case + "x"}, {"id": None, "format": 1}):
        request = CommitRequest(SignedAct(act), desk.head(case))
        refused(desk, request, "malformed", workflow=case)


def test_the_clock_acts_only_when_something_is_due(desk: Desk) -> None:
    case = desk.open("sue")
    refused(desk, desk.tick(case, "deadline", "approval"), "not-due")
    desk.clock.pass_time(timedelta(days=3))
    tick = desk.tick(case, "deadline", "approval")
    signed = SignedAct(tick.signed.act, [sign(tick.signed.read(), desk.worker_key)])
    refused(desk, replace(tick, signed=signed), "bad-signature")
    reply = desk.send(tick)
    assert reply.result == "committed"
    assert desk.state(case).configuration == ("escalated",)
    told = {"bea", "sam", "sue"}
    assert {key.rpartition(":")[2] for key in reply.mail} == {desk.person(n) for n in told}
    assert verify_record(desk.database).ok


def test_roles_count_as_the_directory_says_not_as_the_act_does(desk: Desk) -> None:
    case = desk.open("sue")
    request = desk.act(case, "mia", "sign_off", step="approval", seat="lead", outcome="approve")
    claim = desk.signed_again(request, roles=("systems-administration-leader",))
    refusal = refused(desk, claim, "not-yours")
    assert refusal["section"] == "3.2.3"


def test_time_never_goes_back_within_a_case(desk: Desk) -> None:
    case = desk.open("sue")
    desk.clock.pass_time(timedelta(hours=-1))
    reply = desk.do(case, "mia", "comment", values={"comment": "Hello."})
    assert (reply.facts or {})["time"] == "2026-10-18T09:30:00.000Z"


def test_failpoints_stand_before_and_after_the_transaction(desk: Desk) -> None:
    desk.open("sue")
    assert desk.places == ["commit.before", "commit.after"]
    desk.send(desk.opening("mia"))
    assert desk.places == ["commit.before", "commit.after", "commit.before"]


def test_a_stopped_case_says_why_until_it_goes_on(desk: Desk) -> None:
    case = desk.open("sue")
    report_stopped(desk.database, case, "The database was restored.")
    with desk.database.reading() as connection:
        assert stopped_reason(connection, case) == "The database was restored."
        assert case in running_cases(connection)
    report_stopped(desk.database, case, "")
    with desk.database.reading() as connection:
        assert stopped_reason(connection, case) is None
    report_stopped(desk.database, case, "Again.")
    desk.do(case, "mia", "comment", values={"comment": "It goes on."})
    with desk.database.reading() as connection:
        assert stopped_reason(connection, case) is None
        assert load_opening(connection, case)["id"] == case
        with pytest.raises(LookupError):
            load_opening(connection, "none")
    assert load_case(desk.database, "none") == (Head(), None)


def test_a_commitment_is_to_salt_and_value(desk: Desk) -> None:
    request = desk.opening("sue")
    for name, opening in request.signed.openings.items():
        assert request.signed.act["values"][name] == commit_to(opening.salt, PATCH_VALUES[name])
