"""A child case was opened, whether or not anybody waits for it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source
from definitions.proof import Finding, prove
from definitions.reading import Positions
from tests.support.appointing_case import PARENT
from tests.support.killing import shows
from tests.support.small_definitions import built
from tests.support.walk_replay import replay

SOME = {"title": "Referred", "policy": "4.1", "firm": True}
TOLD = {"text": {"text": "About {number}"}, "what": {"field": "role"}}


def opened(at: dict[str, str], *invariants: dict[str, Any]) -> dict[str, Any]:
    """Return a definition that opens `referral` there, and doesn't wait for it."""
    data = copy.deepcopy(PARENT)
    referral = {"process": "child", "as": "referral", "with": TOLD}
    data["effects"].append({**at, "open": referral})
    return {**data, "invariants": [{**SOME, **one} for one in invariants]}


def checked(data: dict[str, Any]) -> list[str]:
    source = Source(built(data), Positions("parent.yaml", {}), "parent.yaml")
    return [f"{one.sentence} {one.remedy}" for one in check_parts(source)]


def found(data: dict[str, Any]) -> tuple[Finding, ...]:
    """Return what the proof finds of invariants; each counterexample plays to its end."""
    assert checked(data) == []
    findings = tuple(f for f in prove(built(data)).findings if f.path == ("invariants", 0))
    for finding in findings:
        assert replay(built(data), finding.walk or "").stopped_at is None, finding.walk
    return findings


@pytest.mark.parametrize(
    ("at", "invariant"),
    [
        ({"enter": "working"}, {"before": "ended", "child": "referral"}),
        ({"enter": "ended"}, {"before": "ended", "child": "referral"}),  # by coming there
        ({"leave": "working"}, {"before": "ended", "child": "referral"}),
        ({"enter": "judging"}, {"before": ["ended", "refused"], "child": "referral"}),
        ({"enter": "judging"}, {"before": "ended", "child": "referral",
                                "with": {"what": {"field": "role"}}}),
        ({"enter": "judging"}, {"before": "working", "child": "question"}),
        ({"enter": "ended"}, {"after": "ended", "child": "referral"}),
        ({"enter": "refused"}, {"after": "stuck", "child": "referral"}),
        ({"leave": "stuck"}, {"after": "stuck", "child": "referral"}),
        ({"leave": "working"}, {"after": ["working"], "child": "referral"}),
        ({"enter": "judging"}, {"after": "waiting", "child": "question"}),
        ({"leave": "waiting"}, {"before": "ended", "any_of": [
            {"child": "referral"}, {"signed": {"role": "member", "in": ["stuck"]}}]}),
    ],
)  # fmt: skip
def test_it_holds_where_the_case_is_opened(at: dict[str, str], invariant: dict[str, Any]) -> None:
    data = opened(at, invariant)
    # It may leave for `refused` from `stuck` and again come from there to `judging`.
    if at == {"enter": "refused"}:
        data["machine"]["states"]["stuck"]["on"] = {"was_again": "refused", "was_over": "refused"}
    assert found(data) == ()


BEFORE = "the case comes to `ended` and `referral` hasn't been opened"
AFTER = "and ends without having opened `referral`"


@pytest.mark.parametrize(
    ("at", "invariant", "how"),
    [
        ({"enter": "refused"}, {"before": "ended", "child": "referral"}, BEFORE),
        ({"leave": "stuck"}, {"before": "ended", "child": "referral"}, BEFORE),
        ({"enter": "refused"}, {"before": ["working"], "child": "referral"}, "to `working` and"),
        ({"enter": "refused"}, {"after": "working", "child": "referral"}, AFTER),
        # What was opened before isn't what follows.
        ({"enter": "judging"}, {"after": "working", "child": "referral"}, AFTER),
        ({"leave": "waiting"}, {"after": "working", "child": "referral"}, AFTER),
        # The machine may come to an end another way.
        ({"enter": "ended"}, {"after": ["ended", "stuck"], "child": "referral"}, AFTER),
        # Where the matrix forbids what is given there, nothing of entering it happens.
        ({"enter": "working"}, {"after": "working", "child": "referral"}, AFTER),
        ({"enter": "refused"}, {"before": "ended", "any_of": [
            {"child": "referral"}, {"signed": {"role": "support-engineer"}}]},
         "comes to `ended` without the signature, and `referral` hasn't been opened"),
    ],
)  # fmt: skip
def test_it_is_broken_where_the_case_is_not_opened(
    at: dict[str, str], invariant: dict[str, Any], how: str
) -> None:
    (finding,) = found(opened(at, invariant))
    assert how in finding.sentence


@pytest.mark.parametrize(
    "invariant",
    [
        {"before": ["ended"], "child": "referral"},
        {"after": "ended", "child": "referral"},
        {"before": "ended", "any_of": [
            {"child": "referral"}, {"done": {"end": {"person": "opener", "list": "all"}}}]},
    ],
)  # fmt: skip
def test_the_walk_shows_that_it_is_opened_in_the_right_definition(
    invariant: dict[str, Any],
) -> None:
    right = opened({"enter": "ended"}, {"title": "Referred", **invariant})
    wrong = copy.deepcopy(right)
    wrong["effects"][-1]["enter"] = "refused"
    (finding,) = found(wrong)
    assert found(right) == ()
    assert shows(built(wrong), built(right), finding) == "opened there"


@pytest.mark.parametrize(("during", "holds"), [("judging", True), ("waiting", False)])
def test_about_is_what_stands_when_it_is_opened(during: str, holds: bool) -> None:  # noqa: FBT001
    one = {"before": "ended", "child": "referral", "about": ["why"]}
    data = opened({"enter": "waiting"}, one)
    data["amend"] = {"fields": ["why"], "during": [during]}
    for step in data["steps"].values():
        step["covers"] = {"fields": []}
    findings = found(data)
    assert (findings == ()) == holds
    assert all("`referral` about it as it now stands" in one.sentence for one in findings)


def test_going_back_it_is_opened_anew_about_what_stands_then() -> None:
    one = {"before": "ended", "child": "referral", "about": ["why"]}
    data = opened({"enter": "judging"}, one)
    data["amend"] = {"fields": ["why"], "during": ["waiting", "working"]}
    data["steps"]["judging"]["covers"] = {"fields": ["why"], "reopen": "judging"}
    for name in ("stuck", "working"):
        data["steps"][name]["covers"] = {"fields": []}
    assert found(data) == ()


@pytest.mark.parametrize(
    ("invariant", "says"),
    [
        ({"before": "ended", "child": "referal"}, "Did you mean `referral`?"),
        ({"after": "working", "child": "referal"}, "Did you mean `referral`?"),
        ({"before": "ended", "child": "referral", "outcome": "good"},
         "There is no end of `referral` that this case waits for `good`"),
        ({"after": "working", "child": "question", "outcome": "good"}, "`outcome` can't be asked"),
        ({"after": "working", "child": "referral", "about": ["why"]}, "`about` can't be asked"),
        ({"after": "working", "child": "referral", "always": "ended"}, "exactly one of: always"),
        ({"after": "working"}, "exactly one of: always, child"),
        ({"ended": "working", "child": "referral"}, "`child` goes with `before` or `after` only"),
        ({"after": "working", "child": "referral", "with": {"what": {"field": "access"}}},
         "`referral` isn't told so as `what`"),
    ],
)  # fmt: skip
def test_what_it_says_is_checked(invariant: dict[str, Any], says: str) -> None:
    told = checked(opened({"enter": "working"}, invariant))
    assert any(says in one for one in told), told
