"""What a definition may publish: what is there, what nobody is kept from, and from which ends."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from definitions.checks import check_library, check_parts
from definitions.definition import Definition
from definitions.loader import Library, Source, load_library
from definitions.model import Body
from definitions.publishing import ends_published, hides, parts_of, published_by
from definitions.reading import Positions

LIBRARY = load_library()
INCIDENT: Any = LIBRARY.current("incident").written()
CHECK: Any = LIBRARY.current("abc").written()


def source(data: Mapping[str, Any]) -> Source:
    definition = Definition.build(dict(data), {})
    file = f"{definition.process}.yaml"
    return Source(definition, Positions(file, {}), file)


def found(data: Any, **change: Any) -> list[str]:
    """Return what is found where this is published instead."""
    changed = copy.deepcopy(data)
    changed["publishes"].update(change)
    return [f"{one.sentence} {one.remedy}" for one in check_parts(source(changed))]


@pytest.mark.parametrize("data", [INCIDENT, CHECK], ids=["incident", "abc"])
def test_what_ours_publish_is_in_order(data: Any) -> None:
    assert found(data) == []
    assert found(data, when=[]) == []


@pytest.mark.parametrize(
    ("data", "change", "says"),
    [
        (INCIDENT, {"as": "rulings"}, "the public list of all rulings"),
        (INCIDENT, {"title": {"de": "Vorfälle"}}, "English words"),
        (INCIDENT, {"policy": "99.1"}, "99.1"),
        (INCIDENT, {"when": ["closd"]}, "There is no state `closd`. Did you mean `closed`?"),
        (INCIDENT, {"when": ["reporting"]}, "`reporting` isn't an end of the case"),
        (INCIDENT, {"when": ["before_arbitrator"]}, "`before_arbitrator` isn't an end of the case"),
        (INCIDENT, {"shows": ["waht"]}, "There is no field `waht`. Did you mean `what`?"),
        (INCIDENT, {"shows": ["reprting.team"]}, "There is no step `reprting`"),
        (INCIDENT, {"shows": ["reporting.tam"]}, "There is no evidence of `reporting` `tam`"),
        (INCIDENT, {"shows": ["appending.details"]}, "given in `appending` is confidential"),
        (INCIDENT, {"shows": ["appending.document"]}, "`appending.document` is a file"),
        (INCIDENT, {"shows": ["investigating.entry"]}, "lists aren't published"),
        (CHECK, {"shows": ["consent.contact"]}, "given in `consent` is confidential"),
        (CHECK, {"shows": ["scope.findings"]}, "given in `scope` is confidential"),
    ],
)
def test_what_cannot_be_published_is_refused(data: Any, change: Any, says: str) -> None:
    told = found(data, **change)
    assert any(says in one for one in told), told


def test_nothing_confidential_is_published_whatever_hides_it() -> None:
    viewers = {"roles": ["arbitrator"], "policy": "9.5"}
    for part, says in (
        ({"case": viewers}, "Only some see such a case at all"),
        ({"fields": {"what": viewers}}, "`what` is confidential"),
    ):
        data = {**copy.deepcopy(INCIDENT), "invariants": []}
        data["privacy"] = {**data["privacy"], **part}
        assert any(says in one for one in found(data, shows=["what", "noticed"])), part


def test_two_processes_do_not_share_a_public_list() -> None:
    other = copy.deepcopy(CHECK)
    other["publishes"]["as"] = "incidents"
    reports = check_library(Library((source(INCIDENT), source(other))))
    assert not reports[0].findings or reports[0].process == "incident"
    told = [one.sentence for report in reports for one in report.findings]
    assert "The public list `incidents` is that of incident.yaml already." in told


def test_every_list_of_ours_has_a_name_of_its_own() -> None:
    lists = [one.body.publishes.as_ for one in LIBRARY.definitions() if one.body.publishes]
    assert len(lists) == len(set(lists))
    assert {"incidents", "motions", "background-checks", "disputes"} <= set(lists)


def body(**change: Any) -> Body:
    return LIBRARY.current("incident").body.model_copy(update=change)


def test_a_case_is_published_from_its_ends_on() -> None:
    ours = body()
    assert published_by(ours, "closed") is ours.publishes
    assert published_by(ours, "no_incident") is None
    assert published_by(ours, None) is None
    assert ends_published(ours) == ("closed",)
    assert ours.publishes is not None
    always = body(publishes=ours.publishes.model_copy(update={"when": ()}))
    assert published_by(always, None) is always.publishes
    assert ends_published(always) == ()
    assert published_by(body(publishes=None), "closed") is None
    assert ends_published(body(publishes=None)) is None


def test_what_hides_something_is_told() -> None:
    ours = body()
    assert hides(ours, "reporting.team") is None
    assert hides(ours, "appending.details") == "steps"
    viewers = ours.privacy.steps["appending"]
    fields = body(privacy=ours.privacy.model_copy(update={"fields": {"team": viewers}}))
    assert hides(fields, "reporting.team") == "fields"
    closed = body(privacy=ours.privacy.model_copy(update={"case": viewers}))
    assert hides(closed, "what") == "case"
    assert published_by(closed, "closed") is None
    assert ends_published(closed) is None
    assert parts_of("what") == (None, "what")
    assert parts_of("reporting.team") == ("reporting", "team")
