"""Files of cases, for those who may see the value that refers to them.

A file is never shown by the browser: it is saved, whatever it holds (`web.headers` adds
`nosniff`). Its name comes from whoever uploaded it, and is put into the header in its encoded
form only.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Response, abort

from store.queries.files import FileReference, StoredFile, load_files, references_to
from web.cases.loading import find_visible
from web.services import services

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def file_answer(number: str, sha256: str) -> Response:
    """Return a file of a case, as an attachment.

    Raises:
        NotFound: no value of the case that the reader may see refers to it.
        Refused: they may not see the case.
    """
    with services().database.reading() as connection:
        found = find_visible(connection, number)
        if not _SHA256.fullmatch(sha256):
            abort(404)
        references = references_to(connection, found.row.case, sha256)
        seen = [
            one
            for one in references
            if one.field not in found.hidden
            and (one.step not in found.private or one.actor == found.reader.id)
        ]
        file = load_files(connection, [sha256]).get(sha256) if seen else None
    if file is None:
        abort(404)
    return _attachment(file, seen[0])


def _attachment(file: StoredFile, reference: FileReference) -> Response:
    response = Response(file.content, content_type="application/octet-stream")
    plain = _PLAIN.sub("_", reference.name).strip("._") or "file"
    encoded = quote(reference.name, safe="")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    response.headers["Content-Disposition"] = disposition
    response.set_etag(file.sha256)
    return response
