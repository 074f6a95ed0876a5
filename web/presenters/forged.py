"""Rows that would let somebody in and aren't ours, as the operator and the person read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from store.access.forged import ForgedRow
from web.page_models import Trouble
from web.presenters.reader import Reader
from web.presenters.words import since

_WHAT: Final[Mapping[str, str]] = {
    "sessions": "A session",
    "sign_in_links": "A sign-in link",
    "credentials": "A password",
    "addresses": "An address",
    "case_links": "A link in a mail",
    "outbox": "A mail with a link",
}
_TODO: Final = (
    "Somebody who can write to the database made or changed it. Find out who can, and compare "
    "with a backup; `security.log` says when it was tried."
)


def forged_troubles(reader: Reader, found: Sequence[ForgedRow]) -> tuple[Trouble, ...]:
    """Return them for the operator: which row of which table, and whose it claims to be."""
    return tuple(
        Trouble(
            what=f"{_WHAT.get(one.table, one.table)} of {_name(reader, one.person)}",
            why=f"It was refused: it isn't as it was written here ({one.table}, {one.row}).",
            since=since(one.since, reader.now),
            todo=_TODO,
        )
        for one in found
    )


def _name(reader: Reader, person: str) -> str:
    return reader.community.names.get(person, person)


def forged_sentences(found: Sequence[ForgedRow]) -> tuple[str, ...]:
    """Return for each kind of row, once, that the person's own was met and refused."""
    kinds = dict.fromkeys(_WHAT.get(one.table, one.table).lower() for one in found)
    return tuple(
        f"Somebody tried to come in with {kind} of yours that wasn't made here. It was refused, "
        "and the operator sees it too."
        for kind in kinds
    )
