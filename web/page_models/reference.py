"""Pages to look things up: a section of the policy, a definition, a person; the operator's."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from web.page_models.case import Diagram, VersionRef
from web.page_models.common import CaseRef, Link, Moment, Page, Section
from web.page_models.forms import Form, Problem
from web.page_models.values import DiffFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph or a list of a section's text, as the policy has it.

    Attributes:
        kind: ``text`` or ``list``.
        lines: The paragraph (one), or the list's points.
        note: Whether it is the editors' and not the policy's: the page marks it so.
    """

    kind: Literal["text", "list"]
    lines: tuple[str, ...]
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySectionPage(Page):
    """The text of a section.

    Attributes:
        policy: *Security Policy, draft p20100510*.
        number: Of the section.
        title: Its heading.
        blocks: Its text; empty for a heading with subsections only.
        above: The sections that contain it, outermost first.
        below: Its subsections.
        before: The section before it, or ``None``.
        after: The section after it, or ``None``.
        carried_out_by: Definitions that carry it out.
    """

    template: ClassVar[str] = "policy_section.html"
    policy: str
    number: str
    title: str
    blocks: tuple[Block, ...]
    above: tuple[Section, ...] = ()
    below: tuple[Section, ...] = ()
    before: Section | None = None
    after: Section | None = None
    carried_out_by: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLine:
    """A state of the machine, told: its name, what it means, where one goes from it."""

    title: str
    sentence: str
    ways: tuple[str, ...] = ()
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step of a definition, told.

    Attributes:
        title: *Review the patch*.
        section: By which section.
        who: Each seat as a sentence: *Two Software Assessors; not the author.*
        outcomes: Each as a sentence: *Reject: the author is told and the case ends.*
        deadline: *Within five days; then the leader is told.* Empty where nothing is set.
        covers: What a signature covers and what amending does, as a sentence.
        judgement: Where the policy is silent: what was judged, and why.
    """

    title: str
    section: Section | None
    who: tuple[str, ...]
    outcomes: tuple[str, ...]
    deadline: str = ""
    covers: str = ""
    judgement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvariantLine:
    """What always holds: the sentence, its section, and whether a ruling can waive it."""

    sentence: str
    section: Section | None
    firm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionPage(Page):
    """A definition as people read it.

    Attributes:
        title: Its title.
        summary: What it is for.
        version: The version shown.
        sections: The sections that it carries out.
        may_open: Who may open a case of it, as a sentence.
        asks: What the form asks, each a sentence.
        who_sees: Who sees a case and what is confidential, each a sentence.
        states: The machine, told.
        steps: What people do, in order.
        invariants: What always holds.
        diagram: The machine, without a present place.
        open_url: The form; empty where the reader may not open it.
        source: The YAML file.
        newer: Where another version holds now for new cases: link to it.
        differs: What differs between this version and the one that holds now.
        ended: Whether no version of it is in force: new cases can't be opened.
    """

    template: ClassVar[str] = "definition.html"
    title: str
    summary: str
    version: VersionRef
    may_open: str
    states: tuple[StateLine, ...]
    steps: tuple[StepLine, ...]
    sections: tuple[Section, ...] = ()
    asks: tuple[str, ...] = ()
    who_sees: tuple[str, ...] = ()
    invariants: tuple[InvariantLine, ...] = ()
    diagram: Diagram | None = None
    open_url: str = ""
    source: Link | None = None
    newer: Link | None = None
    differs: tuple[DiffFile, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine:
    """A role held.

    Attributes:
        role: In words; a leader's says so.
        since: Since when.
        by: By what: *motion m20261102.1*, *the first directory*.
        by_url: That case or entry; may be empty.
        until: When it ended; ``None`` while it holds.
    """

    role: str
    since: Moment
    by: str
    by_url: str = ""
    until: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that needs the operator; never a case's content.

    Attributes:
        what: *p20261123.4, Patch to system software*, or a mail's id.
        why: The reason, as a sentence.
        since: Since when.
        case: Link by number where it is about a case.
        todo: What the operator can do, as a sentence.
    """

    what: str
    why: str
    since: Moment
    case: CaseRef | None = None
    todo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """An age or a count: *Oldest open case*, *9 days*, with what is usual as a hint."""

    label: str
    value: str
    hint: str = ""
    tone: Literal["good", "bad", "quiet"] = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """What opens by itself, when last and when next, with the form that pauses it or lets it go on.

    Attributes:
        paused: Since when it is paused, as a sentence; empty if it isn't.
    """

    title: str
    words: str
    form: Form
    paused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPage(Page):
    """What is stopped and why, and how old the oldest things are.

    Attributes:
        sentence: *One case is stopped.* / *Nothing is stopped.*
        gauges: Ages of the oldest open case, task, unsettled act, unsent mail; the last sweep.
        stopped: Stopped cases.
        mended: Cases that were brought together with their record again lately.
        unsettled: Acts that are kept and not yet settled.
        unsent: Mail that hasn't gone out.
        bounces: Addresses to which mail can't be delivered.
        forged: Rows that would let somebody in, and weren't ours.
        unfillable: Open steps that the people who are there can't finish.
        schedules: Moments of schedules for which nobody is there to open the case for.
        scheduled: What opens by itself.
        pausing: What was wrong with pausing, if it was refused.
    """

    template: ClassVar[str] = "operator.html"
    sentence: str
    gauges: tuple[Gauge, ...]
    stopped: tuple[Trouble, ...] = ()
    mended: tuple[Trouble, ...] = ()
    unsettled: tuple[Trouble, ...] = ()
    unsent: tuple[Trouble, ...] = ()
    bounces: tuple[Trouble, ...] = ()
    forged: tuple[Trouble, ...] = ()
    unfillable: tuple[Trouble, ...] = ()
    schedules: tuple[Trouble, ...] = ()
    scheduled: tuple[ScheduleLine, ...] = ()
    pausing: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLine:
    """Something that an operator did.

    Attributes:
        what: *A link to sign in was made for somebody*.
        about: Whom or what, as a sentence; may be empty.
        at: When.
        entry: The number of its entry in the `system` stream.
    """

    what: str
    about: str
    at: Moment
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsPage(Page):
    """What operators did, the latest first.

    Attributes:
        lines: Each act.
        earlier: Where earlier ones are; ``None`` if these are all.
    """

    template: ClassVar[str] = "operations.html"
    lines: tuple[OperationLine, ...]
    earlier: Link | None = None
