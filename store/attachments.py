"""Files that acts refer to: kept once each, under the SHA-256 of their content."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from definitions.canonical import sha256
from store import tables
from store.database import Database
from store.inserting import insert_new


@dataclass(frozen=True)
class Attachment:
    """A stored file; its name is what an act called it, not the file's own."""

    sha256: str
    media_type: str
    content: bytes


def put(database: Database, content: bytes, *, media_type: str, at: str) -> str:
    """Store a file and return its SHA-256 (hexadecimal); storing it again changes nothing.

    The media type of the first time stays: it is what was checked then.
    """
    digest = sha256(content)
    with database.writing() as connection:
        if size(connection, digest) is None:
            values = {
                "sha256": digest,
                "size": len(content),
                "media_type": media_type,
                "content": content,
                "stored_at": at,
            }
            insert_new(connection, tables.attachments, values)
    return digest


def get(connection: Connection, digest: str) -> Attachment | None:
    """Return a file; None if there is none of this digest."""
    attachments = tables.attachments.c
    row = connection.execute(
        select(attachments.media_type, attachments.content).where(attachments.sha256 == digest)
    ).one_or_none()
    return Attachment(digest, row.media_type, row.content) if row else None


def size(connection: Connection, digest: str) -> int | None:
    """Return a file's size in bytes; None if it isn't stored."""
    attachments = tables.attachments.c
    return connection.scalar(select(attachments.size).where(attachments.sha256 == digest))
