"""Invented people, sections and times for the preview."""

from datetime import UTC, datetime, timedelta

from web.page_models import (
    CaseRef,
    Frame,
    Link,
    Moment,
    NavLink,
    Notice,
    Person,
    Section,
    VersionRef,
    Viewer,
)

NOW = datetime(2026, 11, 23, 18, 4, 5, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script> & "quotes" \'n\' <b>bold</b>'


def ago(words: str, **delta: float) -> Moment:
    """A moment in the past (or, with negative numbers, to come)."""
    return Moment(at=NOW - timedelta(**delta), words=words)


def who(name: str, role: str = "") -> Person:
    """Somebody of the directory."""
    return Person(name=name, role=role, url="/people/" + name.split(maxsplit=1)[0].lower())


ADA = who("Ada Example", "Systems Administrator")
BO = who("Bo Example", "Software Assessor")
DANA = who("Dana Example", "Software Assessor")
EMIL = who("Emil Example", "team leader of the Software Assessors")
LONG = who(
    "Maximiliane-Theodora von und zu Langenfeld-Beispielhausen-Niederwinkelstein",
    "Systems Administrator",
)
OUTSIDE = Person(
    name="someone.with.a.very.long.mailbox.name@subdomain.of.some.example.org", role="author"
)
CLOCK = Person(name="Countersign")

S74 = Section(number="7.4", url="/policy/7.4", title="Review")
S75 = Section(number="7.5", url="/policy/7.5", title="Test and patch")
S323 = Section(number="3.2.3", url="/policy/3.2.3", title="Patching")
S41 = Section(number="4.1", url="/policy/4.1", title="System administration")
S914 = Section(number="9.1.4.4", url="/policy/9.1.4.4", title="Privacy for critical roles")

DIGEST = "9f2c4e6a1b3d5f7089abcdef0123456789abcdef0123456789abcdef01234567"
VERSION = VersionRef(
    title="Patch to application code",
    short="9f2c4e6a",
    digest=DIGEST,
    url="/definitions/application-patch/9f2c4e6a",
    rules=1,
)


def case(number: str = "q20261123.4", title: str = "Patch to application code") -> CaseRef:
    """A case by number."""
    return CaseRef(number=number, url=f"/cases/{number}", title=title)


def frame(
    place: str = "", *, waiting: int = 2, notice: Notice | None = None, operator: bool = True
) -> Frame:
    """The frame of somebody who is signed in."""
    places = ["Inbox", "Open a case", "Outbox"] + (["Operator"] if operator else [])
    return Frame(
        organisation="Example Community",
        home_url="/",
        stylesheet_url="/static/countersign.css",
        nav=tuple(
            NavLink(
                label=it,
                url="/" + it.lower().replace(" ", "-"),
                current=it == place,
                count=waiting if it == "Inbox" else 0,
            )
            for it in places
        ),
        viewer=Viewer(name=DANA.name, url=DANA.url, roles=("Software Assessor", "Member")),
        sign_out_url="/sign-out",
        notice=notice,
    )


def bare_frame(*, sign_in: bool = False) -> Frame:
    """The frame of somebody who isn't."""
    return Frame(
        organisation="Example Community for Verifiable Certificates and Volunteers, Registered",
        home_url="/",
        stylesheet_url="/static/countersign.css",
        sign_in_url="/sign-in" if sign_in else "",
    )


TO_CASE = Link(label="Go to the case", url="/cases/q20261123.4")
TO_INBOX = Link(label="Back to the inbox", url="/")
