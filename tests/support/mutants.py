"""Mutants of a definition's plain data: each differs in one thing that may matter.

Most lack something that keeps somebody from something; others lead elsewhere, let in somebody
else, do something else or do it elsewhere. They are made of whatever definition is given. Left out
is what only people read (titles, hints, the words of mails, reminders) and what a form asks for
beyond whether it must be filled in.
"""

from collections.abc import Iterator
from typing import Any

from definitions.rules.seats import ALWAYS_BARRED
from tests.support.changed_data import Data, Mutant, adding, handled, having, people, without
from tests.support.mutants_of_cases import of_opening, of_people, of_privacy
from tests.support.mutants_of_effects import of_effects
from tests.support.mutants_of_machines import of_machine, of_taking_back

ANYBODY = "member"
"""The role that everybody has."""


def mutants(data: Data) -> Iterator[Mutant]:
    """Yield every mutant of a definition, by the parts of its file."""
    for step, rules in data["steps"].items():
        for seat, spec in rules["seats"].items():
            yield from _of_seat(data, step, seat, spec)
        yield from _of_step(data, step, rules)
        yield from _of_outcomes(data, step, rules)
        yield from _of_vote(data, step, rules)
        yield from _of_list(data, step, rules)
    yield from of_taking_back(data)
    yield from of_machine(data)
    yield from of_effects(data)
    yield from of_opening(data)
    yield from of_people(data)
    yield from of_privacy(data)


def _of_seat(data: Data, step: str, seat: str, spec: Data) -> Iterator[Mutant]:
    place = ("steps", step, "seats", seat)
    yield Mutant("seat", f"{step}: without the seat {seat}", without(data, *place))
    for index, exclusion in enumerate(spec.get("not", [])):
        kept_out = exclusion if isinstance(exclusion, str) else _told(exclusion)
        name = f"{step}: {seat} without keeping out {kept_out}"
        yield Mutant("seat", name, without(data, *place, "not", index))
    if "count" in spec:
        yield Mutant("seat", f"{step}: {seat} without its count", without(data, *place, "count"))
    if "same" in spec:
        yield Mutant("seat", f"{step}: {seat} for others too", without(data, *place, "same"))
    for index, allowed in enumerate(spec.get("allow", [])):
        name = f"{step}: {seat} without letting in {allowed['person']}"
        yield Mutant("seat", name, without(data, *place, "allow", index))
    let_in = {allowed["person"] for allowed in spec.get("allow", [])}
    for person in ALWAYS_BARRED:
        if person in data.get("people", {}) and person not in let_in:
            allowance = {"person": person, "judgement": "A mutant."}
            changed = adding(data, allowance, *place, "allow")
            yield Mutant("holder", f"{step}: {seat} letting in {person}", changed)
    yield from _of_holders(data, step, seat, spec)


def _of_holders(data: Data, step: str, seat: str, spec: Data) -> Iterator[Mutant]:
    """Yield that others can fill a seat, or fewer."""
    place = ("steps", step, "seats", seat)
    for index, role in enumerate(spec.get("or", [])):
        changed = without(data, *place, "or", index)
        yield Mutant("holder", f"{step}: {seat} not for {role}", changed)
    if "role" in spec and ANYBODY not in (spec["role"], *spec.get("or", [])):
        changed = adding(data, ANYBODY, *place, "or")
        yield Mutant("holder", f"{step}: {seat} for anybody", changed)
    for person in people(data) if "person" in spec else ():
        if person != spec["person"]:
            changed = having(data, person, *place, "person")
            yield Mutant("holder", f"{step}: {seat} for {person}", changed)


def _of_step(data: Data, step: str, rules: Data) -> Iterator[Mutant]:
    place = ("steps", step)
    if "need" in rules:
        yield Mutant("seat", f"{step}: without need", without(data, *place, "need"))
    deadline = rules.get("deadline", {})
    if "event" in deadline:
        changed = without(data, *place, "deadline", "event")
        yield Mutant("deadline", f"{step}: deadline without its event", changed)
    elif deadline:
        changed = without(data, *place, "deadline")
        yield Mutant("deadline", f"{step}: without its deadline", changed)
    if "goes_on" in deadline:
        changed = without(data, *place, "deadline", "goes_on")
        yield Mutant("deadline", f"{step}: deadline begins anew", changed)
    for event in handled(data, step) if deadline else ():
        if event != deadline.get("event"):
            changed = having(data, event, *place, "deadline", "event")
            yield Mutant("late", f"{step}: deadline sends {event}", changed)
    yield from _of_covers(data, step, rules)


def _of_covers(data: Data, step: str, rules: Data) -> Iterator[Mutant]:
    covers, place = rules.get("covers"), ("steps", step, "covers")
    if covers is None:
        return
    yield Mutant("covers", f"{step}: without covers", without(data, *place))
    if "reopen" in covers:
        yield Mutant("covers", f"{step}: without reopen", without(data, *place, "reopen"))
    for index, name in enumerate(covers["fields"]):
        changed = without(data, *place, "fields", index)
        yield Mutant("covers", f"{step}: covers without {name}", changed)


def _of_outcomes(data: Data, step: str, rules: Data) -> Iterator[Mutant]:
    """Yield outcomes that send another event, decide sooner or later, or weigh otherwise."""
    place = ("steps", step, "outcomes")
    for outcome, spec in rules["outcomes"].items():
        for event in handled(data, step):
            if event != spec["event"]:
                changed = having(data, event, *place, outcome, "event")
                yield Mutant("outcome", f"{step}: {outcome} sends {event}", changed)
        several = len(rules["seats"]) > 1 or any("count" in s for s in rules["seats"].values())
        if several and "at" in spec:
            changed = without(data, *place, outcome, "at")
            yield Mutant("outcome", f"{step}: {outcome} not at once", changed)
        elif several:
            changed = having(data, "once", *place, outcome, "at")
            yield Mutant("outcome", f"{step}: {outcome} at once", changed)
    if len(rules["outcomes"]) > 1:
        turned = dict(reversed(rules["outcomes"].items()))
        yield Mutant("outcome", f"{step}: outcomes turned round", having(data, turned, *place))


def _of_vote(data: Data, step: str, rules: Data) -> Iterator[Mutant]:
    vote, place = rules.get("vote"), ("steps", step, "vote")
    if vote is None:
        return
    yield Mutant("vote", f"{step}: without the vote", without(data, *place))
    yield Mutant(
        "vote", f"{step}: one makes a quorum", having(data, {"at_least": 1}, *place, "quorum")
    )
    yield Mutant("vote", f"{step}: a tenth is a majority", having(data, "1/10", *place, "majority"))
    for key in ("active", "report", "casting"):
        if key in vote:
            yield Mutant("vote", f"{step}: without {key}", without(data, *place, key))
    for key in ("proxy", "early"):
        changed = having(data, not vote.get(key, False), *place, key)
        yield Mutant("vote", f"{step}: {key} the other way", changed)


def _of_list(data: Data, step: str, rules: Data) -> Iterator[Mutant]:
    each, place = rules.get("each"), ("steps", step, "each")
    if each is None:
        return
    yield Mutant("list", f"{step}: without its list", without(data, *place))
    for item in each.get("items", ()):
        yield Mutant("list", f"{step}: without {item}", without(data, *place, "items", item))
    for index, role in enumerate(each.get("grow", ())):
        yield Mutant("list", f"{step}: not grown by {role}", without(data, *place, "grow", index))
    yield Mutant("list", f"{step}: grown by anybody", adding(data, ANYBODY, *place, "grow"))


def _told(exclusion: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in exclusion.items() if key != "policy")
