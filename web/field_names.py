"""What the fields of a definition are called in forms, apart from all that forms carry themselves.

A definition calls its fields what it likes, `outcome` and `csrf_token` too; in forms they all
begin with `PREFIX`, and nothing else does. Names are made and read here alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

PREFIX = "field-"
_KEPT = "kept:"


def input_name(field: str) -> str:
    """Return what a field is called in a form."""
    return f"{PREFIX}{field}"


def ticket_name(field: str) -> str:
    """Return what the ticket for a field's kept file is called in a form."""
    return f"{_KEPT}{field}"


def label_of(name: str) -> str:
    """Return a label for what a form sent under this name, where nothing else is known of it."""
    return name.removeprefix(PREFIX).replace("_", " ").capitalize()


def posted(field: str) -> str:
    """Return what the form that was sent holds in a field; "" if it has none such."""
    return request.form.get(input_name(field), "")


def posted_texts() -> dict[str, str]:
    """Return everything that the form that was sent holds in fields, files apart."""
    return {
        name.removeprefix(PREFIX): text
        for name, text in request.form.items()
        if name.startswith(PREFIX)
    }


def posted_fields() -> AbstractSet[str]:
    """Return the fields that the form that was sent had, those for files among them."""
    kept = {name.removeprefix(_KEPT) for name in request.form if name.startswith(_KEPT)}
    files = {name.removeprefix(PREFIX) for name in request.files if name.startswith(PREFIX)}
    return {*posted_texts(), *files, *kept}
