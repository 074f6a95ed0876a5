"""Links of mails at the commit and in the record: spent once, by whom they were made for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from definitions.acts import Act, CommitRequest, Head, SignedAct
from store import tables
from store.access.link_tokens import LinkClaims, read
from store.notices import cases_to_nudge, notices_for
from store.recommit import Recommitter
from store.record.export import export_record
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.signatures import SigningKey, sign
from tests.faults.files import copy_database, put_back
from tests.store.test_export_by_hand import chained_again
from tests.store.test_export_by_hand import verify as verify_by_hand
from tests.store.test_verify import chain_again, found, texts
from tests.support.by_hand import by_hand
from tests.support.community import Desk
from tests.support.mailed import URL, MailedDesk, current, mailed_desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def mailed(desk: Desk, tmp_path: Path) -> MailedDesk:
    return mailed_desk(desk, SigningKey.create(tmp_path / "link-signing.jwk"))


def test_a_link_signs_once_and_the_record_says_by_which_mail_it_came(mailed: MailedDesk) -> None:
    case = mailed.poll()
    claims = mailed.link(case, "bea")
    request = mailed.by_link(claims, "aye")
    mailed.committed(request)
    assert mailed.used_by(claims) == request.signed.act["id"]
    assert mailed.refused(mailed.by_link(claims, "naye")) == "used"
    (vote,) = mailed.state(case).votes["voting"].votes
    assert vote.choice == "aye"
    assert verify_record(mailed.database).ok
    again = mailed.send(replace(request, head=mailed.head(case)))
    assert again.result == "known"


def test_a_seat_of_a_role_is_filled_by_link_too(mailed: MailedDesk) -> None:
    case = mailed.carried()
    claims = mailed.link(case, "sam")
    assert claims.seat == "scribe"
    mailed.committed(mailed.by_link(claims, "noted"))
    assert mailed.state(case).steps["noting"].signatures[0].actor == mailed.person("sam")
    other = mailed.link(case, "sue")
    assert mailed.refused(mailed.by_link(other, "noted")) == "seat-taken"
    assert mailed.used_by(other) is None
    assert verify_record(mailed.database).ok


def test_where_a_sign_in_is_asked_for_the_link_alone_is_refused(mailed: MailedDesk) -> None:
    case = mailed.carried()
    mailed.committed(mailed.by_link(mailed.link(case, "sam"), "noted"))
    mailed.do(case, "lea", "sign_off", step="noting", seat="reader", outcome="noted")
    claims = mailed.link(case, "sue")
    assert (claims.step, claims.seat) == ("sealing", "sealer")
    assert mailed.refused(mailed.by_link(claims, "sealed")) == "sign-in-too"
    mailed.committed(mailed.by_link(claims, "sealed", {"kind": "password"}))
    assert mailed.state(case).ended == "done"
    assert verify_record(mailed.database).ok


FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "no mail": ({"auth": {"mail": None}}, "other-link"),
    "a mail that isn't": ({"auth": {"mail": "case:1:made-up"}}, "other-link"),
    "no link": ({"auth": {"link": None}}, "other-link"),
    "a link that isn't": ({"auth": {"link": "0" * 64}}, "other-link"),
    "for somebody else": ({"on_behalf": "person"}, "only-decides"),
    "another kind of act": ({"kind": "recuse"}, "only-decides"),
    "older papers": ({"shown": "0" * 64}, "papers-changed"),
    "another round": ({"instance": "2"}, "other-link"),
    "another seat": ({"seat": "reader"}, "other-link"),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_the_link_is_not_for_is_refused(mailed: MailedDesk, what: str) -> None:
    changes, code = FORGED[what]
    case = mailed.poll()
    claims = mailed.link(case, "bea")
    assert mailed.refused(mailed.by_link(claims, "aye", **changes)) == code
    assert mailed.used_by(claims) is None
    mailed.committed(mailed.by_link(claims, "aye"))


def test_another_persons_link_and_another_cases_mail_are_refused(mailed: MailedDesk) -> None:
    case, other = mailed.carried(), mailed.carried()
    sams, sues, elsewhere = (
        mailed.link(case, "sam"),
        mailed.link(case, "sue"),
        mailed.link(other, "sam"),
    )
    forged = mailed.by_link(replace(sams, id=sues.id), "noted")
    assert mailed.refused(forged) == "other-link"
    assert mailed.refused(mailed.by_link(replace(sams, id=elsewhere.id), "noted")) == "other-link"
    moved = mailed.by_link(sams, "noted", {"mail": elsewhere.mail})
    assert mailed.refused(moved) == "other-link"


def test_what_a_link_says_is_believed_in_one_form_only(mailed: MailedDesk) -> None:
    claims = mailed.link(mailed.poll(), "bea")
    key = mailed.link_key
    assert key
    public, other = key.public(), mailed.web_key.public()
    with mailed.database.reading() as connection:
        assert connection.scalar(select(tables.case_links.c.token_hash)) == claims.id
    for token in ("", "a", "a.b", "..", "a" * 5000, "é.é.é"):
        assert read(token, public, URL) is None
    assert read("", {}, URL) is None
    assert read("a.b.c", other, URL) is None


Tamper = Callable[[dict[str, Any]], None]


def _auth(**said: Any) -> Tamper:
    def tamper(act: dict[str, Any]) -> None:
        auth = {**act["auth"], **said}
        act["auth"] = {key: value for key, value in auth.items() if value is not None}

    return tamper


IN_THE_RECORD: dict[str, tuple[Tamper, str]] = {
    "a mail that isn't": (_auth(mail="nonce:1:made-up"), "no earlier mail of the case gave"),
    "which link isn't said": (_auth(link=None), "it doesn't say with which"),
    "kept quiet that it was by link": (_auth(link=None, mail=None, kind="password"), ""),
}


@pytest.mark.parametrize("what", IN_THE_RECORD)
def test_whoever_holds_the_webs_key_still_needs_a_mail_in_the_record(
    mailed: MailedDesk, database_url: str, what: str
) -> None:
    """A vote that says that it was by link, made by hand with the web's key and chained anew."""
    tamper, says = IN_THE_RECORD[what]
    case = mailed.poll()
    mailed.committed(mailed.by_link(mailed.link(case, "bea"), "aye"))
    _forge(mailed, database_url, case, tamper)
    report = verify_record(mailed.database)
    assert says in (report.first_bad.why if report.first_bad else "")
    assert report.ok == (says == "")


def test_anybody_can_check_it_by_hand(mailed: MailedDesk) -> None:
    case = mailed.carried()
    mailed.committed(mailed.by_link(mailed.link(case, "sam"), "noted"))
    lines = [json.loads(line) for line in export_record(mailed.database)]
    assert verify_by_hand(map(json.dumps, lines)) is None
    own = [line["entry"] for line in lines if line.get("entry", {}).get("stream") == case]
    (mail,) = (
        entry
        for entry in own
        if entry["act"]["step"] == "noting" and "cause" in entry["act"]["auth"]
    )
    mail["facts"]["people"]["links"].remove(mailed.person("sam"))
    found = verify_by_hand(chained_again(lines))
    assert found == f"{case} {own[-1]['seq']}: link"


def test_a_link_given_to_somebody_else_or_used_before_shows(
    mailed: MailedDesk, database_url: str
) -> None:
    case = mailed.carried()
    mailed.committed(mailed.by_link(mailed.link(case, "sam"), "noted"))
    with by_hand(database_url) as hand:
        entries = texts(hand, case)
        mail = next(one for one in entries if one["act"]["step"] == "noting")
        mail["facts"]["people"]["links"].remove(mailed.person("sam"))
        chain_again(hand, case, entries)
    assert "brought them links" in found(mailed).why
    other = mailed.poll()
    mailed.committed(mailed.by_link(mailed.link(other, "bea"), "aye"))
    claims = mailed.link(other, "bea")
    mailed.committed(mailed.by_link(claims, "naye"))
    first = _links_in(mailed, database_url, other)[0]
    _forge(mailed, database_url, other, _auth(link=first))
    bad = {one.stream: one.why for one in verify_record(mailed.database).bad}
    assert "had signed before" in bad[other]


def test_acts_from_before_mails_were_named_still_verify(
    mailed: MailedDesk, database_url: str
) -> None:
    case = mailed.poll()
    mailed.committed(mailed.by_link(mailed.link(case, "bea"), "aye"))
    with by_hand(database_url) as hand:
        entries = texts(hand, case)
        del entries[1]["facts"]["people"]["links"]
        chain_again(hand, case, entries)
    assert "no earlier mail of the case gave" in found(mailed).why
    _forge(mailed, database_url, case, _auth(mail=None))
    assert verify_record(mailed.database).ok


def _forge(desk: MailedDesk, url: str, case: str, tamper: Tamper) -> None:
    """Alter a case's last act with the web's key in hand, and chain everything anew."""
    with by_hand(url) as hand:
        entries = texts(hand, case)
        act = dict(entries[-1]["act"])
        tamper(act)
        entries[-1] |= {"act": act, "signatures": [sign(Act.from_json(act), desk.web_key)]}
        chain_again(hand, case, entries)


def _links_in(desk: MailedDesk, url: str, case: str) -> list[str]:
    with by_hand(url) as hand:
        acts = [entry["act"] for entry in texts(hand, case)]
    return [act["auth"]["link"] for act in acts if "link" in act["auth"]]


def asked(desk: MailedDesk) -> tuple[str, LinkClaims, SignedAct]:
    """Return a case in which a new link was asked for that isn't taken in yet."""
    case = desk.poll()
    claims = desk.link(case, "bea")
    desk.committed(desk.by_link(claims, "aye"))
    desk.ask(claims)
    (signed,) = notices_for(desk.database, case)
    return case, claims, signed


def test_a_new_link_is_asked_for_once_and_is_an_entry(mailed: MailedDesk) -> None:
    case, claims, signed = asked(mailed)
    assert cases_to_nudge(mailed.database) == [case]
    before = mailed.state(case)
    reply = mailed.committed(CommitRequest(signed, Head()))
    assert reply.mail == [f"{case}:{reply.seq}:fresh-voting:{mailed.person('bea')}"]
    assert mailed.state(case) == before
    assert notices_for(mailed.database, case) == []
    assert cases_to_nudge(mailed.database) == []
    fresh = mailed.link(case, "bea")
    assert fresh.mail == f"{case}:{reply.seq}:fresh-voting"
    mailed.committed(mailed.by_link(fresh, "naye"))
    assert mailed.refused(mailed.by_link(claims, "aye")) == "used"
    assert verify_record(mailed.database).ok
    report = rebuild(
        mailed.database, at="2031-01-01T00:00:00.000Z", worker_key=mailed.worker_key, dry_run=True
    )
    assert (report.changed, report.left) == ({}, ())


@pytest.mark.parametrize(
    "change",
    [
        {"step": "noting"},
        {"instance": "2"},
        {"seat": "nobody"},
        {"auth": {"kind": "system", "cause": {"link": "0" * 64, "mail": "made-up"}}},
        {"kind": "left_body"},
        {"at": "2026-10-18T09:29:00.000Z"},
        {"id": "made-up"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_forged_wish_is_refused_and_the_true_one_stays(
    mailed: MailedDesk, change: dict[str, Any]
) -> None:
    case, _, signed = asked(mailed)
    if "id" in change:
        change = {"id": f"{case}:link:voting:{mailed.person('bea')}:never"}
    act = replace(signed.read(), **change)
    assert mailed.refused(CommitRequest(SignedAct(act.to_json()), Head())) == "not-due"
    assert notices_for(mailed.database, case) == [signed]


def test_a_wish_by_a_link_that_nobody_was_given_is_refused(
    mailed: MailedDesk, database_url: str
) -> None:
    case, claims, signed = asked(mailed)
    mailed.committed(CommitRequest(signed, Head()))
    mailed.clock.pass_time(timedelta(minutes=10))
    mailed.ask(replace(claims, mail=f"{case}:1:made-up"))
    (made_up,) = notices_for(mailed.database, case)
    assert mailed.refused(CommitRequest(made_up, Head())) == "other-link"
    assert notices_for(mailed.database, case) == []
    with by_hand(database_url) as hand:
        entries = texts(hand, case)
        del entries[1]["facts"]["people"]["links"], entries[2]
        chain_again(hand, case, entries)
    assert "nobody was given the earlier" in found(mailed).why


def test_a_wish_that_comes_too_late_is_refused_once(mailed: MailedDesk) -> None:
    case, _, signed = asked(mailed)
    assert mailed.close(case).result == "committed"
    assert mailed.refused(CommitRequest(signed, Head())) == "not-open"
    assert notices_for(mailed.database, case) == []
    assert cases_to_nudge(mailed.database) == []


def test_what_was_lost_comes_back_with_its_link_used(mailed: MailedDesk, database_url: str) -> None:
    case = mailed.poll()
    claims = mailed.link(case, "bea")
    before = copy_database(database_url)
    mailed.committed(mailed.by_link(claims, "aye"))
    mailed.ask(claims)
    (signed,) = notices_for(mailed.database, case)
    mailed.committed(CommitRequest(signed, Head()))
    head = mailed.head(case)
    put_back(database_url, before)
    assert mailed.used_by(claims) is None
    recommitter = Recommitter(mailed.database, mailed.worker_key, current)
    lost = mailed.confirmed[case][1:]
    assert recommitter.mend(case, "polling", lost, _nothing).problem == ""
    assert mailed.head(case) == head
    assert mailed.used_by(claims) is not None
    assert mailed.refused(mailed.by_link(claims, "naye")) == "used"
    assert verify_record(mailed.database).ok


def _nothing(_connection: Connection, _head: Head) -> None:
    """Record nothing: only what comes back is looked at here."""
