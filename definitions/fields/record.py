"""What a reader returns is a record: a frozen dataclass that is plain JSON and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from definitions.fields.errors import FieldError

if TYPE_CHECKING:
    from definitions.canonical import Json


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Build the reader and writer of a kind of record once, when it is first asked for."""
    return TypeAdapter(kind)


@dataclass(frozen=True)
class Record:
    """Base of the records; their fields are str, int, bool, None, records, and tuples of these."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid")

    def to_json(self) -> Json:
        """Return it as plain JSON, the same for the same content."""
        kind: Any = type(self)
        return adapter(kind).dump_python(self, mode="json")

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read it back from what `to_json` gave.

        Raises:
            FieldError: Something is missing, unknown or of the wrong type.
        """
        record: Self = read_json(cls, data)
        return record


def read_json(kind: Any, data: Json) -> Any:
    """Read a record, or a tuple of records, strictly from plain JSON.

    Raises:
        FieldError: Something is missing, unknown or of the wrong type.
    """
    try:
        return adapter(kind).validate_json(json.dumps(data))
    except (ValidationError, TypeError, ValueError, RecursionError) as error:
        raise FieldError(
            "What was kept for this field isn't in the form that it was kept in.",
            "Give the field's content again, from its source.",
        ) from error
