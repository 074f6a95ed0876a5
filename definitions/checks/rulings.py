"""Rulings: what one may do to a case, what it waives, and who rules from here on other cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.branching import answers
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import Step
from definitions.reading import KeyPath
from definitions.ruling import OpensFor, Waiver


def check_rulings(context: Context) -> Iterator[DefinitionError]:
    """Check what a ruling may do to a case: that it is there, and can be done by authority."""
    rulings = context.body.rulings
    places: Mapping[str, Mapping[str, Waiver]] = {
        "authorise": rulings.authorise,
        "override": rulings.override,
        "close": rulings.close,
    }
    for kind, named in places.items():
        for name, waiver in named.items():
            yield from _waiver(context, ("rulings", kind, name, "waives"), waiver)
    for name in rulings.authorise:
        path: KeyPath = ("rulings", "authorise", name)
        yield from context.unknown_step(path, name)
        step = context.body.steps.get(name)
        if step is not None:
            yield from _authorised(context, path, name, step)
    for name in rulings.override:
        yield from context.unknown_state(("rulings", "override", name), name)
    for name in rulings.close:
        path = ("rulings", "close", name)
        yield from context.unknown_state(path, name)
        state = context.states.get(name)
        if state is not None and not (state.final and context.parents[name] is None):
            yield context.error(
                path,
                f"This wouldn't close the case: `{name}` isn't an end of it.",
                "Name a state at the top with `final: true`; or let a ruling move it there, under "
                "`override`.",
            )
    yield from _reinstated(context)


def _reinstated(context: Context) -> Iterator[DefinitionError]:
    """Check the ends to which a case can be brought that has ended otherwise.

    No path is gone through from an end on. So closing the case there must be proved from wherever
    it goes on, and nothing may be asked of how it comes there: what it owed before its end it owes
    no more, and what entering that end does is the same from everywhere.
    """
    rulings = context.body.rulings
    for index, name in enumerate(rulings.reinstate):
        path: KeyPath = ("rulings", "reinstate", index)
        if name not in rulings.close:
            yield context.error(
                path,
                f"No ruling may close the case as `{name}`, so none may bring it there later.",
                "Name it under `close` as well, with what that waives.",
            )
        if name in rulings.reinstate[:index]:
            yield context.error(path, f"`{name}` is said already.", "Name it once.")
        if any(
            name in one.states() and (one.before is not None or one.only)
            for one in context.body.invariants
        ):
            yield context.error(
                path,
                f"An invariant asks how a case comes to `{name}`, and of one that has ended nobody "
                "can say.",
                "Name an end about which no invariant says `before`, or `only` with any state.",
            )
    if rulings.reinstate:
        yield from _left_after_all(context)


def _left_after_all(context: Context) -> Iterator[DefinitionError]:
    """Check that nothing counts on an end's being the last of the case."""
    for index, effect in enumerate(context.body.effects):
        left = context.states.get(effect.leave or "")
        if left is not None and left.final:
            yield context.error(
                ("effects", index, "leave"),
                f"`{effect.leave}` is an end, which only a ruling leaves.",
                "Let it happen where the ruling brings the case, on `enter`.",
            )
    if context.body.start.cases:
        yield context.error(
            ("rulings", "reinstate"),
            "Cases of other processes open this one, and have gone on by how it ended first.",
            "Take it out; or let people alone open such a case.",
        )


def check_ids(context: Context) -> Iterator[DefinitionError]:
    """Check that no two invariants have the same id."""
    seen: set[str] = set()
    for index, invariant in enumerate(context.body.invariants):
        if invariant.id is not None and invariant.id in seen:
            yield context.error(
                ("invariants", index, "id"),
                f"Another invariant has the id `{invariant.id}` already.",
                "Give it one of its own: rulings name by it what they waive.",
            )
        seen.add(invariant.id or "")


def check_arbitrates(context: Context) -> Iterator[DefinitionError]:
    """Check who rules from here on other cases, and when."""
    rule = context.body.arbitrates
    if rule is None:
        return
    for key, names in (("people", rule.people), ("not", rule.not_)):
        for index, person in enumerate(names):
            yield from context.unknown_person(("arbitrates", key, index), person)
    yield from context.unknown_role(("arbitrates", "role"), rule.role)
    for index, name in enumerate(rule.tell):
        yield from context.unknown(
            ("arbitrates", "tell", index), "mailing list", name, context.lists()
        )
    for index, name in enumerate(rule.during):
        yield from context.unknown_state(("arbitrates", "during", index), name)
        state = context.states.get(name)
        if state is not None and state.final:
            yield context.error(
                ("arbitrates", "during", index),
                f"`{name}` is an end: nobody rules there any more.",
                "Name a state in which the case waits.",
            )


def check_opened_by_rulings(context: Context) -> Iterator[DefinitionError]:
    """Check the cases that are opened with rulings: that they take what they are told."""
    rule = context.body.arbitrates
    taken = set(context.children())
    for index, one in enumerate(rule.opens if rule else ()):
        path: KeyPath = ("arbitrates", "opens", index)
        if one.as_ in taken:
            yield context.error(
                (*path, "as"),
                f"Another case is called `{one.as_}` here already.",
                "Give each case that is opened a name of its own.",
            )
        taken.add(one.as_)
        if context.library:
            yield from _opened(context, path, one)


def _opened(context: Context, path: KeyPath, one: OpensFor) -> Iterator[DefinitionError]:
    here = (*path, "process")
    yield from context.unknown(here, "process", one.process, tuple(context.library))
    child = context.library.get(one.process)
    if child is None:
        return
    if context.body.process not in child.start.cases:
        yield context.error(
            here,
            f"`{one.process}` doesn't let cases of this process open one.",
            f"Add `{context.body.process}` to its `start.cases`.",
        )
    for name, told in one.with_.items():
        where = (*path, "with", name)
        what = f"field of `{one.process}`"
        yield from context.unknown(where, what, name, tuple(child.start.fields))
        spec = child.start.fields.get(name)
        kinds = {"person"} if told in _PEOPLE else {"string", "text"}
        if spec is not None and spec.type not in kinds:
            yield context.error(
                where,
                f"`{told}` doesn't fit a field of type `{spec.type}`.",
                f"Hand it to one of type {' or '.join(f'`{kind}`' for kind in sorted(kinds))}.",
            )
        if told in {"who", "what"} and set(one.for_) != {"bind"}:
            yield context.error(
                where,
                f"Only a ruling that binds somebody says `{told}`.",
                "Let it be opened `for: [bind]` alone, or hand over something else.",
            )
    for name, spec in child.start.fields.items():
        if name not in one.with_ and (spec.required or spec.required_when):
            yield context.error(
                (*path, "with"),
                f"`{one.process}` needs `{name}`, and it isn't handed over.",
                f"Add `{name}`.",
            )


_PEOPLE = frozenset({"who", "judge"})


def _waiver(context: Context, path: KeyPath, waiver: Waiver) -> Iterator[DefinitionError]:
    by_id = {one.id: one for one in context.body.invariants if one.id is not None}
    for index, name in enumerate(waiver.waives):
        if name in waiver.waives[:index]:
            yield context.error(
                (*path, index),
                f"`{name}` is said to be waived already.",
                "Name it once.",
            )
        yield from context.unknown((*path, index), "invariant with the id", name, tuple(by_id))
        invariant = by_id.get(name)
        if invariant is not None and invariant.firm:
            yield context.error(
                (*path, index),
                f"`{name}` is firm: no ruling waives it ({invariant.policy}).",
                "Take the ruling out, or let it lead elsewhere.",
            )
        if invariant is not None and invariant.is_stated():
            yield context.error(
                (*path, index),
                f"`{name}` holds by what the file says, whatever is ruled.",
                "Take it out of what is waived.",
            )


def _authorised(
    context: Context, path: KeyPath, name: str, step: Step
) -> Iterator[DefinitionError]:
    if step.vote is not None:
        yield context.error(
            path,
            f"In `{name}` a body votes, and no ruling votes in its place.",
            "Let a ruling move the case on, under `override`, if the policy lets it.",
        )
    if step.each is not None:
        yield context.error(
            path,
            f"`{name}` is signed for each thing on a list, and no ruling signs these off.",
            "Let a ruling move the case on, under `override`, if the policy lets it.",
        )
    if name in answers(context.body):
        yield context.error(
            path,
            f"What is answered in `{name}` decides where the case goes, and a ruling answers "
            "nothing.",
            "Let a ruling move the case to where it is to go, under `override`.",
        )
