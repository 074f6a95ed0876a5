"""Child cases: that the other process is there, takes what it is handed, and every end leads on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.catalogue import Handed, OpenCase
from definitions.checks.context import Context
from definitions.checks.effects import check_placeholders
from definitions.errors import DefinitionError
from definitions.machine import DONE
from definitions.model import Body, FieldSpec
from definitions.reading import KeyPath
from definitions.rules.effects import THIS_CASE
from definitions.rules.values import LENGTH

_HANDED_WORDS = ("number", "title")
"""What words handed to a child may name, beside the cases that were opened before it."""


def check_children(context: Context) -> Iterator[DefinitionError]:
    """Check each case that this one opens."""
    seen: set[str] = set()
    for path, enter, opened in context.opened():
        if opened.as_ in seen or opened.as_ == THIS_CASE:
            yield context.error(
                (*path, "as"),
                f"The name `{opened.as_}` means something else already.",
                "Give each case that is opened a name of its own.",
            )
        seen.add(opened.as_)
        if enter is None and opened.on:
            yield context.error(
                (*path, "on"),
                "Nothing waits for a case that is opened on leaving a state.",
                "Open it on `enter`, or take `on` out.",
            )
        yield from _handed(context, opened, path)
        if context.library:
            yield from _other(context, enter, opened, path)


def check_cases(context: Context) -> Iterator[DefinitionError]:
    """Check which processes may open cases of this one."""
    for index, process in enumerate(context.body.start.cases):
        if context.library:
            here: KeyPath = ("start", "cases", index)
            yield from context.unknown(here, "process", process, tuple(context.library))


def _handed(context: Context, opened: OpenCase, path: KeyPath) -> Iterator[DefinitionError]:
    for name, handed in opened.with_.items():
        here = (*path, "with", name)
        if handed.field is not None:
            yield from context.unknown_field((*here, "field"), handed.field)
        if handed.person is not None:
            yield from context.unknown_person((*here, "person"), handed.person)
            if not _is_one(context, handed.person):
                yield context.error(
                    (*here, "person"),
                    f"There can be more than one {handed.person}, and one is handed over.",
                    "Name a person who comes from a field of type `person`, or is drawn.",
                )
        if handed.text is not None:
            others = tuple(one.as_ for _, _, one in context.opened() if one.as_ != opened.as_)
            known = (*_HANDED_WORDS, *others)
            yield from check_placeholders(context, handed.text, (*here, "text"), known)


def _is_one(context: Context, name: str) -> bool:
    person = context.body.people.get(name)
    if person is None:
        return True  # the opener, who was drawn; or unknown, which is said already
    field = context.body.start.fields.get(person.from_)
    return field is None or field.type == "person"


def _other(
    context: Context, enter: str | None, opened: OpenCase, path: KeyPath
) -> Iterator[DefinitionError]:
    yield from context.unknown(
        (*path, "process"), "process", opened.process, tuple(context.library)
    )
    child = context.library.get(opened.process)
    if child is None:
        return
    process = context.body.process
    if process not in child.start.cases:
        yield context.error(
            (*path, "process"),
            f"`{opened.process}` doesn't let cases of `{process}` open one.",
            f"Add `{process}` to its `start.cases`.",
        )
    if opened.process == process:
        yield from _of_its_own(context, enter, opened, path)
    elif process in _opens(context.library, opened.process):
        yield context.error(
            (*path, "process"),
            f"`{opened.process}` opens cases of `{process}` in its turn: that might never end.",
            "Let one of them wait for people instead.",
        )
    yield from _ends(context, opened, child, path)
    yield from _form(context, opened, child, path)


def _of_its_own(
    context: Context, enter: str | None, opened: OpenCase, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check a case that opens another of its own process: each time somebody must sign for it."""
    process = context.body.process
    if opened.on:
        yield context.error(
            (*path, "on"),
            f"A case of `{process}` would wait for another one of its own, and that for a third.",
            "Take `on` out: a case of the same process isn't waited for.",
        )
    if enter is None or not _is_signed_for(context.body, enter):
        yield context.error(
            (*path, "process"),
            f"`{process}` opens cases of `{process}` in its turn: that might never end.",
            "Open it on entering a state to which only the outcomes lead that people sign, or let "
            "one of them wait for people instead.",
        )


def _is_signed_for(body: Body, enter: str) -> bool:
    """Say whether a case comes to a state by what people sign in a step, and by nothing else.

    So the clock, a lot, a vote, a child case and the machine by itself can't bring it there. What
    `amend` and `withdraw` lead to isn't a step's outcome either. It must stand at the top of the
    machine, where no other state brings it along.
    """
    if enter not in body.machine.states or enter == body.machine.initial:
        return False
    if body.machine.states[enter].inner() or enter in _led_to_otherwise(body):
        return False
    ways = {e for _, state in body.machine.every() for e in state.on if enter in state.targets(e)}
    signed = {
        outcome.event
        for step in body.steps.values()
        if step.vote is None
        for outcome in step.outcomes.values()
    }
    return ways <= signed - _sent_by_itself(body) - {DONE}


def _led_to_otherwise(body: Body) -> set[str]:
    """Return the states to which an amendment or a withdrawal leads."""
    led = {step.covers.reopen for step in body.steps.values() if step.covers is not None}
    withdrawn = {body.withdraw.to} if body.withdraw is not None else set()
    return {state for state in led if state is not None} | withdrawn


def _sent_by_itself(body: Body) -> set[str]:
    """Return the events that something else sends than people who sign."""
    found: set[str | None] = {draw.otherwise for draw in body.draws.values()}
    for step in body.steps.values():
        found |= {step.deadline.event} if step.deadline is not None else set()
    for effect in body.effects:
        found |= {effect.grant.otherwise} if effect.grant is not None else set()
        found |= set(effect.open.on.values()) if effect.open is not None else set()
    return {event for event in found if event is not None}


def _opens(library: Mapping[str, Body], process: str) -> set[str]:
    """Return what a process opens, itself or by what it opens."""
    found, todo = set(), [process]
    while todo:
        body = library.get(todo.pop())
        for effect in body.effects if body else ():
            if effect.open is not None and effect.open.process not in found:
                found.add(effect.open.process)
                todo.append(effect.open.process)
    return found


def _ends(
    context: Context, opened: OpenCase, child: Body, path: KeyPath
) -> Iterator[DefinitionError]:
    ends = tuple(name for name, state in child.machine.states.items() if state.final)
    for end in opened.on:
        what = f"end of `{opened.process}`"
        yield from context.unknown((*path, "on", end), what, end, ends)
    for end in ends if opened.on else ():
        if end not in opened.on:
            yield context.error(
                (*path, "on"),
                f"`{opened.process}` can end as `{end}`, and nothing follows from that.",
                f"Add `{end}: EVENT`.",
            )


def _form(
    context: Context, opened: OpenCase, child: Body, path: KeyPath
) -> Iterator[DefinitionError]:
    fields = child.start.fields
    for name, handed in opened.with_.items():
        here = (*path, "with", name)
        what = f"field of `{opened.process}`"
        yield from context.unknown(here, what, name, tuple(fields))
        if name in fields:
            reason = _unfit(context, handed, fields[name])
            if reason:
                yield context.error(here, reason, "Hand over something that the field takes.")
            if handed.field in context.body.privacy.fields and name not in child.privacy.fields:
                yield context.error(
                    here,
                    f"`{handed.field}` is confidential here, and `{name}` is open to all there.",
                    "Make it confidential there too, or hand over something else (9.5).",
                )
    for name, spec in fields.items():
        if name in opened.with_:
            continue
        if spec.required or spec.required_when:
            yield context.error(
                (*path, "with"),
                f"`{opened.process}` needs `{name}`, and it isn't handed over.",
                f"Add `{name}`.",
            )


def _unfit(context: Context, handed: Handed, to: FieldSpec) -> str | None:
    """Return why the child's field doesn't take this, None if it does."""
    if handed.person is not None or handed.text is not None or handed.choice is not None:
        kinds = {"person": handed.person, "choice": handed.choice}
        kind = next((name for name, given in kinds.items() if given is not None), "text")
        if to.type != kind and not (kind == "text" and to.type == "string"):
            return f"The field is of type `{to.type}`, and a {kind} is handed over."
        if handed.choice is not None and handed.choice not in (to.choices or {}):
            return f"`{handed.choice}` isn't among the choices of the field."
        return None
    given = context.body.start.fields.get(handed.field or "")
    return None if given is None else _unfit_field(handed.field or "", given, to)


def _unfit_field(name: str, given: FieldSpec, to: FieldSpec) -> str | None:
    if given.type != to.type and (given.type, to.type) != ("string", "text"):
        return f"The field is of type `{to.type}`, and `{name}` of type `{given.type}`."
    if to.required and not given.required:
        return f"The field must be filled in, and `{name}` may be empty."
    more = set(given.choices or ()) - set(to.choices or ())
    if more:
        return f"`{name}` has choices that the field doesn't have: {', '.join(sorted(more))}."
    lengths = [field.max or LENGTH.get(field.type, 0) for field in (given, to)]
    if given.type in LENGTH and lengths[0] > lengths[1]:
        return f"`{name}` may have {lengths[0]} characters, and the field takes {lengths[1]}."
    return None
