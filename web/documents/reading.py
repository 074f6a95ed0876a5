"""Reads what stands in a case's document, by a fixed number of queries, and composes it.

This is the one place where a document is made: the case's page gives it to who asks, and the
worker puts it with mails. So nothing here knows of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from definitions.clock import parse
from definitions.definition import Definition
from definitions.rules import hidden_steps, may_see
from definitions.rules.seeing import MEMBER
from store.queries.cases import (
    ITEM_TITLE,
    CaseRow,
    field_keys,
    item_keys,
    signatures_of,
    values_of,
)
from store.queries.community import Community, load_community, owners_of
from store.queries.relatives import relatives_of
from store.queries.timeline import acts_behind, entries_of
from web.page_models.document import Document
from web.presenters.case import hidden_fields
from web.presenters.document import ENTRIES, DocumentSeen, document
from web.presenters.entries import only_seen
from web.presenters.fields import addresses_in, patch_values
from web.presenters.lists import with_added
from web.presenters.reader import Reader

if TYPE_CHECKING:
    from sqlalchemy import Connection

Known: TypeAlias = "Callable[[Connection, Collection[str]], Mapping[str, Definition]]"
"""Returns the definitions of these versions."""


def least_reader(connection: Connection, at: str) -> Reader:
    """Return a reader who may see what every Member may, and nothing more: nobody in particular."""
    return Reader("", frozenset({MEMBER}), parse(at), load_community(connection, at))


def case_document(
    connection: Connection,
    row: CaseRow,
    definition: Definition,
    reader: Reader,
    known: Known,
    public_url: str,
) -> Document:
    """Return a case as a document, with exactly those values that the reader may see.

    Args:
        definition: the case's.
        known: returns the definitions of other cases' versions.
        public_url: where people reach the pages.
    """
    newest = entries_of(connection, row.case, limit=1)
    at = newest[-1].facts.time if newest else row.opened_at
    # Nothing of the time at which it is asked for gets in: neither ages nor who is away.
    still = replace(reader, now=parse(at), community=Community(reader.community.names, {}))
    if not may_see(definition, row.state, reader.id, reader.roles):
        return document(still, DocumentSeen(definition, row, visible=False, at=at), public_url)
    return document(still, _seen(connection, row, definition, reader, known, at), public_url)


def _seen(
    connection: Connection,
    row: CaseRow,
    definition: Definition,
    reader: Reader,
    known: Known,
    at: str,
) -> DocumentSeen:
    hidden = hidden_fields(definition, row.state, reader)
    private = hidden_steps(definition, row.state, reader.id, reader.roles)
    names = [name for name in definition.body.start.fields if name not in hidden]
    keys = field_keys(row.state, names)
    opened = values_of(connection, (*keys, *item_keys(row.state)))
    values = {name: opened[act, name] for act, name in keys if (act, name) in opened}
    added = {act: str(value) for (act, name), value in opened.items() if name == ITEM_TITLE}
    entries = entries_of(connection, row.case, limit=ENTRIES + 1)
    related = relatives_of(connection, row.case)
    versions = known(connection, {one.version for one in related.children})
    return DocumentSeen(
        definition=with_added(definition, row.state, added, private),
        row=row,
        visible=True,
        at=at,
        values=values,
        hidden=hidden,
        private=private,
        entries=only_seen(entries[-ENTRIES:], hidden, private, reader.id),
        older=len(entries) > ENTRIES,
        behind=acts_behind(connection, row.case),
        signed=signatures_of(connection, row.case),
        owners=owners_of(connection, addresses_in(patch_values(definition, values))),
        parent=related.parent.number if related.parent else "",
        children={
            one.number: versions[one.version].state_title(one.state.ended)
            if one.state.ended
            else ""
            for one in related.children
        },
    )
