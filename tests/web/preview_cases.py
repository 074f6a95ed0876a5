"""Variants of the case's page and of the page on which one signs."""

from dataclasses import replace

from tests.web import preview_values as values
from tests.web import preview_words as w
from tests.web.preview_forms import NONCE
from web.page_models import (
    Button,
    CasePage,
    Choice,
    Do,
    Earlier,
    Entry,
    Form,
    FormField,
    Link,
    Need,
    Outcome,
    Page,
    Papers,
    Problem,
    Refusal,
    SignPage,
    Standing,
    Stopped,
    Text,
    WayStep,
)

COMMENT = FormField(
    name="comment", kind="long_text", label="Comment", required=False, max_length=20000
)

WAY = (
    WayStep(
        title="Test the patch",
        status="done",
        sentence="Two testers passed it.",
        section=w.S75,
        at=w.ago("two days ago", days=2),
        signatures=values.SIGNATURES[:1],
    ),
    WayStep(
        title="Review the patch",
        status="now",
        sentence="One of two Software Assessors has signed; the team leader has not.",
        section=w.S74,
        at=w.ago("since yesterday", days=1),
        signatures=values.SIGNATURES,
    ),
    WayStep(
        title="Apply the patch",
        status="next",
        sentence="Two Systems Administrators, one watching.",
        section=w.S41,
    ),
    WayStep(title="Back it out", status="off", sentence="Only if it fails when applied."),
)

TIMELINE = (
    Entry(
        anchor="entry-1",
        person=w.who("Bo Example", "Software Assessor"),
        did="opened the case",
        at=w.ago("three days ago", days=3),
        papers=Papers(papers=values.PAPERS.papers[:1]),
    ),
    Entry(
        anchor="entry-2",
        person=w.LONG,
        did="approved the patch as reviewer",
        at=w.ago("two days ago", days=2),
        tone="good",
        section=w.S74,
        outdated="Bo Example changed the patch afterwards; it doesn't count any more.",
        body=Text(text="Good."),
    ),
    Entry(
        anchor="entry-3",
        person=w.CLOCK,
        did="reminded Dana Example and Emil Example",
        at=w.ago("yesterday", days=1),
        kind="system",
    ),
    Entry(
        anchor="entry-4",
        person=w.who("Noor Example", "Arbitrator"),
        did="authorised one reviewer instead of two",
        at=w.ago("five hours ago", hours=5),
        kind="ruling",
        tone="waiting",
        section=w.S74,
        case=w.case("a20261123.1", "Arbitration"),
        body=Text(text="Two of three reviewers are away until December."),
    ),
    Entry(
        anchor="entry-5",
        person=w.DANA,
        did="said",
        at=w.ago("an hour ago", hours=1),
        kind="comment",
        body=Text(text=w.HOSTILE + "\n\n" + "unbroken" * 30),
    ),
    Entry(
        anchor="entry-6",
        person=w.EMIL,
        did="said something to the Arbitrator",
        at=w.ago("ten minutes ago", minutes=10),
        kind="comment",
        body=values.WITHHELD,
    ),
)


def rich() -> CasePage:
    """A case in the middle of its way, seen by somebody who can sign."""
    return CasePage(
        frame=w.frame(),
        case=w.case(),
        subject="Refuse expired certificates at log-in",
        standing=Standing(
            sentence="Waiting for one more reviewer; Dana or Emil can, not Bo: author of "
            "the patch.",
            label="Waiting",
            tone="waiting",
            since=w.ago("yesterday", days=1),
            due=w.ago("by Thursday", days=-3),
        ),
        opened_by=w.BO,
        opened=w.ago("three days ago", days=3),
        version=w.VERSION,
        earlier=Earlier(
            sentences=("This case runs under an earlier version (9f2c4e6a).", "New ones don't."),
            links=(Link(label="See what differs", url="/definitions/x#differs"),),
        ),
        can=(Do(label="Review the patch", url="/sign", hint="as Software Assessor, section 7.4"),),
        too_few=(
            Refusal(
                sentence="Later “Apply the patch” needs two signatures by different people; "
                "Bo Example can give only one of them.",
                section=w.S41,
                remedy="Let the Board admit one more Systems Administrator, who isn't the author "
                "(9.1.5).",
            ),
        ),
        needs=(
            Need(
                sentence="One of two reviewers has signed: Ada Example.",
                status="met",
                section=w.S75,
            ),
            Need(
                sentence="One more Software Assessor signs.",
                status="missing",
                section=w.S74,
                can=(w.DANA, w.EMIL),
                barred=("Bo Example can't: the author of the patch (7.4).",),
            ),
            Need(
                sentence=f"{w.LONG.name} approved an earlier patch.",
                status="outdated",
                section=w.S74,
            ),
            Need(sentence="The team leader asked for changes.", status="refused"),
        ),
        fields=values.rows(),
        papers=values.PAPERS,
        patches=values.PATCHES,
        diagram=values.diagram(),
        way=WAY,
        timeline=TIMELINE,
        older_url="/cases/q20261123.4?before=1",
        comment=Form(
            action="/cases/q20261123.4/comment",
            fields=(COMMENT,),
            buttons=(Button(label="Comment", tone="quiet"),),
            hidden=NONCE[:1],
        ),
        others=(
            Do(label="Change the patch or its risk", url="/amend", hint="It goes back to review."),
            Do(label="I can't decide this", url="/decline", hint="A conflict, or an absence."),
            Do(label="Take back my sign-off", url="/retract"),
        ),
        record_url="/cases/q20261123.4/record",
        head=w.DIGEST,
    )


def cases() -> dict[str, Page]:
    """The case's page: rich, barred, stopped, late, closed and nearly empty."""
    page = rich()
    barred = Refusal(
        sentence="You may not review this patch: you wrote it.",
        section=w.S74,
        who_can="Dana Example and Emil Example can.",
    )
    late = replace(page.standing, due=w.ago("two days late", days=2), overdue=True)
    done = Standing(
        sentence="Done: applied by Ada Example, watched by Cleo Example.",
        label="Done",
        tone="good",
        since=w.ago("last week", days=7),
    )
    plain = CasePage(
        frame=w.frame(operator=False),
        case=w.case("p20261116.1", "Patch to system software"),
        standing=done,
        opened_by=w.LONG,
        opened=w.ago("two weeks ago", days=14),
        version=w.VERSION,
        nothing="The case is closed; it can be read, and it stays.",
        comment_why_not="A closed case takes no more comments.",
        patches_withheld=values.WITHHELD,
    )
    return {
        "case": page,
        "case-barred": replace(page, can=(), cannot=(barred,), standing=late, others=()),
        "case-stopped": replace(
            page,
            stopped=Stopped(
                reason="The record couldn't be written: the disk is full.",
                since=w.ago("20 minutes ago", minutes=20),
                remedy="The operator has been told. Nothing is lost; nothing is asked of you.",
            ),
            standing=replace(page.standing, label="Stopped", tone="stopped", due=None),
            can=(),
            patches=(),
            diagram=None,
            comment=None,
            comment_why_not="Comments are open again when the case goes on.",
        ),
        "case-done": plain,
    }


def outcome(value: str, leads_to: str, note: str = "") -> Outcome:
    """A way to decide, with its button."""
    label = value.capitalize()
    button = Button(label=f"Sign: {value}", name="outcome", value=value)
    return Outcome(label=label, leads_to=leads_to, button=button, note=note)


def signing() -> dict[str, Page]:
    """The page on which one signs: rich, with mistakes, and small."""
    needed = "A comment is required."
    outcomes = (
        outcome("approve", "With the team leader's, it goes to the Systems Administrators."),
        outcome("reject", "The author is told and the case ends.", needed),
        outcome("ask for changes", "It goes back to the author; signatures stay.", needed),
    )
    findings = FormField(
        name="findings", kind="long_text", label="What you looked at and found", max_length=20000
    )
    mine = FormField(
        name="not_author", kind="attest", label="I didn't write this patch, nor any part of it."
    )
    strength = FormField(
        name="how",
        kind="choice",
        label="How did you look at it?",
        choices=(Choice(value="read", label="Read it"), Choice(value="ran", label="Ran it")),
    )
    form = Form(
        action="/cases/q20261123.4/sign/review",
        hidden=NONCE,
        fields=(
            findings,
            strength,
            FormField(name="commit", kind="text", label="Commit you looked at", required=False),
            mine,
            COMMENT,
        ),
    )
    page = SignPage(
        frame=w.frame(),
        case=w.case(),
        subject="Refuse expired certificates at log-in",
        step="Review the patch",
        section=w.S74,
        capacity="You sign as reviewer, being a Software Assessor.",
        due=w.ago("by Thursday", days=-3),
        covers=values.rows(),
        papers=values.PAPERS,
        patches=values.PATCHES[:1],
        version=w.VERSION,
        shown=w.DIGEST,
        before=values.SIGNATURES,
        form=form,
        outcomes=outcomes,
        after=("Your name, your role and the time are public.", "It can be taken back till done."),
        decline=Link(label="Say so; others are asked instead.", url="/decline"),
    )
    problem = Problem(sentence="To reject, say why in the comment.", field="comment")
    posted = tuple(
        replace(it, value=w.HOSTILE, error=problem.sentence if it.name == "comment" else "")
        for it in form.fields
    )
    outdated = Refusal(
        sentence="The patch was changed while you read it; what you saw is outdated.",
        section=w.S74,
        remedy="Read it again below; what you typed is still here.",
    )
    wrong = replace(form, fields=posted, problems=(problem,), refusal=outdated)
    return {
        "sign": page,
        "sign-wrong": replace(page, form=wrong, due=w.ago("two days late", days=2), overdue=True),
        "sign-small": replace(
            page,
            frame=w.frame(operator=False),
            covers=values.rows()[:2],
            papers=None,
            patches=(),
            before=(),
            after=(),
            due=None,
            section=None,
            subject="",
            decline=None,
            outcomes=outcomes[:2],
            form=replace(form, fields=(COMMENT,)),
        ),
    }


def pages() -> dict[str, Page]:
    """All of them, by name."""
    return {**cases(), **signing()}
