"""Opening a case: who may, with which values, and the state that it begins in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from definitions.acts import SYSTEM, Act, Facts
from definitions.branching import branch_fields
from definitions.canonical import Json
from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import Body, CountBy, FromField, LengthBy, OpenedBy, Step, words
from definitions.refusals import Refusal
from definitions.rules.changes import Changes
from definitions.rules.effects import is_childs
from definitions.rules.moving import settle
from definitions.rules.naming import named_by, why_not_named
from definitions.rules.values import DeclaredAddress, addresses_of, check_values, is_empty
from definitions.state import CaseState, FieldState
from definitions.timetable import cause_of, given, is_of, moment_of, tick_id

OPENER = "opener"


def leaders_of(field: str) -> str:
    """Return as what facts tell who leads a team of the person that a field names (9.1.2)."""
    return f"leaders:{field}"


def may_open(definition: Definition, roles: Collection[str]) -> Refusal | None:
    """Return why holders of these roles can't open such a case, None if they can."""
    start = definition.body.start
    if set(start.roles) & set(roles):
        return None
    who = " or ".join(role.replace("-", " ") for role in start.roles)
    return Refusal(
        "not-yours-to-open",
        f"“{definition.title()}” is opened by: {who}. You don't hold that now.",
        start.policy or definition.body.policy[0],
        "Ask somebody of that role to open it.",
    )


def _may_open_so(
    definition: Definition, act: Act, values: Mapping[str, Json], facts: Facts
) -> Refusal | None:
    """Return why the case can't be opened by this person with these choices, None if it can."""
    at = moment_of(act)
    if at is not None:
        return _why_not_scheduled(definition, act, values, at)
    if act.actor == SYSTEM:
        if definition.body.start.cases:
            return None
        return Refusal("not-yours-to-open", "No other case opens one of this kind.")
    if is_childs(act.case):
        # It follows from the parent's, which its opener chooses: a motion about something else
        # could be carried under it beforehand, and then stand behind what the parent gives.
        return Refusal(
            "childs-id",
            "Only a case that opens another one gives it an id of this form.",
            remedy="Open the form again: it has an id of its own.",
        )
    return may_open(definition, facts.roles) or next(
        _barred_choices(definition, act.actor, values, facts), None
    )


def _why_not_scheduled(
    definition: Definition, act: Act, values: Mapping[str, Json], at: str
) -> Refusal | None:
    """Return why no schedule opens this case at that moment, None if one does.

    Everything of it follows from the definition and the moment: the id, and every value.
    """
    schedule, process = definition.body.start.schedule, definition.process
    if (
        schedule is None
        or act.auth.get("cause") != cause_of(process, at)
        or not is_of(schedule, parse(at))
        or act.case != tick_id(process, at)
        or dict(values) != given(schedule, at)
    ):
        return Refusal("not-scheduled", "No schedule opens a case of this kind so.")
    return None


def _barred_choices(
    definition: Definition, actor: str, values: Mapping[str, Json], facts: Facts
) -> Iterator[Refusal]:
    start = definition.body.start
    for field, choices in start.when.items():
        chosen = values.get(field)
        by = choices.get(chosen) if isinstance(chosen, str) else None
        if by is None or (set(by.roles) & set(facts.roles) and _leads(by, actor, facts)):
            continue
        if by.person is not None and values.get(by.person) == actor:
            continue
        who = [_a(role.replace("-", " ")) for role in by.roles]
        if by.team_of is not None:
            who = [f"whoever leads a team of the {words(start.fields[by.team_of].title).lower()}"]
        who += [f"the {words(start.fields[by.person].title).lower()}"] if by.person else []
        spec = start.fields[field]
        title = words((spec.choices or {}).get(str(chosen))) or str(chosen)
        yield Refusal(
            "not-yours-to-open",
            f"Only {' or '.join(who)} can open it with “{title}”. That isn't you now.",
            start.policy or definition.body.policy[0],
            "Ask them to open it, or choose what applies.",
            field=field,
        )


def _a(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"


def _leads(by: OpenedBy, actor: str, facts: Facts) -> bool:
    return by.team_of is None or actor in facts.people.get(leaders_of(by.team_of), ())


def known_fields(definition: Definition) -> frozenset[str]:
    """Return the fields whose plain values the rules read: what counts reviewers, or branches."""
    return frozenset(_known_fields(definition.body))


def _known_fields(body: Body) -> Iterator[str]:
    yield from branch_fields(body)
    for step in body.steps.values():
        for seat in step.seats.values():
            if isinstance(seat.count, CountBy):
                yield seat.count.by
        yield from step.vote.areas if step.vote else ()
        yield from (one.by for one in _lengths(step) if isinstance(one, LengthBy))
    for effect in body.effects:
        if effect.extend is not None and isinstance(effect.extend.by, LengthBy):
            yield effect.extend.by.by
        change = effect.grant or effect.end
        if change is not None:
            yield from (n.field for n in (change.role, change.list) if isinstance(n, FromField))


def _lengths(step: Step) -> Iterator[str | LengthBy]:
    if step.deadline is not None:
        yield step.deadline.after
    yield from step.reminders


def addresses_needed(
    definition: Definition, values: Mapping[str, Json]
) -> dict[str, tuple[DeclaredAddress, ...]]:
    """Return for each person bound from a patch among `values` the addresses to look up.

    A value that isn't a patch needs none: `apply` refuses it.
    """
    found: dict[str, tuple[DeclaredAddress, ...]] = {}
    for name, person in definition.body.people.items():
        spec, value = definition.field(person.from_), values.get(person.from_)
        patch = spec.type == "patch" and not is_empty(value)
        if patch and not check_values({person.from_: spec}, {person.from_: value}):
            found[name] = addresses_of(value)
    return found


def bound_people(
    definition: Definition, values: Mapping[str, Json], facts: Facts
) -> dict[str, tuple[str, ...]]:
    """Return the people of the case that these values bind; addresses by the facts."""
    bound: dict[str, tuple[str, ...]] = {}
    for name, person in definition.body.people.items():
        if person.from_ not in values:
            continue
        value = values[person.from_]
        if is_empty(value):  # an amendment takes the person out of the case
            bound[name] = ()
        elif definition.field(person.from_).type == "person":
            bound[name] = (value,)
        else:
            bound[name] = tuple(facts.people.get(name, ()))
    return bound


def open_case(
    definition: Definition, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Return the state in which the case begins, or why it doesn't."""
    refusal = _may_open_so(definition, act, values, facts) or _first(definition, values)
    refusal = refusal or why_not_named(definition, values, facts)
    if refusal:
        return refusal
    if facts.number is None:
        return Refusal("no-number", "A case begins with the number that the commit allots.")
    known = known_fields(definition)
    # Of a case that another one or a schedule opens, the commit says who its opener is.
    opener = (act.actor,) if act.actor != SYSTEM else tuple(facts.people.get(OPENER, ()))
    if not opener:
        return Refusal("no-opener", "A case that nobody opens has an opener all the same.")
    state = CaseState(
        case=act.case,
        number=facts.number,
        process=definition.process,
        definition=definition.version,
        rules=definition.body.rules,
        opened_at=facts.time,
        people={OPENER: opener, **bound_people(definition, values, facts)},
        fields={
            name: FieldState(commitment=commitment, act=act.id)
            for name, commitment in act.values.items()
        },
        known={name: value for name, value in values.items() if name in known},
        named=named_by(facts),
    )
    return settle(definition, state, definition.chart.begin(), facts)


def _first(definition: Definition, values: Mapping[str, Json]) -> Refusal | None:
    refusals = check_values(definition.body.start.fields, values)
    if len(refusals) <= 1:
        return next(iter(refusals), None)
    more = ", ".join(
        words(definition.body.start.fields[r.field].title)
        for r in refusals[1:]
        if r.field in definition.body.start.fields
    )
    first = refusals[0]
    return Refusal(
        first.code, f"{first.sentence} See also: {more}.", None, first.remedy, first.field
    )
