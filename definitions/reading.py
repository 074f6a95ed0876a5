"""Reads a YAML file into plain values, and remembers on which line each of them stands.

YAML 1.2, core schema: `on`, `yes` and `no` are text, and a date is text. What comes out is
what JSON can hold (dict with text keys, list, str, int, float, bool, None), because a
definition's version is the hash of its canonical JSON (RFC 8785).

Files may come from people who are not trusted with more than their text, so the reader is
strict: no tags, no merge keys, no second document, no key twice, nothing larger than
`MAX_BYTES`, deeper than `MAX_DEPTH`, or longer than `MAX_NODES` once its aliases are written
out. It knows nothing about what a file means.
"""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from definitions.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

Plain: TypeAlias = dict[str, "Plain"] | list["Plain"] | str | int | float | bool | None
KeyPath: TypeAlias = tuple[str | int, ...]

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 40
MAX_NODES: Final = 50_000
# Beyond this, JSON readers differ about whole numbers (RFC 8785, section 3.2.2.3).
MAX_INTEGER: Final = 2**53 - 1

_LONGEST_NUMBER: Final = 32

# What the parser says of the commonest slips, and what a person is told.
_SLIPS: Final = (
    (
        "expected <block end>, but found '<block mapping start>'",
        "this line isn't indented like those that it belongs with",
        "Give it as many spaces as the lines beside it have.",
    ),
    (
        "mapping values are not allowed here",
        "a colon makes a key of what stands before it, and none can stand here",
        'Put words with a colon in them in quotes: "…: …"; or indent a key like those beside it.',
    ),
    (
        "found character '\\t'",
        "a tab stands here",
        "Indent with spaces.",
    ),
    (
        "expected ',' or '",
        "a comma is missing before this, or a bracket isn't closed",
        "Set the comma or the bracket.",
    ),
)

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = MappingProxyType(
    {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
)
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+\Z")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+\Z")
_OCTAL_OR_HEX: Final = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


class Positions:
    """Where each key and element of a file stands.

    A position is asked for by key path: `("steps", "review", "seats")`, or with a whole number
    for an element of a list. A path that the file does not have answers with the position of
    what is nearest above it: an error about a missing key points at the mapping that lacks it.
    """

    def __init__(self, file: str, places: Mapping[KeyPath, tuple[int, int]]) -> None:
        """Args: the file's name as shown, and line and column (from 1) by key path."""
        self.file = file
        self._places = dict(places)

    def line(self, path: KeyPath = ()) -> int:
        """Line of `path`, counted from 1."""
        return self._place(path)[0]

    def column(self, path: KeyPath = ()) -> int:
        """Column of `path`, counted from 1."""
        return self._place(path)[1]

    def has(self, path: KeyPath) -> bool:
        """Say whether the file has exactly this path."""
        return path in self._places

    def error(self, path: KeyPath, sentence: str, remedy: str) -> DefinitionError:
        """An error that points at `path`."""
        return DefinitionError(self.file, self.line(path), sentence, remedy)

    def _place(self, path: KeyPath) -> tuple[int, int]:
        for length in range(len(path), 0, -1):
            if path[:length] in self._places:
                return self._places[path[:length]]
        return self._places.get((), (1, 1))


def read_yaml(source: Traversable | Path, *, name: str | None = None) -> tuple[Plain, Positions]:
    """Read one YAML file.

    Args:
        source: A path, or a file inside a package.
        name: What to call the file in errors; its path if not given.

    Returns:
        The file's content as plain values, and where each of them stands. Lists and dicts are
        the caller's own: nothing is shared, not even what an alias repeats.

    Raises:
        DefinitionError: If the file can't be read, is too large, or is not the YAML that the
            module's docstring allows.
    """
    shown = name if name is not None else str(source)
    try:
        with source.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DefinitionError(
            shown,
            1,
            f"The file can't be read: {error.strerror}.",
            "Check that it exists and may be read.",
        ) from error
    return read_yaml_bytes(content, name=shown)


def read_yaml_bytes(content: bytes, *, name: str) -> tuple[Plain, Positions]:
    """Read YAML that is already in memory, by the same rules as `read_yaml`.

    Args:
        content: The file's bytes, UTF-8.
        name: What to call the file in errors.

    Returns:
        As `read_yaml`.

    Raises:
        DefinitionError: As `read_yaml`.
    """
    text = _decode(content, name)
    try:
        events = YAML(typ="safe", pure=True).parse(text)
        return _Builder(name, iter(events)).build()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise DefinitionError(name, line, *_told(error)) from error
    except YAMLError as error:
        raise DefinitionError(
            name,
            1,
            "The file holds a character that YAML doesn't allow.",
            "Take control characters out.",
        ) from error


def _told(error: MarkedYAMLError) -> tuple[str, str]:
    """Return what a parser found wrong, in words for people, and the remedy."""
    problem = error.problem or ""
    for said, sentence, remedy in _SLIPS:
        if said in problem:
            return f"This is not YAML: {sentence}.", remedy
    what = " ".join(part for part in (error.context, error.problem) if part)
    return f"This is not YAML: {what}.", "Mend the indentation, the quotes or the brackets here."


def _decode(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise DefinitionError(
            name, 1, f"The file is larger than {MAX_BYTES // 1024} KiB.", "Split it, or shorten it."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DefinitionError(
            name, line, "This line is not UTF-8.", "Save the file as UTF-8."
        ) from error


class _Builder:
    """Turns the parser's events into plain values; one use, one file.

    It works on events, not on ruamel's own objects, so that a refusal comes before anything
    is built, and so that a scalar is read by the core schema of YAML 1.2 and nothing else.
    """

    def __init__(self, file: str, events: Iterator[Event]) -> None:
        self._file = file
        self._events = events
        self._places: dict[KeyPath, tuple[int, int]] = {}
        self._anchors: dict[str, tuple[KeyPath, Plain]] = {}
        self._nodes = 0

    def build(self) -> tuple[Plain, Positions]:
        value: Plain = None
        documents = 0
        while not isinstance(event := next(self._events), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self._check_document(event, documents)
                value = self._node(next(self._events), (), 1)
        return value, Positions(self._file, self._places)

    def _check_document(self, event: DocumentStartEvent, documents: int) -> None:
        if documents > 1:
            raise self._error(
                event,
                "A second document starts here.",
                "Keep one document in a file: take the `---` out.",
            )
        if event.tags or event.version not in (None, (1, 2)):
            raise self._error(
                event,
                "The file starts with a directive.",
                "Take it out: files are read as YAML 1.2, without tags.",
            )

    def _node(self, event: Event, path: KeyPath, depth: int) -> Plain:
        self._places.setdefault(path, _place(event))
        self._count(event, 1)
        if depth > MAX_DEPTH:
            raise self._error(
                event, f"This is nested deeper than {MAX_DEPTH} levels.", "Make it flatter."
            )
        if isinstance(event, AliasEvent):
            return self._alias(event, path, depth)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self._error(
                event, f"The tag `{tag}` is not allowed.", "Write the value without a tag."
            )
        value = self._content(event, path, depth)
        if isinstance(event, NodeEvent) and event.anchor is not None:
            if event.anchor in self._anchors:
                raise self._error(
                    event, f"The anchor `&{event.anchor}` is used twice.", "Rename one of them."
                )
            self._anchors[event.anchor] = (path, value)
        return value

    def _content(self, event: Event, path: KeyPath, depth: int) -> Plain:
        if isinstance(event, MappingStartEvent):
            return self._mapping(path, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path, depth)
        # The parser's grammar leaves nothing but a scalar in this place.
        return self._scalar(cast("ScalarEvent", event))

    def _mapping(self, path: KeyPath, depth: int) -> dict[str, Plain]:
        mapping: dict[str, Plain] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event)
            if key in mapping:
                first = self._places[(*path, key)][0]
                raise self._error(
                    event,
                    f"The key `{key}` stands here a second time (first on line {first}).",
                    "Keep one of them.",
                )
            self._places[(*path, key)] = _place(event)
            mapping[key] = self._node(next(self._events), (*path, key), depth + 1)
        return mapping

    def _key(self, event: Event) -> str:
        if not isinstance(event, ScalarEvent) or event.tag is not None or event.anchor is not None:
            raise self._error(
                event, "A key must be plain text.", "Write the key as text, without tag or anchor."
            )
        self._count(event, 1)
        if event.value == "<<" and event.style is None:
            raise self._error(event, "Merge keys (`<<`) are not allowed.", "Write the keys out.")
        key = self._scalar(event)
        if not isinstance(key, str):
            raise self._error(
                event,
                f"The key `{event.value}` is not text.",
                f'Put it in quotes: "{event.value}".',
            )
        return key

    def _sequence(self, path: KeyPath, depth: int) -> list[Plain]:
        elements: list[Plain] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            elements.append(self._node(event, (*path, len(elements)), depth + 1))
        return elements

    def _scalar(self, event: ScalarEvent) -> str | int | float | bool | None:
        text: str = event.value
        if event.style is not None:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        number = self._number(event, text)
        return text if number is None else number

    def _number(self, event: Event, text: str) -> int | float | None:
        """The number that a plain scalar stands for, or None if it stands for none."""
        quote = f'Put it in quotes if it is text: "{text[:40]}".'
        if _LEADING_ZERO.match(text):
            raise self._error(event, f"The number `{text}` starts with a zero.", quote)
        if _DECIMAL.match(text) or _OCTAL_OR_HEX.match(text):
            # The length first: reading very long numbers takes long, and Python refuses them.
            number = int(text, 0) if len(text) < _LONGEST_NUMBER else MAX_INTEGER + 1
            if abs(number) > MAX_INTEGER:
                raise self._error(event, f"The number on this line is beyond {MAX_INTEGER}.", quote)
            return number
        finite = math.isfinite(float(text)) if _FLOAT.match(text) else not _NOT_FINITE.match(text)
        if not finite:
            raise self._error(event, f"`{text[:40]}` is not a number that JSON can hold.", quote)
        return float(text) if _FLOAT.match(text) else None

    def _alias(self, event: AliasEvent, path: KeyPath, depth: int) -> Plain:
        if event.anchor not in self._anchors:
            raise self._error(
                event,
                f"The alias `*{event.anchor}` stands for nothing that is complete before it.",
                f"Put `&{event.anchor}` at a value further up, outside of which this alias stands.",
            )
        origin, value = self._anchors[event.anchor]
        return self._copy(event, value, origin, path, depth)

    def _copy(
        self, event: Event, value: Plain, origin: KeyPath, path: KeyPath, depth: int
    ) -> Plain:
        """Write an alias out: a copy of its own, with the positions of the original inside."""
        if depth > MAX_DEPTH:
            raise self._error(
                event, f"This is nested deeper than {MAX_DEPTH} levels.", "Make it flatter."
            )
        self._places.setdefault(path, self._places[origin])
        if isinstance(value, dict):
            self._count(event, 2 * len(value))
            return {
                key: self._copy(event, inner, (*origin, key), (*path, key), depth + 1)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            self._count(event, len(value))
            return [
                self._copy(event, inner, (*origin, index), (*path, index), depth + 1)
                for index, inner in enumerate(value)
            ]
        return value

    def _count(self, event: Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._error(
                event,
                f"There are more than {MAX_NODES} values once aliases are written out.",
                "Use fewer aliases, or split the file.",
            )

    def _error(self, event: Event, sentence: str, remedy: str) -> DefinitionError:
        return DefinitionError(self._file, _place(event)[0], sentence, remedy)


def _place(event: Event) -> tuple[int, int]:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1
