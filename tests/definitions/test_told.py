"""Mails, and what else happens by itself, for people whom a case lacks yet: refused, never lost."""

from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source
from definitions.reading import read_yaml_bytes
from definitions.rules import Changes
from tests.support.playing import Play

BASE = """\
process: told
title: Told
summary: Somebody is drawn, somebody is bound, and others hear of it.
policy: ["4.1"]
number: b
rules: 1
start:
  roles: [member]
  policy: "4.1"
  fields:
    what: {type: text, title: What, required: true}
    who: {type: person, title: Who}
people:
  whom: {from: who, title: Whom}
bound:
  worker: {signer: one, seat: a, title: Worker}
draws:
  judge: {role: arbitrator, on: two, title: Judge, otherwise: nobody, policy: "4.1"}
machine:
  initial: one
  states:
    one: {on: {ok: two, bad: lost, late: lost}}
    two: {on: {fine: three, nobody: lost, overdue: lost}}
    three: {on: {closed: done, nobody: lost}}
    done: {final: true}
    lost: {final: true}
steps:
  one:
    title: One
    policy: "4.1"
    seats:
      a: {role: systems-administrator}
    outcomes:
      good: {event: ok}
      bad: {event: bad}
    deadline: {after: P3D, event: late}
  two:
    title: Two
    policy: "4.1"
    seats:
      b: {person: judge}
    outcomes:
      good: {event: fine}
    deadline: {after: P3D, event: overdue}
  three:
    title: Three
    policy: "4.1"
    seats:
      c: {person: judge}
      d: {role: systems-administrator}
    outcomes:
      good: {event: closed}
"""
MAIL = "effects:\n  - {}: {}\n    mail: {{to: [{{{}}}], subject: A, text: B}}\n"


def said(text: str) -> list[str]:
    """Return what the check says of a definition, each with the line that it points at."""
    data, positions = read_yaml_bytes(text.encode(), name="told.yaml")
    definition = Definition.build(data, load_exclusivity().to_json())
    lines = text.splitlines()
    found = check_parts(Source(definition, positions, "told.yaml"))
    return [f"{one.sentence} [{lines[one.line - 1].strip()}]" for one in found]


def mail(when: str, state: str, to: str) -> str:
    return BASE + MAIL.format(when, state, to)


@pytest.mark.parametrize(
    ("when", "state", "to", "sentence"),
    [
        ("enter", "two", "person: judge", "The lot for `judge` is cast only after the case has"),
        ("leave", "one", "person: judge", "The lot for `judge` is cast only after the case has"),
        ("enter", "two", "seats: two", "The lot for `judge` is cast only after the case has"),
        ("enter", "lost", "person: judge", "before anybody was drawn as `judge` (by way of `one`"),
        ("enter", "lost", "person: worker", "(by way of `one` → `lost`): this would reach nobody"),
        (
            "enter",
            "two",
            "seats: three",
            "`three`, which is never open then (by way of `one` → `two`",
        ),
        ("leave", "two", "seats: two", "which is never open then"),
    ],
)
def test_a_mail_that_would_reach_nobody_is_refused(
    when: str, state: str, to: str, sentence: str
) -> None:
    (finding,) = said(mail(when, state, to))
    assert sentence in finding
    assert "mail: {to:" in finding


@pytest.mark.parametrize(
    ("when", "state", "to"),
    [
        ("enter", "three", "person: judge"),  # who signed as the judge is one
        ("enter", "two", "person: worker"),  # bound by the same move
        ("enter", "done", "person: worker"),
        ("enter", "three", "seats: three"),
        ("leave", "two", "seats: three"),  # not where it is overdue; then there is nothing to sign
        ("enter", "lost", "person: whom"),  # from a field that may be empty: then there is nobody
        ("enter", "two", "person: opener"),
    ],
)
def test_a_mail_that_reaches_somebody_is_in_order(when: str, state: str, to: str) -> None:
    assert said(mail(when, state, to)) == []


def changed(*pairs: tuple[str, str]) -> str:
    text = BASE
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return text


def test_whom_a_deadline_tells_is_there_by_then() -> None:
    tells = "{after: P3D, event: late, tell: [{person: worker}]}"
    (finding,) = said(changed(("{after: P3D, event: late}", tells)))
    assert finding.startswith("A case can come here before anybody is bound as `worker`")
    tells = "{after: P3D, event: overdue, tell: [{person: worker}]}"
    assert said(changed(("{after: P3D, event: overdue}", tells))) == []


def test_an_outcome_at_once_leaves_a_seat_empty_and_binds_nobody() -> None:
    seats = "a: {role: systems-administrator}\n      z: {role: systems-administrator}"
    once = "bad: {event: bad, at: once}"
    text = changed(("a: {role: systems-administrator}", seats), ("bad: {event: bad}", once))
    (finding,) = said(text + MAIL.format("enter", "lost", "person: worker"))
    assert "before anybody is bound as `worker`" in finding
    assert said(text + MAIL.format("enter", "two", "person: worker")) == []


def test_who_was_drawn_may_decline_later_and_be_missing_then() -> None:
    text = changed(("    lost: {final: true}", "    gone: {final: true}\n    lost: {final: true}"))
    text = text.replace("closed: done, nobody: lost", "closed: done, nobody: gone")
    (finding,) = said(text + MAIL.format("enter", "gone", "person: judge"))
    assert "(by way of `one` → `two` → `three` → `gone`)" in finding
    assert said(text + MAIL.format("enter", "done", "person: judge")) == []


def test_nothing_is_given_to_or_ended_for_somebody_who_is_missing() -> None:
    end = "effects:\n  - enter: two\n    end: {person: judge, list: all, authority: case}\n"
    found = said(BASE + end)
    assert any("The lot for `judge` is cast only after" in one for one in found)


def test_an_amendment_that_reopens_a_step_begins_the_draw_anew() -> None:
    nothing = "covers: {fields: []}\n    seats:"
    text = changed(
        ("seats:\n      a:", "covers: {fields: [what], reopen: two}\n    seats:\n      a:"),
        ("seats:\n      b:", f"{nothing}\n      b:"),
        ("seats:\n      c:", f"{nothing}\n      c:"),
    )
    text += "amend: {people: [opener], fields: [what], during: [three]}\n"
    assert said(text + MAIL.format("enter", "three", "person: judge")) == []
    # Taken back from `three`, where there was one, to `two`, where the lot is cast again.
    text = text.replace("three: {on: {closed: done, nobody: lost}}", "three: {on: {closed: done}}")
    text = text.replace("c: {person: judge}", "c: {role: tester}")
    (finding,) = said(text + MAIL.format("leave", "three", "person: judge"))
    assert "The lot for `judge` is cast only after" in finding


def test_who_is_bound_is_there_when_the_mails_of_that_move_go_out() -> None:
    data: Any = read_yaml_bytes(mail("enter", "two", "person: worker").encode(), name="told.yaml")[
        0
    ]
    administrator: dict[str, tuple[str, ...]] = {"ann": ("member", "systems-administrator")}
    play = Play(Definition.build(data, load_exclusivity().to_json()), administrator)
    play.open("ann", {"what": "A thing."})
    signed = play.sign("ann", "one", "a", "good")
    assert isinstance(signed, Changes)
    assert [to.person for due in signed.mails for to in due.to] == ["worker"]
    assert signed.state.people["worker"] == ("ann",)
