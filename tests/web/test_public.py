"""What anybody may read without being signed in: exactly what is published, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import delete, select

from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from store import tables
from store.queries.public import published_cases, rulings_made
from store.signatures import SigningKey
from tests.support.acting import HOSTILE, World, make_world
from tests.support.counting import counted_statements
from tests.support.html import StrictPage
from tests.support.publishing import (
    COMMUNITY,
    HEADINGS,
    MARK,
    background_check,
    decided,
    dispute,
    incident,
    motion,
    ruled,
)
from web.public.feed import Feed, FeedEntry, feed
from web.public.pages import PAGE

ATOM = "{http://www.w3.org/2005/Atom}"
LINK = re.compile(r'href="(/public[^"]*)"')
LETTER: dict[str, Any] = {
    "process": "open-letter",
    "title": "Open letter",
    "summary": "Somebody writes to everybody.",
    "policy": ["9.5"],
    "number": "z",
    "rules": 1,
    "start": {
        "roles": ["member"],
        "fields": {
            "letter": {"type": "text", "title": "Letter", "required": True},
            "about": {"type": "person", "title": "About whom"},
            "secret": {"type": "text", "title": "Secret"},
        },
    },
    "machine": {
        "initial": "reading",
        "states": {
            "reading": {"on": {"was_read": "closed"}},
            "closed": {"title": "Read", "final": True, "outcome": "good"},
        },
    },
    "steps": {
        "reading": {
            "title": "Read it",
            "policy": "9.5",
            "seats": {"reader": {"role": "systems-administrator"}},
            "evidence": {"answer": {"type": "text", "title": "Answer"}},
            "outcomes": {"read": {"title": "Read", "event": "was_read"}},
        }
    },
    "rulings": {"suspend": True},
    "publishes": {
        "as": "letters",
        "title": "Letters",
        "shows": ["letter", "about", "reading.answer"],
        "policy": "9.5",
    },
}


@pytest.fixture
def town(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    with make_world(migrated, tmp_path, web_key, COMMUNITY) as made:
        yield made


def letter(**change: Any) -> Definition:
    return Definition.build({**LETTER, **change}, load_exclusivity().to_json())


def publishing(**change: Any) -> Definition:
    return letter(publishes={**LETTER["publishes"], **change})


def read(town: World, path: str) -> str:
    answer = town.stack.visitor().get(path)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    if not path.endswith(".atom"):
        assert StrictPage(answer.text).findings == [], path
    return answer.text


def words(page: str) -> str:
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(plain).split())


def missing(town: World, path: str) -> bool:
    return town.stack.visitor().get(path).status_code == 404


def everything(town: World) -> dict[str, str]:
    """Return all public pages and feeds by address: whatever links lead to from the first."""
    found: dict[str, str] = {}
    todo = ["/public"]
    while todo:
        path = todo.pop()
        found[path] = read(town, path)
        links = {unescape(link) for link in LINK.findall(found[path])}
        todo += sorted(links - set(found) - set(todo))
    return found


def given(town: World) -> dict[tuple[str, str], set[str]]:
    """Return every text that was ever given in a case, by process and by `STEP.FIELD`."""
    entries, openings, cases = tables.entries.c, tables.openings.c, tables.cases.c
    query = (
        select(cases.process, entries.step, entries.kind, openings.name, openings.value)
        .join(tables.entries, entries.act_id == openings.act_id)
        .join(tables.cases, cases.case == entries.stream)
    )
    found: dict[tuple[str, str], set[str]] = {}
    with town.stack.database.reading() as connection:
        for process, step, kind, name, value in connection.execute(query):
            said = json.loads(value)
            if isinstance(said, str) and len(said) > 5:
                where = f"{step}.{name}" if step else name if kind == "open" else f"{kind}.{name}"
                found.setdefault((process, where), set()).add(" ".join(said.split()))
    return found


def feed_of(town: World, list_: str) -> ET.Element:
    answer = town.stack.visitor().get(f"/public/{list_}.atom")
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.data)  # noqa: S314 - our own


def test_an_anonymous_visitor_reads_exactly_what_is_published(town: World) -> None:
    numbers = [incident(town), incident(town, appendix=False), motion(town), background_check(town)]
    case, judge = dispute(town)
    patch = town.open_system_patch("Bo", reason=f"{MARK} weak", servers=f"{MARK} db")
    ruled(town, judge, case, patch, 0, "For this patch alone.")
    decided(town, case)
    open_ = town.open_case("Ruth", "motion", {"proposal": f"{MARK} later"})
    pages = everything(town)
    whole = words(" ".join(pages.values()))
    shows = {
        (one.process, name)
        for one in town.stack.services.library.definitions()
        if one.body.publishes
        for name in one.body.publishes.shows
    } | {("arbitration", "rule.scope"), ("arbitration", "rule.reasons")}
    for where, texts in given(town).items():
        if where[0] == "ruling-note":
            continue  # it repeats what the ruling itself says in public
        for said in texts:
            out = where in shows and MARK not in said
            assert (said in whole) == out, (where, said)
    assert MARK not in whole
    assert open_ not in whole
    for number in [*numbers, case]:
        assert sum(path.endswith(f"/{number}") for path in pages) == 1, number
    assert f"/public/rulings/{case}/1" in pages
    assert {f"/public/{one}.atom" for one in ("rulings", "incidents", "motions")} <= set(pages)


def test_nobody_is_named_but_who_ruled(town: World) -> None:
    incident(town)
    motion(town)
    background_check(town)
    case, judge = dispute(town)
    ruled(town, judge, case, town.open_system_patch("Bo"), 0, "For this patch.")
    decided(town, case)
    named = {
        (path.removesuffix(".atom"), one)
        for path, page in everything(town).items()
        for one in COMMUNITY.splitlines()[1:]
        if one.split(",")[0] in words(page)
    }
    ((place, ours),) = {(path, one.split()[0]) for path, one in named if "/a" in path}
    assert (place, ours) == (f"/public/rulings/{case}/1", judge)
    assert {path for path, _ in named} <= {place, "/public/rulings"}, "the feed tells it as well"
    assert f'href="/people/{town.people[judge]}"' not in read(town, place)


def test_an_incident_report_has_the_headings_of_the_practice(town: World) -> None:
    number = incident(town)
    page = words(read(town, f"/public/incidents/{number}"))
    assert f"Security incident {number}" in page
    assert "Closed and reported" in page
    for name in HEADINGS:
        assert f"The {name} & <so> of it." in page
    assert "Approval and closure All is done." in page
    told = "Write the restricted appendix Withheld: only Systems Administration team leaders and"
    assert told in page
    assert "Withheld" not in words(
        read(town, f"/public/incidents/{incident(town, appendix=False)}")
    )


def test_a_list_leads_to_what_stands_on_it(town: World) -> None:
    number = motion(town, HOSTILE)
    html = read(town, "/public/motions")
    assert f'href="/public/motions/{number}"' in html
    assert "<img src=x" not in html
    assert "Carried" in words(html)
    assert HOSTILE in words(html)
    assert 'type="application/atom+xml"' in html
    assert "Nothing stands here yet." in words(read(town, "/public/incidents"))
    assert '<a href="/public/motions.atom">' in read(town, "/public")


def test_what_is_not_published_is_not_found(town: World) -> None:
    number, case = motion(town), dispute(town)[0]
    for path in (
        f"/public/incidents/{number}",
        f"/public/disputes/{case}",
        f"/public/rulings/{case}/1",
        "/public/rulings/a1/1",
        f"/public/rulings/{case}",
        "/public/motions/m20200101.1",
        "/public/letters",
        "/public/letters.atom",
        f"/public/letters/{number}",
    ):
        assert missing(town, path), path
    other = town.as_("Bo").get(f"/public/disputes/{case}")
    assert other.status_code == 404, "nor for who is signed in"


def test_a_ruling_stands_with_what_it_does_and_waives(town: World) -> None:
    case, judge = dispute(town)
    patch = town.open_system_patch("Bo")
    ruled(town, judge, case, patch, 0, "For this patch alone.")
    town.stack.clock.pass_time(timedelta(seconds=1))
    ruled(town, judge, case, town.open_system_patch("Bo"), 1, "For the other.")
    page = words(read(town, f"/public/rulings/{case}/1"))
    for said in (
        "By ruling, “Approve the patch” is authorised as",
        f"On case {patch}",
        f"Made in case {case}",
        "Ruled by " + next(one for one in COMMUNITY.splitlines() if judge in one).split(",")[0],
        "Scope For this patch alone.",
        "Reasons The reasons: For this patch alone.",
        "Nothing is applied that the team leader hasn't approved",
    ):
        assert said in page, said
    shown = words(read(town, "/public/rulings"))
    assert shown.index(f"{case}/2") < shown.index(f"{case}/1")
    assert "What is published of" not in page, "neither case is published so far"
    decided(town, case)
    assert f'href="/public/disputes/{case}"' in read(town, f"/public/rulings/{case}/1")
    ((url, text_),) = (
        (one.findtext(f"{ATOM}id"), one.findtext(f"{ATOM}content"))
        for one in feed_of(town, "rulings").iter(f"{ATOM}entry")
        if str(one.findtext(f"{ATOM}id")).endswith("/1")
    )
    assert url == f"http://countersign.test/public/rulings/{case}/1"
    assert "Waived\nNothing is applied" in str(text_)


def test_a_case_says_which_rulings_there_are_on_it(town: World) -> None:
    case, judge = dispute(town)
    town.use(publishing(), *town.stack.services.library.definitions())
    number = town.open_case("Fay", "open-letter", {"letter": "Dear all."})
    ruled(town, judge, case, number, 0, "So.")
    assert f'href="/public/rulings/{case}/1"' in read(town, f"/public/letters/{number}")
    assert f'href="/public/letters/{number}"' in read(town, f"/public/rulings/{case}/1")


def written(town: World, count: int) -> list[str]:
    numbers = []
    for which in range(count):
        town.stack.clock.pass_time(timedelta(seconds=1))
        numbers.append(town.open_case("Fay", "open-letter", {"letter": f"Letter {which}."}))
    return numbers


def shown_on(page: str) -> list[str]:
    return re.findall(r'class="number" href="/public/letters/([^"]+)"', page)


def statements(town: World, path: str) -> int:
    read(town, path)
    with counted_statements() as asked:
        read(town, path)
    return len(asked)


def test_a_list_is_paged_and_costs_the_same_however_much_stands_on_it(town: World) -> None:
    town.use(publishing())
    numbers = written(town, 2)
    few = [statements(town, f"/public/letters{end}") for end in ("", ".atom")]
    numbers += written(town, PAGE)
    assert [statements(town, f"/public/letters{end}") for end in ("", ".atom")] == few
    first = read(town, "/public/letters")
    (older,) = {unescape(link) for link in LINK.findall(first) if "before=" in link}
    second = read(town, older)
    assert shown_on(first) + shown_on(second) == numbers[::-1]
    assert len(shown_on(first)) == PAGE
    assert "Back to the newest" in second
    assert "before=" not in second
    assert shown_on(read(town, "/public/letters?before=nonsense")) == shown_on(first)
    assert len(list(feed_of(town, "letters").iter(f"{ATOM}entry"))) == PAGE


def test_cases_are_listed_by_when_they_ended(town: World) -> None:
    town.use(publishing(when=["closed"]))
    numbers = written(town, 3)
    assert shown_on(read(town, "/public/letters")) == []
    for which in (1, 0, 2):
        town.stack.clock.pass_time(timedelta(seconds=1))
        answer = town.sign("Bo", numbers[which], "reading", "reader", outcome="read", answer="Yes.")
        assert answer.status_code == 303
    listed = [numbers[2], numbers[0], numbers[1]]
    assert shown_on(read(town, "/public/letters")) == listed
    with town.stack.database.reading() as connection:
        version, ended = publishing(when=["closed"]).version, town.state(numbers[0]).ended_at
        found = published_cases(
            connection,
            "open-letter",
            {version: ("closed",)},
            as_opened=False,
            before=(str(ended), numbers[0]),
            limit=9,
        )
    assert [one.number for one in found] == [numbers[1]]


def test_rulings_are_paged_by_key(town: World) -> None:
    case, judge = dispute(town)
    for which in range(3):
        town.stack.clock.pass_time(timedelta(seconds=1))
        ruled(town, judge, case, town.open_system_patch("Bo"), 0, f"Patch {which}.")
    with town.stack.database.reading() as connection:
        whole = rulings_made(connection, limit=9)
        rest = rulings_made(connection, before=whole[0].key, limit=9)
    assert [one.number for one in whole] == [f"{case}/{n}" for n in (3, 2, 1)]
    assert rest == whole[1:]


def plans(town: World, path: str) -> list[str]:
    """Return how SQLite finds what a page asks of cases and entries."""
    read(town, path)
    with counted_statements() as asked:
        read(town, path)
    with town.stack.database.reading() as connection:
        return [
            " ".join(
                row[3]
                for row in connection.exec_driver_sql(
                    "EXPLAIN QUERY PLAN " + one, ("1",) * one.count("?")
                )
            )
            for one in asked
            if "FROM cases" in one or "FROM entries" in one
        ]


@pytest.mark.parametrize("before", ["", "?before=2026-11-23T18:00:00.000Z~z20261123.1"])
@pytest.mark.parametrize("by", ["ended_at", "opened_at"])
def test_no_list_is_searched_for_through_everything(town: World, by: str, before: str) -> None:
    """Anybody may ask for them as often as they like: each walks along an index and stops."""
    old, new = publishing(when=["closed"]), publishing(when=["closed"], title="Notes")
    if by == "opened_at":
        old, new = publishing(), publishing(title="Notes")
    town.register(old)
    town.use(new)
    written(town, 2)
    for path, index in (
        (f"/public/letters{before}", f"ix_cases_process_{by}_number"),
        (f"/public/rulings{before}", "ix_entries_at_act_id"),
    ):
        told = plans(town, path)
        assert any(index in one for one in told), told
        assert not any("TEMP B-TREE" in one for one in told), told
        assert not any(re.search(r"SCAN (cases|entries)(?! USING INDEX)", one) for one in told), (
            told
        )


def test_a_feed_is_in_order(town: World) -> None:
    numbers = [motion(town, "To buy <b>one</b> & more."), motion(town, "Another.")]
    root = feed_of(town, "motions")
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}id") == "http://countersign.test/public/motions.atom"
    assert root.findtext(f"{ATOM}title") == "Motions of the Board"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Sample Community"
    links = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
    assert links == {
        "self": "http://countersign.test/public/motions.atom",
        "alternate": "http://countersign.test/public/motions",
    }
    ended = {number: town.state(number).ended_at for number in numbers}
    found = list(root.iter(f"{ATOM}entry"))
    assert [one.findtext(f"{ATOM}updated") for one in found] == [ended[n] for n in numbers[::-1]]
    assert root.findtext(f"{ATOM}updated") == ended[numbers[1]]
    for number, one in zip(numbers[::-1], found, strict=True):
        url = f"http://countersign.test/public/motions/{number}"
        assert one.findtext(f"{ATOM}id") == url
        assert [link.get("href") for link in one.findall(f"{ATOM}link")] == [url]
        assert str(one.findtext(f"{ATOM}title")).startswith(f"{number}: Carried: ")
    content = found[1].find(f"{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == ("text", "Proposal\nTo buy <b>one</b> & more.")
    assert feed_of(town, "motions").findtext(f"{ATOM}updated") == ended[numbers[1]]


def test_an_empty_feed_is_one_too_and_says_the_same_whenever_it_is_asked_for(town: World) -> None:
    before = town.stack.visitor().get("/public/incidents.atom").data
    town.stack.clock.pass_time(timedelta(days=1))
    assert town.stack.visitor().get("/public/incidents.atom").data == before
    root = feed_of(town, "incidents")
    assert root.findtext(f"{ATOM}updated")
    assert root.findall(f"{ATOM}entry") == []


def test_what_xml_cannot_hold_is_replaced() -> None:
    bad = "a\x00\x08\ufffe\ud800b\U0001f600"
    entry = FeedEntry("http://x/1", bad, "2026-11-23T18:00:00.000Z", "]]>&<")
    root = ET.fromstring(feed(Feed("T", "http://x", "http://x.atom", "O", (entry,))))  # noqa: S314
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == "a\ufffd\ufffd\ufffd\ufffdb\U0001f600"
    assert root.findtext(f"{ATOM}entry/{ATOM}content") == "]]>&<"


def test_what_was_erased_says_so(town: World) -> None:
    number = incident(town)
    case, judge = dispute(town)
    ruled(town, judge, case, town.open_system_patch("Bo"), 0, "For this patch.")
    openings = tables.openings.c
    with town.stack.database.writing() as connection:
        connection.execute(
            delete(tables.openings).where(openings.name.in_(("root_causes", "scope")))
        )
    page = words(read(town, f"/public/incidents/{number}"))
    assert "Root causes Erased: the record still proves that there was a value" in page
    assert "Scope Erased: the record" in words(read(town, f"/public/rulings/{case}/1"))
    content = str(next(feed_of(town, "incidents").iter(f"{ATOM}content")).text)
    assert "Root causes\nErased: the record" in content


def test_a_form_s_erased_value_says_so_and_one_left_empty_is_not_there(town: World) -> None:
    town.use(publishing())
    number = town.open_case("Fay", "open-letter", {"letter": "Dear all."})
    page = words(read(town, f"/public/letters/{number}"))
    assert "Letter Dear all." in page
    assert "About whom" not in page
    assert "Goes on" in page
    with town.stack.database.writing() as connection:
        connection.execute(delete(tables.openings).where(tables.openings.c.name == "letter"))
    assert "Letter Erased: the record" in words(read(town, f"/public/letters/{number}"))
    assert number in words(read(town, "/public/letters"))


def test_who_is_published_is_named_and_no_more(town: World) -> None:
    town.use(publishing())
    number = town.open_case(
        "Fay", "open-letter", {"letter": "Dear all.", "about": town.people["Cy"]}
    )
    html = read(town, f"/public/letters/{number}")
    assert "About whom Cy Oak" in words(html)
    assert "/people/" not in html
    content = str(next(feed_of(town, "letters").iter(f"{ATOM}content")).text)
    assert "About whom\nCy Oak" in content


VIEWERS = {"roles": ["arbitrator"], "people": ["opener"], "policy": "9.5"}


@pytest.mark.parametrize(
    ("privacy", "shows"),
    [
        ({"fields": {"letter": VIEWERS}}, ["letter", "reading.answer"]),
        ({"steps": {"reading": VIEWERS}}, ["reading.answer"]),
    ],
)
def test_what_is_confidential_is_withheld_even_if_a_definition_publishes_it(
    town: World, privacy: dict[str, Any], shows: list[str]
) -> None:
    """The check refuses such a definition; a case of one that was let in shows nothing still."""
    by = {**LETTER["publishes"], "shows": shows}
    town.use(letter(privacy=privacy, publishes=by))
    number = town.open_case("Fay", "open-letter", {"letter": f"{MARK} letter"})
    town.sign("Bo", number, "reading", "reader", outcome="read", answer=f"{MARK} answer")
    for path, page in everything(town).items():
        told = words(page)
        assert (f"{MARK} letter" in told) is False, path
        assert "steps" not in privacy or f"{MARK} answer" not in told, path
    page = words(read(town, f"/public/letters/{number}"))
    assert "Withheld: only Arbitrators and the opener may read this." in page


def test_a_case_that_only_some_see_is_not_published(town: World) -> None:
    town.use(letter(privacy={"case": VIEWERS}))
    number = town.open_case("Fay", "open-letter", {"letter": f"{MARK} letter"})
    assert missing(town, "/public/letters")
    assert missing(town, f"/public/letters/{number}")


def test_an_address_stays_when_a_list_is_renamed_or_dropped(town: World) -> None:
    town.use(publishing())
    number = town.open_case("Fay", "open-letter", {"letter": "Dear all."})
    town.use(publishing(**{"as": "notes", "title": "Notes"}))
    for list_ in ("letters", "notes"):
        assert "Dear all." in read(town, f"/public/{list_}/{number}")
    assert number in read(town, "/public/notes")
    assert missing(town, "/public/letters")
    plain = {name: part for name, part in LETTER.items() if name != "publishes"}
    town.use(Definition.build(plain, load_exclusivity().to_json()))
    later = town.open_case("Fay", "open-letter", {"letter": "Unpublished."})
    assert missing(town, f"/public/letters/{later}"), "each by the version that it began under"
    assert "Dear all." in read(town, f"/public/letters/{number}")


def test_the_pages_are_like_all_others_and_can_be_found(town: World) -> None:
    visitor = town.stack.visitor()
    assert visitor.get("/sign-in").text.count('href="/public"') == 2
    assert 'href="/public"' in town.as_("Bo").get("/inbox").text
    for path in ("/public", "/public/rulings", "/public/rulings.atom"):
        visitor = town.stack.visitor()
        answer = visitor.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not visitor.cookies()
        assert visitor.ask("HEAD", path).status_code == 200
    assert 'href="/public"' not in visitor.get("/sign-in/no-such-token").text


def test_the_definition_s_page_says_what_is_published(town: World) -> None:
    told = words(town.as_("Bo").get("/definitions/abc").text)
    assert "everybody can read “Summary of the evidence” and “Escrow of the evidence”" in told
    assert "Once a case has ended as “Ruled: accept”, “Ruled: refuse” or “Deferred”" in told


def test_whoever_opens_a_case_is_told_what_is_published_of_it(town: World) -> None:
    told = words(town.as_("Ruth").get("/open/motion").text)
    assert (
        "Once a case has ended as “Carried”, “Lost” or “Without a quorum”, everybody can read "
        "“Proposal”, without signing in." in told
    )
    assert "without signing in." not in words(town.as_("Bo").get("/open/system-patch").text)
