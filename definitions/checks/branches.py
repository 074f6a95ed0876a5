"""Branches: a choice that is always made decides where an event leads, for each choice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.machine import DONE
from definitions.model import Branch
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
    field = context.body.start.fields.get(branch.by)
    if field is None:
        yield from context.unknown_field((*path, "by"), branch.by)
        return
    if field.type != "choice" or not field.required:
        yield context.error(
            (*path, "by"),
            f"`{branch.by}` can't decide where a case goes: it isn't a choice that must be made.",
            "Name a field with `type: choice` and `required: true`.",
        )
    if branch.by in context.body.privacy.fields:
        yield context.error(
            (*path, "by"),
            f"`{branch.by}` is confidential, and where the case goes would tell what was chosen.",
            "Let everybody see the field who sees the case, or let the outcome of a step decide.",
        )
    yield from each_choice(context, branch.by, branch.targets(), path, ("target", "STATE"))
    known = (*context.states, *context.histories)
    for choice, target in branch.targets().items():
        yield from context.unknown((*path, choice), "state", target, known)


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
    choices: Mapping[str, object] = context.body.start.fields[field].choices or {}
    what, how = wanted
    for choice in choices:
        if choice not in said:
            yield context.error(
                path, f"There is no {what} for the choice `{choice}`.", f"Add `{choice}: {how}`."
            )
    for choice in said:
        of = f"choice of `{field}`"
        yield from context.unknown((*path, choice), of, choice, tuple(choices))
