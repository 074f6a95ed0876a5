"""A case as a PDF document: it says what the page says, to whom the page says it, and no more."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete
from werkzeug.test import TestResponse

from definitions.clock import stamp
from store import tables
from store.mail import Mail
from store.queries.cases import find_case
from tests.support.acting import HOSTILE, World
from tests.support.confidential import add_confidential
from tests.support.counting import counted_statements
from web.documents import to_pdf
from web.page_models.document import Block, Document, Fact, Heading, Paragraph
from worker.documents import make_documents

SECRET, PROOF, FINDING = "Robin took the key.", b"A letter.\n", "It is true."
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
GREEK, CYRILLIC, LATIN = "Ζωή", "Щербаков", "Łódź, Þórður, Nguyễn"
HEBREW = "שלום עולם"


def asked(world: World, name: str, number: str) -> TestResponse:
    return world.as_(name).get(f"/cases/{number}/document.pdf")


def given(world: World, name: str, number: str) -> bytes:
    answer = asked(world, name, number)
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.data, bytes)
    return answer.data


def read(content: bytes) -> str:
    """Return a document's text; where its lines break is no part of what it says."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def drawn(*blocks: Block) -> bytes:
    whole = Document(
        name="x", title="A case", at=AT, url="https://sign.example.org/cases/x", blocks=blocks
    )
    return to_pdf(whole)


def comment(world: World, name: str, number: str, text: str) -> None:
    path = f"/cases/{number}/comment"
    answer = world.post(name, path, world.form(name, path).send(comment=text))
    assert answer.status_code == 303, answer.text


@pytest.fixture
def reviewed(world: World) -> str:
    """A patch that one has reviewed, and about which something was said."""
    number = world.open_application_patch("Mia", risk="medium")
    world.sign(
        "Rose",
        number,
        "review",
        "reviewer",
        outcome="approve",
        not_author="yes",
        findings="Read it all.",
    )
    comment(world, "Tim", number, "Which release is it for?")
    return number


@pytest.fixture
def closed_world(world: World, tmp_path: Path) -> World:
    return add_confidential(world, tmp_path / "definitions")


@pytest.fixture
def confidential(closed_world: World) -> str:
    typed: dict[str, object] = {
        "topic": "A key is missing",
        "details": SECRET,
        "proof": (io.BytesIO(PROOF), "letter.txt"),
    }
    number = closed_world.open_case("Mia", "secret-report", typed)
    closed_world.sign(
        "Tess", number, "reading", "reader", outcome="read", finding=FINDING, comment="Thank you."
    )
    return number


def test_it_says_what_the_page_says(world: World, reviewed: str) -> None:
    text = read(given(world, "Rob", reviewed))
    page = " ".join(
        re.sub(r"<[^>]+>", " ", world.as_("Rob").get(f"/cases/{reviewed}").text).split()
    )
    for told in (
        reviewed,
        "Say two as well",
        "Read it all.",
        "Which release is it for?",
        "Mia Gum",
        "Rose Bay",
        "Software Assessor",
    ):
        assert told in unescape(page)
        assert told in text
    assert re.search(
        r"Rose Bay \(Software Assessor\) .*signed “Approve”, .* UTC \(entry \d+\)", text
    )
    assert re.search(r"As recorded up to entry \d+, .* SHA-256 [0-9a-f]{64}", text)
    assert "ago" not in text.split(), "nothing in it ages"


def test_the_page_links_to_it(world: World, reviewed: str) -> None:
    assert (
        f'href="/cases/{reviewed}/document.pdf"' in world.as_("Sue").get(f"/cases/{reviewed}").text
    )


def test_it_is_saved_under_a_safe_name_and_kept_by_no_cache(world: World, reviewed: str) -> None:
    headers = asked(world, "Sue", reviewed).headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == f'attachment; filename="{reviewed}.pdf"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_same_case_gives_the_same_bytes(world: World, reviewed: str) -> None:
    first = given(world, "Sue", reviewed)
    world.stack.clock.pass_time(timedelta(hours=3))
    assert given(world, "Sue", reviewed) == first
    assert given(world, "Mia", reviewed) == first, "those who see the same get the same"
    comment(world, "Tim", reviewed, "And now?")
    assert given(world, "Sue", reviewed) != first


def test_however_much_was_said_it_takes_the_same_queries(world: World, reviewed: str) -> None:
    def count() -> int:
        with counted_statements() as statements:
            given(world, "Sue", reviewed)
        return len(statements)

    count()
    before = count()
    for number in range(4):
        comment(world, "Tim", reviewed, f"Word {number}.")
    assert count() == before


def test_those_named_read_what_is_confidential(closed_world: World, confidential: str) -> None:
    text = read(given(closed_world, "Tess", confidential))
    assert SECRET in text
    assert FINDING in text
    assert "letter.txt" in text
    assert "Withheld" not in text


def test_for_others_it_is_withheld_and_nowhere_in_the_file(
    closed_world: World, confidential: str
) -> None:
    content = given(closed_world, "Sue", confidential)
    text = read(content)
    for secret in (SECRET, FINDING, "letter.txt", hashlib.sha256(PROOF).hexdigest()):
        assert secret not in text
        assert secret.encode() not in content
    assert "A key is missing" in text
    assert "Withheld: only Testers and the opener may read this." in text
    assert "Thank you." in text


def test_what_was_erased_is_said_to_be(closed_world: World, confidential: str) -> None:
    with closed_world.stack.database.writing() as connection:
        connection.execute(delete(tables.openings).where(tables.openings.c.name == "topic"))
    text = read(given(closed_world, "Sue", confidential))
    assert "A key is missing" not in text
    assert "Erased: the record still proves that there was a value" in text


def test_a_closed_case_is_refused_in_a_sentence(closed_world: World) -> None:
    number = closed_world.open_case("Mia", "closed-report", {"topic": "The door"})
    assert "The door" in read(given(closed_world, "Tess", number))
    answer = asked(closed_world, "Sue", number)
    assert answer.status_code == 403
    assert "The door" not in answer.text
    assert "is shown to its people only" in answer.text


def test_there_is_none_of_a_case_that_does_not_exist(world: World) -> None:
    assert asked(world, "Sue", "x20260101.1").status_code == 404


def test_hostile_words_are_words(world: World) -> None:
    number = world.open_application_patch("Mia", risk="medium")
    comment(world, "Tim", number, HOSTILE)
    comment(world, "Tim", number, "**bold** {nb} \\n (brackets) %PDF <b>x</b> endstream")
    text = read(given(world, "Sue", number))
    assert "**bold** {nb} \\n (brackets) %PDF <b>x</b> endstream" in text
    assert " ".join(HOSTILE.split()) in text


def test_every_script_of_names_is_drawn_and_read() -> None:
    text = read(drawn(Paragraph(text=f"{GREEK} {CYRILLIC} {LATIN}"), Paragraph(text=HEBREW)))
    for told in (GREEK, CYRILLIC, LATIN, HEBREW):
        assert told in text
    assert "can't be shown" not in text


def test_what_cannot_be_drawn_is_a_box_and_said_to_be() -> None:
    text = read(drawn(Paragraph(text="漢字 \U0001f980 a\u202eb\x00c\x1bd")))
    assert "□□ □ a□b□c□d" in text
    assert "□ stands for characters that can't be shown in this document." in text
    assert "https://sign.example.org/cases/x" in text


@pytest.mark.parametrize(
    "text",
    ["", "x" * 10_000, "word " * 2_000, "a\n" * 5_000, "\n" * 10_000, f"{HEBREW} " * 1_000,
     "\u0301" * 1_000, "W" * 300 + " " + "i" * 300, " " * 10_000],
    ids=["nothing", "one-word", "words", "lines", "no-lines", "right-to-left", "marks", "wide",
         "spaces"],
)  # fmt: skip
def test_no_text_breaks_it_wherever_it_stands(text: str) -> None:
    blocks = (Heading(text=text), Fact(label=text[:20], text=text), Paragraph(text=text))
    content = drawn(Heading(text="A case", level=1), *blocks, Paragraph(text="The end."))
    assert read(content).endswith("The end. A case Page " + str(pages_of(content)))
    assert inside(content)


def pages_of(content: bytes) -> int:
    return len(PdfReader(io.BytesIO(content)).pages)


def inside(content: bytes) -> bool:
    """Say whether nothing is drawn beside the page."""
    places: list[float] = []

    def note(text: str, _now: object, at: list[float], *_font: object) -> None:
        if text.strip():
            places.append(at[4])

    for page in PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=note)
        assert all(0 <= place < float(page.mediabox.width) for place in places)
    return True


def test_it_is_tagged_named_and_in_a_language() -> None:
    content = drawn(
        Heading(text="One", level=1), *[Paragraph(text="word " * 500) for _ in range(6)]
    )
    reader = PdfReader(io.BytesIO(content))
    catalog: Any = reader.root_object
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata
    assert reader.metadata.title == "A case"
    assert reader.metadata.creation_date == AT
    whole = catalog["/StructTreeRoot"]["/K"][0]
    elements = [one.get_object() for one in whole["/K"]]
    assert [one["/S"] for one in elements][:2] == ["/H1", "/P"]
    for number, page in enumerate(reader.pages):
        stream = page.get_contents()
        assert stream is not None
        begun = re.findall(rb"/\w+ (?:<</MCID (\d+)>> BDC|BMC)", stream.get_data())
        marks = [int(one) for one in begun if one]
        here = [one["/K"][0] for one in elements if one.raw_get("/Pg") == page.indirect_reference]
        assert marks == list(range(len(marks))) == here, f"page {number}"
        assert len(begun) == stream.get_data().count(b"EMC")


def test_a_document_that_is_too_long_says_where_the_rest_is(world: World, reviewed: str) -> None:
    for _ in range(14):
        comment(world, "Tim", reviewed, "word " * 1_900)
    text = read(given(world, "Sue", reviewed))
    assert "This document would be too long and ends here." in text
    assert text.count("word") < 25_000


def mailed(world: World, number: str) -> str:
    """Return what the document says that goes out with a mail about a case."""
    stack = world.stack
    make = make_documents(stack.database, stack.clock, stack.settings.public_url)
    with stack.database.reading() as connection:
        row = find_case(connection, number)
    assert row
    at = stamp(stack.clock.now())
    paper = make(Mail("k", row.case, "a@b.org", "A", "S", "B", at, None, None, number=number))
    assert paper.name == f"{number}.pdf"
    return read(paper.content)


def test_with_a_mail_goes_what_every_member_may_see(closed_world: World, confidential: str) -> None:
    text = mailed(closed_world, confidential)
    assert text == read(given(closed_world, "Sue", confidential))
    assert "A key is missing" in text
    assert SECRET not in text
    assert FINDING not in text


def test_with_a_mail_goes_nothing_of_a_case_that_is_closed_to_members(closed_world: World) -> None:
    number = closed_world.open_case("Mia", "closed-report", {"topic": "The door"})
    text = mailed(closed_world, number)
    assert "The door" not in text
    assert "Mia" not in text
    assert "What this case is about is shown to its people only: http://countersign.test" in text
