"""Steps with a list: each thing on it is signed off by itself, and more can be added."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.acts import Act, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec
from definitions.refusals import Refusal
from definitions.rules.changes import Changes
from definitions.rules.resting import why_at_rest
from definitions.rules.values import check_values
from definitions.state import CaseState, Item

ITEM = {"item": FieldSpec(type="string", title={"en": "What is to be done"}, required=True)}
_MOST = 100


def first_items(definition: Definition, step: str) -> tuple[Item, ...]:
    """Return what is on the list of a step when it opens."""
    each = definition.step(step).each
    return tuple(Item(id=name) for name in each.items) if each else ()


def add_item(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Put one more thing on the list of an open step."""
    refusal = may_add(definition, state, act.step or "", act.instance, facts.roles)
    refusal = refusal or next(iter(check_values(ITEM, values)), None)
    if refusal:
        return refusal
    step = act.step or ""
    items = state.items.get(step, ())
    if len(items) >= _MOST:
        return Refusal("too-many", f"A list takes {_MOST} things at most.", field="item")
    more = sum(item.act is not None for item in items) + 1
    new = (*items, Item(id=f"added-{more}", act=act.id))
    return Changes(state.model_copy(update={"items": {**state.items, step: new}}))


def may_add(
    definition: Definition,
    state: CaseState,
    step: str,
    instance: str | None,
    roles: tuple[str, ...],
) -> Refusal | None:
    """Return why nobody with these roles can add to the step's list now, None if they can."""
    rule = definition.body.steps.get(step)
    each = rule.each if rule else None
    if rule is None or each is None or not each.grow:
        return Refusal("no-list", "There is no list here that can grow.")
    at_rest = why_at_rest(definition, state)
    if at_rest is not None:
        return at_rest
    if not state.is_open(step) or state.steps[step].instance != instance:
        return Refusal(
            "not-open",
            "This list is closed: the case has moved on.",
            rule.policy,
            "Look at the case: it says where it stands and what waits.",
        )
    if not set(each.grow) & set(roles):
        who = " or ".join(role.replace("-", " ") for role in each.grow)
        return Refusal(
            "not-yours",
            f"Things are added to this list by: {who}. You don't hold that now.",
            rule.policy,
            "Say it in a comment; they can add it.",
        )
    return None
