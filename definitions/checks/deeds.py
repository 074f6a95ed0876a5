"""Grants and ends: of whom, what, on whose authority; and that nothing changes under a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from definitions.catalogue import End, FromField, Grant
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.reading import KeyPath
from definitions.rules.effects import NOTHING, THIS_CASE

_ALL = "all"


def check_grants(context: Context) -> Iterator[DefinitionError]:
    """Check each grant of a role or of a place on an access list (Policy 3.4.2, 9.1.5)."""
    for index, effect in enumerate(context.body.effects):
        if effect.grant is None:
            continue
        path: KeyPath = ("effects", index, "grant")
        if effect.enter is None:
            yield context.error(
                ("effects", index, "leave"),
                "A grant happens when a state is entered, and may go another way then.",
                "Write `enter` with the state that follows.",
            )
        if effect.grant.otherwise is None:
            yield context.error(
                path,
                "The exclusivity matrix can forbid this grant, and nothing says what follows then.",
                "Add `otherwise` with the event that is sent instead (3.4.2).",
            )
        yield from _change(context, effect.grant, path, every=False)


def check_ends(context: Context) -> Iterator[DefinitionError]:
    """Check each end of a role or of a place on an access list."""
    for index, effect in enumerate(context.body.effects):
        if effect.end is not None:
            yield from _change(context, effect.end, ("effects", index, "end"), every=True)


def _change(
    context: Context, change: Grant | End, path: KeyPath, *, every: bool
) -> Iterator[DefinitionError]:
    yield from context.unknown_person((*path, "person"), change.person)
    person = context.body.people.get(change.person)
    if person is not None:
        yield from _amended(context, person.from_, (*path, "person"))
    behind = (THIS_CASE, *context.children())
    what = "child case to rest on (nor is it `case`)"
    yield from context.unknown((*path, "authority"), what, change.authority, behind)
    named: tuple[tuple[str, str, str | FromField | None, Collection[str]], ...] = (
        ("role", "role", change.role, context.roles()),
        ("list", "access list", change.list, context.access_lists()),
    )
    for key, kind, said, known in named:
        here = (*path, key)
        if isinstance(said, FromField):
            yield from _from_field(context, said.field, kind, known, (*here, "field"))
        elif said is not None and not (every and said == _ALL):
            yield from context.unknown(here, kind, said, known)


def _from_field(
    context: Context, name: str, kind: str, known: Collection[str], path: KeyPath
) -> Iterator[DefinitionError]:
    field = context.body.start.fields.get(name)
    if field is None:
        yield from context.unknown_field(path, name)
        return
    if field.type != "choice":
        yield context.error(
            path,
            f"`{name}` can't say which {kind}: it is of type `{field.type}`.",
            f"Name a field with `type: choice` whose choices are ids; `{NOTHING}` for none.",
        )
    for choice in field.choices or {}:
        if choice != NOTHING:
            here = ("start", "fields", name, "choices", choice)
            yield from context.unknown(here, kind, choice, known)
    yield from _amended(context, name, path)


def _amended(context: Context, field: str, path: KeyPath) -> Iterator[DefinitionError]:
    amend = context.body.amend
    if amend is not None and field in amend.fields:
        yield context.error(
            path,
            f"`{field}` can be amended after it was decided on, and something else be granted or "
            "ended.",
            f"Take `{field}` out of `amend`.",
        )
