"""Who signed a step in rounds that are over, for seats that ask of all of them.

A round is over when the step is entered again, or when an amendment outdates what was signed.
Whoever takes their own signature back has not signed; a seat that a ruling filled, nobody has.
"""

from __future__ import annotations

from definitions.acts import SYSTEM
from definitions.definition import Definition
from definitions.model import Signers
from definitions.state import CaseState


def remembered(definition: Definition, state: CaseState, step: str) -> CaseState:
    """Return the state with who has signed a step in mind, before these signatures go."""
    at = state.steps.get(step)
    if at is None or not at.signatures or step not in definition.all_rounds:
        return state
    signed = (s.actor for s in at.signatures if s.actor != SYSTEM)
    before = (*state.signed_before.get(step, ()), *signed)
    known = {**state.signed_before, step: tuple(dict.fromkeys(before))}
    return state.model_copy(update={"signed_before": known})


def signers_of(state: CaseState, asked: Signers) -> tuple[str, ...]:
    """Return who has signed a step: in its latest round, or in all."""
    at = state.steps.get(asked.signers)
    now = tuple(s.actor for s in at.signatures if s.actor != SYSTEM) if at else ()
    if asked.rounds == "latest":
        return now
    return tuple(dict.fromkeys((*state.signed_before.get(asked.signers, ()), *now)))
