"""Branches: a choice that is always made decides where an event leads, for each choice."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from definitions.branching import answer_of, choices_of
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.machine import DONE
from definitions.model import Branch, FieldSpec
from definitions.reading import KeyPath


def check_branch(
    context: Context, state: str, event: str, branch: Branch, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check where an event leads that a choice decides.

    Args:
        state: the state that hears the event.
        path: where the branch stands.
    """
    if event == DONE and context.states[state].inner():
        yield context.error(
            path,
            f"`{DONE}` of `{state}` can't branch: the machine goes on by itself then, and asks for "
            "no choice.",
            "Name one state; let the event of an outcome branch, before or after it.",
        )
        return
    by = (*path, "by")
    answer = answer_of(branch.by)
    yield from _form(context, branch.by, by) if answer is None else _answer(context, *answer, by)
    if choices_of(context.body, branch.by):  # else it isn't there, or is no choice: a finding
        yield from each_choice(context, branch.by, branch.targets(), path, ("target", "STATE"))
    known = (*context.states, *context.histories)
    for choice, target in branch.targets().items():
        yield from context.unknown((*path, choice), "state", target, known)


def _form(context: Context, name: str, path: KeyPath) -> Iterator[DefinitionError]:
    """Check a field of the form that decides."""
    field = context.body.start.fields.get(name)
    if field is None:
        answered = [step for step, spec in context.body.steps.items() if name in spec.evidence]
        if answered:
            yield context.error(
                path,
                f"There is no field `{name}` in the form; it is answered in `{answered[0]}`.",
                f"Write `{answered[0]}.{name}`.",
            )
        else:
            yield from context.unknown_field(path, name)
        return
    yield from _must_be_made(context, name, field, "a field", path)
    if name in context.body.privacy.fields:
        yield context.error(
            path,
            f"`{name}` is confidential, and where the case goes would tell what was chosen.",
            "Let everybody see the field who sees the case, or let the outcome of a step decide.",
        )


def _answer(context: Context, name: str, field: str, path: KeyPath) -> Iterator[DefinitionError]:
    """Check an answer that decides: one person gives it, and must."""
    step = context.body.steps.get(name)
    if step is None:
        yield from context.unknown(path, "step", name, tuple(context.body.steps))
        return
    spec = step.evidence.get(field)
    if spec is None:
        yield from context.unknown(
            path, f"evidence in `{name}` called", field, tuple(step.evidence)
        )
        return
    yield from _must_be_made(context, f"{name}.{field}", spec, "evidence", path)
    if step.each is not None or [seat.count for seat in step.seats.values()] != [1]:
        yield context.error(
            path,
            f"`{name}.{field}` can't decide where a case goes: several sign `{name}`, and could "
            "answer it differently.",
            "Name a step with one seat for one person; or let the outcomes decide, of which the "
            "one listed last counts.",
        )
    if name in context.body.privacy.steps:
        yield context.error(
            path,
            f"What is answered in `{name}` is confidential, and where the case goes would tell it.",
            "Let everybody see the step who sees the case, or let its outcomes decide.",
        )


def _must_be_made(
    context: Context, by: str, spec: FieldSpec, what: str, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check that what decides is a choice that is always made; `what` it is to be otherwise."""
    if spec.type != "choice" or not spec.required:
        yield context.error(
            path,
            f"`{by}` can't decide where a case goes: it isn't a choice that must be made.",
            f"Name {what} with `type: choice` and `required: true`.",
        )


def each_choice(
    context: Context,
    field: str,
    said: Collection[str],
    path: KeyPath,
    wanted: tuple[str, str],
) -> Iterator[DefinitionError]:
    """Yield a finding for each choice of a field of which nothing is said, and the other way round.

    Args:
        said: the choices of which something is said, at `path`.
        wanted: what is to be said of each: in words, and as one writes it.
    """
    choices = choices_of(context.body, field)
    if not choices:
        return  # it isn't there, or is no choice: that is a finding by itself
    what, how = wanted
    for choice in choices:
        if choice not in said:
            yield context.error(
                path, f"There is no {what} for the choice `{choice}`.", f"Add `{choice}: {how}`."
            )
    for choice in said:
        of = f"choice of `{field}`"
        yield from context.unknown((*path, choice), of, choice, choices)
