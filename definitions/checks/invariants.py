"""Invariants: what they name is there, and each says a whole sentence."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import Invariant, Signed
from definitions.reading import KeyPath

MAILED = "mailed"
"""The effect that may follow `always`; `to` says which list."""

_NEEDS = {
    "before": ("signed", "people", "child", "carried"),
    "after": ("always",),
    "only": ("reaches",),
}
_GOES_WITH = {
    "signed": "before",
    "people": "before",
    "role": "before",
    "about": "before",
    "in_": "people",
    "when": "before",
    "child": "before",
    "carried": "before",
    "outcome": "child",
    "always": "after",
    "to": "after",
    "reaches": "only",
}


def check_invariants(context: Context) -> Iterator[DefinitionError]:
    """Check every invariant's references and pattern."""
    for index, invariant in enumerate(context.body.invariants):
        path: KeyPath = ("invariants", index)
        yield from _pattern(context, invariant, path)
        yield from _states(context, invariant, path)
        yield from _always(context, invariant, path)
        if invariant.role is not None:
            yield from context.unknown_role((*path, "role"), invariant.role)
        yield from _when(context, invariant, path)
        yield from _decided(context, invariant, path)
        for place, name in enumerate(invariant.about):
            yield from context.unknown_field((*path, "about", place), name)
        for key, signed in (("signed", invariant.signed), ("never", invariant.never)):
            if signed is not None:
                yield from _signed(context, signed, (*path, key))


def _pattern(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for head, needed in _NEEDS.items():
        given = [key for key in needed if getattr(invariant, key) is not None]
        if getattr(invariant, head) is not None and len(given) != 1:
            yield context.error(
                path,
                f"An invariant with `{head}` says exactly one of: {', '.join(needed)}.",
                "Add the one that is meant, or split it into two invariants.",
            )
    for key, head in _GOES_WITH.items():
        if getattr(invariant, key) not in (None, (), {}) and getattr(invariant, head) is None:
            name = key.rstrip("_")
            yield context.error(
                (*path, name), f"`{name}` goes with `{head}` only.", f"Take `{name}` out."
            )
    whose = invariant.role is not None or bool(invariant.in_)
    if (invariant.people is not None) != whose and invariant.before is not None:
        yield context.error(
            path,
            "How many people, and of which role or in which states, belong together.",
            "Give both `people` and `role` (or `in`).",
        )


def _states(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for key in ("before", "after", "ended", "reaches"):
        state = getattr(invariant, key)
        if state is not None:
            yield from context.unknown_state((*path, key), state)
    for index, state in enumerate(invariant.in_):
        yield from context.unknown_state((*path, "in", index), state)
    for index, state in enumerate(invariant.only or ()):
        yield from context.unknown_state((*path, "only", index), state)


def _when(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for name, choice in invariant.when.items():
        yield from context.unknown_field((*path, "when", name), name)
        if name in context.body.start.fields:
            known = tuple(context.body.start.fields[name].choices or ())
            what = f"choice of `{name}`"
            yield from context.unknown((*path, "when", name), what, choice, known)


def _decided(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check what must have been decided: by a child case, or by a body's vote."""
    if invariant.carried is not None:
        votes = tuple(name for name, step in context.body.steps.items() if step.vote)
        here = (*path, "carried")
        yield from context.unknown(here, "step with a vote", invariant.carried, votes)
    if invariant.child is None:
        return
    children = context.children()
    yield from context.unknown((*path, "child"), "child case", invariant.child, tuple(children))
    if invariant.outcome is None:
        yield context.error(
            path, "Nothing says how that child case must have ended.", "Add `outcome`."
        )
    elif invariant.child in children:
        ends = tuple(children[invariant.child].on)
        what = f"end of `{invariant.child}` that this case waits for"
        yield from context.unknown((*path, "outcome"), what, invariant.outcome, ends)


def _always(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    if invariant.always == MAILED and invariant.to is None:
        yield context.error(path, "Nothing says who is mailed.", "Add `to` with a mailing list.")
    elif invariant.always not in (None, MAILED):
        known = (MAILED, *context.states)
        what = "state or effect"
        yield from context.unknown((*path, "always"), what, invariant.always or "", known)
    if invariant.to is not None:
        yield from context.unknown((*path, "to"), "mailing list", invariant.to, context.lists())


def _signed(context: Context, signed: Signed, path: KeyPath) -> Iterator[DefinitionError]:
    if (signed.role is None) == (signed.person is None):
        yield context.error(
            path, "A signature is by either a role or a person.", "Give `role` or `person`."
        )
    if signed.role is not None:
        yield from context.unknown_role((*path, "role"), signed.role)
    for index, role in enumerate(signed.or_):
        yield from context.unknown_role((*path, "or", index), role)
    if signed.person is not None:
        yield from context.unknown_person((*path, "person"), signed.person)
    for index, state in enumerate(signed.in_):
        yield from context.unknown_state((*path, "in", index), state)
