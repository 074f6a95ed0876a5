"""Variants of what is published: the lists, one of them, a case and a ruling."""

from dataclasses import replace

from tests.web import preview_words as w
from web.page_models import (
    Link,
    Page,
    People,
    Person,
    PublicLine,
    PublicList,
    PublicListPage,
    PublicPage,
    PublishedPage,
    Row,
    Text,
    Waived,
    Withheld,
)

REPORTS = PublicList(
    title="Incident reports",
    about="What happened, and what was done about it.",
    url="/public/incidents",
    feed_url="/public/incidents.atom",
    section=w.S41,
)
RULINGS = PublicList(title="Rulings", url="/public/rulings", feed_url="/public/rulings.atom")
REPORT = PublicLine(
    number="i20261123.1",
    url="/public/incidents/i20261123.1",
    at=w.ago("two days ago", days=2),
    subject=w.HOSTILE,
    label="Closed and reported",
    tone="good",
)
RULING = PublicLine(
    number="a20261123.1/1",
    url="/public/rulings/a20261123.1/1",
    at=w.ago("an hour ago", hours=1),
    subject="p20261123.4: By ruling, the case is suspended.",
)


def pages() -> dict[str, Page]:
    """All of them, by name."""
    frame = replace(w.bare_frame(sign_in=True), public_url="/public")
    hidden = Withheld(sentence="Withheld: only Arbitrators may read this.", section=w.S914)
    report = PublishedPage(
        frame=frame,
        line=REPORT,
        kind="Security incident",
        back=Link(label=REPORTS.title, url=REPORTS.url),
        feed_url=REPORTS.feed_url,
        section=REPORTS.section,
        rows=(
            Row(label="Description", value=Text(text=w.HOSTILE)),
            Row(label="Root causes", value=Text(text="word " * 200)),
            Row(label="Write the restricted appendix", value=hidden),
        ),
        links=(
            Link(label="Ruling a20261123.1/1 on it", url=RULING.url),
            Link(label="The whole case, for Members", url="/cases/i20261123.1"),
        ),
    )
    return {
        "public": PublicPage(frame=frame, lists=(RULINGS, REPORTS)),
        "public-list": PublicListPage(
            frame=frame,
            shown=REPORTS,
            all_url="/public",
            lines=(REPORT, replace(REPORT, subject="", label="Goes on", tone="waiting")),
            older_url="/public/incidents?before=2026~i1",
            newest_url="/public/incidents",
        ),
        "public-list-empty": PublicListPage(
            frame=frame, shown=RULINGS, all_url="/public", lines=()
        ),
        "published": report,
        "published-bare": replace(report, rows=(), links=()),
        "published-ruling": PublishedPage(
            frame=frame,
            line=replace(RULING, subject=""),
            kind="Ruling",
            back=Link(label=RULINGS.title, url=RULINGS.url),
            feed_url=RULINGS.feed_url,
            sentence="By ruling, the case is suspended.",
            rows=(
                Row(label="Ruled by", value=People(people=(Person(name=w.LONG.name),))),
                Row(label="Scope", value=Text(text="For this case alone.")),
            ),
            waived=(Waived(title="The Board hears of it", section=w.S323),),
        ),
    }
