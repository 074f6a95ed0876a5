"""Files of forms: checked first, kept only if they are what the field asks for.

A kept file needn't be chosen again when the form comes back with something to mend: the form
carries a ticket for it, good for this person only, so that nobody can bring a file into a case
of theirs by its digest alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from flask import request

from definitions.canonical import Json, canonical
from definitions.fields.errors import FieldError
from definitions.fields.patch import PatchLimits, parse_patch
from definitions.fields.text import visible_line
from store.attachments import get, put, size
from web.acting.sending import count_act
from web.current import signed_in
from web.field_names import input_name, ticket_name
from web.page_models import Hidden, Paper
from web.presenters.fields import size_words
from web.services import now, services, settings

if TYPE_CHECKING:
    from definitions.model import FieldSpec

MAX_NAME = 200
PATCH_TYPE = "text/x-patch"
MAX_VALUE_BYTES = 512 * 1024
"""Of a value's canonical JSON: acts travel to their case in messages of at most 2 MB."""
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


@dataclass(frozen=True)
class KeptFile:
    """A file that is stored already: its digest, and what the person called it."""

    sha256: str
    name: str
    size: int
    media_type: str

    def reference(self) -> dict[str, Json]:
        """Return it as a patch's value refers to it."""
        return {"sha256": self.sha256, "name": self.name, "size": self.size}

    def paper(self) -> Paper:
        """Return it as a form shows it."""
        return Paper(
            name=self.name, url="", digest=self.sha256, about=f"{size_words(self.size)}, kept"
        )


def read_patch(name: str, spec: FieldSpec) -> tuple[KeptFile, Json] | None:
    """Return the patch that was sent or kept from before, with its value; None without any.

    Raises:
        FieldError: It isn't a patch as `git format-patch` makes it; nothing of it was kept.
    """
    found = _content(name, spec)
    if found is None:
        return None
    kept, content = found
    limits = PatchLimits()
    if spec.max is not None:
        limits = replace(limits, max_bytes=min(spec.max, limits.max_bytes))
    patches = parse_patch(content, limits=limits).to_json()["patches"]
    value = {"file": kept.reference(), "patches": patches, "declared": {}}
    check_size(value)
    _store(content, PATCH_TYPE)
    return replace(kept, media_type=PATCH_TYPE), value


def read_file(name: str, spec: FieldSpec) -> tuple[KeptFile, Json] | None:
    """Return the file that was sent or kept from before, with its value; None without any.

    Raises:
        FieldError: It isn't of a kind that the field takes; nothing of it was kept.
    """
    found = _content(name, spec)
    if found is None:
        return None
    kept, content = found
    kept = replace(kept, media_type=media_type_of(content))
    if spec.kinds and kept.media_type not in spec.kinds:
        raise FieldError(
            f"A file of the kind {kept.media_type} isn't accepted here.",
            "Accepted are: " + ", ".join(spec.kinds) + ".",
        )
    _store(content, kept.media_type)
    return kept, asdict(kept)


def media_type_of(content: bytes) -> str:
    """Return what a file is by its content; what a browser says of it counts for nothing."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if "\0" in text else "text/plain"


def check_size(value: Json) -> None:
    """Let a value pass that an act can carry.

    Raises:
        FieldError: It is too large.
    """
    if len(canonical(value)) > MAX_VALUE_BYTES:
        raise FieldError(
            "What was read from this is too large to be signed in one case.",
            "Split it into several cases.",
        )


def limit_words(limit: int) -> str:
    """Return the most bytes of a file as people say it; limits are set in powers of two."""
    for unit, factor in (("MB", 1024 * 1024), ("kB", 1024)):
        if limit >= factor:
            return f"{limit / factor:.3g} {unit}"
    return f"{limit} bytes"


def hidden_ticket(field: str, kept: KeptFile) -> Hidden:
    """Return the form's field that carries the ticket for a kept file."""
    body = urlsafe_b64encode(canonical(asdict(kept))).decode()
    return Hidden(name=ticket_name(field), value=f"{body}.{_mac(body)}")


def kept_file(field: str) -> KeptFile | None:
    """Return the kept file for which the form that was sent carries a good ticket."""
    body, _, mac = request.form.get(ticket_name(field), "").partition(".")
    if not body or not hmac.compare_digest(mac.encode(), _mac(body).encode()):
        return None
    return KeptFile(**json.loads(urlsafe_b64decode(body)))


def file_name(typed: str) -> str:
    """Return a file's name without its path, in one visible line, in normal form C."""
    last = typed.replace("\\", "/").rpartition("/")[2].strip()
    shown = visible_line(unicodedata.normalize("NFC", last))
    return shown[:MAX_NAME] or "without a name"


def _content(field: str, spec: FieldSpec) -> tuple[KeptFile, bytes] | None:
    upload = request.files.get(input_name(field))
    if upload is None or not upload.filename:
        return _stored(field)
    limit = min(spec.max or settings().max_upload_bytes, settings().max_upload_bytes)
    content = upload.stream.read(limit + 1)
    if len(content) > limit:
        raise FieldError(
            f"This file is larger than {limit_words(limit)}, which is the most that fits here.",
            "Split it into several cases.",
        )
    if not content:
        raise FieldError("This file is empty.", "Choose the file that you mean.")
    digest = hashlib.sha256(content).hexdigest()
    return KeptFile(digest, file_name(upload.filename), len(content), ""), content


def _stored(field: str) -> tuple[KeptFile, bytes] | None:
    kept = kept_file(field)
    if kept is None:
        return None
    with services().database.reading() as connection:
        attachment = get(connection, kept.sha256)
    return (kept, attachment.content) if attachment else None


def _store(content: bytes, media_type: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    with services().database.reading() as connection:
        if size(connection, digest) is not None:
            return
    count_act()
    put(services().database, content, media_type=media_type, at=now())


def _mac(body: str) -> str:
    text = f"countersign-kept-file/1\n{signed_in().id}\n{body}".encode()
    return hmac.new(settings().secret_key, text, hashlib.sha256).hexdigest()
