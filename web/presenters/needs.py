"""What is missing at the open steps and what has been given, as a list with marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from definitions.acts import SYSTEM
from definitions.definition import Definition
from definitions.model import words
from definitions.state import CaseState
from store.queries.cases import SignatureRow
from web.page_models import Need, Section
from web.presenters.reader import Reader, role_hint, section
from web.presenters.seats import Vacancy, can_be_filled, enough, seat_name, seat_title
from web.presenters.signatures import outcome_tone, outcome_words
from web.presenters.standing import nobody, wanted
from web.presenters.words import capital, counted, number


def needs(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    open_: Sequence[Vacancy],
    signed: Sequence[SignatureRow],
    outdated: Mapping[str, str],
) -> tuple[Need, ...]:
    """Return what the open steps have and lack, step by step.

    Args:
        signed: every signature of the case.
        outdated: why some count no longer, by act.
    """
    return tuple(
        need
        for step in definition.body.steps
        if state.ended is None and state.is_open(step)
        for need in _of_step(reader, definition, state, step, open_, signed, outdated)
    )


def _of_step(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    step: str,
    open_: Sequence[Vacancy],
    signed: Sequence[SignatureRow],
    outdated: Mapping[str, str],
) -> Iterator[Need]:
    if definition.step(step).vote:
        return  # the vote says who hasn't voted
    mine = [vacancy for vacancy in open_ if vacancy.seat.step == step]
    yield from _outdated(reader, state, step, signed, outdated)
    if definition.step(step).each and mine:
        yield _of_list(reader, definition, mine)
        return
    yield from _given(reader, definition, state, step)
    if definition.step(step).need != "all" and mine:
        yield Need(
            sentence=enough(definition, step),
            status="missing",
            section=section(definition.step(step).policy),
        )
    for vacancy in mine:
        yield _missing(reader, definition, vacancy)
    if all(vacancy.can for vacancy in mine) and not can_be_filled(definition, mine):
        title = words(definition.step(step).title)
        sentence = f"“{title}” can't be finished: too few people are left for its seats."
        remedy = "The Board appoints people to roles."
        yield Need(sentence=f"{sentence} {remedy}", status="refused", section=section("9.1.5"))


def _given(reader: Reader, definition: Definition, state: CaseState, step: str) -> Iterator[Need]:
    for given in state.steps[step].signatures:
        seat = seat_title(definition, step, given.seat)
        chosen = outcome_words(definition, step, given.outcome)
        good = outcome_tone(definition, step, given.outcome) == "good"
        who = reader.community.name(given.actor)
        told = f"{who} has signed as {seat}: {chosen}."
        if given.actor == SYSTEM:
            told = f"By ruling, and signed by nobody, as {seat}: {chosen}."
        yield Need(
            sentence=told,
            status="met" if good else "refused",
            section=_section(definition, step, given.seat),
        )


def _missing(reader: Reader, definition: Definition, vacancy: Vacancy) -> Need:
    seat = vacancy.seat
    who = role_hint(vacancy.title, seat.roles)
    verb = "signs" if seat.missing == 1 else "sign"
    sentence = capital(f"{wanted(vacancy)} {verb}{who}.")
    if vacancy.can and not seat.persons:
        sentence = f"{sentence} {capital(number(len(vacancy.can)))} can."
    if not vacancy.can:
        sentence = f"{sentence} {capital(nobody(reader, vacancy))}. The Board appoints (9.1.5)."
    return Need(
        sentence=sentence,
        status="missing" if vacancy.can else "refused",
        section=_section(definition, seat.step, seat.seat),
        can=reader.present(vacancy.can),
        barred=tuple(
            f"{reader.community.name(one.person)} can't: {one.because}"
            f"{f' ({one.section})' if one.section else ''}."
            for one in vacancy.barred
        ),
    )


def _of_list(reader: Reader, definition: Definition, open_: Sequence[Vacancy]) -> Need:
    """Tell in one line what is still to be signed of a list, which shows the things themselves."""
    vacancy = open_[0]
    title = words(definition.step(vacancy.seat.step).title)
    who = role_hint(seat_name(definition, vacancy.seat.step, vacancy.seat.seat), vacancy.seat.roles)
    sentence = f"“{title}”: {counted(len(open_), 'thing')} still to be signed{who}."
    can = tuple(dict.fromkeys(person for one in open_ for person in one.can))
    if not all(one.can for one in open_):
        stuck = next(one for one in open_ if not one.can)
        sentence = f"{sentence} {capital(nobody(reader, stuck))}. The Board appoints (9.1.5)."
    return Need(
        sentence=sentence,
        status="missing" if all(one.can for one in open_) else "refused",
        section=_section(definition, vacancy.seat.step, vacancy.seat.seat),
        can=reader.present(can),
    )


def _outdated(
    reader: Reader,
    state: CaseState,
    step: str,
    signed: Sequence[SignatureRow],
    outdated: Mapping[str, str],
) -> Iterator[Need]:
    """Tell of signatures that stood and don't any more, unless the person has signed again."""
    again = {given.actor for given in state.steps[step].signatures}
    told: set[str] = set()
    for row in reversed(signed):
        if row.step != step or row.counts or row.actor in again | told:
            continue
        told.add(row.actor)
        who = reader.community.name(row.actor)
        yield Need(sentence=f"{who} had signed. {outdated[row.act_id]}", status="outdated")


def _section(definition: Definition, step: str, seat: str) -> Section | None:
    return section(definition.seat(step, seat).policy or definition.step(step).policy)
