"""What the reader can do in a case, or why they can't and who can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from definitions.definition import Definition
from definitions.model import words
from definitions.rules import (
    amendable_fields,
    may_amend,
    may_open,
    may_withdraw,
    possible,
    why_not,
    why_not_decline,
    why_not_rule,
    why_party,
)
from definitions.state import CaseState
from web.page_models import Do
from web.page_models import Refusal as ShownRefusal
from web.presenters.ballots import CHOICE_WORDS
from web.presenters.lists import anchor as list_anchor
from web.presenters.reader import Reader, case_url, refusal, role_title
from web.presenters.seats import Vacancy, seat_name
from web.presenters.standing import awaited, progress, who_can
from web.presenters.words import capital, counted, listed


def can(
    reader: Reader, definition: Definition, state: CaseState, open_: Sequence[Vacancy]
) -> tuple[Do, ...]:
    """Return the decisions that wait for the reader."""
    if state.suspended:
        return ()
    mine = [vacancy for vacancy in open_ if reader.id in vacancy.can]
    found: dict[str, Do] = {}
    for vacancy in mine:
        url = _url(definition, state, vacancy)
        hint = _capacity(reader, definition, vacancy)
        if vacancy.of:
            count = sum(one.seat.step == vacancy.seat.step for one in mine)
            hint = f"{capital(counted(count, 'thing'))} that you can sign, each by itself"
        label = _label(definition, vacancy, mine)
        found.setdefault(url, Do(label=label, url=url, hint=hint))
    return (*found.values(), *_instead(reader, definition, state))


def _instead(reader: Reader, definition: Definition, state: CaseState) -> tuple[Do, ...]:
    """Return the votes that somebody else has cast for the reader, to be cast by themself."""
    return tuple(
        Do(
            label=f"{verb(definition, step)} myself",
            url=case_url(state.number, "vote", step),
            hint=f"{reader.short(one.actor)} voted {CHOICE_WORDS.get(one.choice, one.choice)} for "
            "you; your own vote takes its place.",
        )
        for step, vote in state.votes.items()
        if state.is_open(step)
        for one in vote.votes
        if one.voter == reader.id != one.actor
    )


def _voted(reader: Reader, definition: Definition, state: CaseState) -> str:
    """Return what the reader has voted in the open votes; "" if nothing."""
    return " ".join(
        f"You have voted {CHOICE_WORDS.get(one.choice, one.choice)} in "
        f"“{words(definition.step(step).title)}”."
        for step, vote in state.votes.items()
        if state.is_open(step)
        for one in vote.votes
        if one.voter == reader.id
    )


def _url(definition: Definition, state: CaseState, vacancy: Vacancy) -> str:
    step, seat = vacancy.seat.step, vacancy.seat.seat
    if definition.step(step).vote is not None:
        return case_url(state.number, "vote", step)
    if vacancy.of:  # the list says which things, and each has a link of its own
        return f"#{list_anchor(step)}"
    return case_url(state.number, "sign", step, seat)


def cannot(
    reader: Reader, definition: Definition, state: CaseState, open_: Sequence[Vacancy]
) -> tuple[ShownRefusal, ...]:
    """Return why the reader can't sign what others of their role can; once for each reason."""
    found: dict[str, ShownRefusal] = {}
    for vacancy in open_:
        seat = vacancy.seat
        asked = reader.id in seat.persons or not reader.roles.isdisjoint(seat.roles)
        why = why_not(definition, state, seat.step, seat.seat, reader.id, reader.roles)
        if not asked or why is None or why.code == "signed-already":
            continue
        others = capital(f"{who_can(reader, _without(vacancy, reader.id))}.")
        found.setdefault(f"{seat.step} {why.sentence}", refusal(why, others))
    return tuple(found.values())


def nothing(
    reader: Reader, definition: Definition, state: CaseState, open_: Sequence[Vacancy]
) -> str:
    """Return why nothing is asked of the reader, as a sentence."""
    if state.ended:
        return "This case has ended. It can be read, and it stays."
    if state.suspended:
        return "This case is suspended by a ruling: nothing is asked of anybody until it goes on."
    signed = [
        name
        for name, at in state.steps.items()
        if state.is_open(name) and any(s.actor == reader.id for s in at.signatures)
    ]
    waits = progress(definition, open_)
    if signed:
        titles = listed([f"“{words(definition.step(name).title)}”" for name in signed])
        return f"You have signed {titles}. It waits for {waits}."
    voted = _voted(reader, definition, state)
    if voted:
        return f"{voted} It waits for {waits}." if waits else voted
    if waits and all(definition.step(one.seat.step).vote for one in open_):
        return f"It waits for {waits}. You have no vote here."
    if waits:
        return f"It waits for {waits}: others sign that."
    other = awaited(definition, state)
    return "It goes on when the other case has ended." if other else "It waits for nobody."


def ruling(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    rules_in: Sequence[str],
    filing: Definition | None,
) -> tuple[Do, ...]:
    """Return the ways to rulings: on this case, or in it on another one.

    Args:
        rules_in: numbers of the cases in which the reader could rule on this one.
        filing: the process in whose cases rulings are made; None if there is none.
    """
    found = []
    elsewhere = filing is not None and filing.process != definition.process
    if filing is not None and elsewhere and not state.ended and _may_ask(reader, filing):
        field = next(n for n, spec in filing.body.start.fields.items() if spec.type == "text")
        claim = quote(f"About case {state.number}: ")
        hint = "An Arbitrator and a Case Manager are drawn by lot, and rule on it if it needs that."
        url = f"/open/{filing.process}?{field}={claim}"
        found.append(Do(label="Ask for a ruling on it", url=url, hint=hint))
    if why_not_rule(definition, state, reader.id, reader.roles) is None:
        hint = "Choose on your desk which case it is about."
        found.append(Do(label="Rule on another case", url="/arbitrator", hint=hint))
        url = f"{case_url(state.number, 'rule')}?on={state.number}"
        hint = "By a ruling in this case, whether or not another one is open."
        found.append(Do(label="Bind somebody to something", url=url, hint=hint))
    if why_party(definition, state, reader.id) is None and possible(definition, state):
        found += [
            Do(
                label="Rule on this case",
                url=f"{case_url(number, 'rule')}?on={state.number}",
                hint=f"The ruling is made in {number}.",
            )
            for number in rules_in
            if number != state.number
        ]
    return tuple(found)


def _may_ask(reader: Reader, filing: Definition) -> bool:
    asked = any(spec.type == "text" for spec in filing.body.start.fields.values())
    return asked and may_open(filing, reader.roles) is None


def others(
    reader: Reader, definition: Definition, state: CaseState, open_: Sequence[Vacancy]
) -> tuple[Do, ...]:
    """Return what the reader can do beside the decision: amend, take back, decline, withdraw."""
    if state.ended or state.suspended:
        return ()
    return (
        *_amend(reader, definition, state),
        *_retract(reader, definition, state),
        *_votes(reader, definition, state),
        *_decline(reader, state, open_),
        *_decline_barred(reader, definition, state, open_),
        *_withdraw(reader, definition, state),
    )


def verb(definition: Definition, step: str) -> str:
    """Return what is done in a step: `Review the patch`."""
    spec = definition.step(step)
    return words(spec.verb) or words(spec.title)


def _label(definition: Definition, vacancy: Vacancy, mine: Sequence[Vacancy]) -> str:
    """Name the act; and the seat, where the reader can choose between several of one step."""
    alike = [one for one in mine if one.seat.step == vacancy.seat.step]
    label = verb(definition, vacancy.seat.step)
    return f"{label} as {vacancy.title}" if len(alike) > 1 and not vacancy.of else label


def _capacity(reader: Reader, definition: Definition, vacancy: Vacancy) -> str:
    seat = vacancy.seat
    spec = definition.seat(seat.step, seat.seat)
    role = next((role_title(role) for role in seat.roles if role in reader.roles), "")
    being = f", being {role}" if role else ""
    policy = spec.policy or definition.step(seat.step).policy
    if spec.body is not None:
        return f"As {seat_name(definition, seat.step, seat.seat)} ({policy})"
    return f"As {seat_name(definition, seat.step, seat.seat)}{being} ({policy})"


def _without(vacancy: Vacancy, person: str) -> Vacancy:
    """Leave the reader out of those who are told not to be able: they know."""
    barred = tuple(one for one in vacancy.barred if one.person != person)
    return replace(vacancy, barred=barred)


def _amend(reader: Reader, definition: Definition, state: CaseState) -> tuple[Do, ...]:
    fields = amendable_fields(definition, state)
    if not fields or may_amend(definition, state, reader.id) is not None:
        return ()
    titles = listed([f"“{words(definition.field(name).title)}”" for name in fields], "or")
    hint = "Signatures that cover what you change count no longer."
    return (Do(label=f"Change {titles}", url=case_url(state.number, "amend"), hint=hint),)


def _retract(reader: Reader, definition: Definition, state: CaseState) -> tuple[Do, ...]:
    return tuple(
        Do(
            label="Take back my sign-off",
            url=case_url(state.number, "retract", name),
            hint=f"Of “{words(definition.step(name).title)}”, while it is open.",
        )
        for name, at in state.steps.items()
        if state.is_open(name) and any(s.actor == reader.id for s in at.signatures)
    )


def _votes(reader: Reader, definition: Definition, state: CaseState) -> tuple[Do, ...]:
    """Return what an elector can do beside voting: vote anew, or recuse."""
    found = []
    for step, vote in state.votes.items():
        ballot = definition.step(step).vote
        if ballot is None or not state.is_open(step) or reader.id not in vote.electorate:
            continue
        title = words(definition.step(step).title)
        url = case_url(state.number, "vote", step)
        mine = next((one for one in vote.votes if one.voter == reader.id), None)
        if mine is not None and mine.actor == reader.id and not ballot.early:
            hint = f"In “{title}”, until it closes."
            found.append(Do(label="Change my vote", url=url, hint=hint))
        if ballot.proxy and mine is not None:
            hint = "If they asked you to, and with a justification; they are told."
            found.append(Do(label="Vote for another member", url=url, hint=hint))
        url = case_url(state.number, "recuse", step)
        hint = "For a conflict of interest; what it does to the vote is shown first."
        found.append(Do(label="Recuse myself from the vote", url=url, hint=hint))
    return tuple(found)


def _decline(reader: Reader, state: CaseState, open_: Sequence[Vacancy]) -> tuple[Do, ...]:
    found: dict[str, Do] = {}
    for vacancy in open_:
        if reader.id not in vacancy.can or vacancy.seat.persons:
            continue
        url = case_url(state.number, "decline", vacancy.seat.step, vacancy.seat.seat)
        label = f"I can't decide this as {vacancy.title}"
        if vacancy.of:  # whoever declines one thing of a list declines the list
            label = f"I can't sign anything of “{vacancy.of}”"
        hint = "A conflict, or an absence: others are asked instead."
        key = vacancy.seat.step if vacancy.of else url
        found.setdefault(key, Do(label=label, url=url, hint=hint))
    return tuple(found.values())


def _decline_barred(
    reader: Reader, definition: Definition, state: CaseState, open_: Sequence[Vacancy]
) -> tuple[Do, ...]:
    """Return the way to give an office back for whoever can't fill it any more since they had it.

    Others decline on the page on which they would sign.
    """
    return tuple(
        Do(
            label=f"Leave the office of {one.title} to another",
            url=case_url(state.number, "decline", seat.step, seat.seat),
            hint="You have part in the other case by now; the lot is cast again.",
        )
        for one in open_
        for seat in (one.seat,)
        if reader.id in seat.persons and reader.id not in one.can
        if why_not_decline(definition, state, seat.step, seat.seat, reader.id, reader.roles) is None
    )


def _withdraw(reader: Reader, definition: Definition, state: CaseState) -> tuple[Do, ...]:
    if may_withdraw(definition, state, reader.id) is not None:
        return ()
    hint = "It ends the case, for good."
    return (Do(label="Withdraw the case", url=case_url(state.number, "withdraw"), hint=hint),)
