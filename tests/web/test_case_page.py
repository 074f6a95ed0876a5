"""The case's page as somebody sees it: everything escaped, everything linked, nothing doubled."""

import hashlib
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import RequestRedirect

from definitions.acts import NO_ENTRY
from definitions.canonical import Json
from definitions.clock import stamp
from store import tables
from store.cases import report_stopped
from store.restoring import RECONCILED, record_operation
from store.streams import read_entry
from tests.support.acting import HOSTILE, World, patch
from tests.support.counting import counted_statements

_HREF = re.compile(r'(?:href|action)="([^"]+)"')


def page_of(world: World, name: str, number: str, query: str = "") -> str:
    answer = world.as_(name).get(f"/cases/{number}{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def comment(world: World, name: str, number: str, text: str) -> None:
    path = f"/cases/{number}/comment"
    answer = world.post(name, path, world.form(name, path).send(comment=text))
    assert answer.status_code == 303, answer.text


@pytest.fixture
def reviewed(world: World) -> str:
    """A patch that one has reviewed, one has tested, and about which something was said."""
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
    world.sign("Tess", number, "test", "tester", outcome="pass", build="clean", test_log="Green.")
    comment(world, "Tim", number, "Which release is it for?")
    return number


def test_the_page_answers_in_order(world: World, reviewed: str) -> None:
    text = page_of(world, "Rob", reviewed)
    headings = re.findall(r"<h[12][^>]*>([^<]+)</h[12]>", text)
    assert headings[:7] == [
        "Say two as well",
        "What you can do",
        "What is missing",
        "What it is about",
        "The way",
        "What has happened",
        "Other things you can do",
    ]
    assert f'href="/cases/{reviewed}/sign/review/reviewer"' in text
    assert "Rose Bay has signed as reviewer: Approve." in text


def test_the_timeline_tells_each_entry_with_role_and_reason(world: World, reviewed: str) -> None:
    text = re.sub(r"<[^>]+>", "", unescape(page_of(world, "Rob", reviewed)))
    told = " ".join(text.split())
    assert "Mia Gum opened the case" in told
    assert "Rose Bay (Software Assessor) signed “Review the patch” as reviewer: Approve" in told
    assert "Findings: Read it all." in told
    assert "Build: Builds cleanly" in told
    assert "Tim Cob (Tester) said" in told
    assert "Which release is it for?" in told


def test_a_patch_is_shown_with_people_files_and_lines(world: World) -> None:
    content = patch(
        author="M. Gum <mia@code.example>", message="Co-authored-by: Rob <rob@example.org>"
    )
    number = world.open_application_patch("Mia", content)
    text = page_of(world, "Lena", number)
    assert 'class="d-add"' in text
    assert "One file: one line added, none removed." in text
    assert "(author)" in text
    assert "(co-author)" in text
    assert "Rob Yew can&#39;t: author of the patch (7.4)." in text
    digest = hashlib.sha256(content).hexdigest()
    assert f'href="/cases/{number}/files/{digest}"' in text


def test_hostile_text_is_only_text(world: World) -> None:
    number = world.open_application_patch(
        "Mia", patch(subject=HOSTILE, message=HOSTILE, line=HOSTILE), purpose=HOSTILE, bug="<b>1"
    )
    comment(world, "Tess", number, HOSTILE)
    for path in (f"/cases/{number}", "/inbox"):
        for name in ("Mia", "Rose"):
            text = world.as_(name).get(path).text
            assert "<script" not in text
            assert "<img" not in text
    assert text.count("&lt;script&gt;") >= 1
    assert page_of(world, "Rose", number).count("&lt;script&gt;alert(1)") >= 5


def test_all_links_lead_somewhere(world: World, reviewed: str) -> None:
    routes = world.stack.app.url_map.bind("countersign.test")
    pages = ["/inbox", f"/cases/{reviewed}", "/definitions/application-patch", "/policy/7.4",
             "/outbox", f"/people/{world.people['Rose']}"]  # fmt: skip
    seen = set()
    for name in ("Mia", "Rita", "Rose", "Tess", "Sue"):
        for page in pages:
            for url in _HREF.findall(world.as_(name).get(page).text):
                seen.add(unescape(url).partition("#")[0].partition("?")[0])
    for url in sorted(seen - {""}):
        try:
            routes.match(url)
        except RequestRedirect:
            raise
        except MethodNotAllowed:
            routes.match(url, method="POST")
        if url.startswith(("/policy", "/people", "/definitions", "/cases")):
            assert world.as_("Mia").get(url).status_code in {200, 303, 403, 409}, url


def test_amended_and_taken_back_sign_offs_are_marked_and_say_why(world: World) -> None:
    number = world.open_application_patch("Mia")
    world.sign("Rose", number, "review", "reviewer", outcome="approve", not_author="yes")
    world.sign("Tess", number, "test", "tester", outcome="pass", build="clean", test_log="Green.")
    path = f"/cases/{number}/retract/test"
    assert world.post("Tess", path, world.form("Tess", path).send()).status_code == 303
    path = f"/cases/{number}/amend"
    world.post("Mia", path, world.form("Mia", path).send(purpose="It says two, better."))
    text = unescape(page_of(world, "Rita", number))
    assert "Rose Bay had signed. Mia changed “What it changes and why” afterwards" in text
    assert "Tess took it back." in text
    assert text.count("<strong>Outdated.</strong>") == 4, "in the way and in the timeline"
    assert "Changed just now by Mia Gum." in text


def test_a_stopped_case_says_so_and_offers_nothing(world: World) -> None:
    number = world.open_system_patch("Sue")
    report_stopped(world.stack.database, world.state(number).case, "The disk is full.")
    text = page_of(world, "Lena", number)
    assert "This case is stopped" in text
    assert "The disk is full." in text
    assert "/sign/" not in text
    assert "<textarea" not in text
    assert "Stopped" in world.as_("Lena").get("/inbox").text


def test_the_record_is_given_as_it_is_kept(world: World, reviewed: str) -> None:
    answer = world.as_("Lena").get(f"/cases/{reviewed}/record")
    assert answer.content_type.startswith("application/jsonl")
    before = NO_ENTRY
    for line in answer.text.splitlines():
        entry = read_entry(line)
        assert entry.prev == before
        before = entry.sha256()
    assert before in page_of(world, "Lena", reviewed), "the head on the page is the last entry's"
    assert "Read it all." not in answer.text, "values aren't in the record"
    assert {json.loads(line)["act"]["kind"] for line in answer.text.splitlines()} == {
        "open",
        "sign_off",
        "comment",
    }


def test_a_file_is_saved_under_its_name_and_never_shown(world: World) -> None:
    content = patch()
    digest = hashlib.sha256(content).hexdigest()
    number = world.open_application_patch("Mia", content)
    answer = world.as_("Tess").get(f"/cases/{number}/files/{digest}")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="0001-two.patch"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "application/octet-stream"


def test_a_file_comes_only_from_its_own_case(world: World) -> None:
    digest = hashlib.sha256(patch()).hexdigest()
    world.open_application_patch("Mia")
    world.stack.clock.pass_time(timedelta(minutes=1))
    other = world.open_system_patch("Sue")
    for path in (digest, digest.upper(), "x", "%2e%2e", digest[:-1] + "%"):
        assert world.as_("Mia").get(f"/cases/{other}/files/{path}").status_code == 404


def test_an_unknown_case_and_strangers_get_nothing(world: World) -> None:
    number = world.open_system_patch("Sue")
    assert world.as_("Mia").get("/cases/p20000101.1").status_code == 404
    stranger = world.stack.visitor()
    for path in (number, f"{number}/record", f"{number}/files/{'a' * 64}"):
        answer = stranger.get(f"/cases/{path}")
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["Location"]


def test_only_a_member_sees_cases(world: World) -> None:
    number = world.open_system_patch("Sue")
    operator = world.stack.add_person("Olga Operator", roles=("operator",))
    visitor = world.stack.signed_in(operator)
    for path in ("", "/record"):
        answer = visitor.get(f"/cases/{number}{path}")
        assert answer.status_code == 403
        assert "openssl" not in answer.text
        assert "9.5" in answer.text
    assert visitor.get("/operator").status_code == 200
    assert world.as_("Mia").get("/operator").status_code == 403


def test_the_operator_reads_what_was_mended_by_itself(world: World) -> None:
    number = world.open_system_patch("Sue")
    visitor = world.stack.signed_in(world.stack.add_person("Olga Operator", roles=("operator",)))
    assert "Nothing had to be mended." in visitor.get("/operator").text
    about: dict[str, Json] = {
        "number": number,
        "found": "stuck",
        "ailment": "machines",
        "record": 1,
        "mended": True,
    }
    at = stamp(world.stack.clock.now())
    with world.stack.database.writing() as connection:
        for nth, mended in enumerate((True, False)):
            told = about | {"mended": mended}
            key = world.gateway.worker_key
            record_operation(connection, RECONCILED, told, at, key, f"reconcile:{nth}:stuck")
    page = visitor.get("/operator").text
    assert page.count("Its workflow could not go on.") == 1
    assert "Temporal could not replay its history. The case was started anew" in page
    assert "after entry 1" in page
    assert number in page


def test_many_entries_come_in_pages(world: World) -> None:
    number = world.open_system_patch("Sue")
    names = ["Sue", "Lena", "Sid", "Mia"]
    for index in range(104):
        comment(world, names[index % 4], number, f"Remark {index}.")
        world.stack.clock.pass_time(timedelta(seconds=5))
    newest = page_of(world, "Mia", number)
    assert "Remark 103." in newest
    assert "Remark 3." not in newest
    older = re.search(r'<a href="([^"]+)">Earlier entries</a>', newest)
    assert older is not None
    text = page_of(world, "Mia", number, older[1].partition(number)[2].partition("#")[0])
    assert "Remark 3." in text
    assert "opened the case" in text
    assert "Remark 50." not in text


def test_the_number_of_questions_does_not_grow_with_the_case(world: World) -> None:
    number = world.open_application_patch("Mia")
    page_of(world, "Rose", number)
    with counted_statements() as few:
        page_of(world, "Rose", number)
    for index in range(30):
        comment(world, "Mia", number, f"Remark {index}.")
    world.sign("Rose", number, "review", "reviewer", outcome="approve", not_author="yes")
    with counted_statements() as many:
        page_of(world, "Rose", number)
    assert len(many) == len(few)
    assert len(few) < 30


def test_the_page_names_the_version_and_says_if_it_is_an_older_one(world: World) -> None:
    number = world.open_system_patch("Sue")
    version = world.state(number).definition
    text = page_of(world, "Mia", number)
    assert f"/definitions/system-patch?version={version}" in text
    assert "earlier version" not in text
    assert world.as_("Mia").get(f"/definitions/system-patch?version={version}").status_code == 200
    missing = world.as_("Mia").get(f"/definitions/application-patch?version={version}")
    assert missing.status_code == 404


def test_a_person_has_roles_since_a_day(world: World) -> None:
    text = world.as_("Mia").get(f"/people/{world.people['Rose']}").text
    assert "Software Assessor" in text
    assert "Since <time" in text
    assert ">23 November" in text
    assert world.as_("Mia").get("/people/nobody").status_code == 404


def test_mail_is_told_quietly(world: World) -> None:
    number = world.open_system_patch("Sue")
    world.sign("Lena", number, "approval", "lead", outcome="reject", comment="No.")
    text = page_of(world, "Mia", number)
    assert "sent a mail to Sue Elm (not sent yet)" in text
    with world.stack.database.reading() as connection:
        keys = list(connection.scalars(select(tables.outbox.c.key)))
    assert len(keys) == 1
    own = world.as_("Sue").get("/outbox").text
    assert "patch rejected" in own
    assert f'href="/cases/{number}"' in own
    assert "patch rejected" not in world.as_("Sid").get("/outbox").text


def test_who_only_keeps_the_program_running_reads_and_says_nothing_in_a_case(
    world: World, reviewed: str
) -> None:
    operator = world.stack.signed_in(world.stack.add_person("Olga", roles=("operator",)))
    assert operator.get("/operator").status_code == 200
    assert operator.get(f"/cases/{reviewed}").status_code == 403
    assert operator.get(f"/cases/{reviewed}/document.pdf").status_code in {403, 404}
    before = world.state(reviewed)
    answer = operator.post(f"/cases/{reviewed}/comment", {"comment": "I look after the server."})
    assert answer.status_code == 403
    assert world.state(reviewed) == before
