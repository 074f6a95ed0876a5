"""What is drawn for the proof's second opinion has every part of the format."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from definitions.schema import json_schema
from tests.support.whole_definitions import MAIN, whole_definition

DRAWS = 120
"""Of each main construct: enough that each of what goes with it is among them."""
SCHEMA: dict[str, Any] = json_schema()


def _named(schema: Any) -> Any:
    """Return a part of the schema, followed to what it refers to."""
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(schema: Any) -> str:
    """Return what one way to write something is called."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("const", schema.get("type", "")))


def _ways(schema: Any) -> list[Any]:
    return [way for way in schema.get("anyOf", [schema]) if way.get("type") != "null"]


def _inner(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield the properties of a part of the schema."""
    yield from schema.get("properties", {}).items()


def expected(schema: Any, where: str, seen: set[str]) -> Iterator[str]:
    """Yield everything that can be written: properties, ways to write them, and choices."""
    ways = _ways(schema)
    for way in ways:
        here = f"{where} as {_kind(way)}" if len(ways) > 1 else where
        yield here
        if "$ref" in way:
            name = _kind(way)
            if name not in seen:
                seen.add(name)
                yield from _of_model(_named(way), name, seen)
            continue
        yield from (f"{here}: {choice}" for choice in way.get("enum", ()))
        for inner in (way.get("items"), way.get("additionalProperties"), *_keyed(way)):
            if isinstance(inner, dict):
                yield from expected(inner, f"{here}[]", seen)


def _of_model(schema: Any, name: str, seen: set[str]) -> Iterator[str]:
    for key, inner in _inner(schema):
        yield from expected(inner, f"{name}.{key}", seen)


def _keyed(schema: Any) -> list[Any]:
    return list(schema.get("patternProperties", {}).values())


def made(schema: Any, data: Any, where: str) -> Iterator[str]:
    """Yield what is written in some data, in the words of `expected`."""
    ways = _ways(schema)
    for way in ways:
        if not _fits(_named(way), data):
            continue
        here = f"{where} as {_kind(way)}" if len(ways) > 1 else where
        yield here
        if "$ref" in way:
            yield from _made_of(_named(way), data, _kind(way))
        elif data in way.get("enum", ()):
            yield f"{here}: {data}"
        values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        for inner in (way.get("items"), way.get("additionalProperties"), *_keyed(way)):
            if isinstance(inner, dict):
                for value in values:
                    yield from made(inner, value, f"{here}[]")


def _made_of(schema: Any, data: Any, name: str) -> Iterator[str]:
    for key, inner in _inner(schema):
        if key in data:
            yield from made(inner, data[key], f"{name}.{key}")


def _fits(schema: Any, data: Any) -> bool:
    """Say whether data is written in this way, so far as ways differ."""
    if "const" in schema:
        return bool(data == schema["const"])
    kinds = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
    if not isinstance(data, kinds.get(schema.get("type", "object"), object)):
        return False
    if not isinstance(data, dict):
        return True
    known = {key for key, _ in _inner(schema)}
    if schema.get("additionalProperties") is False and not set(data) <= known:
        return False
    return set(schema.get("required", ())) <= set(data)


def test_every_part_of_the_format_is_drawn() -> None:
    found: set[str] = set()
    chance = Random(1)  # noqa: S311 - nothing secret
    for main in MAIN:
        for _ in range(DRAWS):
            data = whole_definition(chance.randrange, (main,))
            found.update(_made_of(SCHEMA, data, "Body"))
    missing = sorted(set(_of_model(SCHEMA, "Body", set())) - found)
    assert not missing, "nothing ever draws: " + "; ".join(missing)
