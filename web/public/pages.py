"""Pages and feeds of what is published, filled; each by a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import abort, url_for

from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import words
from definitions.publishing import RULINGS, Publishes, ends_published, published_by
from store.queries.cases import CaseRow, find_case, values_of
from store.queries.public import (
    Ruled,
    acts_of,
    names_of,
    open_counts,
    published_cases,
    ruling_made,
    rulings_made,
    versions_of,
)
from web.frame import frame
from web.page_models import (
    Link,
    Papers,
    People,
    PublicLine,
    PublicList,
    PublicListPage,
    PublicPage,
    PublishedPage,
    Row,
    Table,
    Text,
    Value,
)
from web.presenters.public import (
    Given,
    case_line,
    case_rows,
    keys_of,
    people_in,
    ruling_line,
    ruling_rows,
    ruling_sentence,
    ruling_waives,
)
from web.presenters.reader import case_url, section
from web.presenters.words import capital, number
from web.public.feed import Feed, FeedEntry
from web.reading import definitions, to_text
from web.services import now, services, settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

PAGE = 25
_TEXT_IN_FEED = 4000
"""Characters of one value in a feed; all of it stands on the entry's page."""


@dataclass(frozen=True)
class Listed:
    """A published case, with all that is published of it."""

    row: CaseRow
    definition: Definition
    publishes: Publishes
    rows: tuple[Row, ...]


def find_list(list_: str) -> Definition | None:
    """Return the definition whose cases stand on a public list; None if there is no such list."""
    return next((one for one, by in _publishing() if by.as_ == list_), None)


def public_page() -> PublicPage:
    """Return which lists there are, and how many of those on them are still open."""
    published = _publishing()
    with services().database.reading() as connection:
        counts = open_counts(connection, [d.process for d, _ in published if _as_opened(d)])
    shown = (replace(_shown(one), open=_open(counts.get(one.process, 0))) for one, _ in published)
    return PublicPage(frame=frame(), lists=(_rulings(), *shown))


def _open(count: int) -> str:
    if not count:
        return ""
    return f"{capital(number(count))} of them {'is' if count == 1 else 'are'} still open."


def cases_page(definition: Definition, before: Sequence[str] | None) -> PublicListPage:
    """Return the list of a process's published cases."""
    shown = _shown(definition)
    found = _found(definition, before)
    last = found[PAGE - 1].row if len(found) > PAGE else None
    key = to_text((_time(definition, last), last.number)) if last else ""
    return _list_page(shown, tuple(_line(one) for one in found[:PAGE]), key, before)


def rulings_page(before: Sequence[str] | None) -> PublicListPage:
    """Return the list of all rulings."""
    found, about = _rulings_found(before)
    key = to_text(found[PAGE - 1].key) if len(found) > PAGE else ""
    lines = tuple(_ruling_line(about, one) for one in found[:PAGE])
    return _list_page(_rulings(), lines, key, before)


def published_case(list_: str, number: str) -> PublishedPage:
    """Return what is published of a case.

    Raises:
        NotFound: nothing is, or not on this list.
    """
    with services().database.reading() as connection:
        row = find_case(connection, number)
        known = definitions(connection, {row.version} if row else ())
        definition = known.get(row.version) if row else None
        publishes = published_by(definition.body, row.state.ended) if row and definition else None
        if row is None or definition is None or publishes is None:
            abort(404)
        if list_ not in {publishes.as_, _list_of(definition)}:
            abort(404)
        (one,) = _with_values(connection, {row.version: definition}, [row])
    shown = _shown(definition, publishes)
    links = [
        Link(label=f"Ruling {made.number} on it", url=_ruling_url(made.number))
        for made in row.state.rulings
    ]
    member = Link(label=f"The whole case {number}, for Members", url=case_url(number))
    return PublishedPage(
        frame=frame(),
        line=_line(one),
        kind=definition.title(),
        back=Link(label=shown.title, url=shown.url),
        feed_url=shown.feed_url,
        section=shown.section,
        rows=one.rows,
        links=(*links, member),
    )


def published_ruling(number: str, which: int) -> PublishedPage:
    """Return a ruling.

    Raises:
        NotFound: there is none of this number.
    """
    with services().database.reading() as connection:
        ruled = ruling_made(connection, number, which)
        if ruled is None:
            abort(404)
        about = definitions(connection, {ruled.on.version, ruled.made_in.version})
        names = names_of(connection, [ruled.act.actor])
    definition, shown = about[ruled.on.version], _rulings()
    links = [
        Link(label=f"What is published of {one.number}", url=_case_url(about[one.version], one))
        for one in (ruled.on, ruled.made_in)
        if published_by(about[one.version].body, one.state.ended) is not None
    ]
    return PublishedPage(
        frame=frame(),
        line=PublicLine(
            number=ruled.number,
            url=_ruling_url(ruled.number),
            at=_ruling_line(about, ruled).at,
        ),
        kind="Ruling",
        back=Link(label=shown.title, url=shown.url),
        feed_url=shown.feed_url,
        section=shown.section,
        sentence=ruling_sentence(definition, ruled),
        rows=ruling_rows(ruled, names),
        waived=ruling_waives(definition, ruled),
        links=tuple(links),
    )


def feed_of_cases(definition: Definition) -> Feed:
    """Return the newest published cases of a process, for programs."""
    entries = tuple(
        FeedEntry(
            url=_whole(line.url),
            title=": ".join(one for one in (line.number, line.label, line.subject) if one),
            updated=one.row.ended_at or one.row.opened_at,
            text=_plain(one.rows),
        )
        for one in _found(definition, None)[:PAGE]
        for line in (_line(one),)
    )
    return _feed(_shown(definition), entries)


def feed_of_rulings() -> Feed:
    """Return the newest rulings, for programs."""
    found, about = _rulings_found(None)
    with services().database.reading() as connection:
        names = names_of(connection, [one.act.actor for one in found])
    entries = tuple(
        FeedEntry(
            url=_whole(_ruling_url(one.number)),
            title=f"{one.number}: {_ruling_line(about, one).subject}",
            updated=one.facts.time,
            text=_plain((*ruling_rows(one, names), *_waived_row(about[one.on.version], one))),
        )
        for one in found[:PAGE]
    )
    return _feed(_rulings(), entries)


def _publishing() -> tuple[tuple[Definition, Publishes], ...]:
    return tuple(
        (one, one.body.publishes)
        for one in services().library.definitions()
        if one.body.publishes is not None and ends_published(one.body) is not None
    )


def _list_of(definition: Definition) -> str:
    """Return the list on which a case's process stands today; "" if it stands on none."""
    by = (found.as_ for one, found in _publishing() if one.process == definition.process)
    return next(by, "")


def _shown(definition: Definition, publishes: Publishes | None = None) -> PublicList:
    """Return the list of a definition's cases; `publishes` for one that is published no more."""
    current = find_list(_list_of(definition))
    own = current.body.publishes if current is not None else publishes
    if own is None:
        abort(404)
    return PublicList(
        title=words(own.title),
        about=words(own.summary),
        url=url_for("public.one_list", list_=own.as_),
        feed_url=url_for("public.atom", list_=own.as_),
        section=section(own.policy),
    )


def _rulings() -> PublicList:
    return PublicList(
        title="Rulings",
        about="What Arbitrators have ruled on cases, for whom it holds, and for which reasons.",
        url=url_for("public.one_list", list_=RULINGS),
        feed_url=url_for("public.atom", list_=RULINGS),
        section=section("9.5"),
    )


def _found(definition: Definition, before: Sequence[str] | None) -> tuple[Listed, ...]:
    """Return a page of published cases, and one more if there are more."""
    process = definition.process
    with services().database.reading() as connection:
        known = definitions(connection, versions_of(connection, process))
        ends = {
            version: ended
            for version, one in known.items()
            if (ended := ends_published(one.body)) is not None
        }
        rows = published_cases(
            connection,
            process,
            ends,
            as_opened=_as_opened(definition),
            before=before,
            limit=PAGE + 1,
        )
        return _with_values(connection, known, rows)


def _with_values(
    connection: Connection, known: Mapping[str, Definition], rows: Sequence[CaseRow]
) -> tuple[Listed, ...]:
    """Return cases with what is published of each, and of people the names that are in it."""
    of = [
        (row, definition, publishes)
        for row in rows
        for definition in (known[row.version],)
        for publishes in (published_by(definition.body, row.state.ended),)
        if publishes is not None
    ]
    keys = [key for row, one, publishes in of for key in keys_of(one, publishes, row.state)]
    values = values_of(connection, keys)
    people = [
        person
        for row, one, publishes in of
        for person in people_in(one, publishes, row.state, values)
    ]
    acts = acts_of(connection, (act for act, _ in keys))
    given, at = Given(values, acts, names_of(connection, people)), parse(now())
    return tuple(
        Listed(row, one, publishes, case_rows(one, publishes, row.state, given, at))
        for row, one, publishes in of
    )


def _rulings_found(
    before: Sequence[str] | None,
) -> tuple[tuple[Ruled, ...], Mapping[str, Definition]]:
    with services().database.reading() as connection:
        found = rulings_made(connection, before=before, limit=PAGE + 1)
        return found, definitions(connection, {one.on.version for one in found})


def _as_opened(definition: Definition) -> bool:
    return not ends_published(definition.body)


def _time(definition: Definition, row: CaseRow) -> str:
    return row.opened_at if _as_opened(definition) else row.ended_at or ""


def _line(one: Listed) -> PublicLine:
    return case_line(one.definition, one.row, one.rows, _case_url(one.definition, one.row),
                     parse(now()))  # fmt: skip


def _ruling_line(about: Mapping[str, Definition], one: Ruled) -> PublicLine:
    return ruling_line(about[one.on.version], one, _ruling_url(one.number), parse(now()))


def _list_page(
    shown: PublicList, lines: tuple[PublicLine, ...], key: str, before: Sequence[str] | None
) -> PublicListPage:
    return PublicListPage(
        frame=frame(),
        shown=shown,
        all_url=url_for("public.everything"),
        lines=lines,
        older_url=f"{shown.url}?{urlencode({'before': key})}" if key else "",
        newest_url=shown.url if before else "",
    )


def _case_url(definition: Definition, row: CaseRow) -> str:
    own = definition.body.publishes
    list_ = _list_of(definition) or (own.as_ if own is not None else "")
    return url_for("public.case", list_=list_, number=row.number)


def _ruling_url(number: str) -> str:
    of, _, which = number.rpartition("/")
    return url_for("public.ruling", number=of, which=int(which))


def _whole(path: str) -> str:
    return f"{settings().public_url.rstrip('/')}{path}"


def _feed(shown: PublicList, entries: tuple[FeedEntry, ...]) -> Feed:
    return Feed(
        title=shown.title,
        url=_whole(shown.url),
        own_url=_whole(shown.feed_url),
        author=settings().organisation,
        entries=entries,
    )


def _waived_row(definition: Definition, ruled: Ruled) -> tuple[Row, ...]:
    titles = [one.title for one in ruling_waives(definition, ruled)]
    return (Row(label="Waived", value=Text(text="\n".join(titles))),) if titles else ()


def _plain(rows: tuple[Row, ...]) -> str:
    return "\n\n".join(f"{row.label}\n{_plain_value(row.value)}" for row in rows)


def _plain_value(value: Value) -> str:
    match value:
        case Text():
            cut = value.text[:_TEXT_IN_FEED]
            return f"{cut}…" if len(value.text) > len(cut) else cut or "None given"
        case People():
            return ", ".join(one.name for one in value.people)
        case Table():
            return value.caption
        case Papers():
            return ", ".join(one.name for one in value.papers)
        case _:
            return value.sentence
