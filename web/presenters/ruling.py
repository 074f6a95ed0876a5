"""What rulings do, in words: those that could be made, one as it would be, those that were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from definitions.definition import Definition
from definitions.model import words
from definitions.parts import filled
from definitions.rules import Changes, DeedDue
from definitions.rules.arbitrating import DOCUMENT, FORM
from definitions.rules.ruled import name_of, told_in_words
from definitions.ruling import RulingState
from definitions.state import CaseState, StepState
from store.queries.rulings import MadeRuling
from web.page_models import RulingShown, Text, Waived
from web.presenters.fields import paper
from web.presenters.naming import Offer, about_ruling
from web.presenters.reader import Reader, case_ref, role_title, section
from web.presenters.resting import awakes
from web.presenters.words import counted, due, listed, since


@dataclass(frozen=True)
class Preview:
    """What a ruling would change in a case."""

    before: str
    after: str
    changes: tuple[str, ...]
    told: tuple[str, ...]


def preview(reader: Reader, definition: Definition, before: CaseState, changes: Changes) -> Preview:
    """Return what a ruling would change, by the very changes that its commit would make."""
    after = changes.state
    told = (
        *_seats(definition, before, after),
        *_steps(reader, definition, before, after),
        *_waits(before, after, reader.now),
        *_children(before, after),
        *(sentence for deed in changes.deeds for sentence in _deed(reader, deed)),
        *_queued(before, after),
    )
    mails = [mail for mail in changes.mails if mail.key != "ruled"]
    everybody = next((mail.persons for mail in changes.mails if mail.key == "ruled"), ())
    return Preview(
        before=stands_at(definition, before),
        after=stands_at(definition, after),
        changes=told,
        told=(
            f"All who take part hear of it: {listed([reader.short(one) for one in everybody])}."
            if everybody
            else "Nobody takes part in the case.",
            *(f"A mail goes out: “{filled(mail.subject, mail.words)}”." for mail in mails),
        ),
    )


def stands_at(definition: Definition, state: CaseState) -> str:
    """Return where a case stands, by its states' titles."""
    if state.ended:
        return definition.state_title(state.ended)
    waiting = [one for one in state.configuration if not definition.chart.states[one].inner()]
    at = listed([definition.state_title(one) for one in waiting])
    return f"{at} (suspended)" if state.suspended else at


def waived(definition: Definition, names: tuple[str, ...]) -> tuple[Waived, ...]:
    """Return what a ruling waives, by the titles of these invariants."""
    by_name = {name_of(one): one for one in definition.body.invariants}
    return tuple(
        Waived(title=words(one.title) or name, section=section(one.policy))
        for name in names
        for one in (by_name.get(name),)
        if one is not None
    )


def rulings_on(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    made: Mapping[str, MadeRuling],
    offers: Sequence[Offer] = (),
) -> tuple[RulingShown, ...]:
    """Return the rulings on a case; they stay with it for good.

    Args:
        made: by number, what is known of it from the case in which it was made.
        offers: what the reader can open about a ruling.
    """
    return tuple(
        _shown(reader, definition, one, made.get(one.number), offers) for one in state.rulings
    )


def rulings_in(
    reader: Reader,
    state: CaseState,
    made: Mapping[str, MadeRuling],
    definitions: Mapping[str, Definition],
    offers: Sequence[Offer] = (),
) -> tuple[RulingShown, ...]:
    """Return the rulings that were made in a case.

    Args:
        definitions: of the cases that they are about, by id.
    """
    return tuple(
        _shown(reader, definitions.get(one.case), one, made.get(one.number), offers)
        for one in state.given
    )


def _shown(
    reader: Reader,
    definition: Definition | None,
    one: RulingState,
    made: MadeRuling | None,
    offers: Sequence[Offer],
) -> RulingShown:
    number = one.number.partition("/")[0]  # of the case that holds it: where it was made
    return RulingShown(
        number=one.number,
        sentence=told_in_words(definition, one.ruling) if definition else one.ruling.kind,
        at=since(one.at, reader.now),
        case=case_ref(one.of, None),
        person=reader.person(made.person) if made else None,
        scope=Text(text=made.scope) if made and made.scope else None,
        reasons=Text(text=made.reasons) if made and made.reasons else None,
        waived=waived(definition, one.waived) if definition else (),
        papers=(paper(number, FORM[DOCUMENT], made.document),) if made and made.document else (),
        ask=about_ruling(one.number, offers),
    )


def _seats(definition: Definition, before: CaseState, after: CaseState) -> Iterator[str]:
    known = {s.act for at in before.steps.values() for s in at.signatures}
    for name, at in after.steps.items():
        step = definition.step(name)
        for one in at.signatures:
            if one.act not in known:
                seat = words(definition.seat(name, one.seat).title) or one.seat
                chosen = words(step.outcomes[one.outcome].title) or one.outcome
                yield (
                    f"“{words(step.title)}”: the place of {seat} counts as filled, with "
                    f"“{chosen}”. Nobody has signed it."
                )


def _steps(
    reader: Reader, definition: Definition, before: CaseState, after: CaseState
) -> Iterator[str]:
    for name in definition.body.steps:
        was, now = before.steps.get(name), after.steps.get(name)
        title = words(definition.step(name).title)
        again = now is not None and was is not None and now.instance != was.instance
        if before.is_open(name) and (not after.is_open(name) or again):
            given = len(was.signatures) if was else 0
            lost = f"; {counted(given, 'signature')} given in it so far" if given else ""
            yield f"“{title}” ends{lost}."
        if now is not None and after.is_open(name) and (not before.is_open(name) or again):
            yield f"“{title}” begins{_until(reader, now)}."
        elif now is not None and was is not None and now.due != was.due and now.due:
            yield f"“{title}” is due {due(now.due, reader.now).words}, no longer as before."


def _until(reader: Reader, at: StepState) -> str:
    return f", due {due(at.due, reader.now).words}" if at.due else ""


def _waits(before: CaseState, after: CaseState, now: datetime) -> Iterator[str]:
    if after.suspended and not before.suspended:
        yield f"Nothing in it is due and nothing can be signed until {awakes(after, now)}."
        yield "What is left of its deadlines is left when it goes on."
    if before.suspended and not after.suspended:
        yield "It goes on."


def _children(before: CaseState, after: CaseState) -> Iterator[str]:
    """Say what becomes of cases that it has opened and waits for: no ruling on it ends them."""
    for child in before.children.values():
        if child.ended is not None or child.state not in before.configuration:
            continue
        named = f"The case that it waits for, {child.process.replace('-', ' ')}, goes on"
        if child.state not in after.configuration:
            yield f"{named} all the same, and how it ends changes nothing here any more."
        elif after.suspended and not before.suspended:
            yield f"{named} meanwhile."


def _deed(reader: Reader, deed: DeedDue) -> Iterator[str]:
    effect, people = deed.effect, listed([reader.short(one) for one in deed.persons])
    if effect.open is not None:
        yield f"Another case is opened: {effect.open.process.replace('-', ' ')}."
    elif effect.grant is not None and not effect.grant.check:
        yield f"{people} is given: {role_title(deed.what or '')}."
    elif effect.end is not None:
        yield f"{people} loses: {role_title(deed.what or '')}."


def _queued(before: CaseState, after: CaseState) -> Iterator[str]:
    for one in after.queued[len(before.queued) :]:
        yield f"It is queued for the next {one.process.replace('-', ' ')}: {words(dict(one.text))}"
