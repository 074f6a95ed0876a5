"""Variants of the pages with forms: access, opening, small acts, and what comes after."""

from dataclasses import replace

from tests.web import preview_values as values
from tests.web import preview_words as w
from web.page_models import (
    ActPage,
    Asked,
    Button,
    CheckPage,
    Choice,
    Form,
    FormField,
    Hidden,
    Link,
    MessagePage,
    OpenPage,
    Page,
    PendingPage,
    Problem,
    ReceiptPage,
    Refusal,
    RefusedPage,
    Row,
    SetPasswordPage,
    SignInLinkPage,
    SignInPage,
    Text,
    Warned,
)

NONCE = (Hidden(name="nonce", value="7d0c1f"), Hidden(name="shown", value=w.DIGEST))

SIGN_IN = Form(
    action="/sign-in",
    fields=(
        FormField(name="email", kind="email", label="Mail address", autocomplete="username"),
        FormField(
            name="password", kind="password", label="Password", autocomplete="current-password"
        ),
    ),
    buttons=(Button(label="Sign in"),),
)

RISK = FormField(
    name="risk",
    kind="choice",
    label="How risky is it?",
    hint="The riskier, the more people review it.",
    choices=(
        Choice(value="low", label="Low", hint="Text, layout, comments. One reviewer."),
        Choice(value="medium", label="Medium", hint="Two reviewers.", chosen=True),
        Choice(value="high", label="High", hint="Certificates, keys, log-in. Three reviewers."),
    ),
)
REASON = FormField(
    name="reason", kind="long_text", label="Why is it needed?", max_length=4000, rows=4
)
OPEN_PATCH = Form(
    action="/open/application-patch",
    fields=(
        FormField(
            name="title",
            kind="text",
            label="What is it, in a line?",
            max_length=120,
            example="Refuse expired certificates at log-in",
        ),
        REASON,
        RISK,
        FormField(
            name="patch",
            kind="file",
            label="The patch",
            hint="What git format-patch writes, or an mbox of several. Up to 1 MB.",
            accept=".patch,.mbox,text/x-patch",
        ),
        FormField(
            name="tester",
            kind="person",
            label="Who should test it first?",
            required=False,
            choices=(
                Choice(value="1", label="Ada Example", hint="Systems Administrator"),
                Choice(value="2", label="Bo Example", why_not="is an author"),
            ),
        ),
        FormField(
            name="areas",
            kind="choices",
            label="Which areas does it touch?",
            required=False,
            choices=(
                Choice(value="web", label="Web"),
                Choice(value="db", label="Database", chosen=True),
                Choice(value="key", label="Keys", why_not="Keys take their own process (9.2)."),
            ),
        ),
        FormField(
            name="attest",
            kind="attest",
            label="I have the right to hand this code over under the project's licence.",
        ),
    ),
    buttons=(Button(label="Check your answers"),),
    cancel=w.TO_INBOX,
    hidden=NONCE,
    uploads=True,
)


def wrong(form: Form) -> Form:
    """The same form, posted with mistakes."""
    errors = {
        "title": "Say in a line what it is.",
        "risk": "Choose how risky it is.",
        "patch": "This is not a patch: the file begins like a picture. Upload what "
        "git format-patch writes.",
        "attest": "Tick this, or don't hand it in.",
        "tester": "Choose somebody who isn't an author.",
    }
    fields = tuple(
        replace(
            it,
            error=errors.get(it.name, ""),
            value=w.HOSTILE if it.kind in ("text", "long_text") else it.value,
            kept=values.PAPERS.papers[:1] if it.kind == "file" else (),
        )
        for it in form.fields
    )
    problems = tuple(Problem(sentence=text, field=name) for name, text in errors.items())
    return replace(form, fields=fields, problems=(*problems, Problem(sentence="Too many at once.")))


OPEN_SYSTEM = Form(
    action="/open/system-patch",
    fields=(
        FormField(
            name="packages",
            kind="paste",
            label="Packages",
            hint="Paste what apt list --upgradable prints.",
            rows=8,
            example="openssl/stable-security 3.0.17-1~deb12u2 amd64 [upgradable from: 3.0.16-1]",
        ),
        REASON,
    ),
    buttons=(Button(label="Check your answers"),),
    cancel=w.TO_INBOX,
)
ASKED = (
    Asked(
        title="Test the patch",
        who="Two testers, not the author;",
        until="within five days.",
        section=w.S75,
    ),
    Asked(
        title="Review the patch",
        who="One to three Software Assessors by risk, and their team leader; never the author.",
        section=w.S74,
    ),
    Asked(title="Apply the patch", who="Two Systems Administrators, one watching.", section=w.S41),
)


def access() -> dict[str, Page]:
    """Around a session."""
    bare = w.bare_frame()
    link = Form(action="/link/abc", buttons=(Button(label="Sign in as Dana Example"),))
    password = Form(
        action="/password",
        fields=(
            FormField(
                name="new",
                kind="password",
                label="Password",
                hint="Three or four words that only you would put together are good.",
                autocomplete="new-password",
            ),
            FormField(
                name="again", kind="password", label="Once more", autocomplete="new-password"
            ),
        ),
        buttons=(Button(label="Set the password"),),
        cancel=Link(label="Later", url="/"),
    )
    refused = replace(
        SIGN_IN,
        problems=(Problem(sentence="This address and this password don't belong together."),),
        fields=(replace(SIGN_IN.fields[0], value=w.HOSTILE), SIGN_IN.fields[1]),
    )
    spent = Refusal(
        sentence="It was used on 22 November 2026, and it works once.",
        remedy="Sign in with your password, or ask your administrator for a new link.",
    )
    to_sign_in = Link(label="Sign in with a password", url="/sign-in")
    return {
        "sign-in": SignInPage(frame=bare, form=SIGN_IN),
        "sign-in-wrong": SignInPage(
            frame=bare,
            form=refused,
            intro="Sign in to go on to q20261123.4.",
            waiting="Your session has ended. What you typed is kept for an hour.",
        ),
        "link": SignInLinkPage(
            frame=bare,
            form=link,
            for_whom=w.DANA.name,
            until=w.ago("until tomorrow evening", days=-1),
            sign_in=to_sign_in,
        ),
        "link-spent": SignInLinkPage(frame=bare, form=None, spent=spent, sign_in=to_sign_in),
        "password": SetPasswordPage(
            frame=w.frame(),
            name="Dana",
            first=True,
            form=password,
            rules=("It has at least 12 characters.", "It is not one that is known to be stolen."),
        ),
        "not-found": MessagePage(
            frame=w.bare_frame(sign_in=True),
            heading="There is no page here.",
            sentences=("The link may be mistyped, or what it named never existed.",),
            links=(w.TO_INBOX,),
        ),
        "not-allowed": MessagePage(
            frame=w.frame(),
            heading="This case is not open to you.",
            sentences=(
                "It exists and it waits for the Arbitrator.",
                "What it is about is shown to its people only.",
            ),
            section=w.S914,
            links=(w.TO_INBOX, Link(label="What the policy says", url="/policy/9.1.4.4")),
        ),
        "error": MessagePage(
            frame=w.bare_frame(),
            heading="Something here is broken, and it is not your fault.",
            sentences=("What you sent was not recorded. Try again in some minutes.",),
            links=(w.TO_INBOX,),
            reference="e-5f1c77a0",
            tone="bad",
        ),
    }


def opening() -> dict[str, Page]:
    """Opening a case."""
    page = OpenPage(
        frame=w.frame("Open a case"),
        title="Patch to application code",
        summary="For a change to the application's own code. Anyone may hand one in.",
        asked=ASKED,
        form=OPEN_PATCH,
        definition=Link(label="How it goes in full", url="/definitions/application-patch"),
        who_sees="Everyone may see it; nothing in it is confidential.",
        sections=(w.S74, w.S75),
    )
    check = Form(
        action="/open/application-patch/confirm",
        hidden=NONCE,
        buttons=(Button(label="Open the case: Patch to application code"),),
        cancel=Link(label="Go back and change it", url="/open/application-patch"),
    )
    return {
        "open": page,
        "open-wrong": replace(page, form=wrong(OPEN_PATCH)),
        "open-system": replace(
            page, title="Patch to system software", form=OPEN_SYSTEM, asked=ASKED[2:], sections=()
        ),
        "check": CheckPage(
            frame=w.frame("Open a case"),
            title="Patch to application code",
            answers=values.rows(change="/open/application-patch"),
            form=check,
            patches=values.PATCHES,
            warned=(Warned(sentence="Bo Example would hold both: better not.", section=w.S41),),
            findings=("Bo Example is an author (two addresses) and may not review it (7.4).",),
            next=("It gets a number.", "Two testers are asked; they have five days."),
        ),
        "check-bare": CheckPage(
            frame=w.frame("Open a case"),
            title="Patch to system software",
            answers=(Row(label="Reason", value=Text(text=""), change_url="/x"),),
            form=check,
        ),
    }


def acts() -> dict[str, Page]:
    """Small acts, receipts, refusals."""
    amend = replace(OPEN_PATCH, fields=OPEN_PATCH.fields[1:4], action="/cases/x/amend")
    retract = Form(
        action="/cases/x/retract",
        fields=(replace(REASON, label="Why?"),),
        buttons=(Button(label="Take back my sign-off", tone="danger"),),
        cancel=w.TO_CASE,
        refusal=Refusal(sentence="Say why; it is recorded.", section=w.S74),
        hidden=NONCE,
    )
    typed = (
        Row(label="Outcome", value=Text(text="Approve")),
        Row(label="Comment", value=Text(text="Read it twice.\n\n" + w.HOSTILE)),
    )
    refusal = Refusal(
        sentence="You may not review this patch: you wrote it.",
        section=w.S74,
        remedy="Leave it to somebody else, or hand the patch in again without your commit.",
        who_can="Dana Example and Emil Example can review it.",
    )
    return {
        "amend": ActPage(
            frame=w.frame(),
            case=w.case(),
            heading="Change the patch or its risk",
            what_happens=(
                "The case goes back to the review.",
                "Whoever signed what you change is asked again.",
            ),
            outdates=values.SIGNATURES,
            form=amend,
            section=w.S74,
        ),
        "retract": ActPage(
            frame=w.frame(),
            case=w.case(),
            heading="Take back your sign-off",
            what_happens=("Your seat is open again.", "Both acts stay in the record."),
            warning="This can't be undone: to sign again, you sign anew.",
            about=typed,
            form=retract,
        ),
        "receipt": ReceiptPage(
            frame=w.frame(),
            heading="You approved the patch.",
            case=w.case(),
            at=w.ago("just now", seconds=1),
            entry="entry 7 of q20261123.4",
            entry_url="/cases/q20261123.4/record#7",
            act="0193a5f2-7c1e-7d0c-9f2c-4e6a1b3d5f70",
            digest=w.DIGEST,
            signed=typed,
            next=("One more Software Assessor reviews it; Emil Example can.",),
            told=(w.EMIL, w.ADA, w.LONG),
            links=(Link(label="Next: test the patch q20261122.1", url="/x"), w.TO_INBOX),
        ),
        "receipt-bare": ReceiptPage(
            frame=w.frame(waiting=0),
            heading="Your comment is recorded.",
            case=w.case(),
            at=w.ago("just now"),
            entry="entry 8",
            act="0193a5f2",
            signed=(),
            next=("Nothing changes by it.", "The case waits as before."),
            links=(w.TO_CASE,),
        ),
        "pending": PendingPage(
            frame=w.frame(),
            heading="Your sign-off is received and not yet confirmed.",
            act="0193a5f2-7c1e-7d0c-9f2c-4e6a1b3d5f70",
            at=w.ago("four seconds ago", seconds=4),
            again=Link(label="Look again", url="/acts/0193a5f2"),
            case=w.case(),
            typed=typed,
            sentences=(
                "It is kept and can't get lost. This page looks again by itself.",
                "Pressing twice does no harm: it counts once.",
            ),
        ),
        "refused": RefusedPage(
            frame=w.frame(),
            heading="Your sign-off was refused.",
            refusal=refusal,
            about=Link(label="q20261123.4 Patch to application code", url="/cases/q20261123.4"),
            typed=(*typed, Row(label="Packages", value=values.PACKAGES)),
            links=(w.TO_CASE, w.TO_INBOX),
        ),
        "refused-bare": RefusedPage(
            frame=w.frame(),
            heading="Nothing was opened.",
            refusal=Refusal(sentence="The file is larger than 1 MB."),
        ),
    }


def pages() -> dict[str, Page]:
    """All of them, by name."""
    return {**access(), **opening(), **acts()}
