"""What cases queue for another process, and the case that takes it up.

An effect `queue` names a process. The next case of it in which a step opens whose list is `queued`
takes everything that waits, each as a thing on that list. What isn't signed there when that case
ends waits again for the next one: nothing is lost, and nothing is in two.
"""

from __future__ import annotations

from collections.abc import Iterable

from definitions.acts import Facts
from definitions.catalogue import Effect
from definitions.definition import Definition
from definitions.parts import filled
from definitions.state import CaseState, Item, Queued, Taken


def key_of(case: str, place: int) -> str:
    """Return the key of what a case has queued: the first is 1."""
    return f"{case}:queued:{place}"


def with_queued(
    definition: Definition, state: CaseState, effects: Iterable[Effect], at: str
) -> CaseState:
    """Return the state with what effects queue, at this time."""
    known = {"number": state.number, "title": definition.title()}
    more = []
    for effect in effects:
        queue = effect.queue
        if queue is not None:
            text = {language: filled(queue.text, known, language) for language in queue.text}
            more.append(Queued(process=queue.for_, text=text, at=at))
    return state.model_copy(update={"queued": (*state.queued, *more)}) if more else state


def taking(definition: Definition, state: CaseState, step: str, facts: Facts) -> CaseState:
    """Return the state with everything that waits put on the list of a step that opens."""
    each = definition.step(step).each
    if each is None or not each.queued or not facts.waiting:
        return state
    items, taken = list(state.items.get(step, ())), dict(state.taken)
    for waiting in facts.waiting:
        id_ = f"queued-{len(taken) + 1}"
        items.append(Item(id=id_))
        taken[id_] = Taken(step=step, **waiting)
    return state.model_copy(update={"items": {**state.items, step: tuple(items)}, "taken": taken})


def kept(state: CaseState) -> frozenset[str]:
    """Return the keys of what this case has taken and keeps: ended, it keeps what was signed."""
    if state.ended is None:
        return frozenset(one.key for one in state.taken.values())
    return frozenset(one.key for id_, one in state.taken.items() if _is_signed(state, id_, one))


def _is_signed(state: CaseState, item: str, taken: Taken) -> bool:
    at = state.steps.get(taken.step)
    return at is not None and any(s.seat.partition(":")[2] == item for s in at.signatures)
