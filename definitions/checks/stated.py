"""Invariants that a file meets or doesn't by what it says, whatever happens in a case.

Who alone opens a case (`openers`), who alone sees what is private and that all else is public
(Policy 9.5), that members of a body who are active in the area abstain (9.1.5), and what a child
case is told.
None of it needs a path; `proof/` asks the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from definitions.checks.context import Context
from definitions.checks.openers import Why, opened_by_others
from definitions.errors import DefinitionError
from definitions.invariant import Invariant, Seen
from definitions.model import Viewers, words


def check_stated(context: Context) -> Iterator[DefinitionError]:
    """Check each invariant that is about what the file says."""
    for index, invariant in enumerate(context.body.invariants):
        for why, remedy in _broken(context, invariant):
            title = words(invariant.title) or f"Invariant {index + 1}"
            sentence = f"“{title}” ({invariant.policy}) doesn't hold: {why}."
            yield context.error(("invariants", index), sentence, remedy)


def _broken(context: Context, invariant: Invariant) -> Iterator[Why]:
    if invariant.opened is not None:
        yield from opened_by_others(context, invariant, invariant.opened)
    for name in invariant.private or ():
        yield from _private(context, name, invariant.seen or Seen())
    if invariant.public is not None:
        yield from _public(context)
    if invariant.never is not None and invariant.never.active is not None:
        yield from _active(context, invariant.never.active, invariant.never.in_)
    if invariant.child is not None:
        yield from _told(context, invariant, invariant.child)
    deed = invariant.done
    changed = (deed.grant or deed.end) if deed is not None else None
    if changed is not None:
        yield from _nobody(context, changed.person, "nobody is given or loses anything then")


def _private(context: Context, name: str, seen: Seen) -> Iterator[Why]:
    """Yield that others see what is private, or that somebody who should see it doesn't."""
    privacy, body = context.body.privacy, context.body
    parts = [privacy.steps.get(name)] if name in body.steps else []
    parts += [privacy.fields.get(name)] if name in body.start.fields else []
    for part in parts:
        hidden = [viewers for viewers in (privacy.case, part) if viewers is not None]
        if not any(_only(viewers, seen) for viewers in hidden):
            yield f"others see `{name}`", f"Hide `{name}` under `privacy` from all but these."
        for viewers in hidden:
            for who in _unseeing(viewers, seen):
                yield f"`{who}` doesn't see `{name}`", f"Name `{who}` under `privacy`."


def _only(viewers: Viewers, seen: Seen) -> bool:
    nobody_else = set(viewers.people) <= set(seen.people) and set(viewers.roles) <= set(seen.roles)
    return nobody_else and not viewers.signers


def _unseeing(viewers: Viewers, seen: Seen) -> Iterator[str]:
    yield from (person for person in seen.people if person not in viewers.people)
    yield from (role for role in seen.roles if role not in viewers.roles)


def _public(context: Context) -> Iterator[Why]:
    """Yield what is hidden and no invariant says that it is private (Policy 9.5)."""
    privacy = context.body.privacy
    private = {name for one in context.body.invariants for name in one.private or ()}
    remedy = "Show it to all, or say in an invariant that it is `private`, and by which section."
    if privacy.case is not None:
        yield "the whole case is hidden", remedy
    for name in (*privacy.fields, *privacy.steps):
        if name not in private:
            yield f"`{name}` is hidden", remedy


def _active(context: Context, field: str, steps: Collection[str]) -> Iterator[Why]:
    """Yield votes in which members vote although they are active in the area (Policy 9.1.5)."""
    for name, step in context.body.steps.items():
        asked = name in steps if steps else step.vote is not None
        if asked and (step.vote is None or field not in step.vote.areas):
            why = f"in `{name}` votes count whatever area `{field}` names"
            yield why, f"Write `active: {field}` under its `vote`."


def _nobody(context: Context, name: str, then: str) -> Iterator[Why]:
    """Yield that a person of the case may be nobody: the field that they come from is empty."""
    person = context.body.people.get(name)
    field = context.body.start.fields.get(person.from_) if person is not None else None
    if person is not None and field is not None and not field.required:
        why = f"`{person.from_}` may be left empty, and {then}"
        yield why, f"Write `required: true` at `{person.from_}`."


def _told(context: Context, invariant: Invariant, child: str) -> Iterator[Why]:
    """Yield what a child case is told otherwise, or only if somebody fills it in."""
    opened = context.children().get(child)
    for name, handed in invariant.with_.items():
        if opened is not None and opened.with_.get(name) != handed:
            yield f"`{child}` isn't told so as `{name}`", f"Hand it over under `with` of `{child}`."
        field = context.body.start.fields.get(handed.field or "")
        if field is not None and not field.required:
            why = f"`{handed.field}` may be left empty, and `{child}` isn't told `{name}` then"
            yield why, f"Write `required: true` at `{handed.field}`."
        yield from _nobody(context, handed.person or "", f"`{child}` isn't told `{name}` then")
