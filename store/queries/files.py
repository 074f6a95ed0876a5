"""Files of cases: which values refer to one, and its content."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from definitions.canonical import Json
from store import tables


@dataclass(frozen=True)
class FileReference:
    """A value that refers to a file: of which field, under which name, given where and by whom."""

    field: str
    name: str
    media_type: str
    step: str | None = None
    actor: str = ""


@dataclass(frozen=True)
class StoredFile:
    """A file's content."""

    sha256: str
    size: int
    media_type: str
    content: bytes


def references_to(connection: Connection, case: str, sha256: str) -> tuple[FileReference, ...]:
    """Return every value of the case that refers to this file, the newest first.

    Args:
        sha256: in hexadecimal; nothing else may be handed in.
    """
    openings, entries = tables.openings.c, tables.entries.c
    query = (
        select(openings.name, openings.value, entries.step, entries.actor)
        .join(tables.entries, entries.act_id == openings.act_id)
        .where(entries.stream == case, openings.value.contains(f'"{sha256}"', autoescape=True))
        .order_by(entries.seq.desc())
    )
    found = []
    for name, text, step, actor in connection.execute(query):
        file = file_in(json.loads(text))
        if file is not None and file["sha256"] == sha256:
            kind = file.get("media_type", "text/x-patch")
            found.append(FileReference(name, file["name"], kind, step, actor))
    return tuple(found)


def file_in(value: Json) -> dict[str, Json] | None:
    """Return the reference to a file in a field's value, None if it has none."""
    if not isinstance(value, dict):
        return None
    file = value.get("file", value)
    return file if isinstance(file, dict) and {"sha256", "name", "size"} <= set(file) else None


def load_files(connection: Connection, digests: Collection[str]) -> dict[str, StoredFile]:
    """Return the stored files of these digests."""
    if not digests:
        return {}
    files = tables.attachments.c
    query = select(files.sha256, files.size, files.media_type, files.content).where(
        files.sha256.in_(sorted(set(digests)))
    )
    return {row[0]: StoredFile(*row) for row in connection.execute(query)}
