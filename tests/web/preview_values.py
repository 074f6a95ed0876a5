"""Values for the preview: fields, papers, a patch, packages, a diagram."""

import pygraphviz

from tests.web import preview_words as w
from web.page_models import (
    Diagram,
    DiffFile,
    DiffLine,
    Hunk,
    Paper,
    Papers,
    Patch,
    People,
    Row,
    Signature,
    Table,
    Text,
    Withheld,
)

WITHHELD = Withheld(
    sentence="Withheld: only the Arbitrator and the Case Manager may read this.",
    section=w.S914,
    case=w.case("a20261101.2", "Arbitration"),
)
PAPERS = Papers(
    papers=(
        Paper(
            name="0001-Refuse-expired-certificates-at-log-in.patch",
            url="/papers/9f2c4e6a",
            digest=w.DIGEST,
            about="Patch, 12 kB",
        ),
        Paper(name="interview.txt", url="", digest=w.DIGEST, withheld=WITHHELD.sentence),
    )
)
PACKAGES = Table(
    caption="14 packages, two of them from the security archive",
    columns=("Package", "From", "To", "Origin"),
    rows=(
        ("openssl", "3.0.16-1~deb12u1", "3.0.17-1~deb12u2", "stable-security"),
        ("libssl3", "3.0.16-1~deb12u1", "3.0.17-1~deb12u2", "stable-security"),
        ("linux-image-amd64", "6.1.140-1", "6.1.147-1+really.long.local.version.7", "stable"),
        ("tzdata", "2025a-0+deb12u1", "2025b-0+deb12u2", "stable-updates"),
    ),
    marked=frozenset({0, 1}),
    mark="security",
    hidden_rows=10,
)
REASON = (
    "The log-in accepts a client certificate on the day it expires, until midnight UTC.\n\n"
    "Reported by a member; the fix compares the whole time. No change of the database."
)


def rows(change: str = "") -> tuple[Row, ...]:
    """What a case is about, with every kind of value."""
    return (
        Row(label="Why it is needed", value=Text(text=REASON), change_url=change),
        Row(
            label="Risk",
            value=Text(text="Medium"),
            change_url=change,
            note="Changed yesterday by Bo Example; it was Low.",
        ),
        Row(label="Authors", value=People(people=(w.BO, w.OUTSIDE)), change_url=change),
        Row(label="Packages", value=PACKAGES, change_url=change),
        Row(label="Commit", value=Text(text=w.DIGEST[:40], fixed=True), change_url=change),
        Row(label="Contact of the reporter", value=WITHHELD),
        Row(label="Remarks", value=Text(text=""), change_url=change),
    )


def hunk() -> Hunk:
    """A hunk with every kind of line, a long one and a hostile one."""
    told: list[tuple[str, int | None, int | None, str]] = [
        ("same", 41, 41, "def may_log_in(certificate, now):"),
        ("same", 42, 42, '    """Whether a certificate is good for logging in."""'),
        ("del", 43, None, "    return certificate.not_after.date() >= now.date()"),
        ("add", None, 43, "    # The whole time counts, not the day: RFC 5280, 4.1.2.5."),
        ("add", None, 44, "    return certificate.not_before <= now <= certificate.not_after"),
        ("add", None, 45, "    " + w.HOSTILE),
        ("add", None, 46, "\tx = '" + "a_very_long_line_without_any_break_" * 6 + "'"),
        ("note", None, None, "No newline at end of file"),
    ]
    lines = tuple(DiffLine(kind=k, old=o, new=n, text=t) for k, o, n, t in told)  # type: ignore[arg-type]
    return Hunk(header="@@ -41,3 +41,6 @@ class Login:", lines=lines)


PATCHES = (
    Patch(
        subject="Refuse expired certificates at log-in",
        message="The comparison was by day.\n\nCloses: #1204",
        people=(w.who("Bo Example", "author"), w.OUTSIDE),
        summary="3 files, 4 lines added, 1 removed.",
        files=(
            DiffFile(path="www/login.py", change="changed", added=4, removed=1, hunks=(hunk(),)),
            DiffFile(
                path="docs/login/with/a/deep/path/that/goes/on/expiry-of-certificates.md",
                was="docs/expiry.md",
                change="moved",
                added=0,
                removed=0,
            ),
            DiffFile(
                path="tests/data/expired.p12",
                change="added",
                added=0,
                removed=0,
                unfolded=False,
                note="Binary, 3 kB; not shown.",
            ),
        ),
    ),
    Patch(subject=w.HOSTILE, people=(w.BO,), files=(), summary="No files."),
)
SIGNATURES = (
    Signature(
        person=w.DANA,
        outcome="approved",
        tone="good",
        at=w.ago("yesterday evening", days=1),
        seat="reviewer",
        comment=Text(text="Read it, ran it, tried the day of expiry."),
    ),
    Signature(
        person=w.LONG,
        outcome="approved",
        tone="good",
        at=w.ago("two days ago", days=2),
        outdated="Bo Example changed the patch afterwards; it doesn't count any more.",
    ),
    Signature(
        person=w.EMIL,
        outcome="asked for changes",
        tone="bad",
        at=w.ago("three days ago", days=3),
        comment=WITHHELD,
    ),
)

DOT = """digraph {
  rankdir=TB; nodesep=0.3; ranksep=0.35;
  node [shape=rect, style="rounded,filled", fontsize=13, margin="0.2,0.1"]; edge [fontsize=11];
  start [shape=circle, label="", width=0.15, class="start"];
  test [label="Testing", class="state-done"]; review [label="Reviewing", class="state-now"];
  apply [label="Applying"]; back [label="Backed out"]; done [label="Done", peripheries=2];
  refused [label="Refused", peripheries=2]; report [label="Reported"];
  start -> test; test -> review [label="  tested"]; review -> apply [label="  reviewed"];
  review -> refused [label="  refused"]; test -> refused [label="  failed"];
  apply -> done [label="  applied"]; apply -> back [label="  failed"]; back -> report -> done;
}"""


def diagram() -> Diagram:
    """A drawing by the same library as the application's."""
    drawn: bytes = pygraphviz.AGraph(string=DOT).draw(format="svg", prog="dot")
    svg = drawn.decode()
    return Diagram(
        svg=svg[svg.index("<svg") :],
        label="Testing, then reviewing, then applying; the case is at reviewing.",
    )
