"""Effects change the directory: by whose motion, once, never against the matrix."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from definitions.acts import CommitReply
from definitions.catalogue import Effect
from definitions.clock import stamp
from definitions.organisation import load_organisation
from definitions.rules import DeedDue
from store import tables
from store.cases import register_definition
from store.deeds import do
from store.record.verify import verify_record
from store.streams import DIRECTORY
from tests.support.admitting import ADMITTING, LIBRARY, MOTION, AdmittingDesk, admitting_desk, built
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def lists_of(desk: AdmittingDesk, name: str) -> dict[str, tuple[str | None, bool]]:
    """Return the lists that somebody was ever on: by whose motion, and whether it has ended."""
    entries = tables.list_entries.c
    query = select(entries.list, entries.authority, entries.end_act_id)
    with desk.database.reading() as connection:
        rows = connection.execute(query.where(entries.person == desk.person(name))).all()
    return {row.list: (row.authority, row.end_act_id is not None) for row in rows}


def recorded(desk: AdmittingDesk) -> list[tuple[str, str]]:
    """Return kind and act id of what effects have recorded in the directory's stream."""
    entries = tables.entries.c
    query = select(entries.kind, entries.act_id).where(entries.stream == DIRECTORY)
    with desk.database.reading() as connection:
        rows = connection.execute(query.order_by(entries.seq)).all()
    return [(row.kind, row.act_id) for row in rows if row.kind in {"granted", "ended"}]


def test_a_role_and_a_list_come_by_a_motion_and_one_list_brings_another(
    admitting: AdmittingDesk,
) -> None:
    case = admitting.admit("mia", "systems-administrator", "physical-access-list")
    state = admitting.state(case)
    motion = state.children["motion"].number
    assert state.configuration == ("given",)
    assert (motion or "").startswith("q")
    assert "systems-administrator" in admitting.roles("mia")
    by_motion = (motion, False)
    assert lists_of(admitting, "mia") == {
        "physical-access-list": by_motion,
        "ssh-access-list": by_motion,
    }
    ids = [act for _, act in recorded(admitting)]
    assert len(ids) == 3
    assert all(act.startswith(f"directory:{case}:") for act in ids)
    assert verify_record(admitting.database).ok


def test_what_is_held_is_not_given_again(admitting: AdmittingDesk) -> None:
    admitting.admit("mia", "systems-administrator", "ssh-access-list")
    before = recorded(admitting)
    again = admitting.admit("mia", "systems-administrator", "ssh-access-list")
    assert admitting.state(again).configuration == ("given",)
    assert recorded(admitting) == before


def test_what_the_matrix_forbids_is_not_given_and_the_case_goes_the_other_way(
    admitting: AdmittingDesk,
) -> None:
    case = admitting.admit("sue", "software-assessor")
    assert admitting.state(case).ended == "excluded"
    conflicts = admitting.facts_of_last(case).conflicts
    assert list(conflicts) == ["enter-given-1"]
    assert "may not be one person" in conflicts["enter-given-1"]
    assert "software-assessor" not in admitting.roles("sue")
    assert recorded(admitting) == []
    assert verify_record(admitting.database).ok


def test_a_list_counts_as_the_role_that_it_is_for(admitting: AdmittingDesk) -> None:
    admitting.admit("mia", "none", "ssh-access-list")
    assert list(lists_of(admitting, "mia")) == ["ssh-access-list"]
    assert admitting.state(admitting.admit("mia", "software-assessor")).ended == "excluded"


def test_both_of_one_case_are_asked_about_together(admitting: AdmittingDesk) -> None:
    case = admitting.admit("mia", "software-assessor", "ssh-access-list")
    assert admitting.state(case).ended == "excluded"
    assert recorded(admitting) == []


def test_everything_ends_at_once_but_being_a_member(admitting: AdmittingDesk) -> None:
    admitting.admit("mia", "systems-administrator", "physical-access-list")
    case = admitting.begin("leaving", "sue", subject="mia")
    assert admitting.roles("mia") == ("member",)
    assert {ended for _, ended in lists_of(admitting, "mia").values()} == {True}
    kinds = [kind for kind, act in recorded(admitting) if act.startswith(f"directory:{case}:1:")]
    assert kinds == ["ended"] * 3
    grants = tables.grants.c
    with admitting.database.reading() as connection:
        by = connection.scalars(select(grants.end_act_id).where(grants.end_act_id.is_not(None)))
        assert [str(act).split(":")[1] for act in by] == [case]
    before = recorded(admitting)
    admitting.begin("leaving", "sue", subject="mia")
    assert recorded(admitting) == before
    assert verify_record(admitting.database).ok


def test_nothing_is_given_without_a_vote(admitting: AdmittingDesk) -> None:
    values = {"subject": admitting.person("mia")}
    reply = admitting.send(
        admitting.opening("mia", dict(values), process="grasping"), process="grasping"
    )
    assert reply.result == "refused"
    assert (reply.refusal or {})["code"] == "no-motion"
    assert admitting.roles("mia") == ("member",)


def test_a_motion_that_was_lost_gives_nothing(admitting: AdmittingDesk) -> None:
    case = admitting.admit("mia", "systems-administrator", "ssh-access-list", choice="naye")
    assert admitting.state(case).ended == "refused"
    assert admitting.roles("mia") == ("member",)
    assert recorded(admitting) == []


OFFICES = ("arbitrator", "board-member", "case-manager")


def test_offices_do_not_end_with_all_roles(admitting: AdmittingDesk) -> None:
    admitting.admit("mia", "systems-administrator", "ssh-access-list")
    row = {"person": admitting.person("mia"), "since": "2026-01-01T00:00:00.000Z", "act_id": "x"}
    with admitting.database.writing() as connection:
        connection.execute(insert(tables.grants), [row | {"role": role} for role in OFFICES])
    admitting.begin("leaving", "sue", subject="mia")
    assert admitting.roles("mia") == (*OFFICES, "member")
    assert {ended for _, ended in lists_of(admitting, "mia").values()} == {True}
    admitting.begin("retiring", "sue", subject="mia")
    assert admitting.roles("mia") == ("arbitrator", "case-manager", "member"), "named, it ends"


def decide(desk: AdmittingDesk, case: str, child: str, choice: str = "aye") -> CommitReply:
    """Let the Board decide on what it was asked, and the case that asked take it in."""
    assert desk.vote(child, "bea", choice).result == "committed"
    assert desk.close(child).result == "committed"
    (reply,) = desk.look(case)
    return reply


def ends(desk: AdmittingDesk, case: str, name: str, **what: str) -> None:
    """End something of somebody's, as the commit of a case would."""
    end = {"person": "subject", "authority": "case", **what}
    effect = Effect.model_validate({"enter": "done", "end": end})
    (named,) = what.values()
    due = DeedDue("enter-done-9", effect, "done", (desk.person(name),), named, "t20261018.1")
    at = stamp(desk.clock.now())
    with desk.database.writing() as connection:
        do(connection, case, (due,), seq=1, at=at, worker_key=desk.worker_key)


OVERTAKEN = "was ended by another case after the Board was asked"


def test_a_motion_does_not_undo_a_termination_that_came_after_it_was_asked_for(
    admitting: AdmittingDesk,
) -> None:
    case = admitting.begin(
        "admitting", "mia", subject="sue", role="none", access="physical-access-list"
    )
    child = admitting.open_child(case)
    admitting.clock.pass_time(timedelta(minutes=1))
    admitting.begin("leaving", "sam", subject="sue")
    assert decide(admitting, case, child).result == "committed"
    assert admitting.state(case).ended == "excluded"
    conflicts = admitting.facts_of_last(case).conflicts
    assert list(conflicts) == ["enter-given-2"]
    assert OVERTAKEN in conflicts["enter-given-2"]
    assert admitting.roles("sue") == ("member",)
    assert {ended for _, ended in lists_of(admitting, "sue").values()} == {True}
    assert verify_record(admitting.database).ok
    again = admitting.admit("sue", "systems-administrator", "physical-access-list")
    assert admitting.state(again).configuration == ("given",), "the Board was asked again"
    assert "systems-administrator" in admitting.roles("sue")
    assert verify_record(admitting.database).ok


@pytest.mark.parametrize(
    "asked",
    [
        {"role": "systems-administrator", "access": "none"},
        {"role": "none", "access": "ssh-access-list"},
    ],
)
def test_a_motion_does_not_undo_the_termination_of_somebody_who_held_nothing_yet(
    admitting: AdmittingDesk, asked: dict[str, str]
) -> None:
    """Of whom nothing ends the directory says nothing; the Board knew as little of the case."""
    assert admitting.roles("mia") == ("member",)
    case = admitting.begin("admitting", "mia", subject="mia", **asked)
    child = admitting.open_child(case)
    admitting.clock.pass_time(timedelta(minutes=1))
    admitting.begin("leaving", "sam", subject="sam")
    admitting.begin("leaving", "sam", subject="mia")
    assert decide(admitting, case, child).result == "committed"
    assert admitting.state(case).ended == "excluded"
    assert "after the Board was asked" in str(admitting.facts_of_last(case).conflicts)
    assert admitting.roles("mia") == ("member",)
    assert lists_of(admitting, "mia") == {}
    assert verify_record(admitting.database).ok
    admitting.clock.pass_time(timedelta(minutes=1))
    again = admitting.admit("mia", **asked)
    assert admitting.state(again).configuration == ("given",), "the Board was asked again"


def test_the_termination_of_somebody_else_does_not_overtake(admitting: AdmittingDesk) -> None:
    asked = {"role": "systems-administrator", "access": "none"}
    case = admitting.begin("admitting", "mia", subject="mia", **asked)
    child = admitting.open_child(case)
    admitting.clock.pass_time(timedelta(minutes=1))
    admitting.begin("leaving", "sam", subject="sam")
    admitting.begin("retiring", "sam", subject="mia")
    assert decide(admitting, case, child).result == "committed"
    assert admitting.state(case).configuration == ("given",)


@pytest.mark.parametrize(
    ("ended", "asked", "overtaken"),
    [
        ({"list": "ssh-access-list"}, "ssh-access-list", True),
        ({"list": "ssh-access-list"}, "physical-access-list", True),
        ({"list": "physical-access-list"}, "ssh-access-list", False),
        ({"role": "systems-administration-leader"}, "ssh-access-list", True),
    ],
)
def test_what_overtakes_a_motion_is_an_end_of_a_role_or_of_this_very_access(
    admitting: AdmittingDesk, ended: dict[str, str], asked: str, *, overtaken: bool
) -> None:
    other = admitting.begin("leaving", "mia", subject="mia")
    case = admitting.begin("admitting", "mia", subject="sam", role="none", access=asked)
    child = admitting.open_child(case)
    admitting.clock.pass_time(timedelta(minutes=1))
    ends(admitting, other, "sam", **ended)
    assert decide(admitting, case, child).result == "committed"
    assert (admitting.state(case).ended == "excluded") is overtaken


def test_what_the_case_itself_ends_or_was_ended_before_does_not_overtake(
    admitting: AdmittingDesk,
) -> None:
    other = admitting.begin("leaving", "mia", subject="mia")
    ends(admitting, other, "sam", role="systems-administration-leader")
    admitting.clock.pass_time(timedelta(minutes=1))
    case = admitting.begin("admitting", "mia", subject="sam", role="none", access="ssh-access-list")
    child = admitting.open_child(case)
    admitting.clock.pass_time(timedelta(minutes=1))
    ends(admitting, case, "sam", list="ssh-access-list")
    assert decide(admitting, case, child).result == "committed"
    assert admitting.state(case).configuration == ("given",)
    on = select(tables.list_entries.c.list).where(
        tables.list_entries.c.person == admitting.person("sam"),
        tables.list_entries.c.list == "ssh-access-list",
        tables.list_entries.c.until.is_(None),
    )
    with admitting.database.reading() as connection:
        assert connection.scalars(on).all() == ["ssh-access-list"]


def unproved(desk: AdmittingDesk, patch: pytest.MonkeyPatch, *texts: str) -> None:
    """Let cases begin under definitions that no proof has seen."""
    for definition in map(built, texts):
        patch.setitem(LIBRARY, definition.process, definition)
        with desk.database.writing() as connection:
            register_definition(connection, definition)


def no_motion(reply: CommitReply) -> bool:
    return (reply.refusal or {}).get("code") == "no-motion"


def test_a_motion_that_was_lost_is_no_authority(
    admitting: AdmittingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unproved(admitting, monkeypatch, ADMITTING.replace("lost: no,", "lost: yes,"))
    case = admitting.begin("admitting", "mia", subject="mia", role="board-member", access="none")
    child = admitting.open_child(case)
    assert no_motion(decide(admitting, case, child, "naye"))
    assert admitting.state(child).ended == "lost"
    assert admitting.roles("mia") == ("member",)


def test_a_case_of_another_process_is_no_authority(
    admitting: AdmittingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = MOTION.replace("process: motion", "process: poll").replace("number: q", "number: w")
    parent = ADMITTING.replace("process: motion", "process: poll")
    unproved(admitting, monkeypatch, poll, parent)
    case = admitting.begin("admitting", "mia", subject="mia", role="board-member", access="none")
    child = admitting.open_child(case, process="poll")
    assert no_motion(decide(admitting, case, child))
    assert admitting.state(child).ended == "carried"
    assert admitting.roles("mia") == ("member",)


OWN_VOTE = MOTION.replace("process: motion", "process: electing").replace("number: q", "number: w")
OWN_VOTE += """
effects:
  - {enter: carried, grant: {person: subject, role: tester, authority: case}}
"""


@pytest.mark.parametrize("body", ["board", "council"])
def test_of_votes_of_the_case_itself_only_those_of_the_body_that_admits_count(
    admitting: AdmittingDesk, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    unproved(admitting, monkeypatch, OWN_VOTE)
    values = {"proposal": "Mia tests.", "subject": admitting.person("mia")}
    case = admitting.open("bea", values=dict(values), process="electing")
    organisation = load_organisation()
    assert organisation.admission
    # There is one body only: that it isn't the one that admits is said here.
    admission = replace(organisation.admission, body=body)
    changed = replace(organisation, admission=admission)
    monkeypatch.setattr("store.deeds.load_organisation", lambda: changed)
    assert admitting.vote(case, "bea", "aye").result == "committed"
    assert no_motion(admitting.close(case)) == (body == "council")
    assert ("tester" in admitting.roles("mia")) == (body == "board")
