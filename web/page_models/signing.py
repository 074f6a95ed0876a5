"""Acts on a case: signing, commenting, amending, taking back; and what comes after."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from web.page_models.case import Signature, VersionRef
from web.page_models.common import CaseRef, Link, Moment, Page, Person, Section
from web.page_models.forms import Button, Form
from web.page_models.together import Warned
from web.page_models.values import Papers, Patch, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One way to decide. Each has its own button, and all weigh the same.

    Attributes:
        label: *Approve*.
        leads_to: *The patch goes to the Systems Administrators to be applied.*
        button: Named after the act: *Sign: approve*, ``name="outcome"``.
        note: What is wanted for it, or can't be undone: *A comment is required.*
    """

    label: str
    leads_to: str
    button: Button
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignPage(Page):
    """One page, one decision.

    Attributes:
        case: Its case.
        subject: What the case is about in a line; may be empty.
        step: What is asked: *Review the patch*.
        section: By which section.
        capacity: *You sign as reviewer, being a Software Assessor.*
        due: By when, or ``None``.
        overdue: Whether that has passed.
        covers: The values that are signed.
        papers: The papers that are signed, with their digests.
        patches: What they change, to be read here.
        version: The definition's version that is signed with them.
        shown: The digest over all that, as it is in the form's hidden field.
        before: Who has signed this step before.
        form: Evidence and comment, the nonce and the digest; no buttons.
        outcomes: The ways to decide.
        after: What follows from signing at all, each a sentence (*Your name is public*).
        decline: Instead: I can't decide this (conflict, absence).
        others: Other seats of the step in which the reader could sign instead.
        also: On the page of a mail's link: to give it back.
    """

    template: ClassVar[str] = "sign.html"
    case: CaseRef
    step: str
    capacity: str
    covers: tuple[Row, ...]
    version: VersionRef
    shown: str
    form: Form
    outcomes: tuple[Outcome, ...]
    subject: str = ""
    section: Section | None = None
    due: Moment | None = None
    overdue: bool = False
    papers: Papers | None = None
    patches: tuple[Patch, ...] = ()
    before: tuple[Signature, ...] = ()
    after: tuple[str, ...] = ()
    decline: Link | None = None
    others: tuple[Link, ...] = ()
    also: Form | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage(Page):
    """A smaller act: comment, amend, take back, decline, withdraw.

    Attributes:
        case: Its case.
        heading: *Take back your sign-off*.
        first: Each a sentence, before all else: for whom a mail's link is.
        asked: What is voted on, before how the vote stands.
        what_happens: Each a sentence, before the form.
        warning: What can't be undone or what is lost, as a sentence; empty where nothing is.
        section: By which section one may.
        about: What the act is about: the sign-off that is taken back, the values as they are.
        outdates: Signatures that no longer count afterwards (amending).
        warned: What the policy warns of in what it would lead to.
        form: Its fields and the button that names the act.
        also: On the page of a mail's link: to give it back.
    """

    template: ClassVar[str] = "act.html"
    case: CaseRef
    heading: str
    form: Form
    first: tuple[str, ...] = ()
    asked: tuple[Row, ...] = ()
    what_happens: tuple[str, ...] = ()
    warning: str = ""
    section: Section | None = None
    about: tuple[Row, ...] = ()
    outdates: tuple[Signature, ...] = ()
    warned: tuple[Warned, ...] = ()
    also: Form | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage(Page):
    """An act is recorded: what, when, under which number, what happens next.

    Attributes:
        heading: *You approved the patch.* / *The case is open.*
        case: Its case, with the number that was given.
        at: When it was recorded.
        entry: Its place in the record: *entry 7 of p20261123.4*.
        entry_url: That entry.
        act: The act's id.
        digest: The digest of what was signed; empty for a comment.
        signed: What was signed or said, again.
        next: What happens next, each a sentence.
        told: Who is told; empty where nobody is.
        told_sentence: Instead of names: *The list of the Systems Administrators is told.*
        links: Ways on: the next task first.
    """

    template: ClassVar[str] = "receipt.html"
    heading: str
    case: CaseRef
    at: Moment
    entry: str
    act: str
    signed: tuple[Row, ...]
    next: tuple[str, ...]
    links: tuple[Link, ...]
    entry_url: str = ""
    digest: str = ""
    told: tuple[Person, ...] = ()
    told_sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPage(Page):
    """The act is kept and on its way; it isn't confirmed yet.

    The view also sends ``Refresh: SECONDS; url=again.url`` as a header, so that the page goes
    on by itself; a ``<meta>`` refresh fails WCAG 2.2.1 (axe: meta-refresh).

    Attributes:
        heading: *Your sign-off is received and not yet confirmed.*
        act: The act's id.
        case: Its case; ``None`` while an opening has no number yet.
        at: When it was received.
        typed: What was signed or said.
        again: Look again.
        tone: ``waiting``; ``stopped`` where it has waited long and somebody was told.
        sentences: What this means: nothing is lost, pressing twice does no harm.
    """

    template: ClassVar[str] = "pending.html"
    heading: str
    act: str
    at: Moment
    again: Link
    case: CaseRef | None = None
    typed: tuple[Row, ...] = ()
    tone: Literal["waiting", "stopped"] = "waiting"
    sentences: tuple[str, ...] = ()
