"""What somebody typed, to be shown again where it couldn't be taken: nothing typed is lost."""

from __future__ import annotations

from flask import request

from web.csrf import FIELD, from_us
from web.field_names import label_of
from web.page_models import Row, Text

_NOT_SHOWN = frozenset({FIELD, "current", "password", "again", "next", "nonce", "shown"})
_LONGEST = 20_000


def typed_rows() -> tuple[Row, ...]:
    """Return the text fields of the form that was sent, without secrets and hidden fields.

    Only of a form from a page of ours: what another site sends is no word of this person's.
    """
    if not from_us():
        return ()
    return tuple(
        Row(label=label_of(name), value=Text(text=value[:_LONGEST]))
        for name, value in request.form.items(multi=True)
        if name not in _NOT_SHOWN and value.strip()
    )
