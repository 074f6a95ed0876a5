"""Variants of the Arbitrator's desk, of a ruling being made, and of a case with rulings."""

from dataclasses import replace

from tests.web import preview_words as w
from tests.web.preview_together import related, together
from web.page_models import (
    Button,
    Choice,
    DeskCase,
    DeskPage,
    Form,
    FormField,
    Link,
    NamedCases,
    Page,
    Row,
    RulePage,
    RulePreviewPage,
    RulingShown,
    Text,
    Waived,
)

LOOK = Button(label="Look at what it does")
SIGN_IT = Button(label="Sign: rule so", tone="danger")
RULING = RulingShown(
    number="a20261123.1/1",
    sentence="By ruling, “Approve the patch” is authorised as team leader: Approve.",
    at=w.ago("an hour ago", hours=1),
    case=w.case("a20261123.1", ""),
    person=w.ADA,
    scope=Text(text=w.HOSTILE),
    reasons=Text(text="The team leader can't be reached, and the weakness is in use."),
    waived=(Waived(title="Nothing is applied that the leader hasn't approved", section=w.S323),),
)


def pages() -> dict[str, Page]:
    """All of them, by name."""
    page, on = together(), w.case()
    appeal = replace(related("a20261123.3"), aside="It is about ruling a20261123.2/1.")
    mine = w.case("a20261123.1", "Arbitration")
    since = w.ago("two days ago", days=2)
    line = DeskCase(
        case=on,
        label="Waiting",
        tone="waiting",
        since=since,
        links=(Link(label="Rule on it in a20261123.1", url="/cases/a20261123.1/rule?on=q1"),),
    )
    closed = replace(line, links=(), why_not="You can't rule on it: you are its opener.")
    choices = (
        Choice(value="a", label=RULING.sentence, hint="It waives: that the leader approves."),
        Choice(value="b", label="By ruling, the case is suspended.", chosen=True),
    )
    which = FormField(name="ruling", kind="choice", label="What it does", choices=choices)
    form = Form(action="/cases/a20261123.1/rule?on=q1", fields=(which,), buttons=(LOOK,))
    preview = RulePreviewPage(
        frame=w.frame(),
        case=mine,
        on=on,
        sentence=RULING.sentence,
        before="Approve the patch",
        after="Apply the patch",
        changes=("“Approve the patch” ends.", "“Apply the patch” begins, due by Thursday."),
        told=("All who take part hear of it: Ada and Bo.",),
        waived=RULING.waived,
        said=(Row(label="Scope", value=Text(text=w.HOSTILE)),),
        form=Form(action="/cases/a20261123.1/rule?on=q1", buttons=(SIGN_IT,)),
    )
    return {
        "desk": DeskPage(frame=w.frame(), mine=(replace(line, links=()),), others=(line, closed)),
        "desk-empty": DeskPage(frame=w.frame(), mine=(), others=(), empty="You rule in none."),
        "rule": RulePage(frame=w.frame(), case=mine, on=on, standing="Approve", form=form),
        "rule-preview": preview,
        "rule-preview-bare": replace(preview, changes=(), waived=()),
        "case-ruled": replace(page, rulings=(RULING,), given=(replace(RULING, scope=None),)),
        "case-appealed": replace(
            page,
            rulings=(replace(RULING, ask=Link(label="Appeal", url="/open/x?appealed=a1.1/1")),),
            named=(
                NamedCases(title="Appeal against", cases=(related("a20261123.1"),)),
                NamedCases(title="Appeal", cases=(appeal,)),
            ),
        ),
    }
