"""What views that only read share: for whom a page is made, definitions by version, page keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, cast

from flask import current_app

from definitions.clock import parse
from definitions.definition import Definition
from store.queries.cases import definitions_by_version
from store.queries.community import load_community
from store.queries.directory import on_lists
from store.queries.relatives import naming_of, relatives_of
from web.current import signed_in
from web.presenters.naming import Named
from web.presenters.reader import Reader
from web.presenters.relatives import Related
from web.presenters.warned import gives
from web.services import now, services

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.queries.cases import CaseRow

_NAME = "countersign-definitions"
_SEPARATOR = "~"


def reader(connection: Connection) -> Reader:
    """Return for whom this request's page is made."""
    person = signed_in()
    return Reader(
        id=person.id,
        roles=frozenset(person.roles),
        now=parse(now()),
        community=load_community(connection, now()),
    )


def definitions(connection: Connection, versions: Collection[str]) -> dict[str, Definition]:
    """Return the definitions of these versions; each is read from the database only once.

    What a version says never changes, so it can be kept for as long as the process lives.
    """
    kept = cast("dict[str, Definition]", current_app.extensions.setdefault(_NAME, {}))
    for definition in services().library.definitions():
        kept.setdefault(definition.version, definition)
    missing = set(versions) - set(kept)
    kept.update(definitions_by_version(connection, missing))
    return {version: kept[version] for version in versions if version in kept}


def beside(connection: Connection, case: str) -> tuple[Related | None, tuple[Related, ...]]:
    """Return the case that opened this one, None if a person did, and those that it opened."""
    found = relatives_of(connection, case)
    rows = [*([found.parent] if found.parent else []), *found.children]
    known = definitions(connection, {one.version for one in rows})
    related = {one.case: Related(one, known[one.version]) for one in rows}
    parent = related[found.parent.case] if found.parent else None
    return parent, tuple(related[one.case] for one in found.children)


def named(connection: Connection, case: str) -> tuple[Named, ...]:
    """Return which cases this one names in its form, and which name it."""
    found = naming_of(connection, case)
    known = definitions(connection, {row.version for one in found for row in (one.by, one.named)})

    def beside_it(row: CaseRow) -> Related:
        return Related(row, known[row.version])

    return tuple(
        Named(one.field, one.value, beside_it(one.by), beside_it(one.named)) for one in found
    )


def lists_asked(
    connection: Connection, definition: Definition, parent: Related | None = None
) -> dict[str, tuple[str, ...]]:
    """Return who is on each access list, where a case or the one that opened it gives anything."""
    asking = [definition, *([parent.definition] if parent else [])]
    return on_lists(connection, now()) if any(map(gives, asking)) else {}


def to_text(key: Sequence[object]) -> str:
    """Return where a page ended, as text for an address."""
    return _SEPARATOR.join(str(part) for part in key)


def from_text(text: str, parts: int) -> tuple[str, ...] | None:
    """Return where a page ended; None if the text isn't of that form: then it begins anew."""
    found = tuple(text.split(_SEPARATOR))
    return found if text and len(found) == parts else None
