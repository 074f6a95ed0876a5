"""The Arbitrator rules: the desk, the preview, the signature, and what both cases say for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from store.record.verify import verify_record
from store.signatures import SigningKey
from tests.support.acting import World, make_world
from tests.support.carrying import carry_on
from tests.support.filled_form import FilledForm, filled_form
from tests.support.html import StrictPage

COMMUNITY = """\
name, emails, roles, leads, language, lists, motion
Sue Elm, sue@example.org, systems-administrator, systems-administration, en, , m20261012.1
Bo Ash, bo@example.org, systems-administrator, , en, ,
Cy Oak, cy@example.org, systems-administrator, , en, ,
Ruth Bay, ruth@example.org, board-member, , en, ,
Anna Box, anna@example.org, board-member, , en, ,
Judy Nut, judy@example.org, arbitrator, , en, ,
Jens Nut, jens@example.org, arbitrator, , en, ,
Cara Fig, cara@example.org, case-manager, , en, ,
Fay Plum, fay@example.org, , , en, ,
"""
SAID = {"scope": "For this patch alone.", "reasons": "Sue can't be reached (3.2.3)."}


@pytest.fixture
def town(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    with make_world(migrated, tmp_path, web_key, COMMUNITY) as made:
        yield made


@pytest.fixture
def patch(town: World) -> str:
    return town.open_system_patch("Bo")


@pytest.fixture
def dispute(town: World) -> str:
    """An arbitration whose offices are accepted."""
    number = town.open_case("Fay", "arbitration", {"claim": "The patch can't wait."})
    carry_on(town)
    for office in ("arbitrator", "case_manager"):
        who = holder(town, number, office)
        sure = {"outcome": "accept", "independent": "yes"}
        assert town.sign(who, number, "acceptance", office, **sure).status_code == 303
        carry_on(town)
    return number


def holder(town: World, number: str, office: str) -> str:
    (person,) = town.state(number).people[office]
    return next(name for name, id_ in town.people.items() if id_ == person)


def read(town: World, name: str, path: str) -> str:
    answer = town.as_(name).get(path)
    assert answer.status_code == 200, answer.text
    assert StrictPage(answer.text).findings == []
    return words(answer.text)


def words(page: str) -> str:
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(plain).split())


def key(page: str, label: str) -> str:
    """Return the value of the choice with this label."""
    found = re.findall(
        r'<input[^>]*name="ruling"[^>]*value="(\w+)"[^>]*>\s*<label[^>]*>(.*?)<', page
    )
    return str(next(value for value, told in found if label in unescape(told)))


def looked(town: World, judge: str, dispute: str, patch: str, label: str) -> tuple[str, FilledForm]:
    """Go from the form to the preview; return it, and its form."""
    path = f"/cases/{dispute}/rule?on={patch}"
    page = town.as_(judge).get(path).text
    form = filled_form(page, path)
    answer = town.post(judge, path, form.send(ruling=key(page, label), step="look", **SAID))
    assert answer.status_code == 200, answer.text
    assert StrictPage(answer.text).findings == []
    return answer.text, filled_form(answer.text, path)


def rules(town: World, judge: str, dispute: str, patch: str, label: str) -> str:
    """Rule; return the receipt."""
    path = f"/cases/{dispute}/rule?on={patch}"
    _, form = looked(town, judge, dispute, patch, label)
    receipt = town.follow(judge, town.post(judge, path, form.send(step="rule")))
    carry_on(town)
    return words(receipt.text)


def test_a_step_is_authorised_from_the_desk(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    desk = read(town, judge, "/arbitrator")
    assert f"Rule on it in {dispute}" in desk
    page, _ = looked(town, judge, dispute, patch, "Approve.")
    told = words(page)
    assert "It stands at Approve the patch Then at Apply the patch" in told
    assert (
        "the place of team leader counts as filled, with “Approve”. Nobody has signed it." in told
    )
    assert "Nothing is applied that the team leader hasn't approved" in told
    assert "Your ruling is recorded." in rules(town, judge, dispute, patch, "Approve.")
    assert town.state(patch).configuration == ("applying",)
    case = read(town, "Fay", f"/cases/{patch}")
    assert f"Ruling {dispute}/1" in case
    assert "For this patch alone." in case
    assert f"carried out ruling {dispute}/1" in case
    made = read(town, "Fay", f"/cases/{dispute}")
    assert f"ruled on {patch}" in made
    assert "Rulings made in it" in made
    assert verify_record(town.stack.database).ok
