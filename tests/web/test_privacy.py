"""What is confidential is shown to those whom the definition names, and said to all others."""

import hashlib
import io
from pathlib import Path

import pytest
from sqlalchemy import delete

from store import tables
from tests.support.acting import World
from tests.support.confidential import add_confidential

SECRET, PROOF, FINDING = "Robin took the key.", b"A letter.\n", "It is true."
AMENDED = "Robin took both keys."


@pytest.fixture
def closed_world(world: World, tmp_path: Path) -> World:
    return add_confidential(world, tmp_path / "definitions")


@pytest.fixture
def number(closed_world: World) -> str:
    typed: dict[str, object] = {
        "topic": "A key is missing",
        "details": SECRET,
        "proof": (io.BytesIO(PROOF), "letter.txt"),
    }
    return closed_world.open_case("Mia", "secret-report", typed)


def page(world: World, name: str, path: str) -> str:
    answer = world.as_(name).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_those_named_see_it(closed_world: World, number: str) -> None:
    for name in ("Mia", "Tess"):
        text = page(closed_world, name, f"/cases/{number}")
        assert SECRET in text
        assert "letter.txt" in text
        assert "Withheld" not in text


def test_others_see_that_something_is_withheld_and_why(closed_world: World, number: str) -> None:
    text = page(closed_world, "Sue", f"/cases/{number}")
    assert SECRET not in text
    assert "letter.txt" not in text
    assert hashlib.sha256(PROOF).hexdigest() not in text
    assert "A key is missing" in text
    assert "Withheld: only Testers and the opener may read this." in text
    assert "Papers may name others." in text
    assert 'href="/policy/9.1.4"' in text


def test_a_confidential_field_is_no_subject(closed_world: World, number: str) -> None:
    assert SECRET in page(closed_world, "Tess", "/inbox")
    assert "<h1>A key is missing</h1>" in page(closed_world, "Sue", f"/cases/{number}")


def test_evidence_is_withheld_in_the_timeline(closed_world: World, number: str) -> None:
    closed_world.sign(
        "Tess", number, "reading", "reader", outcome="read", finding=FINDING, comment="Thank you."
    )
    assert FINDING in page(closed_world, "Tim", f"/cases/{number}")
    for name in ("Mia", "Sue"):
        text = page(closed_world, name, f"/cases/{number}")
        assert FINDING not in text
        assert "Finding: Withheld: only Testers may read this." in text
        assert "Thank you." in text, "what isn't confidential is shown"


def test_what_was_erased_is_said_to_be(closed_world: World, number: str) -> None:
    with closed_world.stack.database.writing() as connection:
        connection.execute(delete(tables.openings).where(tables.openings.c.name == "topic"))
    text = page(closed_world, "Sue", f"/cases/{number}")
    assert "A key is missing" not in text
    assert "Erased: the record still proves that there was a value" in text


def test_earlier_values_stay_withheld(closed_world: World, number: str) -> None:
    path = f"/cases/{number}/amend"
    form = closed_world.form("Mia", path)
    closed_world.post("Mia", path, form.send(details=AMENDED))
    text = page(closed_world, "Sue", f"/cases/{number}")
    assert AMENDED not in text
    assert SECRET not in text
    assert AMENDED in page(closed_world, "Tess", f"/cases/{number}")


def test_a_confidential_file_is_given_to_those_named_only(closed_world: World, number: str) -> None:
    path = f"/cases/{number}/files/{hashlib.sha256(PROOF).hexdigest()}"
    assert closed_world.as_("Tess").get(path).data == PROOF
    assert closed_world.as_("Sue").get(path).status_code == 404


def test_the_record_holds_no_values(closed_world: World, number: str) -> None:
    text = page(closed_world, "Sue", f"/cases/{number}/record")
    assert SECRET not in text
    assert "A key is missing" not in text


def test_a_closed_case_is_named_and_not_shown(closed_world: World) -> None:
    number = closed_world.open_case("Mia", "closed-report", {"topic": "The door"})
    assert "The door" in page(closed_world, "Tess", f"/cases/{number}")
    for path in ("", "/record", f"/files/{'a' * 64}"):
        answer = closed_world.as_("Sue").get(f"/cases/{number}{path}")
        assert answer.status_code == 403
        assert "The door" not in answer.text
        assert number in answer.text


def test_a_definition_says_who_sees_what(closed_world: World) -> None:
    text = page(closed_world, "Sue", "/definitions/secret-report")
    assert "Every Member sees a case, but not all of it." in text
    assert "“Details” is confidential: only Testers and the opener see it." in text
    closed = page(closed_world, "Sue", "/definitions/closed-report")
    assert "The opener and those who sign a step see a case." in closed
