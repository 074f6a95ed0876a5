"""Amending and withdrawing: by whom, what, during which states, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import PersonNamed, Step
from definitions.reading import KeyPath
from definitions.rules.seats import ALWAYS_BARRED


def check_amend(context: Context) -> Iterator[DefinitionError]:
    """Check who may amend what and when, and that no signature outlives a change of people."""
    amend = context.body.amend
    if amend is None:
        return
    for index, person in enumerate(amend.people):
        yield from context.unknown_person(("amend", "people", index), person)
    for index, field in enumerate(amend.fields):
        yield from context.unknown_field(("amend", "fields", index), field)
    yield from _during(context, amend.during, ("amend", "during"))
    for name, person_of_case in context.body.people.items():
        if person_of_case.from_ in amend.fields:
            yield from _kept_signatures(context, name, person_of_case.from_)


def check_withdraw(context: Context) -> Iterator[DefinitionError]:
    """Check who may withdraw and when, and that it ends the case."""
    withdraw = context.body.withdraw
    if withdraw is None:
        return
    for index, person in enumerate(withdraw.people):
        yield from context.unknown_person(("withdraw", "people", index), person)
    yield from _during(context, withdraw.during, ("withdraw", "during"))
    path: KeyPath = ("withdraw", "to")
    yield from context.unknown_state(path, withdraw.to)
    state = context.states.get(withdraw.to)
    if state is not None and not (state.final and context.parents[withdraw.to] is None):
        yield context.error(
            path,
            f"Withdrawing wouldn't end the case: `{withdraw.to}` isn't an end of it.",
            "Name a state at the top with `final: true`.",
        )


def _during(context: Context, states: tuple[str, ...], path: KeyPath) -> Iterator[DefinitionError]:
    for index, name in enumerate(states):
        yield from context.unknown_state((*path, index), name)
        state = context.states.get(name)
        if state is not None and state.final:
            yield context.error(
                (*path, index),
                f"`{name}` is an end: nothing can be done there any more.",
                "Name a state in which the case waits.",
            )


def _kept_signatures(context: Context, person: str, field: str) -> Iterator[DefinitionError]:
    """Yield a finding where an amendment makes a signer somebody who may not sign.

    Their signature is outdated only if the step covers the field that they come from.
    """
    for name, step in context.body.steps.items():
        if step.covers and field not in step.covers.fields and _bars(step, person):
            yield context.error(
                ("steps", name, "covers", "fields"),
                f"Amending `{field}` can make a signer of this step the {person}, who may not "
                "sign it; the signature would stay.",
                f"Add `{field}` to these fields.",
            )


def _bars(step: Step, person: str) -> bool:
    for seat in step.seats.values():
        named = {e.person if isinstance(e, PersonNamed) else e for e in seat.not_}
        allowed = {allowance.person for allowance in seat.allow}
        if person in (named | set(ALWAYS_BARRED)) - allowed:
            return True
    return False
