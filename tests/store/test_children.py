"""A case opens another: by the worker's signature and the parent's record, and once."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from definitions.acts import CommitRequest, Head, SignedAct
from definitions.rules.effects import child_id
from store import tables
from store.children import children_to_start
from store.keys import register_key
from store.record.verify import verify_record
from store.signatures import SigningKey, sign
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


@pytest.fixture
def parent(admitting: AdmittingDesk) -> str:
    return admitting.begin("admitting", "mia", subject="sid", role="none", access="none")


def refused_as(desk: AdmittingDesk, request: CommitRequest) -> str:
    reply = desk.send(request, process="motion", workflow=str(request.signed.act["case"]))
    assert reply.result == "refused", reply
    return str((reply.refusal or {})["code"])


def test_a_child_is_opened_with_what_its_parent_hands_over(
    admitting: AdmittingDesk, parent: str
) -> None:
    reply = admitting.confirmed[parent][-1]
    child = admitting.open_child(parent)
    assert child == child_id(parent, "motion", 1)
    state = admitting.state(child)
    assert state.people["opener"] == (admitting.person("mia"),)
    assert state.people["subject"] == (admitting.person("sid"),)
    assert state.known == {"area": "none"}
    openings = tables.openings.c
    with admitting.database.reading() as connection:
        proposal = select(openings.value).where(openings.act_id == child)
        said = connection.scalar(proposal.where(openings.name == "proposal"))
        assert children_to_start(connection, parent) == ()
    assert said == f'"{admitting.state(parent).number} proposes it"'
    assert reply.after.seq == 1
    assert verify_record(admitting.database).ok


def test_a_child_is_opened_once(admitting: AdmittingDesk, parent: str) -> None:
    request = admitting.child_request(parent)
    assert admitting.send(request, process="motion").result == "committed"
    assert admitting.send(request, process="motion").result == "known"
    assert admitting.head(str(request.signed.act["id"])).seq == 1


def test_a_deadline_opens_a_child_as_an_outcome_does(admitting: AdmittingDesk) -> None:
    parent = admitting.begin("resting", "mia", subject="sid")
    assert admitting.close(parent, "idle").result == "committed"
    assert admitting.state(parent).configuration == ("asked",)
    assert admitting.open_child(parent) == child_id(parent, "motion", 1)


def test_the_reply_says_that_something_is_to_be_carried_on(admitting: AdmittingDesk) -> None:
    values = {"subject": admitting.person("sid"), "role": "none", "access": "none"}
    request = admitting.opening("mia", dict(values), process="admitting")
    reply = admitting.send(request, process="admitting")
    assert reply.mail == [child_id(str(request.signed.act["id"]), "motion", 1)]


def test_no_person_opens_a_case_under_an_id_that_is_a_childs(
    admitting: AdmittingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a motion to buy coffee, carried beforehand, would stand behind what a case gives."""
    parent = "a-case-to-be-opened-later"
    child = child_id(parent, "motion", 1)
    with monkeypatch.context() as chosen:
        chosen.setattr(admitting, "nonce", lambda: child)
        coffee = {"proposal": "To buy coffee.", "area": "none"}
        early = admitting.opening("bea", dict(coffee), process="motion")
    assert refused_as(admitting, early) == "childs-id"
    with monkeypatch.context() as chosen:
        chosen.setattr(admitting, "nonce", lambda: parent)
        admitting.begin("admitting", "mia", subject="mia", role="board-member", access="none")
    assert admitting.look(parent) == []
    assert refused_as(admitting, early) == "childs-id"
    assert admitting.open_child(parent) == child
    assert admitting.state(child).people["subject"] == (admitting.person("mia"),)
    assert admitting.roles("mia") == ("member",)


def forged(desk: AdmittingDesk, parent: str, key: SigningKey, **changes: object) -> CommitRequest:
    """Return an opening made up from the true one, signed with a key."""
    true = desk.child_request(parent)
    act = replace(true.signed.read(), **changes)  # type: ignore[arg-type]
    signed = SignedAct(act.to_json(), [sign(act, key)], true.signed.openings)
    return CommitRequest(signed, Head(), true.definition)


def test_an_opening_by_nobodys_case_is_refused(admitting: AdmittingDesk, parent: str) -> None:
    other = "another-child-0001"
    request = forged(admitting, parent, admitting.worker_key, id=other, case=other)
    assert refused_as(admitting, request) == "no-parent"


def test_an_opening_with_another_cause_is_refused(admitting: AdmittingDesk, parent: str) -> None:
    for cause in ({"case": "elsewhere", "seq": 1}, {"case": parent, "seq": 99}, None, {}):
        auth = {"kind": "system", "cause": cause}
        request = forged(admitting, parent, admitting.worker_key, auth=auth)
        assert refused_as(admitting, request) == "no-parent"


def test_an_opening_that_the_web_signed_is_refused(admitting: AdmittingDesk, parent: str) -> None:
    assert refused_as(admitting, forged(admitting, parent, admitting.web_key)) == "bad-signature"


def test_an_opening_by_a_process_that_may_not_is_refused(
    admitting: AdmittingDesk, parent: str
) -> None:
    request = admitting.child_request(parent)
    other = admitting.definition("leaving")
    act = replace(request.signed.read(), definition=other.version)
    signed = SignedAct(act.to_json(), [sign(act, admitting.worker_key)], request.signed.openings)
    reply = admitting.send(CommitRequest(signed, Head(), other.text), process="leaving")
    assert (reply.refusal or {})["code"] == "no-parent"


def test_no_person_opens_a_child_in_the_systems_name(admitting: AdmittingDesk, parent: str) -> None:
    request = admitting.child_request(parent)
    unsigned = SignedAct(request.signed.act, [], request.signed.openings)
    assert refused_as(admitting, replace(request, signed=unsigned)) == "bad-signature"


def test_an_opening_by_anybody_elses_key_is_refused(
    admitting: AdmittingDesk, parent: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = SigningKey.create(tmp_path_factory.mktemp("keys") / "stranger.jwk")
    assert refused_as(admitting, forged(admitting, parent, stranger)) == "bad-signature"
    with admitting.database.writing() as connection:
        at = "2026-10-18T09:30:00.000Z"
        register_key(connection, stranger, "web", at=at, worker_key=admitting.worker_key)
    assert refused_as(admitting, forged(admitting, parent, stranger)) == "bad-signature"


def test_without_its_row_a_child_is_not_believed(admitting: AdmittingDesk, parent: str) -> None:
    request = admitting.child_request(parent)
    with admitting.database.writing() as connection:
        connection.execute(text("DELETE FROM children"))
    assert refused_as(admitting, request) == "no-parent"
