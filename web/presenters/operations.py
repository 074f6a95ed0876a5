"""What operators did, as the Board and the operators read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from definitions.canonical import Json
from store.in_force import VERSIONS
from store.queries.operating import Operation
from store.restoring import (
    BACKUP,
    IN_FORCE,
    LINK_MADE,
    REBUILT,
    RECONCILED,
    RESTORED,
    SEALED,
    SIGNED_OUT,
)
from web.page_models import OperationLine
from web.presenters.reader import Reader
from web.presenters.words import counted, since

_WHAT: Final[Mapping[str, str]] = {
    BACKUP: "A backup was made",
    RESTORED: "A backup was put back",
    RECONCILED: "A case and its record were compared",
    REBUILT: "What follows from the record was made anew",
    SEALED: "Passwords from before there were seals were sealed",
    LINK_MADE: "A link to sign in was made for somebody",
    SIGNED_OUT: "Somebody was signed out everywhere",
    IN_FORCE: "Other versions of definitions came into force",
}


def operation_lines(reader: Reader, found: Sequence[Operation]) -> tuple[OperationLine, ...]:
    """Return what was done, about whom or what, and when."""
    return tuple(
        OperationLine(
            what=_WHAT.get(one.kind, one.kind),
            about=_about(reader, one),
            at=since(one.at, reader.now),
            entry=one.seq,
        )
        for one in found
    )


def _about(reader: Reader, one: Operation) -> str:
    about = one.about
    if one.kind == LINK_MADE:
        return f"For {_name(reader, about)}: whoever has it can sign in as them, once."
    if one.kind == SIGNED_OUT:
        sessions, links = _number(about, "sessions"), _number(about, "links")
        ended = f"{counted(sessions, 'session')} and {counted(links, 'link')} ended"
        return f"{_name(reader, about)}: {ended}."
    if one.kind == SEALED:
        return f"{counted(_number(about, 'passwords'), 'password')}, once."
    if one.kind == RESTORED:
        return f"One that was made at {about.get('made_at', 'an unknown time')}."
    if one.kind == IN_FORCE:
        return _versions(about)
    if one.kind == RECONCILED:
        return f"{about.get('number') or about.get('case') or 'A case'}: {about.get('found', '')}."
    return ""


def _versions(about: Mapping[str, Json]) -> str:
    versions = about.get(VERSIONS)
    named = (
        f"{process} ({version[:8]})" if isinstance(version, str) else f"{process} (none any more)"
        for process, version in sorted(versions.items() if isinstance(versions, dict) else ())
    )
    return ", ".join(named) + "."


def _name(reader: Reader, about: Mapping[str, Json]) -> str:
    person = str(about.get("person", ""))
    return reader.community.names.get(person, person)


def _number(about: Mapping[str, Json], name: str) -> int:
    number = about.get(name)
    return number if isinstance(number, int) else 0
