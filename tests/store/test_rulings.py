"""Rulings in the store: at once, lost and written again, and on cases that take nothing in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import OperationalError

from definitions.acts import CommitReply, CommitRequest, Head
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.ruling import Ruling
from store import tables
from store.cases import register_definition, report_stopped
from store.commit import Committer
from store.notices import AskedLink, ask_for_link, cases_to_nudge
from store.recommit import Mended, Recommitter
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from tests.faults.files import copy_database, put_back
from tests.support.admitting import ADMITTING, LIBRARY, AdmittingDesk, built
from tests.support.community import Desk
from tests.support.eventually import LIMIT_SECONDS

FIRST_ON = {"sqlite"}

_RULINGS = """
rulings:
  policy: "9.1.1"
  suspend: true
"""
_JUDGING = """
process: judging
title: Judging
summary: Whoever opens it rules on other cases.
policy: ["9.1.1"]
number: a
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
machine:
  initial: judging
  states: {judging: {on: {was_judged: judged}}, judged: {final: true, outcome: bad}}
steps:
  judging:
    title: Judge
    policy: "9.1.1"
    seats: {judge: {person: opener}, other: {role: software-assessor}}
    outcomes: {judged: {event: was_judged}}
arbitrates:
  people: [opener]
  role: software-assessor
  during: [judging]
  policy: "9.1.1"
"""
KNOWN = LIBRARY | {"admitting": built(ADMITTING + _RULINGS), "judging": built(_JUDGING + _RULINGS)}
SUSPEND, RESUME = Ruling(kind="suspend"), Ruling(kind="resume")


@dataclass
class RulingDesk(AdmittingDesk):
    """A desk at which software assessors rule on cases that they have opened none of."""

    @property
    def committer(self) -> Committer:
        """Return what commits, and knows what child cases begin under."""

        def refused(line: Any) -> None:
            self.log.append(dict(line))

        return Committer(
            self.database, self.clock, self.worker_key, refused, current=KNOWN.__getitem__
        )

    def definition(self, process: str = "judging") -> Definition:
        return KNOWN[process]

    def judging(self, name: str) -> str:
        return self.begin("judging", name, subject="mia")

    def asking(self) -> str:
        return self.begin("admitting", "mia", subject="mia", role="none", access="none")

    def ruling(
        self, made_in: str, judge: str, on: str, ruling: Ruling, **more: Json
    ) -> CommitRequest:
        """Return the request with which somebody rules on a case as it stands now."""
        about: Json = {"case": on, "state": self.state(on).digest(), "ruling": ruling.to_json()}
        values: dict[str, Json] = {"on": about, "scope": "This case.", "reasons": "9.1.1.", **more}
        return self.act(made_in, judge, "rule", values=values)

    def rule(self, made_in: str, judge: str, on: str, ruling: Ruling, **more: Json) -> CommitReply:
        return self.send(self.ruling(made_in, judge, on, ruling, **more))


@pytest.fixture
def ruling(desk: Desk) -> RulingDesk:
    with desk.database.writing() as connection:
        for definition in KNOWN.values():
            register_definition(connection, definition)
    made = RulingDesk(desk.database, desk.web_key, desk.worker_key, desk.clock, desk.founded)
    made.counter, made.log = desk.counter, desk.log
    return made


def at_once(desk: RulingDesk, requests: list[CommitRequest]) -> list[CommitReply]:
    """Commit requests at one moment; a deadlock's victim asks again, as its activity does."""
    begin = threading.Barrier(len(requests))

    def send(request: CommitRequest) -> CommitReply:
        begin.wait(LIMIT_SECONDS)
        for _ in range(20):
            try:
                return desk.send(request)
            except OperationalError:
                continue
        raise AssertionError("the commit was never answered")

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def test_of_two_that_rule_on_each_other_at_once_one_does(ruling: RulingDesk) -> None:
    for _ in range(5):
        one, other = ruling.judging("rob"), ruling.judging("rita")
        replies = at_once(
            ruling,
            [ruling.ruling(one, "rob", other, SUSPEND), ruling.ruling(other, "rita", one, SUSPEND)],
        )
        assert sorted(reply.result for reply in replies) == ["committed", "refused"]
        (no,) = [reply.refusal for reply in replies if reply.refusal]
        assert no["code"] in {"ruling-first", "outdated"}
        taken = [*ruling.look(one), *ruling.look(other)]
        assert [reply.result for reply in taken] == ["committed"]
        states = [ruling.state(one), ruling.state(other)]
        assert sorted(len(state.given) for state in states) == [0, 1]
        assert [len(state.rulings) for state in states] == [1 - len(s.given) for s in states]
    assert verify_record(ruling.database).ok


def test_of_two_rulings_on_one_case_at_once_one_counts(ruling: RulingDesk) -> None:
    for _ in range(5):
        case, one, other = ruling.asking(), ruling.judging("rob"), ruling.judging("rita")
        replies = at_once(
            ruling,
            [ruling.ruling(one, "rob", case, SUSPEND), ruling.ruling(other, "rita", case, SUSPEND)],
        )
        assert sorted(reply.result for reply in replies) == ["committed", "refused"]
        assert [reply.result for reply in ruling.look(case)] == ["committed"]
        assert len(ruling.state(case).rulings) == 1
    assert verify_record(ruling.database).ok


def _nothing(_connection: Connection, _head: Head) -> None:
    """Record nothing: only what comes back is looked at here."""


def mend(desk: RulingDesk, case: str, process: str) -> Mended:
    made = Recommitter(desk.database, desk.worker_key, KNOWN.__getitem__)
    made.refuse_again(case, desk.rejected.get(case, []))
    return made.mend(case, process, desk.confirmed[case], _nothing)


def dump(desk: RulingDesk) -> dict[str, list[tuple[Any, ...]]]:
    with desk.database.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in tables.metadata.tables.items()
            if name != "pending_acts"
        }


@pytest.mark.parametrize("first", ["where it was made", "whom it is about"])
def test_what_was_ruled_comes_back_whichever_is_mended_first(
    ruling: RulingDesk, database_url: str, first: str
) -> None:
    before = copy_database(database_url)
    case, judging = ruling.asking(), ruling.judging("rob")
    for one in (SUSPEND, RESUME):
        assert ruling.rule(judging, "rob", case, one).result == "committed"
        assert [reply.result for reply in ruling.look(case)] == ["committed"]
    assert ruling.do(case, "mia", "comment", values={"comment": "On."}).result == "committed"
    after = dump(ruling)
    put_back(database_url, before)
    both = [(judging, "judging"), (case, "admitting")]
    for each, process in both if first == "where it was made" else reversed(both):
        assert mend(ruling, each, process).problem == ""
    assert ruling.look(case) == []
    assert dump(ruling) == after
    assert verify_record(ruling.database).ok


def test_one_that_was_not_taken_in_is_after_its_case_came_back(
    ruling: RulingDesk, database_url: str
) -> None:
    before = copy_database(database_url)
    case, judging = ruling.asking(), ruling.judging("rob")
    assert ruling.rule(judging, "rob", case, SUSPEND).result == "committed"
    put_back(database_url, before)
    assert mend(ruling, judging, "judging").problem == ""
    assert cases_to_nudge(ruling.database) == []
    assert mend(ruling, case, "admitting").problem == ""
    assert cases_to_nudge(ruling.database) == [case]
    assert [reply.result for reply in ruling.look(case)] == ["committed"]
    assert ruling.state(case).suspended is not None
    assert verify_record(ruling.database).ok


def test_a_ruling_that_somebody_lets_fall_is_found_in_the_record(ruling: RulingDesk) -> None:
    case, judging = ruling.asking(), ruling.judging("rob")
    assert ruling.rule(judging, "rob", case, SUSPEND).result == "committed"
    assert verify_record(ruling.database).ok, "it is to be carried out yet"
    with ruling.database.writing() as connection:
        connection.execute(delete(tables.notices))
    bad = verify_record(ruling.database).first_bad
    assert bad is not None
    assert (bad.stream, "was never carried out in" in bad.why) == (judging, True)


def test_in_its_own_case_a_ruling_binds_and_does_nothing_else(
    ruling: RulingDesk, database_url: str
) -> None:
    before = copy_database(database_url)
    judging = ruling.judging("rob")
    for wanted in (SUSPEND, Ruling(kind="close", to="unjudged")):
        reply = ruling.rule(judging, "rob", judging, wanted)
        assert (reply.refusal or {})["code"] == "malformed"
    bind = {"who": ruling.person("mia"), "what": "Say who made it."}
    assert ruling.rule(judging, "rob", judging, Ruling(kind="bind"), **bind).result == "committed"
    assert cases_to_nudge(ruling.database) == []
    assert verify_record(ruling.database).ok
    at = "2026-12-31T00:00:00.000Z"
    report = rebuild(ruling.database, at=at, worker_key=ruling.worker_key, dry_run=True)
    assert report.changed == {}
    after = dump(ruling)
    put_back(database_url, before)
    assert mend(ruling, judging, "judging").problem == ""
    assert dump(ruling) == after


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Ruling(kind="suspend", lives="P7D"), "malformed"),
        (Ruling(kind="suspend", lives="P1D"), "ruling-not-let"),
        (Ruling(kind="resume", lives="P7D"), "ruling-not-let"),
    ],
)
def test_how_long_it_holds_is_what_its_form_says(
    ruling: RulingDesk, wanted: Ruling, code: str
) -> None:
    """Not what somebody wrote beside the form, whatever it would let them write there."""
    case, judging = ruling.asking(), ruling.judging("rob")
    if wanted.kind == "resume":
        assert ruling.rule(judging, "rob", case, SUSPEND).result == "committed"
        ruling.look(case)
    reply = ruling.rule(judging, "rob", case, wanted)
    assert (reply.refusal or {})["code"] == code


def test_a_case_that_has_stopped_is_not_ruled_on(ruling: RulingDesk) -> None:
    """What its record has lost may come back: then the ruling was made on another state."""
    case, judging = ruling.asking(), ruling.judging("rob")
    report_stopped(ruling.database, case, "the record holds less than was confirmed.")
    reply = ruling.rule(judging, "rob", case, SUSPEND)
    assert (reply.refusal or {})["code"] == "stopped"
    assert ruling.state(judging).given == ()
    report_stopped(ruling.database, case, "")
    assert ruling.rule(judging, "rob", case, SUSPEND).result == "committed"


def test_a_suspended_case_is_told_to_look_only_for_rulings(ruling: RulingDesk) -> None:
    case, judging = ruling.asking(), ruling.judging("rob")
    child = ruling.open_child(case)
    ruling.rule(judging, "rob", case, SUSPEND)
    ruling.look(case)
    ruling.vote(child, "bea", "aye")
    assert ruling.close(child).mail == ["parent"]
    assert cases_to_nudge(ruling.database) == []
    assert cases_to_nudge(ruling.database, child) == []
    assert ruling.look(case) == []
    assert ruling.rule(judging, "rob", case, RESUME).result == "committed"
    assert cases_to_nudge(ruling.database) == [case]
    assert [reply.result for reply in ruling.look(case)] == ["committed"]
    assert cases_to_nudge(ruling.database) == [case]
    assert [reply.result for reply in ruling.look(case)] == ["committed"]
    assert ruling.state(case).configuration == ("given",)
    assert verify_record(ruling.database).ok


def test_a_link_asked_for_waits_for_the_ruling(ruling: RulingDesk) -> None:
    case, judging = ruling.asking(), ruling.judging("rob")
    asked = AskedLink(ruling.person("mia"), case, "given", "1", "0" * 64, "none")
    with ruling.database.writing() as connection:
        key = ask_for_link(connection, asked, "2026-10-18T00:00:00.000Z")
    ruling.rule(judging, "rob", case, SUSPEND)
    first, second = ruling.look(case)
    assert (first.refusal or {})["code"] == "ruling-first"
    assert second.result == "committed"
    taken = select(tables.notices.c.taken_at).where(tables.notices.c.key == key)
    with ruling.database.reading() as connection:
        assert connection.scalar(taken) is None


def test_what_somebody_has_retracted_makes_them_a_party_and_a_comment_does_not(
    ruling: RulingDesk,
) -> None:
    """The state of a case forgets who signed in a round that is over; its record doesn't."""
    case, judging = ruling.judging("rob"), ruling.judging("rita")
    ruling.do(case, "rita", "comment", values={"comment": "I have read it."})
    assert ruling.rule(judging, "rita", case, SUSPEND).result == "committed"
    ruling.look(case)
    ruling.rule(judging, "rita", case, RESUME)
    ruling.look(case)
    about = {"step": "judging", "seat": "other"}
    assert ruling.sign_off(case, "rita", "judging", "other", "judged").result == "committed"
    assert ruling.do(case, "rita", "retract", **about).result == "committed"
    assert ruling.state(case).steps["judging"].signatures == ()
    reply = ruling.rule(judging, "rita", case, SUSPEND)
    assert (reply.refusal or {})["code"] == "party"
    assert "somebody who has taken part in it" in (reply.refusal or {})["sentence"]
