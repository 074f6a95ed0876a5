"""The clock: what is due, in which order, never before its time and never twice."""

from datetime import timedelta

from definitions.acts import SYSTEM, Act
from definitions.clock import stamp
from definitions.rules import Due, in_no_time, next_due
from tests.support.playing import BEGIN, Play, accepted, refused
from tests.support.sample_case import confirming, drafted, one, opened, two


def due(play: Play) -> tuple[str, str, str] | None:
    found = next_due(play.case)
    return (found.at, found.kind, found.step) if found else None


def after(**length: float) -> str:
    return stamp(BEGIN + timedelta(**length))


def test_what_is_due_comes_by_time() -> None:
    play = drafted()
    assert due(play) == (after(days=1), "remind", "one")
    assert play.wait(days=1) == ["remind one"]
    assert due(play) == (after(days=2), "deadline", "two")  # before a reminder of the same moment
    assert play.wait(days=1) == ["deadline two", "remind one"]
    assert due(play) == (after(days=3), "deadline", "one")
    assert play.wait(days=1) == ["deadline one"]
    assert due(play) is None


def test_where_nothing_is_due_ever() -> None:
    assert next_due(opened().case) is None
    assert next_due(confirming().case) is None


def test_nothing_is_done_before_its_time() -> None:
    play = drafted()
    play.now = BEGIN + timedelta(days=1) - timedelta(milliseconds=1)
    refused(play.clock("remind", "one"), "not-due")
    refused(play.clock("deadline", "one"), "not-due")
    play.now = BEGIN + timedelta(days=1)
    accepted(play.clock("remind", "one"))
    refused(play.clock("remind", "one"), "not-due")


def test_several_reminders_that_were_slept_through_are_one() -> None:
    play = drafted()
    play.now = BEGIN + timedelta(days=2, hours=1)
    changes = accepted(play.clock("remind", "one"))
    (mail,) = changes.mails
    assert (mail.key, mail.step, mail.to[0].seats) == ("remind-one", "one", "one")
    assert mail.words["due"] == after(days=3)
    assert play.case.steps["one"].reminders == ()
    refused(play.clock("remind", "one"), "not-due")


def test_a_deadline_without_event_tells_and_the_step_stays_open() -> None:
    play = drafted()
    accepted(two(play, "ken"))
    play.now = BEGIN + timedelta(days=3)
    (mail,) = accepted(play.clock("deadline", "one")).mails
    assert mail.key == "overdue-one"
    assert [(r.role, r.seats) for r in mail.to] == [("board-member", None), (None, "one")]
    assert play.case.steps["one"].overdue
    refused(play.clock("deadline", "one"), "not-due")
    accepted(one(play, "kim"))


def test_a_deadline_with_event_closes_the_step_without_an_outcome() -> None:
    play = drafted()
    play.now = BEGIN + timedelta(days=2)
    assert accepted(play.clock("deadline", "two")).mails == ()
    at = play.case.steps["two"]
    assert (at.overdue, at.outcome, at.closed) == (True, None, stamp(play.now))
    refused(two(play, "ken"), "not-open")
    refused(play.clock("deadline", "two"), "not-due")


def test_the_clock_names_the_round_that_it_means() -> None:
    play = drafted()
    accepted(play.amend("opo", {"topic": "Other keys"}))
    play.now = BEGIN + timedelta(days=3)
    for kind in ("remind", "deadline"):
        refused(play.clock(kind, "one", instance="1"), "not-due")
        refused(play.tell(kind, SYSTEM, instance="1"), "not-due")
        refused(play.clock(kind, "nothing"), "not-due")
    accepted(play.clock("deadline", "one", instance="2"))


def test_a_step_without_a_deadline_has_none_to_pass() -> None:
    play = opened()
    play.now = BEGIN + timedelta(days=300)
    refused(play.clock("deadline", "draft"), "not-due")
    refused(play.clock("remind", "draft"), "not-due")


def test_nobody_acts_as_the_clock() -> None:
    play = drafted()
    play.now = BEGIN + timedelta(days=3)
    refused(play.tell("deadline", "kim", step="one"), "unknown-act")
    refused(play.tell("comment", SYSTEM), "unknown-act")


def test_an_event_that_the_machine_does_not_know_leaves_the_deadline_due() -> None:
    play = drafted()
    deadline = play.definition.step("two").deadline
    assert deadline is not None
    step = play.definition.step("two").model_copy(
        update={"deadline": deadline.model_copy(update={"event": "nothing"})}
    )
    body = play.definition.body
    play.definition = type(play.definition)(
        play.definition.version, "t",
        body.model_copy(update={"steps": {**body.steps, "two": step}}), {},
    )  # fmt: skip
    play.now = BEGIN + timedelta(days=2)
    refused(play.clock("deadline", "two"), "no-way")


def test_due_is_plain() -> None:
    assert Due("2026-03-03T09:00:00.000Z", "remind", "one").kind == "remind"


def an_act(kind: str, actor: str = SYSTEM, due: str = "", step: str | None = "one") -> Act:
    auth = {"kind": actor, "cause": {"due": due}} if due else {"kind": actor}
    return Act(id="a", case="c", kind=kind, actor=actor, definition="", shown="", auth=auth,
               at=after(), step=step)  # fmt: skip


def test_what_comes_of_itself_and_at_once() -> None:
    case = drafted().case
    since, late = case.steps["one"].since, after(days=3)
    assert in_no_time(case, an_act("deadline", due=since), since, late)  # late is the record alone
    assert in_no_time(case, an_act("draw", due=since, step=None), since, since)
    assert in_no_time(case, an_act("child_ended"), since, after(seconds=1))


def test_what_takes_time_or_a_person_does_not() -> None:
    case = drafted().case
    since = case.steps["one"].since
    for kind in ("deadline", "remind"):
        assert (
            in_no_time(case, an_act(kind, due=after(minutes=1)), since, after(minutes=1)) is False
        )
    assert in_no_time(case, an_act("child_ended"), since, after(minutes=1)) is False
    assert in_no_time(case, an_act("child_ended"), "", since) is False
    assert in_no_time(case, an_act("sign_off", "mia"), since, since) is False
    assert in_no_time(None, an_act("open"), "", since) is False
    assert in_no_time(case, an_act("left_body"), since, since) is None
