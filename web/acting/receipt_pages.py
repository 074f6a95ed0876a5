"""What became of an act: recorded, refused, or received and not yet confirmed.

It is read from the record and from the acts that were kept, so it is the same after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from definitions.acts import RULE, Act, Entry, by_link
from definitions.canonical import Json
from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import FieldSpec, words
from definitions.refusals import Refusal
from definitions.rules import may_see
from definitions.rules.arbitrating import WHOLE_FORM
from definitions.rules.items import ITEM
from definitions.rules.voting import DECLARATION
from store.pending import PendingAct
from store.queries.cases import CaseRow
from web.acting.answers import status_of
from web.acting.loading import community, reader
from web.acting.showing import typed_rows
from web.current import signed_in
from web.errors import shown as shown_refusal
from web.frame import frame, home_url
from web.page_models import (
    Link,
    PendingPage,
    People,
    Person,
    ReceiptPage,
    RefusedPage,
    Row,
    Text,
)
from web.presenters.ballots import CHOICE_WORDS
from web.presenters.reader import Reader, case_ref, case_url
from web.presenters.seats import seat_title, vacancies
from web.presenters.standing import standing
from web.presenters.words import inside, since
from web.services import now

LONG_SECONDS = 60
"""After so many seconds without an answer the page says that it takes long."""

_HEADINGS = {
    "open": "The case is open.",
    "comment": "Your comment is recorded.",
    "amend": "The case is amended.",
    "retract": "Your signature is taken back.",
    "decline": "You have left this to others.",
    "withdraw": "The case is withdrawn.",
    "vote": "Your vote is recorded.",
    "add_item": "It is on the list.",
    "recuse": "You have recused yourself from this vote.",
    RULE: "Your ruling is recorded.",
}
_PENDING = {
    "open": "Your case is received, and not yet confirmed.",
    "comment": "Your comment is received, and not yet confirmed.",
    "sign_off": "Your sign-off is received, and not yet confirmed.",
    RULE: "Your ruling is received, and not yet confirmed.",
}


@dataclass(frozen=True)
class Known:
    """What is known of an act.

    Attributes:
        kept: The act as it was kept.
        definition: Its definition.
        entry: Its place in the record; None if it isn't there.
        case: Its case as it stands now; None as long as there is none.
        told: Names of those to whom the act's mail goes.
    """

    kept: PendingAct
    definition: Definition
    entry: Entry | None
    case: CaseRow | None
    told: tuple[str, ...] = ()

    @property
    def act(self) -> Act:
        """The act."""
        return self.kept.signed.read()


def receipt_page(known: Known, entry: Entry, case: CaseRow) -> ReceiptPage:
    """Return what was recorded, and what happens next."""
    act, reads = known.act, _reader()
    return ReceiptPage(
        frame=frame(),
        heading=_heading(known.definition, act),
        case=case_ref(case.number, known.definition),
        at=since(entry.facts["time"], reads.now),
        entry=f"entry {entry.seq} of {case.number}",
        entry_url=f"{case_url(case.number)}#entry-{entry.seq}",
        act=act.id,
        digest=act.shown if act.kind == "sign_off" else "",
        signed=_rows(known, reads),
        next=_next(known, case, reads),
        told=tuple(Person(name=name) for name in known.told),
        links=(
            Link(label="What else waits for you", url=home_url()),
            Link(label=f"Look at {case.number}", url=case_url(case.number)),
        ),
    )


def refused_page(known: Known, refusal: Refusal) -> tuple[RefusedPage, int]:
    """Return that the act was refused, with all that was typed, and the page's status."""
    about = _case_link(known)
    page = RefusedPage(
        frame=frame(),
        heading="This was refused.",
        refusal=shown_refusal(refusal),
        about=about,
        typed=_rows(known, _reader()),
        links=(*((about,) if about else ()), Link(label="What waits for you", url=home_url())),
    )
    return page, status_of(refusal)


def pending_page(known: Known, url: str) -> PendingPage:
    """Return that the act was received and isn't confirmed yet."""
    act, reads = known.act, _reader()
    long = waits_long(known)
    sentences = (
        "What you sent is kept, and is sent on until it has its answer: nothing is lost.",
        "You needn't send it again; if you do, it still counts once.",
        "It takes longer than usual. You can leave this page and come back to it."
        if long
        else "This page looks again by itself.",
    )
    return PendingPage(
        frame=frame(),
        heading=_PENDING.get(act.kind, "This is received, and not yet confirmed."),
        act=act.id,
        at=since(known.kept.created, reads.now),
        again=Link(label="Look again", url=url),
        case=case_ref(known.case.number, known.definition) if known.case else None,
        typed=_rows(known, reads),
        tone="stopped" if long else "waiting",
        sentences=sentences,
    )


def waits_long(known: Known) -> bool:
    """Say whether the act has waited for its answer for long."""
    return (parse(now()) - parse(known.kept.created)).total_seconds() > LONG_SECONDS


def _reader() -> Reader:
    return reader(signed_in(), community())


def _heading(definition: Definition, act: Act) -> str:
    if act.on_behalf:
        return "The vote that you cast as proxy is recorded."
    if act.kind != "sign_off":
        return _HEADINGS.get(act.kind, "It is recorded.")
    return f"You signed: {inside(_outcome(definition, act))}."


def _outcome(definition: Definition, act: Act) -> str:
    if act.kind == "vote":
        return CHOICE_WORDS.get(act.outcome or "", str(act.outcome))
    one = definition.step(act.step or "").outcomes.get(act.outcome or "")
    return (words(one.title) if one else "") or str(act.outcome)


def _rows(known: Known, reads: Reader) -> tuple[Row, ...]:
    """Return what was signed or said; it is shown to who did it and to nobody else."""
    act, definition = known.act, known.definition
    rows: list[Row] = []
    if act.step:
        rows.append(Row(label="Step", value=Text(text=words(definition.step(act.step).title))))
    if act.step and act.seat:
        title = seat_title(definition, act.step, act.seat)
        label = "Of it" if ":" in act.seat else "As"
        rows.append(Row(label=label, value=Text(text=title)))
    if act.on_behalf:
        rows.append(Row(label="For", value=People(people=(reads.person(act.on_behalf),))))
    if act.outcome:
        rows.append(Row(label="Decision", value=Text(text=_outcome(definition, act))))
    if by_link(act):
        rows.append(Row(label="Signed", value=Text(text="By a link in a mail")))
    values = _without_taken_away(known.kept.signed.values())
    return (*rows, *typed_rows(reads, _specs(definition, act), values))


def _without_taken_away(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value != ""}


def _specs(definition: Definition, act: Act) -> Mapping[str, FieldSpec]:
    if act.kind in {"open", "amend"}:
        return definition.body.start.fields
    if act.kind in {"vote", "declare"}:
        return DECLARATION
    if act.kind == "add_item":
        return ITEM
    if act.kind == RULE:
        return WHOLE_FORM
    return definition.step(act.step).evidence if act.step else {}


def _next(known: Known, case: CaseRow, reads: Reader) -> tuple[str, ...]:
    if not may_see(known.definition, case.state, reads.id, reads.roles):
        return ("The case goes on; what happens in it is shown to its people only.",)
    open_ = vacancies(known.definition, case.state, reads.community)
    stands = standing(reads, known.definition, case, open_)
    sentences = [stands.sentence]
    if any(one.can for one in open_):
        sentences.append("Whoever can sign now finds it in their inbox.")
    return tuple(sentences)


def _case_link(known: Known) -> Link | None:
    if known.case is None:
        return None
    return Link(label=f"Look at {known.case.number}", url=case_url(known.case.number))
