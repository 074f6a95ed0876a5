"""What is given in a private step is shown to those whom the definition names, and to its giver."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from store.record.export import export_record
from tests.support.acting import World
from tests.support.confidential import add_confidential

SAID, ANSWER, REMARK, LETTER = (
    "I asked about money.",
    "I owe nobody.",
    "Odd answers.",
    b"Dear all.\n",
)


@pytest.fixture
def talked(world: World, tmp_path: Path) -> tuple[World, str]:
    world = add_confidential(world, tmp_path / "definitions")
    number = world.open_case("Mia", "private-talk", {"topic": "A talk about money"})
    world.sign("Mia", number, "talk", "asked", outcome="held", notes=ANSWER)
    letter = (io.BytesIO(LETTER), "letter.txt")
    world.sign(
        "Tess",
        number,
        "talk",
        "asking",
        outcome="held",
        notes=SAID,
        comment=REMARK,
        letter=letter,
    )
    assert world.state(number).ended == "closed"
    return world, number


def page(world: World, name: str, number: str) -> str:
    answer = world.as_(name).get(f"/cases/{number}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_those_named_see_all_of_it(talked: tuple[World, str]) -> None:
    world, number = talked
    for name in ("Tess", "Tim"):
        text = page(world, name, number)
        assert all(one in text for one in (SAID, ANSWER, REMARK, "letter.txt"))


def test_others_see_that_it_happened_and_that_something_is_withheld(
    talked: tuple[World, str],
) -> None:
    world, number = talked
    text = page(world, "Sue", number)
    assert not any(one in text for one in (SAID, ANSWER, REMARK, "letter.txt"))
    assert hashlib.sha256(LETTER).hexdigest() not in text
    assert text.count("Withheld: only Testers may read this.") == 2
    assert 'href="/policy/9.1.4.4"' in text
    assert "signed “Hold the talk” as asking" in text


def test_so_it_is_in_the_document_of_the_case(talked: tuple[World, str]) -> None:
    world, number = talked
    said = {}
    for name in ("Tess", "Sue", "Mia"):
        answer = world.as_(name).get(f"/cases/{number}/document.pdf")
        assert answer.status_code == 200
        pages = PdfReader(io.BytesIO(answer.data)).pages
        said[name] = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert all(one in said["Tess"] for one in (SAID, ANSWER, REMARK, "letter.txt"))
    assert not any(one in said["Sue"] for one in (SAID, ANSWER, REMARK, "letter.txt"))
    assert said["Sue"].count("Withheld: only Testers may read this.") == 2
    assert ANSWER in said["Mia"]
    assert not any(one in said["Mia"] for one in (SAID, REMARK, "letter.txt"))


def test_who_gave_it_sees_their_own(talked: tuple[World, str]) -> None:
    world, number = talked
    text = page(world, "Mia", number)
    assert ANSWER in text
    assert SAID not in text
    assert REMARK not in text


def test_a_file_is_given_to_those_named_only(talked: tuple[World, str]) -> None:
    world, number = talked
    path = f"/cases/{number}/files/{hashlib.sha256(LETTER).hexdigest()}"
    assert world.as_("Tim").get(path).data == LETTER
    for name in ("Mia", "Sue"):
        assert world.as_(name).get(path).status_code == 404


def test_the_exported_record_withholds_it(talked: tuple[World, str]) -> None:
    world, number = talked
    lines = [json.loads(line) for line in export_record(world.stack.database)]
    case = world.state(number).case
    signed = [
        line
        for line in lines
        if line.get("entry", {}).get("stream") == case and line["entry"]["act"]["step"] == "talk"
    ]
    assert [line["openings"] for line in signed] == [{}, {}]
    assert all("notes" in line["withheld"] for line in signed)
    whole = "".join(export_record(world.stack.database, confidential=True))
    assert SAID in whole


def test_who_signs_beside_it_is_told_that_it_is_withheld(world: World, tmp_path: Path) -> None:
    world = add_confidential(world, tmp_path / "definitions")
    number = world.open_case("Mia", "private-talk", {"topic": "A talk"})
    world.sign("Tess", number, "talk", "asking", outcome="held", notes=SAID, comment=REMARK)
    text = world.as_("Mia").get(f"/cases/{number}/sign/talk/asked").text
    assert REMARK not in text
    assert SAID not in text
    assert "Withheld: only Testers may read this." in text


@pytest.mark.parametrize("path", ["sign/talk/asked", "decline/talk/asked"])
def test_who_gives_it_is_told_who_can_read_it(world: World, tmp_path: Path, path: str) -> None:
    world = add_confidential(world, tmp_path / "definitions")
    number = world.open_case("Mia", "private-talk", {"topic": "A talk"})
    text = world.as_("Mia").get(f"/cases/{number}/{path}").text
    assert "only Testers can read it." in text.replace("Only", "only")
    assert "verybody who sees the case can read it." not in text


def test_the_form_and_the_definition_say_so_beforehand(talked: tuple[World, str]) -> None:
    world, _ = talked
    assert "what is given in “Hold the talk” only by Testers" in (
        world.as_("Sue").get("/open/private-talk").text.replace("What is given", "what is given")
    )
    text = world.as_("Sue").get("/definitions/private-talk").text
    assert "What is given in “Hold the talk” is confidential: only Testers see it." in text
