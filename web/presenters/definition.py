"""A definition as people read it: who opens it, who signs, where it goes, what always holds."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.definition import Definition
from definitions.machine import DONE
from definitions.model import (
    CountBy,
    FieldSpec,
    Holders,
    Invariant,
    PersonNamed,
    Recipient,
    Seat,
    Signers,
    Step,
    words,
)
from definitions.organisation import load_organisation
from definitions.rules import may_open
from web.diagrams import definition_diagram
from web.page_models import DefinitionPage, Frame, InvariantLine, Link, StateLine, StepLine
from web.presenters.branches import branch_words, choice_title
from web.presenters.differences import differences
from web.presenters.earlier import short, version_ref
from web.presenters.fields import viewers_words
from web.presenters.invariants import invariant_words, person_words
from web.presenters.reader import Reader, role_hint, role_title, role_words, section
from web.presenters.seats import enough
from web.presenters.times import length_words, put_off
from web.presenters.words import capital, listed, number

_KINDS = {
    "string": "a line",
    "text": "a text",
    "choice": "a choice",
    "person": "a person of the community",
    "attestation": "a confirmation",
    "packages": "a list of packages",
    "patch": "a patch as a file",
    "file": "a file",
    "case": "the number of another case",
}


def definition_page(
    reader: Reader, definition: Definition, frame: Frame, current: Definition | None
) -> DefinitionPage:
    """Return the page of one version of a definition.

    Args:
        current: the version that new cases begin under; None if the process is no longer used.
    """
    body = definition.body
    newest = current is not None and current.version == definition.version
    may = newest and may_open(definition, reader.roles) is None
    newer = None
    if current is not None and not newest:
        label = f"version {short(current)}"
        newer = Link(label=label, url=f"/definitions/{definition.process}")
    return DefinitionPage(
        frame=frame,
        title=definition.title(),
        summary=words(body.summary),
        version=version_ref(definition),
        may_open=f"Whoever holds one of these roles may open it: {role_words(body.start.roles)}."
        if len(body.start.roles) > 1
        else f"Every {role_words(body.start.roles)} may open it.",
        states=tuple(state_line(definition, name) for name in definition.chart.order),
        steps=tuple(step_line(definition, name) for name in body.steps),
        sections=tuple(s for number_ in body.policy if (s := section(number_, titled=True))),
        asks=tuple(_asked(spec) for spec in body.start.fields.values()),
        who_sees=_who_sees(definition),
        invariants=tuple(_invariant(definition, one) for one in body.invariants),
        diagram=definition_diagram(definition),
        open_url=f"/open/{definition.process}" if may else "",
        newer=newer,
        differs=differences(definition, current) if current and not newest else (),
        ended=current is None,
    )


def step_line(definition: Definition, name: str) -> StepLine:
    """Return a step, told: who signs, with which outcomes, until when."""
    step = definition.step(name)
    return StepLine(
        title=words(step.title),
        section=section(step.policy),
        who=tuple(_who(definition, name)),
        outcomes=tuple(
            f"{words(outcome.title) or key}: {words(outcome.leads) or 'the case goes on.'}"
            for key, outcome in step.outcomes.items()
        ),
        deadline=" ".join(filter(None, (_deadline(definition, step), *put_off(definition, name)))),
        covers=_covers(definition, step),
        judgement=" ".join(
            allowance.judgement
            for seat in step.seats.values()
            for allowance in seat.allow
            if allowance.judgement
        ),
    )


def _who(definition: Definition, name: str) -> Iterator[str]:
    step = definition.step(name)
    yield from (seat_sentence(definition, name, seat) for seat in step.seats)
    if step.need != "all":
        yield enough(definition, name)


def seat_sentence(definition: Definition, step: str, name: str) -> str:
    """Return who may fill a seat: `Two testers; never the author or …`."""
    seat = definition.seat(step, name)
    title = words(seat.title) or name.replace("_", " ").replace("-", " ")
    who = role_hint(title, seat.roles())
    never = [_excluded(definition, exclusion) for exclusion in seat.not_]
    barred = f"; never {listed(never, 'or')}" if never else ""
    return f"{capital(_how_many(definition, seat, title))}{who}{barred}."


def state_line(definition: Definition, name: str) -> StateLine:
    """Return a state, told: what happens in it, and where one goes from it."""
    spec = definition.chart.states[name]
    step = definition.body.steps.get(name)
    sentence = "The case ends here." if spec.final else ""
    parent = definition.chart.parents[name]
    if spec.final and parent is not None:
        sentence = f"This part of “{definition.state_title(parent)}” is done."
    elif step is not None:
        sentence = words(step.summary)
    elif spec.initial:
        sentence = f"It begins with “{definition.state_title(spec.initial)}”."
    elif spec.parallel:
        inner = [f"“{definition.state_title(one)}”" for one in spec.parallel]
        sentence = f"{listed(inner)} go on beside each other."
    ways = tuple(
        f"{_event(definition, name, event)}: {told}."
        for event in spec.on
        if (told := branch_words(definition, name, event))
    )
    return StateLine(
        title=definition.state_title(name),
        sentence=sentence,
        ways=ways,
        final=spec.final and parent is None,
    )


def _how_many(definition: Definition, seat: Seat, title: str) -> str:
    if isinstance(seat.count, CountBy):
        spec = definition.field(seat.count.by)
        told = [
            f"{number(count) if count else 'none'} at "
            f"{choice_title(definition, seat.count.by, choice)}"
            for choice, count in seat.count.counts().items()
        ]
        return f"{title}s, by “{words(spec.title)}”: {listed(told)}"
    return f"the {title}" if seat.count == 1 else f"{number(seat.count)} {title}s"


def _excluded(definition: Definition, exclusion: object) -> str:
    if isinstance(exclusion, Signers):
        ever = "in any round " if exclusion.rounds == "all" else ""
        return f"whoever {ever}signed “{words(definition.step(exclusion.signers).title)}”"
    if isinstance(exclusion, Holders):
        return f"a {role_title(exclusion.holders)}"
    name = exclusion.person if isinstance(exclusion, PersonNamed) else str(exclusion)
    return f"the {person_words(definition, name)}"


def _deadline(definition: Definition, step: Step) -> str:
    if step.deadline is None:
        return ""
    then = []
    if step.deadline.event:
        then.append("the case goes on by itself")
    told = [_recipient(definition, recipient) for recipient in step.deadline.tell]
    if told:
        verb = "is" if len(told) == 1 else "are"
        then.append(f"{listed(told)} {verb} told")
    after = length_words(definition, step.deadline.after)
    if step.deadline.goes_on:
        after = f"{after} from the first time that it opens, also if it is opened again"
    return f"Within {after}" + (f"; then {' and '.join(then)}." if then else ".")


def _recipient(definition: Definition, to: Recipient) -> str:
    if to.role:
        return f"the {role_title(to.role)}"
    if to.list:
        return f"the list “{load_organisation().list(to.list).title['en']}”"
    if to.person:
        return f"the {person_words(definition, to.person)}"
    step = to.signers or to.seats or ""
    who = "who signed" if to.signers else "who can sign"
    return f"{who} “{words(definition.step(step).title)}”"


def _covers(definition: Definition, step: Step) -> str:
    if step.covers is None:
        return "A signature covers everything that the case is about."
    if not step.covers.fields:
        return "A signature covers nothing of what the case is about."
    titles = listed([f"“{words(definition.field(name).title)}”" for name in step.covers.fields])
    told = f"A signature covers {titles}."
    if step.covers.reopen:
        title = definition.state_title(step.covers.reopen)
        return f"{told} If one of them is changed, it counts no longer, and “{title}” begins anew."
    return f"{told} Once it is decided, they can't be changed any more."


def _asked(spec: FieldSpec) -> str:
    needed = "" if spec.required else ", if there is one"
    return f"{words(spec.title)} ({_KINDS[spec.type]}){needed}."


def _who_sees(definition: Definition) -> tuple[str, ...]:
    privacy = definition.body.privacy
    if privacy.case is None:
        first = "Every Member sees a case and all of it."
        if privacy.fields or privacy.steps:
            first = "Every Member sees a case, but not all of it."
    else:
        first = capital(f"{viewers_words(definition, privacy.case)} see a case.")
    fields = definition.body.start.fields
    hidden = tuple(
        f"“{words(fields[name].title) if name in fields else name}” is confidential: only "
        f"{viewers_words(definition, viewers)} see it."
        for name, viewers in privacy.fields.items()
    )
    steps = tuple(
        f"What is given in “{definition.state_title(name)}” is confidential: only "
        f"{viewers_words(definition, viewers)} see it."
        for name, viewers in privacy.steps.items()
    )
    return (first, *hidden, *steps, *published_words(definition))


def published_words(definition: Definition) -> tuple[str, ...]:
    """Return what of a case everybody can read, and from when on; nothing if nothing is."""
    publishes = definition.body.publishes
    if publishes is None:
        return ()
    ends = [f"“{definition.state_title(end)}”" for end in publishes.when]
    when = f"Once a case has ended as {listed(ends, 'or')}" if ends else "As soon as it is opened"
    shown = [f"“{words(definition.field(name).title)}”" for name in publishes.shows]
    return (f"{when}, everybody can read {listed(shown)}, without signing in.",)


def _event(definition: Definition, source: str, event: str) -> str:
    if event == DONE:
        return "When all of it is done"
    found = []
    for name, step in definition.body.steps.items():
        if not definition.chart.within(name, source):
            continue
        for key, outcome in step.outcomes.items():
            if outcome.event == event:
                found.append(f"“{words(outcome.title) or key}”")
        if step.deadline and step.deadline.event == event:
            found.append("If its time passes")
    return listed(list(dict.fromkeys(found)), "or") or event.replace("_", " ").capitalize()


def _invariant(definition: Definition, invariant: Invariant) -> InvariantLine:
    said = words(invariant.title) or invariant_words(definition, invariant)
    sentence = said if said.endswith(".") else f"{said}."
    return InvariantLine(sentence=sentence, section=section(invariant.policy), firm=invariant.firm)
