"""What a body carried, or a child case decided, counts while the papers stand as it saw them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source, load_file
from definitions.proof import Finding, prove
from definitions.reading import Positions
from tests.support.appointing_case import PARENT
from tests.support.small_definitions import built
from tests.support.walk_replay import replay

FOOLED = Path(__file__).parents[1] / "data" / "fooled" / "vote-about.yaml"
STALE = "the case comes to `done` and no vote in `one` has carried it as it now stands"


def vote(*, covers: Any = (), during: tuple[str, ...] = ("two",)) -> dict[str, Any]:
    """Return the file's data with other fields that its vote covers, and another amendment."""
    data: dict[str, Any] = load_file(FOOLED).definition.written()
    del data["steps"]["one"]["covers"]
    if covers is not None:
        data["steps"]["one"]["covers"] = covers if isinstance(covers, dict) else {"fields": []}
    data["amend"]["during"] = list(during)
    return data


def found(data: dict[str, Any]) -> tuple[Finding, ...]:
    definition = built(data)
    assert not check_parts(Source(definition, Positions("d.yaml", {}), f"{data['process']}.yaml"))
    findings = prove(definition).findings
    for finding in findings:
        assert finding.walk is not None
        assert replay(definition, finding.walk).stopped_at is None, finding.walk
    return findings


def test_what_is_amended_after_the_vote_was_not_carried() -> None:
    (finding,) = found(vote())
    assert STALE in finding.sentence
    assert finding.path == ("invariants", 0)
    assert "amend: {by: fenna" in (finding.walk or "")


def test_nor_is_what_is_amended_while_they_vote_on_what_the_vote_does_not_cover() -> None:
    (finding,) = found(vote(during=("one",)))
    assert STALE in finding.sentence


@pytest.mark.parametrize(
    "data",
    [
        vote(covers={"fields": ["what"], "reopen": "one"}, during=("one", "two")),
        vote(covers={"fields": ["what"]}, during=("one", "two")),  # frozen once it is decided
        vote(covers=None, during=("one",)),
    ],
    ids=["voted on again", "frozen", "begins anew"],
)
def test_it_holds_where_the_body_votes_on_what_stands(data: dict[str, Any]) -> None:
    assert found(data) == ()


def test_it_holds_of_other_fields_and_where_the_way_leads_by_the_vote_again() -> None:
    data = vote()
    data["invariants"][0]["about"] = ["risk"]
    assert found(data) == ()
    data = vote()
    data["machine"]["states"]["two"]["on"] = {"fine": "one"}
    data["machine"]["states"]["one"]["on"]["carried"] = "three"
    data["machine"]["states"]["one"]["on"]["lost"] = "two"
    data["machine"]["states"]["three"] = {"on": {"well": "done"}}
    data["steps"]["three"] = {**data["steps"]["two"], "outcomes": {"good": {"event": "well"}}}
    assert found(data) == ()


def test_it_is_asked_only_under_the_choices_that_it_names() -> None:
    data = vote()
    data["invariants"][0]["when"] = {"risk": "high"}
    (finding,) = found(data)
    assert "risk: high" in (finding.walk or "")


def child(during: str) -> dict[str, Any]:
    """Return a definition whose child case must have ended well about what stands."""
    data = copy.deepcopy(PARENT)
    data["amend"] = {"fields": ["why"], "during": [during]}
    for step in data["steps"].values():
        step["covers"] = {"fields": []}
    data["invariants"] = [
        {"title": "Asked", "before": "ended", "child": "question", "outcome": "good",
         "about": ["why"], "policy": "4.1", "firm": True}
    ]  # fmt: skip
    return data


@pytest.mark.parametrize("during", ["waiting", "working"])
def test_a_child_case_is_about_what_it_was_opened_with(during: str) -> None:
    said = [f for f in prove(built(child(during))).findings if f.path == ("invariants", 0)]
    (finding,) = said
    assert "`question` about it as it now stands hasn't ended as `good`" in finding.sentence
    assert replay(built(child(during)), finding.walk or "").stopped_at is None


def test_one_that_is_opened_later_is_about_what_stands_then() -> None:
    findings = prove(built(child("judging"))).findings
    assert not [f for f in findings if f.path == ("invariants", 0)]


def test_what_was_done_is_about_no_field() -> None:
    """A deed stays done whatever is amended: `about` would say nothing, so it is refused."""
    data = vote()
    end = {"end": {"person": "opener", "list": "all"}}
    data["invariants"] = [
        {"title": "Done", "before": "done", "done": end, "about": ["what"], "policy": "4.1",
         "firm": True}
    ]  # fmt: skip
    file = Source(built(data), Positions("vote-about.yaml", {}), "vote-about.yaml")
    told = [one.sentence for one in check_parts(file)]
    assert told == ["`about` goes with `signed` or `people` or `carried` or `child` only."]
