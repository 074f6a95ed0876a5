"""Child cases: taking in how a case ended that this one opened and waits for."""

from __future__ import annotations

from definitions.acts import Act, Facts
from definitions.catalogue import OpenCase
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules.changes import Changes
from definitions.rules.effects import child_id
from definitions.rules.moving import fire
from definitions.state import CaseState


def child_ended(
    definition: Definition, state: CaseState, act: Act, facts: Facts
) -> Changes | Refusal:
    """Note a child's end, and go on if the case still waits for it.

    The child's number comes with the facts. A child that ends after the case has gone another
    way is only noted; of one that the case has since opened anew, only the entry tells.
    """
    name = act.seat or ""
    child = state.children.get(name)
    if child is not None and act.auth.get("child") in _earlier(state, name, child.n):
        return Changes(state)
    if child is None or child.ended is not None or act.auth.get("child") != child.case:
        return Refusal("not-due", "No case that this one waits for has ended so.")
    ended = child.model_copy(update={"ended": act.outcome, "number": facts.number})
    new = state.model_copy(update={"children": {**state.children, name: ended}})
    opened = _opened_by(definition, name, child.state)
    event = opened.on.get(act.outcome or "") if opened else None
    if event is None or child.state not in state.configuration:
        return Changes(new)
    return fire(definition, new, event, facts)


def _earlier(state: CaseState, name: str, n: int) -> list[str]:
    return [child_id(state.case, name, before) for before in range(1, n)]


def _opened_by(definition: Definition, name: str, where: str) -> OpenCase | None:
    return next(
        (
            effect.open
            for effect in definition.body.effects
            if effect.open is not None
            and effect.open.as_ == name
            and where in {effect.enter, effect.leave}
        ),
        None,
    )
