"""A case that a ruling has suspended: nothing is done in it until it goes on.

It goes on by another ruling, or by itself once the ruling's time is up, with what time was left.
"""

from __future__ import annotations

from collections.abc import Callable

from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.ruling import RulingState
from definitions.state import CaseState, StepState


def why_at_rest(definition: Definition, state: CaseState) -> Refusal | None:
    """Return why nothing can be done in a case now because it is suspended; None if it isn't."""
    if state.suspended is None:
        return None
    return Refusal(
        "suspended",
        f"This case is suspended by ruling {suspending(state).number}: nothing can be done in it "
        "until it goes on.",
        definition.body.rulings.policy,
        "You can comment. The time that was left is left when it goes on.",
    )


def suspending(state: CaseState) -> RulingState:
    """Return the ruling by which a case is suspended.

    Raises:
        StopIteration: it isn't.
    """
    return next(one for one in reversed(state.rulings) if one.ruling.kind == "suspend")


def awake(state: CaseState, time: str) -> CaseState:
    """Return a suspended case's state as it goes on, with what time was left when it began to rest.

    Args:
        time: when it goes on.
    """
    passed = parse(time) - parse(state.suspended or time)

    def later(moment: str) -> str:
        return stamp(parse(moment) + passed)

    return state.model_copy(
        update={
            "suspended": None,
            "lapses": None,
            "steps": {name: _put_off(at, later) for name, at in state.steps.items()},
            "draws": {
                name: at if at.done else at.model_copy(update={"due": later(at.due)})
                for name, at in state.draws.items()
            },
        }
    )


def _put_off(at: StepState, later: Callable[[str], str]) -> StepState:
    if at.closed is not None and at.due is None:
        return at
    return at.model_copy(
        update={
            "due": later(at.due) if at.due and not at.overdue else at.due,
            "reminders": tuple(later(one) for one in at.reminders),
        }
    )
