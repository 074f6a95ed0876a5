"""The case's page, and the parts that pages about a case share."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from web.page_models.common import CaseRef, Link, Moment, Page, Person, Refusal, Section, Tone
from web.page_models.forms import Form
from web.page_models.ruling import RulingShown
from web.page_models.together import (
    CasePerson,
    ListShown,
    NamedCases,
    QueuedLine,
    RelatedCase,
    RepeatLine,
    VoteShown,
    Warned,
)
from web.page_models.values import Papers, Patch, Row, Text, Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case stands.

    Attributes:
        sentence: *Waiting for one more reviewer; Dana or Emil can, not Bo: author of the patch.*
        label: In a word or two, for the mark: *Waiting*, *Done*, *Refused*, *Withdrawn*.
        tone: The mark's shape and colour.
        since: Since when.
        due: By when the present step is to be done, or ``None``.
        overdue: Whether that has passed.
        cases: The cases that the sentence names, for links beside it.
    """

    sentence: str
    label: str
    tone: Tone
    since: Moment
    due: Moment | None = None
    overdue: bool = False
    cases: tuple[CaseRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The case can't go on by itself: why, since when, and who has been told.

    Attributes:
        reason: As a sentence that its opener understands.
        since: Since when.
        remedy: What happens now, and whether anything is wanted of the reader.
    """

    reason: str
    since: Moment
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Something that the reader can do on this case.

    Attributes:
        label: The act: *Review the patch*, *Take back my sign-off*.
        url: Its page.
        hint: In which role and by which section, or what it leads to.
    """

    label: str
    url: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is missing at a step, or has been given (the merge box).

    Attributes:
        sentence: *One more Software Assessor signs; two can: Dana Example, Emil Example.*
        status: ``met``, ``missing``, ``refused`` or ``outdated``.
        section: By which section.
        can: Who can still do it, by name; the sentence may name them already.
        barred: Who can't though they hold the role, each with why: *Bo Example wrote it (7.4).*
    """

    sentence: str
    status: Literal["met", "missing", "refused", "outdated"]
    section: Section | None = None
    can: tuple[Person, ...] = ()
    barred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature given.

    Attributes:
        person: Who, with the role in which they signed.
        outcome: *approved*, *rejected*.
        tone: ``good``, ``bad`` or ``quiet``.
        at: When.
        seat: As what: *reviewer*; empty where the role says it.
        thing: What on a list it is about; empty elsewhere.
        comment: What they wrote, or that it is withheld; ``None`` for nothing.
        outdated: Why it no longer counts; empty while it does.
    """

    person: Person
    outcome: str
    tone: Literal["good", "bad", "quiet"]
    at: Moment
    seat: str = ""
    thing: str = ""
    comment: Text | Withheld | None = None
    outdated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayStep:
    """A step of the case's way; these are the diagram's text twin.

    Attributes:
        title: *Review the patch*.
        status: ``done``, ``now``, ``next`` (to come) or ``off`` (this case doesn't come by).
        sentence: Who did it, who is asked, or what leads there.
        section: By which section.
        at: When it was done, or since when it waits.
        signatures: What was signed there.
        cases: The cases that the sentence names, for links.
    """

    title: str
    status: Literal["done", "now", "next", "off"]
    sentence: str = ""
    section: Section | None = None
    at: Moment | None = None
    signatures: tuple[Signature, ...] = ()
    cases: tuple[CaseRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """The drawing of a machine.

    Attributes:
        svg: An ``<svg>`` element that we drew ourselves, with every text in it escaped; it is
            put into the page as it is. No ``style`` attribute or element (the CSP forbids it)
            and no XML prologue. Graphviz's own classes ``node``, ``edge``, ``cluster`` and
            ``graph`` are coloured by the stylesheet; a node also carries ``state-now`` or
            ``state-done`` (or ``state`` in an SVG of other origin), a start dot ``start``.
            Drawn from top to bottom it fits a phone.
        label: What it shows, in a sentence, for who can't see it.
    """

    svg: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the timeline, newest last.

    Attributes:
        anchor: Its HTML id: ``entry-12``.
        person: Who; a person named *Countersign* for what the clock or the system did.
        did: What, after the name: *approved the patch as reviewer*.
        at: When.
        kind: ``act``, ``system``, ``comment``, ``ruling``; a ruling stands out.
        tone: The mark.
        section: By which section, where one was cited.
        body: The reason or the comment, or that it is withheld.
        outdated: Why what was signed no longer counts; empty while it does.
        reckoning: How anybody can compute again what was drawn; shown when asked for.
        case: Another case that it names: the ruling's, a child's.
        repeats: Which cases came there before this one, where they are counted.
        papers: What was attached with it.
    """

    anchor: str
    person: Person
    did: str
    at: Moment
    kind: Literal["act", "system", "comment", "ruling"] = "act"
    tone: Tone = "quiet"
    section: Section | None = None
    body: Text | Withheld | None = None
    outdated: str = ""
    reckoning: str = ""
    case: CaseRef | None = None
    repeats: tuple[RepeatLine, ...] = ()
    papers: Papers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """The version of a definition.

    Attributes:
        title: The definition's title.
        short: The first characters of its SHA-256, for people.
        digest: The whole of it.
        url: The definition's page at that version.
        rules: The number of the rules that it was written for.
    """

    title: str
    short: str
    digest: str
    url: str
    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The case lives by another version of its definition than new cases do.

    Attributes:
        sentences: That it is so, which version decides here, and what new cases follow.
        links: To the text of its version, and to what differs.
    """

    sentences: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage(Page):
    """A case, in the order in which one asks.

    Attributes:
        case: Number and title.
        subject: What it is about in a line: the patch's subject. May be empty.
        standing: Where it stands.
        opened_by: Who opened it.
        opened: When.
        version: The definition that it lives by.
        earlier: Where new cases begin under another version.
        stopped: Where it can't go on.
        can: What the reader can do now: the decisions that wait for them.
        cannot: Why the reader can't do what is asked here, and who can.
        nothing: Where neither: why nothing is asked of the reader, as a sentence.
        too_few: Steps for which there are too few people, and who would mend it; told to opener
            and team leaders only.
        votes: The votes of the case, open or closed.
        lists: Things that are signed one by one.
        warned: What the policy warns of if what it is about is given.
        parent: The case that opened it; ``None`` if a person did by themself.
        children: The cases that it opened.
        queued: What it has queued for other processes.
        repeats: The how-manieth it is within a period, where cases are counted and came before.
        rulings: Those on it; `given` those that were made in it on other cases.
        people: Who is what in it, and how that came about.
        needs: What is missing and what was given at the present steps.
        fields: What it is about.
        papers: Attachments.
        patches: What they change.
        patches_withheld: Where the reader may not see the patch.
        diagram: The machine with the present place; ``None`` where it can't be drawn.
        way: The steps done, now and to come.
        timeline: Entries, newest last.
        older_url: Earlier entries (keyset); empty where all are shown.
        comment: The form; ``None`` where the reader may not, or the case is closed.
        comment_why_not: Why there is no form.
        others: Amend, withdraw, decline, take back: what is beside the decision.
        record_url: The case's entries as recorded.
        document_url: The case as a PDF document.
        head: Digest of the newest entry.
    """

    template: ClassVar[str] = "case.html"
    case: CaseRef
    standing: Standing
    opened_by: Person
    opened: Moment
    version: VersionRef
    subject: str = ""
    earlier: Earlier | None = None
    stopped: Stopped | None = None
    can: tuple[Do, ...] = ()
    cannot: tuple[Refusal, ...] = ()
    nothing: str = ""
    too_few: tuple[Refusal, ...] = ()
    votes: tuple[VoteShown, ...] = ()
    lists: tuple[ListShown, ...] = ()
    warned: tuple[Warned, ...] = ()
    parent: RelatedCase | None = None
    children: tuple[RelatedCase, ...] = ()
    named: tuple[NamedCases, ...] = ()
    queued: tuple[QueuedLine, ...] = ()
    repeats: tuple[RepeatLine, ...] = ()
    rulings: tuple[RulingShown, ...] = ()
    given: tuple[RulingShown, ...] = ()
    people: tuple[CasePerson, ...] = ()
    needs: tuple[Need, ...] = ()
    fields: tuple[Row, ...] = ()
    papers: Papers | None = None
    patches: tuple[Patch, ...] = ()
    patches_withheld: Withheld | None = None
    diagram: Diagram | None = None
    way: tuple[WayStep, ...] = ()
    timeline: tuple[Entry, ...] = ()
    older_url: str = ""
    comment: Form | None = None
    comment_why_not: str = ""
    others: tuple[Do, ...] = ()
    record_url: str = ""
    document_url: str = ""
    head: str = ""
