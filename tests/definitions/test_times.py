"""Lengths of time that a choice decides: what the checks say of them, and what the rules do."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.errors import DefinitionsError
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source, load_file
from definitions.proof import prove
from definitions.reading import Positions
from definitions.rules import next_due
from tests.support.playing import BEGIN, Play, accepted
from tests.support.timed_case import ACCESS, MENDING, REWORK, timed
from tests.support.walk_replay import replay
from web.presenters.definition import step_line

BY = {"by": "severity", "high": "PT4H", "low": "P5D"}


def mending(**over: Any) -> Play:
    """Return a case that waits to be mended."""
    play = Play(timed(MENDING), {"mia": ("member",), "tes": ("member", "tester")})
    accepted(play.open("mia", {"severity": "high", "topic": "It leaks"} | over))
    return play


def due(play: Play, step: str = "mending") -> str | None:
    return play.case.steps[step].due


def at(**length: float) -> str:
    return stamp(BEGIN + timedelta(**length))


def said(data: dict[str, Any], *path: Any, to: Any) -> list[str]:
    """Return what the checks say where one part is changed."""
    changed = copy.deepcopy(data)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    definition = Definition.build(changed, load_exclusivity().to_json())
    file = f"{definition.process}.yaml"
    source = Source(definition, Positions(file, {}), file)
    return [f"{one.sentence} {one.remedy}" for one in check_parts(source)]


@pytest.mark.parametrize("data", [MENDING, REWORK, ACCESS], ids=lambda data: str(data["process"]))
def test_these_definitions_are_sound(data: dict[str, Any]) -> None:
    assert said(data, "title", to="Title") == []
    assert prove(timed(data)).findings == ()


def test_a_choice_decides_the_deadline_and_the_reminders() -> None:
    play = mending()
    assert due(play) == at(hours=4)
    assert play.case.steps["mending"].reminders == (at(hours=1),)
    assert play.wait(hours=4) == ["remind mending", "deadline mending"]
    assert play.case.configuration == ("late",)
    play = mending(severity="low")
    assert due(play) == at(days=5)
    assert play.wait(hours=4) == []
    found = next_due(play.case)
    assert found is not None
    assert (found.at, found.kind) == (at(days=1), "remind")


def test_an_amendment_of_the_field_leaves_the_time_of_an_open_step() -> None:
    play = mending(severity="low")
    accepted(play.amend("mia", {"severity": "high"}))
    assert due(play) == at(days=5)
    assert play.case.steps["mending"].reminders == (at(days=1),)
    accepted(play.sign("tes", "mending", "tester", "again"))
    accepted(play.sign("mia", "late", "anyone", "back"))
    assert due(play) == at(hours=4)  # a step that opens later goes by what is said then


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ({"by": "severity", "high": "PT4H"}, "There is no length of time for the choice `low`"),
        ({**BY, "none": "P1D"}, "There is no choice of `severity` `none`."),
        ({**BY, "by": "topic"}, "`topic` can't say how long it is: it isn't a choice"),
        ({**BY, "by": "kind"}, "`kind` can't say how long it is: it isn't a choice"),
        ({**BY, "by": "gravity"}, "There is no field `gravity`."),
        ({**BY, "low": "P1D"}, "The reminder after P1D comes when the deadline (P1D) is over with"),
        ("PT12H", "The reminder after P1D comes when the deadline (PT12H) is over with `low`."),
    ],
)
def test_what_a_length_by_choice_must_be(to: Any, sentence: str) -> None:
    found = said(MENDING, "steps", "mending", "deadline", "after", to=to)
    assert any(one.startswith(sentence) for one in found), found


def test_reminders_are_before_the_deadline_whatever_is_chosen() -> None:
    reminders = ("steps", "mending", "reminders")
    (found,) = said(MENDING, *reminders, to=["PT6H"])
    assert found.startswith("The reminder after PT6H comes when the deadline (PT4H) is over with")
    # Of choices in two fields nothing says how they go together.
    other = copy.deepcopy(MENDING)
    other["start"]["fields"]["kind"]["required"] = True
    assert said(other, *reminders, to=[{"by": "kind", "a": "PT1H", "b": "PT2H"}]) == []
    (found,) = said(other, *reminders, to=[{"by": "kind", "a": "PT1H", "b": "PT5H"}])
    assert "The reminder after PT5H comes when the deadline (PT4H) is over" in found
    (found, *_) = said(MENDING, *reminders, to=[{"by": "severity", "low": "P1D"}])
    assert found.startswith("There is no length of time for the choice `high`.")


def test_what_is_confidential_decides_no_time() -> None:
    hidden = {"fields": {"severity": {"roles": ["tester"], "policy": "9.5"}}}
    found = said(MENDING, "privacy", to=hidden)
    assert any("`severity` is confidential, and until when" in one for one in found)


def test_a_choice_of_no_length_is_a_leap_of_no_time() -> None:
    data = copy.deepcopy(MENDING)
    data["machine"]["states"]["mending"]["on"]["overdue"] = "mending"
    data["steps"]["mending"] |= {"reminders": []}
    data["steps"]["mending"]["deadline"]["after"] = {**BY, "low": "PT0S"}
    (finding,) = [f for f in prove(timed(data)).findings if "no time" in f.sentence]
    assert finding.path == ("steps", "mending", "deadline")
    data["steps"]["mending"]["deadline"]["after"] = BY
    assert [f for f in prove(timed(data)).findings if "no time" in f.sentence] == []


def test_a_walk_waits_as_long_as_was_chosen() -> None:
    data = copy.deepcopy(MENDING)
    data["invariants"] = [{"before": "late", "signed": {"role": "tester"}, "policy": "4.1",
                           "firm": True}]  # fmt: skip
    (finding,) = prove(timed(data)).findings
    walk = finding.walk or ""
    assert "severity: high" in walk
    assert "pass-time: PT4H" in walk
    assert replay(timed(data), walk).stopped_at is None
    data["start"]["fields"]["severity"]["choices"] = {"low": "Low", "high": "High"}
    (finding,) = prove(timed(data)).findings
    assert "pass-time: P5D" in (finding.walk or "")
    assert replay(timed(data), finding.walk or "").stopped_at is None


def test_what_has_not_the_form_is_said_in_words(tmp_path: Any) -> None:
    file = tmp_path / "mending.yaml"
    text = "steps: {mending: {deadline: {after: {by: severity, high: soon, low: P5D}}}}"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionsError) as error:
        load_file(file)
    assert "`high` is to be a length of time in days, hours and minutes" in str(error.value)
    file.write_text(text.replace("{by: severity, high: soon, low: P5D}", "[]"), encoding="utf-8")
    with pytest.raises(DefinitionsError) as error:
        load_file(file)
    assert "or `{by: …}` and a length of time for each choice" in str(error.value)


def test_the_page_says_it_in_words() -> None:
    line = step_line(timed(MENDING), "mending")
    assert line.deadline == (
        "Within four hours if Severity is High, five days if Low; then the case goes on by itself."
    )
