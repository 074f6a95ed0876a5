"""The key files: made at the first start, and refused when anybody else can read them.

| file | what is in it |
| --- | --- |
| `web-signing.jwk` | the Ed25519 key with which the web signs what people do (RFC 8037) |
| `worker-signing.jwk` | the Ed25519 key with which the worker signs what the clock does |
| `link-signing.jwk` | the Ed25519 key with which the links of mails are signed |
| `codec-keys.json` | the ring of AES-256-GCM keys for everything that Temporal keeps |
| `seals-made` | for which key the rows from before were sealed; no secret, and made once |
| `web-secret` | the secret of the web's forms; the seals of who may come in are derived from it |

Rules held: the folder has mode 0700 and each file 0600, and both belong to whoever runs the
program; a file appears whole or not at all, also when two processes start at once; a key that
exists is never replaced. A key's id is its thumbprint (RFC 7638).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.errors import StoreError
from store.signatures import SigningKey
from worker.errors import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Callable

WEB_SIGNING: Final = "web-signing.jwk"
WORKER_SIGNING: Final = "worker-signing.jwk"
LINK_SIGNING: Final = "link-signing.jwk"
CODEC_KEYS: Final = "codec-keys.json"
SEALS_MADE: Final = "seals-made"
WEB_SECRET: Final = "web-secret"  # noqa: S105 - the name of a file
_AES_BYTES: Final = 32
_SEAL: Final = b"countersign: seals of rows that let somebody in, 1"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class CodecRing:
    """The keys of the payload codec: one writes, all read.

    Attributes:
        current: the id of the key that new payloads are sealed with.
        keys: AES-256 keys (32 bytes) by id.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class Keys:
    """Everything secret that the program makes for itself.

    Attributes:
        web_signing: signs what people do.
        worker_signing: signs what the clock does.
        link_signing: signs the links of mails.
        codec: the ring for Temporal's payloads.
        web_secret: random bytes.
    """

    web_signing: SigningKey
    worker_signing: SigningKey
    link_signing: SigningKey
    codec: CodecRing
    web_secret: bytes = field(repr=False)


def load_keys(folder: Path) -> Keys:
    """Return the keys in `folder`; those that don't exist yet are made.

    Raises:
        KeyFileError: a file can't be read or made, others may read it, or it holds something else.
    """
    _make_folder(folder)
    return Keys(
        web_signing=_signing(folder / WEB_SIGNING),
        worker_signing=_signing(folder / WORKER_SIGNING),
        link_signing=_signing(folder / LINK_SIGNING),
        codec=_ring(folder / CODEC_KEYS),
        web_secret=_text(folder / WEB_SECRET, lambda: secrets.token_hex(32)).encode(),
    )


def seal_key(secret: bytes) -> bytes:
    """Return the key of the seals (`store.access.seals`), derived from the web's secret.

    HKDF (RFC 5869) with a purpose of its own: nothing that is derived for something else helps.
    """
    return HKDF(SHA256(), length=32, salt=None, info=_SEAL).derive(secret)


def read_seal_key(folder: Path) -> bytes | None:
    """Return the key of the seals, None while there are no keys in `folder`.

    Raises:
        KeyFileError: the file can't be read, or others may read it.
    """
    return secret_seal_key(folder / WEB_SECRET)


def secret_seal_key(path: Path) -> bytes | None:
    """Return the key of the seals by the file of the web's secret; None if there is none."""
    return seal_key(_text(path, str).encode()) if path.exists() else None


def seals_made(folder: Path) -> tuple[bool, bool]:
    """Say whether anything was ever sealed by keys in `folder`, and whether by those of now."""
    path = folder / SEALS_MADE
    if not path.exists():
        return False, False
    key = read_seal_key(folder)
    return True, key is not None and _text(path, str) == seal_id(key)


def note_seals_made(folder: Path) -> None:
    """Note that what had no seal has one now, by the keys in `folder`."""
    key = read_seal_key(folder)
    if key is not None:
        write_seals_made(folder / SEALS_MADE, key)


def write_seals_made(path: Path, key: bytes) -> None:
    """Write down for which key the seals were made."""
    _write(path, seal_id(key), replace=True)


def seal_id(key: bytes) -> str:
    """Return what names a key of the seals; it tells nothing of the key."""
    return hashlib.sha256(b"id of " + key).hexdigest()[:16]


def read_ring(path: Path) -> CodecRing:
    """Return the ring that a file holds.

    Raises:
        KeyFileError: there is none, others may read it, or it holds something else.
    """
    if not path.is_file():
        raise KeyFileError(f"There is no ring of payload keys in {path}.")
    return _ring(path)


def write_ring(path: Path, ring: CodecRing) -> None:
    """Put a ring in the place of the one in the file, whole."""
    _write(path, _ring_text(ring), replace=True)


def rotate_codec(folder: Path) -> CodecRing:
    """Add a new key to the ring and make it the current one; old payloads stay readable.

    Running processes go on with the ring that they read; start them again, first all of them
    with the new ring.

    Raises:
        KeyFileError: as `load_keys`.
    """
    old = load_keys(folder).codec
    new = _new_ring()
    ring = CodecRing(new.current, {**old.keys, **new.keys})
    write_ring(folder / CODEC_KEYS, ring)
    return ring


def _signing(path: Path) -> SigningKey:
    try:
        if not path.exists():
            with contextlib.suppress(StoreError):  # another process was quicker
                return SigningKey.create(path)
        _refuse_others(path, 0o600)
        return SigningKey.load(path)
    except StoreError as error:
        raise KeyFileError(str(error)) from error
    except OSError as error:
        raise KeyFileError(f"{path} can't be read or made: {error}.") from error


def _ring(path: Path) -> CodecRing:
    data = _json(path, _text(path, lambda: _ring_text(_new_ring())))
    try:
        keys = {id_: base64.b64decode(text, validate=True) for id_, text in data["keys"].items()}
        ring = CodecRing(str(data["current"]), keys)
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise KeyFileError(f"{path} isn't a ring of payload keys ({error!r}).") from error
    if ring.current not in keys or any(len(key) != _AES_BYTES for key in keys.values()):
        raise KeyFileError(f"{path} lacks its current key, or has one that isn't 256 bits long.")
    return ring


def _new_ring() -> CodecRing:
    id_ = secrets.token_hex(8)
    return CodecRing(id_, {id_: secrets.token_bytes(_AES_BYTES)})


def _ring_text(ring: CodecRing) -> str:
    keys = {id_: base64.b64encode(key).decode() for id_, key in ring.keys.items()}
    return json.dumps({"current": ring.current, "keys": keys}, indent=1)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeyFileError(f"The folder for keys can't be made: {error}.") from error
    _refuse_others(folder, 0o700)


def _text(path: Path, make: Callable[[], str]) -> str:
    """Return what the file holds; make it first, if it doesn't exist."""
    try:
        if not path.exists():
            _write(path, make(), replace=False)
        _refuse_others(path, 0o600)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path} can't be read or made: {error}.") from error
    if not text:
        raise KeyFileError(f"{path} is empty. If nothing was signed with it, remove it.")
    return text


def _json(path: Path, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise KeyFileError(f"{path} isn't JSON: {error}.") from error
    if not isinstance(data, dict):
        raise KeyFileError(f"{path} isn't a JSON object.")
    return data


def _refuse_others(path: Path, mode: int) -> None:
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & _OTHERS:
        raise KeyFileError(
            f"Others may read {path}, so what it protects may be known to them. "
            f"Find out who could, then: chmod {mode:o} {path}"
        )
    if status.st_uid != os.geteuid():
        raise KeyFileError(f"{path} belongs to another user. Run the program as that user.")


def _write(path: Path, text: str, *, replace: bool) -> None:
    """Put a whole file in place; without `replace`, one that another process made stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
