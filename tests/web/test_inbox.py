"""The inbox: what is in it, in which order, for whom; and what it costs."""

import re
from datetime import timedelta
from html import unescape

from store import tables
from tests.support.acting import World, patch
from tests.support.copies import copies
from tests.support.counting import counted_statements

_TASK = re.compile(r'<a class="task-act" href="([^"]+)">')
_OLDER = re.compile(r'<a href="([^"]+)" rel="next">')


def tasks(world: World, name: str, path: str = "/inbox") -> list[str]:
    page = world.as_(name).get(path)
    assert page.status_code == 200, page.text
    return [unescape(url) for url in _TASK.findall(page.text)]


def later(world: World, **time: float) -> None:
    world.stack.clock.pass_time(timedelta(**time))


def test_a_task_says_what_why_by_when_and_who_asked(world: World) -> None:
    number = world.open_system_patch("Sue")
    text = world.as_("Lena").get("/inbox").text
    assert "One thing waits for you." in text
    assert tasks(world, "Lena") == [f"/cases/{number}/sign/approval/lead"]
    assert "Approve the patch" in text
    assert "openssl and curl" in text
    assert "as Systems Administration team leader" in text
    assert 'href="/policy/3.2.3"' in text
    assert "by Thursday" in text
    assert 'asked by <span class="person"><a href="/people/' in text
    assert "Sue Elm" in text


def test_an_empty_inbox_says_what_will_be_there_and_what_one_may_open(world: World) -> None:
    text = world.as_("Tess").get("/inbox").text
    assert "Nothing waits for you." in text
    assert "“Test the patch” (Patch to the application)" in text
    assert 'href="/open/application-patch"' in text
    assert 'href="/open/system-patch"' not in text
    assert "You have opened no case yet." in text


def test_only_who_can_sign_has_the_task(world: World) -> None:
    number = world.open_application_patch("Mia", patch(author="Rob Yew <rob@code.example>"))
    assert tasks(world, "Rose") == [f"/cases/{number}/sign/review/reviewer"]
    assert tasks(world, "Rita") == [f"/cases/{number}/sign/review/lead"], "one task a step"
    assert tasks(world, "Rob") == [], "the author"
    assert tasks(world, "Sue") == [], "another role"
    world.sign("Rose", number, "review", "reviewer", outcome="approve", not_author="yes")
    assert tasks(world, "Rose") == [], "has signed"
    assert tasks(world, "Rita") == [f"/cases/{number}/sign/review/lead"]


def test_who_declined_has_the_task_no_more(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/decline/review/reviewer"
    answer = world.post("Rose", path, world.form("Rose", path).send(comment="I am away."))
    assert answer.status_code == 303
    assert tasks(world, "Rose") == []
    assert tasks(world, "Rob") == [f"/cases/{number}/sign/review/reviewer"]


def test_a_named_person_has_the_task(world: World) -> None:
    number = world.open_application_patch("Mia")
    world.sign(
        "Rose", number, "review", "reviewer", outcome="changes", comment="Why?", not_author="yes"
    )
    assert tasks(world, "Mia") == [f"/cases/{number}/sign/revision/opener"]
    assert "as submitter" in world.as_("Mia").get("/inbox").text


def test_a_role_that_has_ended_takes_the_task_along(world: World) -> None:
    world.open_system_patch("Sue")
    assert len(tasks(world, "Lena")) == 1
    with world.stack.database.writing() as connection:
        connection.execute(
            tables.grants.update()
            .where(tables.grants.c.role == "systems-administration-leader")
            .values(until=world.stack.now())
        )
    assert tasks(world, "Lena") == []


def test_overdue_is_on_top_and_then_the_newest(world: World) -> None:
    old = world.open_system_patch("Sue")
    later(world, days=2)
    middle = world.open_system_patch("Sue")
    later(world, hours=1)
    new = world.open_system_patch("Sue")
    order = [url.split("/")[2] for url in tasks(world, "Lena")]
    assert order == [new, middle, old]
    later(world, days=1)
    order = [url.split("/")[2] for url in tasks(world, "Lena")]
    assert order == [old, new, middle], "the deadline of the first has passed"
    assert "23 hours late" not in world.as_("Lena").get("/inbox").text
    assert "one hour late" in world.as_("Lena").get("/inbox").text


def test_many_tasks_come_in_pages_with_each_task_once(world: World) -> None:
    copies(world, world.open_system_patch("Sue"), 60)
    seen: list[str] = []
    path = "/inbox"
    while path:
        found = tasks(world, "Lena", path)
        assert len(found) <= 25
        seen += found
        text = world.as_("Lena").get(path).text
        assert "61 things wait for you." in text
        older = [unescape(url) for url in _OLDER.findall(text) if "after=" in unescape(url)]
        path = older[0] if older else ""
    assert len(seen) == len(set(seen)) == 61


def test_the_number_of_questions_is_the_same_for_one_case_and_for_two_hundred(
    world: World,
) -> None:
    number = world.open_system_patch("Sue")
    world.as_("Lena").get("/inbox")
    world.as_("Sue").get("/inbox")
    with counted_statements() as few:
        world.as_("Lena").get("/inbox")
        world.as_("Sue").get("/inbox")
    copies(world, number, 200)
    with counted_statements() as many:
        page = world.as_("Lena").get("/inbox").text
        world.as_("Sue").get("/inbox")
    assert "More than 100 things wait for you." in page
    assert len(many) == len(few)
    assert len(few) < 40


def test_what_one_opened_and_signed_is_folded_below(world: World) -> None:
    number = world.open_system_patch("Sue")
    world.sign("Lena", number, "approval", "lead", outcome="reject", comment="No.")
    opened = world.as_("Sue").get("/inbox").text
    assert re.search(r'Opened by me <span class="fold-count">1</span>', opened)
    assert f'href="/cases/{number}"' in opened
    assert "Rejected" in opened
    signed = world.as_("Lena").get("/inbox").text
    assert re.search(r'Signed by me <span class="fold-count">1</span>', signed)
    assert re.search(r'Opened by me <span class="fold-count">0</span>', signed)


def test_the_folded_lists_come_in_pages(world: World) -> None:
    copies(world, world.open_system_patch("Sue"), 24)
    seen: set[str] = set()
    path = "/inbox"
    pages = 0
    while path:
        text = world.as_("Sue").get(path).text
        found = set(re.findall(r'class="number" href="(/cases/[^"]+)"', text))
        assert not found & seen
        seen |= found
        pages += 1
        older = [unescape(url) for url in _OLDER.findall(text) if "opened=" in unescape(url)]
        path = older[0] if older else ""
    assert (len(seen), pages) == (25, 3)


def test_nonsense_in_the_address_begins_anew(world: World) -> None:
    world.open_system_patch("Sue")
    for query in ("after=x", "after=1~2~3~4~5", "after=~~~", "opened=~", "signed=%00~%00"):
        assert world.as_("Lena").get(f"/inbox?{query}").status_code == 200
