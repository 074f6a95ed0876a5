"""Checks plain values against frozen dataclasses, and points at the line of what is wrong.

The shape of a file is what its dataclasses say: no key is known that they don't name, and no
value is bent into another type (`"1"` is not 1). What a value means is checked by whoever
loads it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from definitions.errors import DefinitionError, DefinitionErrors

if TYPE_CHECKING:
    from definitions.reading import KeyPath, Plain, Positions

Shape = TypeVar("Shape")


def shape(kind: type[Shape], value: Plain, positions: Positions) -> Shape:
    """Make a dataclass from plain values.

    Args:
        kind: A frozen dataclass, its fields typed with what JSON can hold, tuples for lists.
        value: What `read_yaml` gave.
        positions: Where it stands.

    Returns:
        The dataclass.

    Raises:
        DefinitionErrors: If a key is missing or unknown, or a value is of another type; all
            of them at once.
    """
    try:
        # JSON in between, because only there "strict" still lets a list become a tuple.
        return TypeAdapter(kind).validate_json(json.dumps(value), strict=True, extra="forbid")
    except ValidationError as error:
        found = [_explain(detail, positions) for detail in error.errors(include_url=False)]
        raise DefinitionErrors(found) from error


def plain(value: object) -> Any:
    """Give back the plain values of a dataclass: what JSON can hold, tuples as lists."""
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def _explain(detail: Any, positions: Positions) -> DefinitionError:
    path: KeyPath = detail["loc"]
    # Only a missing key has no place of its own; its path ends with its name all the same.
    name = path[-1] if path else "file"
    match detail["type"]:
        case "missing":
            sentence, remedy = f"`{name}` is missing here.", f"Add `{name}`."
        case "unexpected_keyword_argument":
            sentence, remedy = (
                f"`{name}` is not known here.",
                "Correct its spelling or take it out.",
            )
        case "value_error":
            sentence, remedy = f"`{name}`: {detail['ctx']['error']}", "Correct the value."
        case _:
            sentence = f"`{name}` has a wrong value. {detail['msg']}."
            remedy = "Write a value of that kind."
    return positions.error(path, sentence, remedy)
