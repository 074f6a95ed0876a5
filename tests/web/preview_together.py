"""Variants of a case's page with votes, lists, drawn people, warnings and other cases."""

from dataclasses import replace

from tests.web import preview_values as values
from tests.web import preview_words as w
from tests.web.preview_cases import TIMELINE, rich
from tests.web.preview_forms import NONCE
from web.page_models import (
    ActPage,
    Button,
    CasePage,
    CasePerson,
    Choice,
    Entry,
    Form,
    FormField,
    Link,
    ListItem,
    ListShown,
    Page,
    RelatedCase,
    Row,
    Text,
    VoteLine,
    VoteShown,
    Warned,
)

VOTE = Form(
    action="/cases/m20261123.1/vote/voting",
    fields=(
        FormField(
            name="choice",
            kind="choice",
            label="My vote",
            choices=(
                Choice(value="aye", label="Aye", why_not="You are active in the area."),
                Choice(value="abstain", label="Abstain"),
            ),
        ),
        FormField(
            name="on_behalf",
            kind="person",
            label="For whom",
            hint="For another member only if they asked you to.",
            required=False,
            blank="Myself",
            choices=(
                Choice(value="1", label=w.LONG.name),
                Choice(value="2", label=w.EMIL.name, hint="who abstains", chosen=True),
            ),
        ),
    ),
    buttons=(Button(label="Sign: cast my vote"),),
    hidden=NONCE,
)


def votes(count: int = 40) -> VoteShown:
    """A vote in which everything happened that can, of a body with long names."""
    cast = (
        VoteLine(
            person=w.DANA,
            choice="Aye",
            tone="good",
            at=w.ago("two hours ago", hours=2),
            how="from the mail's link",
            url="#entry-2",
        ),
        VoteLine(
            person=w.LONG,
            choice="Naye",
            tone="bad",
            at=w.ago("an hour ago", hours=1),
            how="signed in",
            proxy=w.LONG,
            url="/cases/q20261123.4?before=3#entry-2",
        ),
        VoteLine(
            person=w.EMIL,
            choice="Abstain",
            tone="off",
            at=w.ago("an hour ago", hours=1),
            how="signed in",
            note="Active in the area: abstains by rule.",
        ),
        VoteLine(
            person=w.BO,
            choice="Recused",
            tone="off",
            at=w.ago("yesterday", days=1),
            note="Counts no longer among those who may vote.",
        ),
    )
    rest = (
        VoteLine(person=w.who(f"Member{n} Example"), choice="Not yet", tone="waiting")
        for n in range(count)
    )
    return VoteShown(
        anchor="vote-voting",
        title="Vote on the motion",
        label="Open",
        tone="waiting",
        sentences=(
            "3 of 43 have voted: 1 Aye, 1 Naye, 1 Abstain. As it stands: without a quorum.",
            "19 more Ayes would carry it; 19 more Nayes would defeat it.",
        ),
        lines=(*cast, *rest),
        section=w.S74,
        closes=w.ago("by Thursday", days=-3),
    )


def items() -> ListShown:
    """A list with things that are done, open, and can be signed."""
    return ListShown(
        anchor="list-follow_up",
        title="Follow-up actions",
        sentence="One of three is signed. Each is signed by itself.",
        section=w.S41,
        items=(
            ListItem(
                title="Access closed on every system",
                done=True,
                person=w.LONG,
                outcome="Done",
                at=w.ago("yesterday", days=1),
            ),
            ListItem(
                title=w.HOSTILE + "unbroken" * 20,
                done=False,
                sign=Link(label="Sign it", url="/cases/x/sign/follow_up/done:added-1"),
            ),
            ListItem(title="Something that is withheld", done=False),
        ),
        add=Link(label="Add something to this list", url="/cases/x/add/follow_up"),
    )


def related(number: str, *, hidden: bool = False) -> RelatedCase:
    """Another case; one that the reader may not see has its number and its state only."""
    if hidden:
        told = "What it is about is shown to its people only."
        return RelatedCase(case=w.case(number, ""), label="Waiting", tone="waiting", hidden=told)
    return RelatedCase(
        case=w.case(number, "Motion of the Board"),
        label="Waiting",
        tone="waiting",
        standing="Vote on the motion, 3 of 43 have voted",
        since=w.ago("yesterday", days=1),
    )


def together() -> CasePage:
    """A case with votes, a list, drawn people, warnings, and other cases beside it."""
    drawn = CasePerson(
        title="Arbitrator",
        people=(w.LONG,),
        how="drawn by lot among two; anybody can compute it again",
        entry=Link(label="entry 2", url="#entry-2"),
    )
    told = "Ada Example would hold both: these should not be one person."
    number = "m20261123.1"
    page = rich()
    return replace(
        page,
        standing=replace(
            page.standing,
            sentence=f"Waiting for Motion of the Board {number} (Vote on the motion).",
            cases=(w.case(number),),
        ),
        votes=(votes(),),
        lists=(items(),),
        parent=related("o20261123.9"),
        children=(
            replace(related(number), aside="This case doesn't wait for it."),
            related("b20261123.1", hidden=True),
        ),
        people=(
            drawn,
            CasePerson(title="Case Manager", people=(), how="is being drawn by lot"),
            CasePerson(title="Person", people=(), withheld=values.WITHHELD),
        ),
        warned=(
            Warned(sentence=told, section=w.S41),
            Warned(
                sentence="Bo Example would hold both: they may not.", section=None, forbidden=True
            ),
        ),
        timeline=(
            *TIMELINE,
            Entry(
                anchor="entry-7",
                person=w.CLOCK,
                did="drew by lot who is Arbitrator, among two",
                at=w.ago("an hour ago", hours=1),
                kind="system",
                reckoning=f"Anybody can compute it: the SHA-256 of “{w.DIGEST}:arbitrator”.",
            ),
        ),
        patches=(),
    )


def pages() -> dict[str, Page]:
    """All of them, by name."""
    page = together()
    nobody = replace(votes(), label="Closed", tone="bad", lines=(), closes=None)
    return {
        "case-together": page,
        "vote": ActPage(
            frame=w.frame(),
            case=w.case("m20261123.1", "Motion of the Board"),
            heading="Vote on the motion",
            section=w.S74,
            what_happens=("3 of 5 have voted.", "One more Aye would carry it."),
            warned=(Warned(sentence="Ada Example would hold both: better not.", section=w.S41),),
            about=(Row(label="Proposal", value=Text(text=w.HOSTILE)),),
            form=VOTE,
        ),
        "case-together-bare": replace(page, votes=(nobody,), lists=(), children=(), people=()),
    }
