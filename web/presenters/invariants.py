"""What an invariant says, in words, where its file gives it no title.

Those about deeds, openers and what is private have a title: the check wants one.
"""

from __future__ import annotations

from collections.abc import Iterable

from definitions.branching import asked_as
from definitions.definition import Definition
from definitions.invariant import FLAGGED, QUEUED
from definitions.model import Invariant, Signed, words
from definitions.organisation import load_organisation
from web.presenters.reader import role_title, role_words
from web.presenters.words import listed, number


def invariant_words(definition: Definition, invariant: Invariant) -> str:
    """Tell an invariant that has no words of its own."""
    states = _states(definition, invariant.states())
    if invariant.before:
        said = f"Before {states}, {_enough(definition, invariant)}"
    elif invariant.after:
        said = f"After {states}, always {_answer(definition, invariant)}"
    elif invariant.never:
        said = _never(definition, invariant.never)
    elif invariant.ended:
        said = f"No case ends without {states}"
    else:
        said = f"Only {_states(definition, invariant.only or ())} leads to {states}"
    chosen = [_choice(definition, *one) for one in invariant.when.items()]
    return f"{said}, where {listed(chosen)}" if chosen else said


def person_words(definition: Definition, name: str) -> str:
    """Return who a person of the case is, to be read after `the`."""
    person = definition.body.people.get(name)
    if person:
        return words(person.title).lower()
    return "one who opened the case" if name == "opener" else name


def _states(definition: Definition, names: Iterable[str]) -> str:
    known = definition.chart.states
    titles = [definition.state_title(name) if name in known else name for name in names]
    return listed([f"“{title}”" for title in titles], "or")


def _choice(definition: Definition, field: str, choice: str) -> str:
    spec = asked_as(definition.body, field)
    title = words((spec.choices or {}).get(choice)) or choice
    return f"“{words(spec.title)}” is “{title}”"


def _never(definition: Definition, never: Signed) -> str:
    where = f" in {_states(definition, never.in_)}" if never.in_ else ""
    if never.signers:
        ever = "in any round " if never.rounds == "all" else ""
        return f"Whoever {ever}signed {_states(definition, (never.signers,))} never signs{where}"
    if never.person:
        return f"The {person_words(definition, never.person)} never signs{where}"
    return f"No {role_words((never.role or '', *never.or_))} ever signs{where}"


def _enough(definition: Definition, invariant: Invariant) -> str:
    """Tell what must be so before a state; of several things any."""
    ways = [_before(definition, way) for way in invariant.ways()]
    return ways[0] if len(ways) == 1 else f"one of these at least: {'; or '.join(ways)}"


def _before(definition: Definition, way: Invariant) -> str:
    if way.child:
        ended = f"ended with “{_words(way.outcome)}”" if way.outcome else "been opened"
        return f"the case “{_words(way.child)}” has {ended}"
    if way.carried:
        return f"the vote in {_states(definition, (way.carried,))} has carried it"
    within = way.in_ if way.people else way.signed.in_ if way.signed else ()
    where = f" in {_states(definition, within)}" if within else ""
    so = f" with “{_words(way.outcome)}”" if way.outcome else ""
    if way.people:
        who = _people(way.people, way.role)
        return f"{who} signed{where}{so}"
    return f"{_signer(definition, way.signed)} signed{where}{so}"


def _people(count: int, role: str | None) -> str:
    one = count == 1
    who = role_title(role, plural=not one) if role else "person" if one else "different people"
    return f"{number(count)} {who} {'has' if one else 'have'}"


def _answer(definition: Definition, invariant: Invariant) -> str:
    """Tell what follows a state."""
    if invariant.child:
        return f"the case “{_words(invariant.child)}” is opened before it ends"
    if invariant.always == QUEUED:
        return f"it is queued for “{_words(invariant.to)}” before it ends"
    if invariant.always == FLAGGED and invariant.to:
        told = load_organisation().list(invariant.to).title["en"]
        return f"where cases repeat, a mail to “{told}”"
    if invariant.to:
        return f"a mail to “{load_organisation().list(invariant.to).title['en']}”"
    return _states(definition, (invariant.always or "",))


def _words(name: str | None) -> str:
    return (name or "").replace("_", " ").replace("-", " ")


def _signer(definition: Definition, signed: Signed | None) -> str:
    if signed is None:
        return "somebody has"
    if signed.person:
        return f"the {person_words(definition, signed.person)} has"
    return f"{role_words((signed.role or '', *signed.or_))} has"
