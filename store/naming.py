"""Cases that a field of another one names: which they are, and who is or was whom in them.

The commit asks this for good, the web beforehand. What it says of people is of all who ever were
of them, as far as the record tells: who is it now, and who signed or ruled as such before.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from definitions.acts import RULE, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec, PersonOfCase, words
from definitions.refusals import Refusal
from definitions.rules.naming import naming_fields, number_in
from definitions.rules.opening import OPENER
from definitions.rules.values import is_empty
from definitions.state import CaseState
from store import tables
from store.cases import load_definition, load_state


def cases_named(
    connection: Connection, definition: Definition, values: Mapping[str, Json]
) -> dict[str, CaseState] | Refusal:
    """Return the case that each field names which names one, or why it can't be named.

    Args:
        values: of the opening, each of which its field takes.
    """
    found: dict[str, CaseState] = {}
    for name in naming_fields(definition):
        value = values.get(name)
        if is_empty(value):
            continue
        spec = definition.field(name)
        number, which = number_in(str(value))
        state = _case_of(connection, number)
        why = _why_not(spec, state, number, which)
        if why is not None or state is None:
            return Refusal(
                "unknown-case",
                f"“{words(spec.title)}”: {why}",
                definition.body.start.policy,
                "Write the number as the page of that case has it.",
                name,
            )
        found[name] = state
    return found


def _case_of(connection: Connection, number: str) -> CaseState | None:
    case = connection.scalar(select(tables.cases.c.case).where(tables.cases.c.number == number))
    return load_state(connection, case) if case is not None else None


def _why_not(
    spec: FieldSpec, state: CaseState | None, number: str, which: int | None
) -> str | None:
    """Return why this case, or this ruling made in it, can't be named; None if it can."""
    if state is None:
        return f"there is no case {number}."
    if state.process not in (spec.processes or ()):
        return f"{number} isn't a case of that kind."
    if which is not None and which > len(state.given):
        return f"no ruling {number}/{which} was made."
    if spec.decided and which is None and not state.ended and not state.given:
        return f"in {number} nothing is decided yet."
    return None


def people_named(
    connection: Connection, definition: Definition, named: Mapping[str, CaseState]
) -> dict[str, tuple[str, ...]]:
    """Return the people of a case who come from the cases that it names, as these stand now.

    Args:
        named: by field.
    """
    return {
        name: _people_of(connection, named[person.from_], person)
        for name, person in definition.body.people.items()
        if person.of and person.from_ in named
    }


def with_people_since(
    connection: Connection, definition: Definition, state: CaseState | None, facts: Facts
) -> Facts:
    """Return the facts with who has come to be of the named cases' people since the last act."""
    if state is None or not state.named:
        return facts
    since = {
        name: people
        for name, people in people_named(connection, definition, _loaded(connection, state)).items()
        if set(people) - set(state.people.get(name, ()))
    }
    return replace(facts, people={**facts.people, **since}) if since else facts


def _people_of(connection: Connection, state: CaseState, person: PersonOfCase) -> tuple[str, ...]:
    definition = load_definition(connection, state.definition)
    now = (one for name in person.of for one in state.people.get(name, ()))
    before = _before(connection, definition, state.case, person.of)
    # As the cases that it names stand now: it has learnt of nobody since its own last act.
    theirs = people_named(connection, definition, _loaded(connection, state))
    further = (one for name in person.of for one in theirs.get(name, ()))
    return tuple(sorted({*now, *before, *further}))


def _loaded(connection: Connection, state: CaseState) -> dict[str, CaseState]:
    """Return by field the cases that a case names; each is older, so that no chain is endless."""
    found = {name: load_state(connection, one.case) for name, one in state.named.items()}
    return {name: one for name, one in found.items() if one is not None}


def left_out(connection: Connection, state: CaseState) -> Iterator[str]:
    """Yield what is wrong with whom a case keeps out for their part in those that it names.

    Asked of is what the other case's record says of the time before the opening: who signed or
    ruled as one of these people, and whom its form named. Who was drawn and never did anything
    isn't asked of.
    """
    definition = load_definition(connection, state.definition)
    for field, one in state.named.items():
        other = load_state(connection, one.case)
        if other is None or other.number != one.number or other.opened_at > state.opened_at:
            yield f"it names a case {one.number} that there wasn't"
            continue
        spoken = load_definition(connection, other.definition)
        for name, person in definition.body.people.items():
            if not person.of or person.from_ != field:
                continue
            fixed = {*spoken.body.people, OPENER} & set(person.of)
            if spoken.body.amend is not None:
                fixed &= {OPENER}
            had = {who for each in fixed - _grown(spoken) for who in other.people.get(each, ())}
            had |= {*_before(connection, spoken, other.case, person.of, until=state.opened_at)}
            if had - set(state.people.get(name, ())):
                yield f"it doesn't keep out everybody who had part in {one.number}"


def _grown(definition: Definition) -> set[str]:
    """Return the people of a case who may have become more since it was opened."""
    return {name for name, person in definition.body.people.items() if person.of}


def _before(
    connection: Connection,
    definition: Definition,
    case: str,
    names: Collection[str],
    *,
    until: str | None = None,
) -> Iterator[str]:
    """Yield who signed a seat, or ruled, as one of these people, whether or not they still are.

    Somebody who accepted an office and lost it may have decided something before.

    Args:
        until: only what happened before that time.
    """
    signatures, entries = tables.signatures.c, tables.entries.c
    seats = [
        (step, seat)
        for step, rule in definition.body.steps.items()
        for seat, spec in rule.seats.items()
        if spec.person is not None and spec.person in names
    ]
    query = select(signatures.step, signatures.seat, signatures.actor)
    query = query.where(signatures.case == case).distinct()
    for row in connection.execute(query.where(signatures.at < until) if until else query):
        if (row.step, row.seat.partition(":")[0]) in seats:
            yield row.actor
    rule = definition.body.arbitrates
    if rule is not None and set(rule.people) & set(names):
        acts = select(entries.actor).where(entries.stream == case, entries.kind == RULE).distinct()
        yield from connection.scalars(acts.where(entries.at < until) if until else acts)
