"""A case that a ruling has suspended: nothing is done in it until another lets it go on."""

from __future__ import annotations

from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.state import CaseState


def why_at_rest(definition: Definition, state: CaseState) -> Refusal | None:
    """Return why nothing can be done in a case now because it is suspended; None if it isn't."""
    if state.suspended is None:
        return None
    made = next(one for one in reversed(state.rulings) if one.ruling.kind == "suspend")
    return Refusal(
        "suspended",
        f"This case is suspended by ruling {made.number}: nothing can be done in it until it goes "
        "on.",
        definition.body.rulings.policy,
        "You can comment. The time that was left is left when it goes on.",
    )
