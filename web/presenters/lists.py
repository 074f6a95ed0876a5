"""Lists whose things are signed one by one: what is done, by whom, and what is still open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from definitions.definition import Definition
from definitions.model import words
from definitions.rules import may_add, missing
from definitions.state import CaseState, Signature
from web.page_models import Link, ListItem, ListShown
from web.presenters.reader import Reader, case_ref, case_url, section
from web.presenters.seats import Vacancy
from web.presenters.signatures import outcome_words, role_of
from web.presenters.words import capital, number, since

_WITHHELD = "Something that is withheld"
"""How a thing is called whose title the reader may not see, or which was erased."""


def anchor(step: str) -> str:
    """Return the HTML id of a list."""
    return f"list-{step}"


def with_added(
    definition: Definition,
    state: CaseState,
    titles: Mapping[str, str],
    private: Collection[str] = (),
) -> Definition:
    """Return the definition as pages read it: with the things that were added to its lists.

    It is for naming them only: rules and acts go by the definition itself.

    Args:
        titles: by the act that added each.
        private: steps of which the reader may not see what others gave in them.
    """
    steps = dict(definition.body.steps)
    for name, items in state.items.items():
        step = steps[name]
        added = {item.id: {"en": _WITHHELD} for item in items if item.act is not None}
        added |= {i: dict(one.text) for i, one in state.taken.items() if one.step == name}
        if name not in private:
            added |= {
                item.id: {"en": titles[item.act]}
                for item in items
                if item.act is not None and item.act in titles
            }
        if step.each is not None and added:
            each = step.each.model_copy(update={"items": {**step.each.items, **added}})
            steps[name] = step.model_copy(update={"each": each})
    if steps == definition.body.steps:
        return definition
    return replace(definition, body=definition.body.model_copy(update={"steps": steps}))


def lists(
    reader: Reader, definition: Definition, state: CaseState, open_: Sequence[Vacancy]
) -> tuple[ListShown, ...]:
    """Return every list that the case has come to, in the order of the definition.

    Args:
        definition: with the things that were added.
        open_: the seats in which somebody can sign now.
    """
    steps = definition.body.steps
    return tuple(
        _list(reader, definition, state, step, open_)
        for step, spec in steps.items()
        if spec.each is not None and step in state.items
    )


def _list(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    step: str,
    open_: Sequence[Vacancy],
) -> ListShown:
    spec = definition.step(step)
    items = tuple(
        _item(reader, definition, state, step, item.id, open_) for item in state.items[step]
    )
    refusal = may_add(definition, state, step, state.steps[step].instance, tuple(reader.roles))
    add = Link(label="Add something to this list", url=case_url(state.number, "add", step))
    return ListShown(
        anchor=anchor(step),
        title=words(spec.title),
        sentence=_sentence(items),
        items=items,
        section=section(spec.policy),
        add=add if refusal is None and state.ended is None and open_ else None,
    )


def _sentence(items: Sequence[ListItem]) -> str:
    done = sum(item.done for item in items)
    if done == len(items):
        return f"All {number(len(items))} are signed."
    signed = f"{capital(number(done)) if done else 'None'} of {number(len(items))}"
    return f"{signed} {'is' if done == 1 else 'are'} signed. Each is signed by itself."


def _item(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    step: str,
    item: str,
    open_: Sequence[Vacancy],
) -> ListItem:
    spec = definition.step(step)
    seats = [f"{seat}:{item}" for seat in spec.seats]
    title = words(spec.each.items.get(item)) if spec.each else ""
    done = not any(missing(definition, state, step, seat) for seat in seats)
    given = [one for one in state.steps[step].signatures if one.seat in seats]
    mine = [one for one in open_ if one.seat.step == step and one.seat.seat in seats]
    seat = next((one.seat.seat for one in mine if reader.id in one.can), None)
    sign = Link(label="Sign it", url=case_url(state.number, "sign", step, seat)) if seat else None
    source = state.taken.get(item)
    cases = (case_ref(source.number, None),) if source is not None else ()
    shown = ListItem(title=title or _WITHHELD, done=done, sign=sign, cases=cases)
    return _signed(reader, definition, step, shown, given[-1]) if given else shown


def _signed(
    reader: Reader, definition: Definition, step: str, shown: ListItem, one: Signature
) -> ListItem:
    role = role_of(definition, step, one.seat, reader.community.roles(one.actor))
    return replace(
        shown,
        person=reader.person(one.actor, role),
        outcome=outcome_words(definition, step, one.outcome),
        at=since(one.at, reader.now),
    )
