"""Cases that a field names, such as the one that an appeal is against, and their people.

Which case a number is of, and who is or was whom in it, only the commit knows: it says so in the
facts. What it said at the opening isn't the last word, since the other case may go on: with each
act it says who has come to be of its people since, and they are kept out from then on.
"""

from __future__ import annotations

from collections.abc import Mapping

from definitions.acts import Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules.values import CASE_NUMBER, is_empty
from definitions.state import CaseState, NamedCase


def number_in(value: str) -> tuple[str, int | None]:
    """Return of which case a value of such a field is, and of which ruling made in it, if of one.

    Args:
        value: one that `check_values` takes.
    """
    found = CASE_NUMBER.fullmatch(value)
    number, which = found.groups() if found else (value, None)
    return number, int(which) if which else None


def naming_fields(definition: Definition) -> tuple[str, ...]:
    """Return the fields of the form that name another case."""
    return tuple(n for n, spec in definition.body.start.fields.items() if spec.type == "case")


def why_not_named(
    definition: Definition, values: Mapping[str, Json], facts: Facts
) -> Refusal | None:
    """Return why a case can't be opened about those that its fields name; None if it can.

    That the facts name one for each such field, and no other, is what the people of the case rest
    on: an opening of which they don't is refused.
    """
    for name in naming_fields(definition):
        value, found = values.get(name), facts.cases.get(name)
        given = "" if is_empty(value) else number_in(str(value))[0]
        if given != (found["number"] if found else ""):
            title = words(definition.field(name).title)
            return Refusal(
                "unknown-case",
                f"“{title}”: there is no such case.",
                definition.body.start.policy,
                "Write the number as the page of that case has it.",
                name,
            )
    return None


def named_by(facts: Facts) -> dict[str, NamedCase]:
    """Return the cases that a case's fields name, as its state keeps them."""
    return {name: NamedCase.model_validate(dict(one)) for name, one in facts.cases.items()}


def joined(definition: Definition, state: CaseState, facts: Facts) -> CaseState:
    """Return the state with the people of named cases whom the facts add; none ever goes."""
    more = {
        name: tuple(dict.fromkeys((*state.people.get(name, ()), *facts.people[name])))
        for name, person in definition.body.people.items()
        if person.of and person.from_ in state.named and name in facts.people
    }
    return state.model_copy(update={"people": {**state.people, **more}}) if more else state


def without_named(definition: Definition, state: CaseState) -> CaseState:
    """Return the state without anybody who is of a named case."""
    named = [name for name, person in definition.body.people.items() if person.of]
    return state.model_copy(update={"people": {**state.people, **dict.fromkeys(named, ())}})
