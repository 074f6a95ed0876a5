"""What has happened in a case: one sentence for each entry, with its person, role and reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from definitions.acts import LAPSE, LINK_ASKED, RULE, RULED, SYSTEM
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec, words
from definitions.rules.arbitrating import ON, WHOLE_FORM
from definitions.rules.ruled import told_in_words
from definitions.rules.seeing import MEMBER
from definitions.rules.voting import CONFLICT, NONE, SOME
from definitions.ruling import Ruling
from store.queries.timeline import EntryRow, MailTold
from web.page_models import CaseRef, Entry, Papers, Table, Text, Tone, Withheld
from web.presenters.ballots import CHOICE_WORDS
from web.presenters.cast import lot_words
from web.presenters.fields import ERASED, paper, value, withheld, withheld_step
from web.presenters.reader import Reader, case_ref, role_title, section
from web.presenters.repeats import repeats_in
from web.presenters.seats import seat_title
from web.presenters.signatures import link_words, outcome_tone, outcome_words, role_of
from web.presenters.words import listed, since

COMMENT = "comment"
_DECLARED = {NONE: "none declared", SOME: "declared"}


@dataclass(frozen=True)
class Story:
    """A case's entries with what is told beside them.

    Attributes:
        number: the case's.
        entries: one page of them, in order.
        outdated: why sign-offs count no longer, by act.
        mail: to whom mails went, by act.
        hidden: names of values that the reader may not see.
        private: steps of which they may not see what others gave in them.
        ends: how other cases that it opened have ended, in words, by number.
        parent: the number of the case that opened it; "" if a person did.
    """

    definition: Definition
    number: str
    entries: Sequence[EntryRow]
    outdated: Mapping[str, str] = field(default_factory=dict)
    mail: Mapping[str, Sequence[MailTold]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    ends: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""


def timeline(reader: Reader, story: Story) -> tuple[Entry, ...]:
    """Return the entries as the page tells them, newest last."""
    return tuple(_entry(reader, story, row) for row in story.entries)


def _entry(reader: Reader, story: Story, row: EntryRow) -> Entry:
    act = row.act
    tone: Tone = "quiet"
    if act.kind == "sign_off" and act.step:
        tone = outcome_tone(story.definition, act.step, act.outcome)
    elif act.kind == "deadline":
        tone = "waiting"
    return Entry(
        anchor=f"entry-{row.seq}",
        person=reader.person(act.actor, _role(story.definition, row)),
        did=_did(reader, story, row),
        at=since(row.facts.time, reader.now),
        kind=_kind(row),
        tone=tone,
        section=section(_section(story.definition, row)),
        body=_body(reader, story, row),
        outdated=story.outdated.get(act.id, ""),
        reckoning=lot_words(reader, row) if row.act.kind == "draw" else "",
        case=_case(story, row),
        repeats=repeats_in(story.definition, row.facts),
        papers=_papers(story, row),
    )


def _case(story: Story, row: EntryRow) -> CaseRef | None:
    """Return the other case that an entry is about: a child that ended, or the one that opened."""
    number = ""
    if row.act.kind == RULE and row.facts.ruling is not None:
        number = str(row.facts.ruling.get("number", ""))
    elif row.act.kind == RULED:
        number = str(row.act.auth.get("number", "")).partition("/")[0]
    elif row.act.kind == "child_ended":
        number = row.facts.number or ""
    elif row.act.kind == "open" and row.act.actor == SYSTEM:
        number = story.parent
    return case_ref(number, None) if number else None


def _kind(row: EntryRow) -> Literal["act", "system", "comment", "ruling"]:
    if row.act.kind in {RULE, RULED}:
        return "ruling"
    if row.act.actor == SYSTEM:
        return "system"
    return "comment" if row.act.kind == "comment" else "act"


def _did(reader: Reader, story: Story, row: EntryRow) -> str:
    tell = _TOLD.get(row.act.kind)
    return tell(reader, story, row) if tell else f"did “{row.act.kind}”"


def _opened(_reader: Reader, story: Story, row: EntryRow) -> str:
    by_case = story.parent and row.act.actor == SYSTEM
    return "opened the case for another one" if by_case else "opened the case"


def _signed(_reader: Reader, story: Story, row: EntryRow) -> str:
    step, seat = row.act.step or "", row.act.seat or ""
    chosen = outcome_words(story.definition, step, row.act.outcome)
    title = words(story.definition.step(step).title)
    told, how = seat_title(story.definition, step, seat), link_words(row.act)
    if ":" in seat:
        return f"signed “{told}” of “{title}”{how}: {chosen}"
    return f"signed “{title}” as {told}{how}: {chosen}"


def _said(_reader: Reader, _story: Story, _row: EntryRow) -> str:
    return "said"


def _amended(_reader: Reader, story: Story, row: EntryRow) -> str:
    fields = story.definition.body.start.fields
    changed = [f"“{words(fields[name].title)}”" for name in fields if name in row.act.values]
    return f"changed {listed(changed)}"


def _retracted(_reader: Reader, story: Story, row: EntryRow) -> str:
    return f"took back their sign-off of {_title(story, row)}"


def _declined(_reader: Reader, story: Story, row: EntryRow) -> str:
    step, seat = row.act.step or "", row.act.seat or ""
    return f"can't decide {_title(story, row)} as {seat_title(story.definition, step, seat)}"


def _withdrew(_reader: Reader, _story: Story, _row: EntryRow) -> str:
    return "withdrew the case"


def _passed(_reader: Reader, story: Story, row: EntryRow) -> str:
    return f"noted that {_title(story, row)} is overdue"


def _reminded(_reader: Reader, story: Story, row: EntryRow) -> str:
    return f"reminded those who can sign {_title(story, row)}"


def _mailed(reader: Reader, story: Story, row: EntryRow) -> str:
    told = story.mail.get(row.act.id, ())
    if not told:
        return "had a mail to send, and nobody to send it to"
    waiting = "" if all(one.sent for one in told) else " (not sent yet)"
    names = [one.name for one in told]
    linked = [reader.person(one).name for one in row.facts.people.get("links", ())]
    if set(linked) == set(names):
        return f"sent a mail with a link to decide by to {listed(names)}{waiting}"
    link = f", with a link to decide by for {listed(linked)}" if linked else ""
    return f"sent a mail to {listed(names)}{link}{waiting}"


def _voted(reader: Reader, story: Story, row: EntryRow) -> str:
    choice = CHOICE_WORDS.get(row.act.outcome or "", row.act.outcome or "")
    proxy = f" as proxy for {reader.person(row.act.on_behalf).name}" if row.act.on_behalf else ""
    return f"voted {choice}{proxy} in {_title(story, row)}{link_words(row.act)}"


def _declared(_reader: Reader, story: Story, row: EntryRow) -> str:
    return f"declared before {_title(story, row)} whether they have a conflict of interest"


def _recused(_reader: Reader, story: Story, row: EntryRow) -> str:
    return f"recused themselves from {_title(story, row)}"


def _added(_reader: Reader, story: Story, row: EntryRow) -> str:
    return f"added something to the list of {_title(story, row)}"


def _drew(reader: Reader, story: Story, row: EntryRow) -> str:
    draw = story.definition.body.draws.get(row.act.seat or "")
    title = words(draw.title) if draw else str(row.act.seat)
    among = [reader.person(one).name for one in row.facts.candidates]
    if not among:
        return f"found nobody who could be drawn as {title}"
    return f"drew by lot who is {title}, among {listed(among)}"


def _child_ended(_reader: Reader, story: Story, row: EntryRow) -> str:
    outcome = (row.act.outcome or "").replace("_", " ")
    ended = story.ends.get(row.facts.number or "", outcome)
    return f"took in how another case ended, with “{ended}”"


def _left_body(reader: Reader, _story: Story, row: EntryRow) -> str:
    return f"took {reader.person(row.act.seat or '').name} out of the vote: they left the body"


def _link_asked(reader: Reader, story: Story, row: EntryRow) -> str:
    name = reader.person(row.act.seat or "").name
    return f"was asked for a new link by which {name} can decide {_title(story, row)}"


def _rule(_reader: Reader, _story: Story, row: EntryRow) -> str:
    about = row.facts.ruling or {}
    return f"ruled on {about.get('number', 'another case')}: {about.get('words', '')}".rstrip(".")


def _ruled(_reader: Reader, story: Story, row: EntryRow) -> str:
    ruling = Ruling.read(row.act.auth.get("ruling"))
    told = told_in_words(story.definition, ruling).rstrip(".") if ruling else ""
    return f"carried out ruling {row.act.auth.get('number')}. {told}"


def _lapsed(_reader: Reader, _story: Story, _row: EntryRow) -> str:
    return "let the case go on: the time of the ruling that suspended it is up"


_TOLD: Mapping[str, Callable[[Reader, Story, EntryRow], str]] = {
    "open": _opened,
    "sign_off": _signed,
    "comment": _said,
    "amend": _amended,
    "retract": _retracted,
    "decline": _declined,
    "withdraw": _withdrew,
    "deadline": _passed,
    "remind": _reminded,
    "mail": _mailed,
    "vote": _voted,
    "declare": _declared,
    "recuse": _recused,
    "add_item": _added,
    "draw": _drew,
    "child_ended": _child_ended,
    "left_body": _left_body,
    LINK_ASKED: _link_asked,
    RULE: _rule,
    RULED: _ruled,
    LAPSE: _lapsed,
}


def _title(story: Story, row: EntryRow) -> str:
    steps = story.definition.body.steps
    step = steps.get(row.act.step or "")
    return f"“{words(step.title)}”" if step else f"“{row.act.step}”"


def _role(definition: Definition, row: EntryRow) -> str:
    """Return the role, of those held then, in which somebody acted."""
    act, held = row.act, row.facts.roles
    if act.actor == SYSTEM:
        return ""
    if act.step and act.seat and act.kind in {"sign_off", "decline"}:
        return role_of(definition, act.step, act.seat, held)
    if act.kind == "open":
        roles = definition.body.start.roles
        return next((role_title(role) for role in roles if role in held and role != MEMBER), "")
    own = [role for role in held if role != MEMBER]
    return role_title(own[0]) if len(own) == 1 else ""


def _section(definition: Definition, row: EntryRow) -> str | None:
    act = row.act
    if act.kind == "open":
        return definition.body.start.policy
    if act.step in definition.body.steps and act.kind in {"sign_off", "decline", "deadline"}:
        step = definition.step(act.step or "")
        seat = step.seats.get(act.seat or "")
        return (seat.policy if seat else None) or step.policy
    return None


def _body(reader: Reader, story: Story, row: EntryRow) -> Text | Withheld | None:
    """Return the comment and the evidence given with an act."""
    if row.act.kind in {"open", "amend"}:
        return None  # the fields say it
    names = [name for name in dict.fromkeys((COMMENT, *row.act.values)) if name in row.act.values]
    names = [name for name in names if row.act.kind != RULE or name != ON]  # the sentence says it
    if names and row.act.step in story.private and row.act.actor != reader.id:
        return withheld_step(story.definition, row.act.step or "")
    hidden = [name for name in names if name in story.hidden]
    if hidden and len(hidden) == len(names):
        return withheld(story.definition, hidden[0])
    if names and not row.values:
        return ERASED
    told = [_evidence(reader, story, row, name) for name in names]
    return Text(text="\n".join(told)) if told else None


def _evidence(reader: Reader, story: Story, row: EntryRow, name: str) -> str:
    spec = _said_of(story.definition, row, name)
    label = words(spec.title).rstrip(".") if spec else name.capitalize()
    if name in story.hidden:
        return f"{label}: {withheld(story.definition, name).sentence}"
    if name not in row.values:
        return f"{label}: erased."
    if name == CONFLICT and row.act.kind in {"vote", "declare"}:
        return f"Conflict of interest: {_DECLARED.get(row.values[name], row.values[name])}."
    if name == COMMENT or spec is None:
        return str(row.values[name])
    return f"{label}: {_in_words(reader, spec, row.values[name])}"


def _in_words(reader: Reader, spec: FieldSpec, given: Json) -> str:
    shown = value(reader, spec, given)
    if isinstance(shown, Text):
        return shown.text
    return shown.caption if isinstance(shown, Table) else str(given)


def _papers(story: Story, row: EntryRow) -> Papers | None:
    found = []
    for name, given in row.values.items():
        spec = _said_of(story.definition, row, name)
        if spec and spec.type in {"patch", "file"} and name not in story.hidden:
            found.append(paper(story.number, spec, given))
    return Papers(papers=tuple(found)) if found else None


def _said_of(definition: Definition, row: EntryRow, name: str) -> FieldSpec | None:
    """Return the field of a value that was given with an act."""
    if row.act.kind == RULE:
        return WHOLE_FORM.get(name)
    return _spec(definition, row.act.step, name)


def _spec(definition: Definition, step: str | None, name: str) -> FieldSpec | None:
    if step in definition.body.steps:
        return definition.step(step or "").evidence.get(name)
    return definition.body.start.fields.get(name)
