"""Cases that name others: the commit knows which they are, and who is and was whom in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select

from definitions.acts import CommitReply, Head
from definitions.canonical import Json
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.state import CaseState
from store import tables
from store.absences import AWAY, BACK, Speaker, absences_of, say_back
from store.cases import register_definition
from store.commit import Committer
from store.naming import cases_named, people_named
from store.recommit import Recommitter, Recorder
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.restoring import RECONCILED, record_operation
from store.streams import DIRECTORY, SYSTEM_STREAM
from tests.faults.files import copy_database, put_back
from tests.support.admitting import AdmittingDesk, built
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

_DECIDING = """
process: deciding
title: Deciding
summary: Somebody is drawn, and decides or lets another be drawn.
policy: ["9.1.1"]
number: a
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
draws:
  judge: {role: software-assessor, on: judging, title: Judge, not: [opener], policy: "9.1.1"}
machine:
  initial: judging
  states:
    judging: {on: {was_judged: judged, was_left: waiting}}
    waiting: {on: {was_waited: judging}}
    judged: {final: true}
steps:
  judging:
    title: Judge
    policy: "9.1.1"
    seats: {judge: {person: judge}}
    outcomes: {judged: {event: was_judged}, leave: {event: was_left}}
  waiting:
    title: Wait
    policy: "9.1.1"
    seats: {one: {role: member}}
    outcomes: {waited: {event: was_waited}}
"""
_APPEALING = """
process: appealing
title: Appealing
summary: What was decided comes before others.
policy: ["9.1.1"]
number: e
rules: 1
start:
  roles: [member]
  policy: "9.1.1"
  fields:
    subject: {type: person, title: Whom, required: true}
    appealed: {type: case, title: Against, processes: [deciding, appealing], decided: true}
    beside: {type: case, title: Beside, processes: [deciding]}
people:
  earlier: {from: appealed, of: [opener, judge, earlier, others], title: of the earlier one}
  others: {from: beside, of: [opener, judge], title: of the one beside}
draws:
  judge:
    role: software-assessor
    on: judging
    title: Judge
    not: [opener, earlier, others]
    otherwise: nobody
    policy: "9.1.1"
machine:
  initial: judging
  states:
    judging: {on: {was_judged: judged, nobody: left_open}}
    judged: {final: true}
    left_open: {final: true}
steps:
  judging:
    title: Judge
    policy: "9.1.1"
    seats: {judge: {person: judge, not: [earlier, others]}}
    outcomes: {judged: {event: was_judged}}
"""
KNOWN = {one.process: one for one in (built(_DECIDING), built(_APPEALING))}
ASSESSORS = {"lea", "rob", "rita"}


@dataclass
class AppealDesk(AdmittingDesk):
    """A desk at which cases are decided and appealed against; the tests say who is there."""

    @property
    def committer(self) -> Committer:
        def refused(line: Any) -> None:
            self.log.append(dict(line))

        return Committer(
            self.database, self.clock, self.worker_key, refused, current=KNOWN.__getitem__
        )

    def definition(self, process: str = "deciding") -> Definition:
        return KNOWN[process]

    def only(self, *names: str) -> None:
        """Let only these of those who can be drawn be there."""
        now = self.clock.now()
        for name in sorted(ASSESSORS):
            with self.database.reading() as connection:
                before = absences_of(connection, self.person(name), stamp(now))
            for one in before:
                self.says(name, partial(_back, absence=one.act_id))
            if name not in names:
                self.away(name, now.date(), now.date() + timedelta(days=300))

    def drawn(self, case: str, *names: str) -> None:
        """Cast the lot among these."""
        self.only(*names)
        assert self.send(self.draw(case, "judge")).result == "committed"

    def judged(self, case: str, name: str, outcome: str = "judged") -> CommitReply:
        return self.sign_off(case, name, "judging", "judge", outcome)

    def decided(self, *names: str) -> str:
        """Return a case that these have had, one after the other; the last one decided."""
        case = self.begin("deciding", "sue", subject="mia")
        for name in names[:-1]:
            self.drawn(case, name)
            self.left(case, name)
        self.drawn(case, names[-1])
        assert self.judged(case, names[-1]).result == "committed"
        return case

    def left(self, case: str, name: str) -> None:
        """Let whoever was drawn leave it to another."""
        assert self.judged(case, name, "leave").result == "committed"
        assert self.sign_off(case, "sue", "waiting", "one", "waited").result == "committed"

    def appeal(self, case: str, **more: Json) -> str:
        number = self.state(case).number
        return self.begin("appealing", "sid", subject="mia", appealed=number, **more)

    def refused(self, **values: Json) -> dict[str, Json]:
        """Return why an opening with these values is refused."""
        given = {"subject": self.person("mia"), **values}
        reply = self.send(self.opening("sid", given, "appealing"), process="appealing")
        assert reply.result == "refused"
        assert reply.refusal is not None
        return reply.refusal

    def people(self, *names: str) -> set[str]:
        return {self.person(name) for name in names}


@pytest.fixture
def appeals(desk: Desk) -> AppealDesk:
    with desk.database.writing() as connection:
        for definition in KNOWN.values():
            register_definition(connection, definition)
    made = AppealDesk(desk.database, desk.web_key, desk.worker_key, desk.clock, desk.founded)
    made.counter, made.log = desk.counter, desk.log
    return made


def earlier(desk: AppealDesk, case: str, name: str = "earlier") -> set[str]:
    people: Collection[str] = desk.state(case).people[name]
    return set(people)


def test_whoever_ever_had_the_office_is_kept_out(appeals: AppealDesk) -> None:
    first = appeals.decided("rita", "rob")
    appeal = appeals.appeal(first)
    assert earlier(appeals, appeal) == appeals.people("sue", "rita", "rob")
    assert appeals.state(appeal).named["appealed"].case == first
    appeals.drawn(appeal, "lea", "rita", "rob")
    assert appeals.facts_of_last(appeal).candidates == (appeals.person("lea"),)
    assert set(appeals.state(appeal).people["judge"]) == appeals.people("lea")
    appeals.only(*ASSESSORS)


def test_an_appeal_of_an_appeal_keeps_out_the_people_of_both(appeals: AppealDesk) -> None:
    appeal = appeals.appeal(appeals.decided("rita"))
    appeals.drawn(appeal, "rob", "rita")
    assert appeals.judged(appeal, "rob").result == "committed"
    again = appeals.appeal(appeal)
    assert earlier(appeals, again) == appeals.people("sue", "sid", "rita", "rob")
    appeals.drawn(again, "rita", "rob")
    assert appeals.state(again).ended == "left_open", "nobody is left"


def test_whoever_gets_the_other_case_later_does_not_decide_here(appeals: AppealDesk) -> None:
    other = appeals.begin("deciding", "sue", subject="mia")
    appeals.drawn(other, "rita")
    appeal = appeals.appeal(appeals.decided("lea"), beside=appeals.state(other).number)
    appeals.drawn(appeal, "rob", "rita")
    assert set(appeals.state(appeal).people["judge"]) == appeals.people("rob")
    appeals.left(other, "rita")
    appeals.drawn(other, "rob")
    answer = appeals.judged(appeal, "rob")
    assert answer.result == "refused"
    assert answer.refusal is not None
    assert (answer.refusal["code"], answer.refusal["section"]) == ("barred", "9.1.1")
    assert earlier(appeals, appeal, "others") == appeals.people("sue", "rita"), "it changed nothing"
    declined = appeals.do(
        appeal,
        "rob",
        "decline",
        step="judging",
        seat="judge",
        values={"comment": "I have the other one."},
    )
    assert declined.result == "committed"
    assert earlier(appeals, appeal, "others") == appeals.people("sue", "rita", "rob")
    appeals.drawn(appeal, "rob", "rita", "lea")
    assert appeals.state(appeal).ended == "left_open"


def test_whoever_gets_a_case_of_the_chain_after_an_appeal_ended_is_kept_out_too(
    appeals: AppealDesk,
) -> None:
    other = appeals.begin("deciding", "sue", subject="mia")
    appeals.drawn(other, "rita")
    appeal = appeals.appeal(appeals.decided("rita"), beside=appeals.state(other).number)
    appeals.drawn(appeal, "rob")
    assert appeals.judged(appeal, "rob").result == "committed"
    again = appeals.appeal(appeal)
    before = appeals.people("sue", "sid", "rita", "rob")
    assert earlier(appeals, again) == before
    appeals.left(other, "rita")
    appeals.drawn(other, "lea")
    appeals.drawn(again, "lea")
    assert appeals.state(again).ended == "left_open", "nobody is left"
    assert earlier(appeals, again) == before | appeals.people("lea")
    appeals.only(*ASSESSORS)
    assert verify_record(appeals.database).ok


def test_a_lot_is_cast_by_how_the_other_case_stands_then(appeals: AppealDesk) -> None:
    other = appeals.begin("deciding", "sue", subject="mia")
    appeal = appeals.appeal(appeals.decided("lea"), beside=appeals.state(other).number)
    appeals.drawn(other, "rob")
    appeals.drawn(appeal, "rob", "rita")
    assert appeals.facts_of_last(appeal).candidates == (appeals.person("rita"),)
    assert earlier(appeals, appeal, "others") == appeals.people("sue", "rob")


def test_nothing_is_named_that_is_not_there(appeals: AppealDesk) -> None:
    running = appeals.begin("deciding", "sue", subject="mia")
    number = appeals.state(running).number
    ended = appeals.state(appeals.decided("rita")).number
    appeal = appeals.state(appeals.begin("appealing", "sid", subject="mia")).number
    for values, told in (
        ({"appealed": "a20200101.1"}, "there is no case a20200101.1."),
        ({"appealed": number}, f"in {number} nothing is decided yet."),
        ({"appealed": f"{ended}/1"}, f"no ruling {ended}/1 was made."),
        ({"beside": appeal}, f"{appeal} isn't a case of that kind."),
    ):
        refusal = appeals.refused(**values)
        assert (refusal["code"], refusal["section"]) == ("unknown-case", "9.1.1")
        assert told in refusal["sentence"]
        assert refusal["field"] == next(iter(values))
    assert appeals.refused(appealed="the last one")["code"] == "value"
    assert {line["code"] for line in appeals.log} == {"unknown-case", "value"}


def dump(desk: AppealDesk) -> dict[str, list[tuple[Any, ...]]]:
    """Return all but what is said of absences, which nothing but the database ever knew."""
    with desk.database.reading() as connection:
        said = tables.entries.c.kind.in_((AWAY, BACK))
        gone = {*connection.scalars(select(tables.entries.c.act_id).where(said)), DIRECTORY}
        noting = tables.entries.c.kind == RECONCILED
        gone |= {*connection.scalars(select(tables.entries.c.act_id).where(noting)), SYSTEM_STREAM}
        return {
            name: sorted(
                (tuple(row) for row in connection.execute(select(table)) if not gone & {*row}),
                key=repr,
            )
            for name, table in tables.metadata.tables.items()
            if name not in {"pending_acts", "absences"}
        }


def _back(connection: Connection, who: Speaker, absence: str) -> None:
    assert say_back(connection, who, absence) is None


def noted(desk: AppealDesk, case: str, before: int) -> Recorder:
    """Return what notes a mending as the worker does."""

    def note(connection: Connection, head: Head) -> None:
        at, act = stamp(desk.clock.now()), f"reconcile:{case}:{before}-{head.seq}:{head.sha256}"
        record_operation(connection, RECONCILED, {"case": case}, at, desk.worker_key, act)

    return note


def test_what_was_lost_comes_back_with_whom_it_kept_out(
    appeals: AppealDesk, database_url: str
) -> None:
    first = appeals.decided("rita")
    other = appeals.begin("deciding", "sue", subject="mia")
    before = copy_database(database_url)
    appeal = appeals.appeal(first, beside=appeals.state(other).number)
    appeals.drawn(other, "rob")
    appeals.drawn(appeal, "lea", "rob")
    after = dump(appeals)
    put_back(database_url, before)
    made = Recommitter(appeals.database, appeals.worker_key, KNOWN.__getitem__)
    lost = appeals.confirmed[appeal]
    assert made.mend(appeal, "appealing", lost, noted(appeals, appeal, 0)).problem == ""
    lost = appeals.confirmed[other][1:]
    assert made.mend(other, "deciding", lost, noted(appeals, other, 1)).problem == ""
    assert dump(appeals) == after
    appeals.only(*ASSESSORS)
    assert verify_record(appeals.database).ok
    report = rebuild(appeals.database, at="2026-12-31T00:00:00.000Z", worker_key=appeals.worker_key)
    assert report.changed == {}


@pytest.mark.parametrize("what", ["nobody", "another case"])
def test_a_commit_that_let_somebody_in_is_found_in_the_record(
    appeals: AppealDesk, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A worker whose code was changed says of the other case what isn't so."""
    first = appeals.decided("rita", "rob")
    number = appeals.state(first).number

    def untrue(*given: Any) -> dict[str, tuple[str, ...]]:
        true = people_named(*given)
        return {**true, "earlier": ()} if what == "nobody" else true

    def elsewhere(*given: Any) -> dict[str, CaseState] | Refusal:
        true = cases_named(*given)
        assert not isinstance(true, Refusal)
        if what == "nobody":
            return true
        return {name: one.model_copy(update={"case": "x" * 22}) for name, one in true.items()}

    monkeypatch.setattr("store.facts.people_named", untrue)
    monkeypatch.setattr("store.facts.cases_named", elsewhere)
    appeal = appeals.appeal(first)
    appeals.only(*ASSESSORS)
    bad = verify_record(appeals.database).first_bad
    assert bad is not None
    assert bad.stream == appeal
    told = "doesn't keep out everybody who had part in" if what == "nobody" else "there wasn't"
    assert told in bad.why
    assert number in bad.why
