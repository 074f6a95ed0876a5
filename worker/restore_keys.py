"""The keys after a restore: those that are in the folder, and what only the backup has.

A key that is there stays: it may be newer than the backup. Of the ring that seals what Temporal
keeps, every key is kept that either has, because payloads of both times may have to be opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from store import tables
from store.errors import StoreError
from store.keys import register_key
from store.signatures import SigningKey
from worker.backup import KEY_FILES
from worker.backup_manifest import KEYS
from worker.errors import CommandRefused, KeyFileError
from worker.keys import (
    CODEC_KEYS,
    LINK_SIGNING,
    SEALS_MADE,
    WEB_SECRET,
    WEB_SIGNING,
    WORKER_SIGNING,
    CodecRing,
    read_ring,
    seal_key,
    secret_seal_key,
    write_ring,
    write_seals_made,
)
from worker.replacing import copy_file, ready_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.signatures import Use
    from worker.replacing import Replacing


@dataclass(frozen=True)
class RestoredKeys:
    """The keys that will be in the folder, and the files that must be put there.

    Attributes:
        seal_key: of what lets somebody in.
        other_secret: whether the backup's rows are sealed by another one.
    """

    worker_signing: SigningKey
    web_signing: SigningKey
    targets: tuple[Path, ...]
    seal_key: bytes | None = field(default=None, repr=False)
    other_secret: bool = False


def ready_keys(replacing: Replacing, backup: Path, folder: Path, *, database: bool) -> RestoredKeys:
    """Make ready what is missing in the folder for keys.

    Args:
        database: whether the database is restored as well: then what lacks a seal in it gets one
            now or never.

    Raises:
        CommandRefused: the two rings have different keys under one id.
        KeyFileError: a file can't be used.
    """
    targets = []
    for name in KEY_FILES:
        target, copy = folder / name, replacing.ready(folder / name)
        if name == CODEC_KEYS and target.exists():
            copy_file(backup / KEYS / name, copy)
            ring, older = read_ring(target), read_ring(copy)
            if set(older.keys) <= set(ring.keys):
                _refuse_differing(ring, older)
                continue
            write_ring(copy, _joined(ring, older))
        elif target.exists():
            continue
        elif name == LINK_SIGNING and not (backup / KEYS / name).exists():
            continue  # an older backup, made before mails had links: the next start makes it
        else:
            copy_file(backup / KEYS / name, copy)
        targets.append(target)
    secret = folder / WEB_SECRET
    seal = secret_seal_key(ready_name(secret) if secret in targets else secret)
    if database and seal is not None:
        made = folder / SEALS_MADE
        write_seals_made(replacing.ready(made), seal)
        targets.append(made)
    return RestoredKeys(
        _signing(folder / WORKER_SIGNING, targets),
        _signing(folder / WEB_SIGNING, targets),
        tuple(targets),
        seal,
        other_secret=seal != seal_key((backup / KEYS / WEB_SECRET).read_text().strip().encode()),
    )


def register_restored(connection: Connection, keys: RestoredKeys, at: str) -> list[str]:
    """See to it that the restored record knows the keys; return what there is to say of them.

    Raises:
        CommandRefused: a key in the folder was ended by the record that is restored.
    """
    said = []
    signing: tuple[tuple[Use, SigningKey], ...] = (
        ("worker", keys.worker_signing),
        ("web", keys.web_signing),
    )
    for use, key in signing:
        columns = tables.keys.c
        until = connection.scalar(select(columns.until).where(columns.kid == key.kid))
        if until is not None:
            raise CommandRefused(
                f"The {use}'s signing key in the folder for keys counts no longer since {until}, "
                "as the restored record says. Move its file away, and the backup's is taken."
            )
        if register_key(connection, key, use, at=at, worker_key=keys.worker_signing):
            said.append(
                f"The {use}'s signing key is newer than the backup: the restored record didn't "
                "know it. It is registered there from now on; what it signed before and only the "
                "lost record had does not verify by it."
            )
    return said


def _joined(ring: CodecRing, older: CodecRing) -> CodecRing:
    _refuse_differing(ring, older)
    return CodecRing(ring.current, {**older.keys, **ring.keys})


def _refuse_differing(ring: CodecRing, older: CodecRing) -> None:
    for id_ in set(ring.keys) & set(older.keys):
        if ring.keys[id_] != older.keys[id_]:
            raise CommandRefused(
                f"The backup and the folder for keys have different keys under the id {id_} in "
                f"{CODEC_KEYS}: they aren't of one installation. Nothing was changed."
            )


def _signing(path: Path, new: list[Path]) -> SigningKey:
    try:
        return SigningKey.load(ready_name(path) if path in new else path)
    except StoreError as error:
        raise KeyFileError(str(error)) from error
