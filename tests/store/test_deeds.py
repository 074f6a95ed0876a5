"""Effects change the directory: by whose motion, once, never against the matrix."""

import pytest
from sqlalchemy import select

from store import tables
from store.record.verify import verify_record
from store.streams import DIRECTORY
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk


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
