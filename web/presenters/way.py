"""The way of a case as a list: steps done, now, to come, and those it doesn't come by.

It says in words what the diagram draws. A step is to come if the case gets there while every
step ends with its first outcome; what only other outcomes lead to is told with its condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from definitions.branching import every_choice, led
from definitions.catalogue import OpenCase
from definitions.definition import Definition
from definitions.machine import DONE
from definitions.model import State, words
from definitions.state import CaseState
from store.queries.cases import SignatureRow
from web.page_models import Moment, Signature, WayStep
from web.presenters.branches import only_where
from web.presenters.reader import Reader, case_ref, role_hint, section
from web.presenters.relatives import Related
from web.presenters.seats import Vacancy, together
from web.presenters.signatures import outcome_words, signatures
from web.presenters.standing import progress, waits_for
from web.presenters.words import capital, listed, number, since


def way(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    open_: Sequence[Vacancy],
    signed: Sequence[SignatureRow],
    outdated: Mapping[str, str],
    children: Sequence[Related] = (),
) -> tuple[WayStep, ...]:
    """Return the steps of the definition, as this case stands to them, and what it waits for.

    Args:
        children: the cases that it opened.
    """
    coming = to_come(definition, state)
    return tuple(
        _waiting(reader, definition, state, place, children, coming=place in coming)
        if place not in definition.body.steps
        else _step(
            reader,
            definition,
            state,
            place,
            [vacancy for vacancy in open_ if vacancy.seat.step == place],
            signatures(reader, definition, [row for row in signed if row.step == place], outdated),
            coming=place in coming,
        )
        if place in state.steps
        else _ahead(definition, state, place, coming=place in coming)
        for place in _places(definition)
    )


def _places(definition: Definition) -> tuple[str, ...]:
    """Return the steps, and the states that wait for another case, in their order."""
    waiting = {name for name in definition.chart.states if waits_for_case(definition, name)}
    if not waiting:
        return tuple(definition.body.steps)
    known = waiting | set(definition.body.steps)
    return tuple(name for name in definition.chart.states if name in known)


def to_come(definition: Definition, state: CaseState) -> frozenset[str]:
    """Return the states that the case gets to if every step ends with its first outcome."""
    if state.ended:
        return frozenset()
    seen: set[str] = set()
    states = definition.chart.states
    todo = [name for name in state.configuration if not states[name].inner()]
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        todo.extend(_leads_to(definition, at, state.known))
    return frozenset(seen)


def seats_words(definition: Definition, step: str, chosen: Mapping[str, object]) -> str:
    """Return who is asked in a step: `the executor (Systems Administrator)`.

    Args:
        chosen: the choices of the case, by which a seat may not be there at all.
    """
    told = {}
    for name, seat in definition.step(step).seats.items():
        if not seat.is_there(chosen):
            continue
        title = words(seat.title) or name.replace("_", " ").replace("-", " ")
        who = role_hint(title, seat.roles())
        counts = [seat.count] if isinstance(seat.count, int) else seat.count.counts().values()
        few, many = min(count for count in counts if count), max(counts)
        if few < many:
            told[name] = f"{number(few)} to {number(many)} {title}s{who}"
        else:
            told[name] = f"{number(many)} {title}s{who}" if many > 1 else f"the {title}{who}"
    return together(definition, step, told)


def conditions(definition: Definition, step: str) -> tuple[str, ...]:
    """Return what leads to a step: `“Apply the patch” ends with “Failed”`."""
    found = []
    for source, spec in definition.body.steps.items():
        for name, outcome in spec.outcomes.items():
            at = _led_where(definition, source, outcome.event, step)
            if at is not None:
                chosen = words(outcome.title) or name
                found.append(f"“{words(spec.title)}” ends with “{chosen}”{at}")
        late = spec.deadline.event if spec.deadline else None
        at = _led_where(definition, source, late, step) if late else None
        if at is not None:
            found.append(f"“{words(spec.title)}” isn't done in time{at}")
    for state in definition.chart.states:
        opened = waits_for_case(definition, state)
        for event in opened.on.values() if opened else ():
            at = _led_where(definition, state, event, step)
            if at is not None:
                title = definition.state_title(state)
                # As the diagram's arrow says it: the other case's own words aren't known here.
                found.append(f"“{title}” ends with “{event.replace('_', ' ').capitalize()}”{at}")
    return tuple(dict.fromkeys(found))


def _led_where(definition: Definition, source: str, event: str, step: str) -> str | None:
    """Return for which choices an event leads to a step: ` where “Risk” is high`, "" for all.

    None if it never does.
    """
    every = every_choice(definition.body)
    some = [chosen for chosen in every if step in _targets(definition, source, event, chosen)]
    where = only_where(definition, some)
    return (f" where {where}" if where else "") if some else None


def waits_for_case(definition: Definition, state: str) -> OpenCase | None:
    """Return which case is opened where a case comes to a state and waits for its end."""
    opened = (one.open for one in definition.body.effects if one.open and one.enter == state)
    return next((one for one in opened if one.on), None)


def _waiting(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    place: str,
    children: Sequence[Related],
    *,
    coming: bool,
) -> WayStep:
    """Return a state in which the case waits for another one."""
    mine = {
        child.case
        for name, child in state.children.items()
        if child.state == place and waits_for(definition, name)
    }
    found = [one for one in children if one.row.case in mine]
    now = place in state.configuration
    told = [_of_child(reader, one) for one in found]
    sentence = f"{listed(told)}." if told else ""
    if not told:
        ahead = _ahead(definition, state, place, coming=coming)
        return replace(ahead, sentence="Another case is opened, and waited for.") if now else ahead
    last = found[-1].row
    at = since(last.ended_at or last.opened_at, reader.now)
    return WayStep(
        title=definition.state_title(place),
        status="now" if now else "next" if coming else "done",
        sentence=sentence,
        at=_told(at, "ended" if last.ended_at else "opened"),
        cases=tuple(case_ref(one.row.number, None) for one in found),
    )


def _of_child(reader: Reader, one: Related) -> str:
    named = one.row.number
    if one.seen_by(reader):
        named = f"{one.definition.title()} {named}"
    if not one.row.state.ended:
        return f"Waiting for {named}"
    return f"{named} ended with “{one.definition.state_title(one.row.state.ended)}”"


def _step(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    step: str,
    mine: Sequence[Vacancy],
    given: tuple[Signature, ...],
    *,
    coming: bool,
) -> WayStep:
    at, spec = state.steps[step], definition.step(step)
    by_ruling = _by_ruling(definition, state, step)
    if state.is_open(step):
        waiting = capital(f"waiting for {progress(definition, mine)}." if mine else "")
        sentence = " ".join(one for one in (*by_ruling, waiting) if one)
        return WayStep(
            title=words(spec.title),
            status="now",
            sentence=sentence,
            section=section(spec.policy),
            at=_told(since(at.since, reader.now), "opened"),
            signatures=given,
        )
    sentence = "It ended without a decision."
    if at.outcome:
        sentence = f"Ended with “{outcome_words(definition, step, at.outcome)}”."
    elif at.overdue:
        sentence = "Its time passed before it was decided."
    sentence = " ".join((*by_ruling, sentence))
    if coming:
        sentence = f"{sentence} It comes again."
    return WayStep(
        title=words(spec.title),
        status="next" if coming else "done",
        sentence=sentence,
        section=section(spec.policy),
        at=_told(since(at.closed or at.since, reader.now), "closed"),
        signatures=given,
    )


def _by_ruling(definition: Definition, state: CaseState, step: str) -> tuple[str, ...]:
    """Return which places of a step count as filled though nobody has signed there."""
    made = {one.act: one.number for one in state.rulings}
    return tuple(
        f"The place of {words(definition.seat(step, one.seat).title) or one.seat} counts as "
        f"filled by ruling {made[one.act]}; nobody has signed it."
        for one in state.steps[step].signatures
        if one.act in made
    )


def _told(moment: Moment, what: str) -> Moment:
    return Moment(at=moment.at, words=capital(f"{what} {moment.words}"))


def _ahead(definition: Definition, state: CaseState, place: str, *, coming: bool) -> WayStep:
    spec, led = definition.body.steps.get(place), conditions(definition, place)
    sentence = ""
    if coming:
        sentence = "Another case is opened, and waited for."
        if spec is not None:
            sentence = f"{capital(seats_words(definition, place, state.known))}."
    elif state.ended:
        sentence = "The case didn't come by here."
    elif led:
        sentence = f"Only if {' or '.join(led)}."
    return WayStep(
        title=definition.state_title(place),
        status="next" if coming else "off",
        sentence=sentence,
        section=section(spec.policy) if spec else None,
    )


def _leads_to(definition: Definition, state: str, chosen: Mapping[str, object]) -> tuple[str, ...]:
    """Return where a state leads if all goes well, and what is entered with it.

    Args:
        chosen: the choices of the case, by which events may branch.
    """
    spec = definition.chart.states[state]
    step = definition.body.steps.get(state)
    opened = waits_for_case(definition, state)
    if opened is not None:
        return _targets(definition, state, next(iter(opened.on.values())), chosen)
    if step is not None:
        first = next(iter(step.outcomes.values()))
        return _targets(definition, state, first.event, chosen)
    if spec.final:
        return _when_done(definition, state)
    return _entered(spec)


def _when_done(definition: Definition, state: str) -> tuple[str, ...]:
    """Follow `done` of the nearest state around a final one that has it."""
    at = definition.chart.parents[state]
    while at is not None:
        targets = definition.chart.states[at].targets(DONE)
        if targets:
            return targets
        at = definition.chart.parents[at]
    return ()


def _targets(
    definition: Definition, source: str, event: str, chosen: Mapping[str, object]
) -> tuple[str, ...]:
    """Return the state to which an event leads from `source`, with what is entered in it.

    Where it branches and nothing is chosen, to each of its states.
    """
    at: str | None = source
    while at is not None:
        targets = led(definition.chart.states[at], event, chosen)
        if targets:
            return tuple(to for one in targets for to in (one, *_all_entered(definition, one)))
        at = definition.chart.parents[at]
    return ()


def _all_entered(definition: Definition, state: str) -> tuple[str, ...]:
    inner = _entered(definition.chart.states[state])
    return (*inner, *(deeper for one in inner for deeper in _all_entered(definition, one)))


def _entered(spec: State) -> tuple[str, ...]:
    if spec.parallel:
        return tuple(spec.parallel)
    return (spec.initial,) if spec.initial else ()
