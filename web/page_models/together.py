"""What several people do in a case: votes, things on a list, drawn people, other cases."""

from dataclasses import dataclass

from web.page_models.common import CaseRef, Link, Moment, Person, Section, Tone
from web.page_models.values import Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteLine:
    """The part of one member of the body in a vote.

    Attributes:
        person: Whose vote it is.
        choice: *Aye*, *Naye*, *Abstain*; or *Not yet*, *Recused*, *Left the body*.
        tone: The mark: ``good``, ``bad``, ``off`` for who doesn't count, ``waiting``.
        at: When; ``None`` where nothing was done.
        how: *signed in*, *from the mail's link*; empty where nothing was cast.
        proxy: Who cast it in their place; ``None`` for themself.
        note: What else is to be known: *Active in the area: abstains by rule.*
        url: Its entry; empty where there is none.
    """

    person: Person
    choice: str
    tone: str
    at: Moment | None = None
    how: str = ""
    proxy: Person | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteShown:
    """A vote: how it stands or how it ended, what would change it, and who voted what.

    Attributes:
        anchor: Its HTML id.
        title: *Vote on the motion*.
        label: *As it stands: carried*, *Carried*.
        tone: The label's mark.
        sentences: The numbers first; then what could still change it.
        lines: Everybody who may vote, those who voted first.
        section: By which section.
        closes: Until when one can vote; ``None`` once it is over.
    """

    anchor: str
    title: str
    label: str
    tone: Tone
    sentences: tuple[str, ...]
    lines: tuple[VoteLine, ...]
    section: Section | None = None
    closes: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """A thing on a list that is signed by itself.

    Attributes:
        title: What it is.
        done: Whether it is signed.
        person: By whom.
        outcome: With which outcome.
        at: When.
        sign: Where the reader can sign it; ``None`` if they can't.
        cases: The case that queued it, whose number the title names.
    """

    title: str
    done: bool
    cases: tuple[CaseRef, ...] = ()
    person: Person | None = None
    outcome: str = ""
    at: Moment | None = None
    sign: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    """A list whose things are signed one by one.

    Attributes:
        anchor: Its HTML id.
        title: The step's.
        sentence: *Two of five are signed.*
        items: In their order.
        section: By which section.
        add: Where the reader can add to it; ``None`` if they can't.
    """

    anchor: str
    title: str
    sentence: str
    items: tuple[ListItem, ...]
    section: Section | None = None
    add: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatLine:
    """That cases like this one have come before it within a period.

    Attributes:
        sentence: The how-manieth it is, of what, and within how long.
        cases: Those before it, whose numbers the sentence names.
    """

    sentence: str
    cases: tuple[CaseRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedLine:
    """What this case has queued for another process.

    Attributes:
        sentence: Whose next case takes it, or which case has it.
        cases: That case, whose number the sentence names.
    """

    sentence: str
    cases: tuple[CaseRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedCase:
    """A case that this one opened, or the one that opened it.

    Attributes:
        case: By number; without a title where the reader may not see it.
        label: Where it stands, in a word or two.
        tone: The label's mark.
        standing: What it waits for or how it ended; empty where the reader may not see it.
        since: Since when it stands so; ``None`` where the reader may not see it.
        hidden: That its content isn't shown to the reader; empty if it is.
        aside: What is to be said beside it: that the case which opened it doesn't wait for its
            end, or which ruling made in it is meant; empty if nothing is.
    """

    case: CaseRef
    label: str
    tone: Tone
    standing: str = ""
    since: Moment | None = None
    hidden: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCases:
    """Cases that this one names in its form, or that name it.

    Attributes:
        title: What that is: *Appeal against*, or *Appeal*.
        cases: They.
    """

    title: str
    cases: tuple[RelatedCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePerson:
    """Who is what in a case, and how that came about.

    Attributes:
        title: *Arbitrator*.
        people: Who; empty as long as nobody is.
        how: *Drawn by lot among two*; to be read after the names.
        entry: The entry by which it came about; ``None`` where the form says it.
        withheld: That the reader may not see who it is.
    """

    title: str
    people: tuple[Person, ...]
    how: str = ""
    entry: Link | None = None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """What the policy warns of if somebody is given what a case is about.

    Attributes:
        sentence: Whose roles, and what the policy says of them.
        section: Which section says so.
        forbidden: Whether it can't be given at all.
    """

    sentence: str
    section: Section | None
    forbidden: bool = False
