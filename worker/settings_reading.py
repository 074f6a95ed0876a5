"""How settings are read: from TOML and the environment into frozen dataclasses.

It knows no single setting: each section is a dataclass whose fields say their type, default and
bounds. Every value that cannot be used is said in a sentence that names the setting, the value
and where it came from; all of them at once. Unknown sections and names are errors, because a
setting that is silently ignored is a setting that somebody believes in.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

if typing.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX: Final = "COUNTERSIGN_"
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})

T = TypeVar("T")


def number(default: T, least: float, most: float) -> T:
    """Return a dataclass field for a number within bounds (both included)."""
    bounds = {"least": least, "most": most}
    field: T = dataclasses.field(default=default, metadata=bounds)
    return field


@dataclass(frozen=True)
class Given:
    """A value as somebody gave it.

    Attributes:
        value: a string from the environment, any TOML value from a file.
        source: where it came from, for sentences.
        base: the folder that relative paths start from.
    """

    value: Any
    source: str
    base: Path


class _UnusableError(ValueError):
    """Why a value can't be used, as the end of a sentence."""


def setting_names(tree: type) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Yield each setting of a tree of sections: `section.name` and its field."""
    for section, kind in _sections(tree).items():
        for field in dataclasses.fields(kind):
            yield f"{section}.{field.name}", field


def environment_name(section: str, name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{section}_{name}".upper()


def build(tree: type[T], given: Mapping[tuple[str, str], Given]) -> tuple[T | None, list[str]]:
    """Build a tree of sections from what was given; the rest are defaults.

    Args:
        tree: a dataclass whose fields are dataclasses, one a section.
        given: values by section and name.

    Returns:
        The tree and no complaints, or None and a sentence for each value that cannot be used.
    """
    complaints = _unknown(tree, given)
    sections: dict[str, Any] = {}
    for section, kind in _sections(tree).items():
        values: dict[str, Any] = {}
        types = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            value = given.get((section, field.name))
            if value is None:
                continue
            try:
                values[field.name] = _convert(types[field.name], value, field.metadata)
            except _UnusableError as why:
                name = f"{section}.{field.name}"
                complaints.append(f"{name} {why}; {value.source} says {value.value!r}.")
        sections[section] = kind(**values)
    return (None, complaints) if complaints else (tree(**sections), [])


def to_environment(settings: Any) -> dict[str, str]:
    """Return every setting as environment variables, so that a child process reads the same."""
    return {
        environment_name(section.name, field.name): _as_text(
            getattr(getattr(settings, section.name), field.name)
        )
        for section in dataclasses.fields(settings)
        for field in dataclasses.fields(getattr(settings, section.name))
    }


def _sections(tree: type) -> dict[str, type]:
    return dict(typing.get_type_hints(tree))


def _unknown(tree: type, given: Mapping[tuple[str, str], Given]) -> list[str]:
    sections = _sections(tree)
    known = [name for name, _ in setting_names(tree)]
    complaints = []
    for (section, name), value in given.items():
        full = f"{section}.{name}" if name else section
        if full not in known and not (section in sections and not name):
            near = difflib.get_close_matches(full, known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            complaints.append(f"There is no setting {full} ({value.source}).{hint}")
    return complaints


def _convert(kind: Any, given: Given, bounds: Mapping[str, float]) -> Any:
    if get_origin(kind) is Literal:
        return _choice(get_args(kind), given.value)
    if kind is bool:
        return _yes_or_no(given.value)
    if kind in {int, float}:
        return _number(kind, given.value, bounds)
    if kind is str:
        if not isinstance(given.value, str):
            raise _UnusableError("must be a text")
        return given.value.strip()
    if get_origin(kind) is tuple:
        return _paths(given) if get_args(kind)[0] is Path else _texts(given.value)
    return _path(given.value, given.base, optional=kind is not Path)


def _choice(allowed: tuple[str, ...], value: Any) -> str:
    if value not in allowed:
        raise _UnusableError("must be " + " or ".join(f"`{word}`" for word in allowed))
    return str(value)


def _yes_or_no(value: Any) -> bool:
    word = value.strip().lower() if isinstance(value, str) else value
    if word is True or word in _YES:
        return True
    if word is False or word in _NO:
        return False
    raise _UnusableError("must be true or false")


def _number(kind: type, value: Any, bounds: Mapping[str, float]) -> int | float:
    wanted = "a whole number" if kind is int else "a number"
    limits = f"must be {wanted} from {bounds['least']} to {bounds['most']}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _UnusableError(limits)
    try:
        result: int | float = int(str(value)) if kind is int else float(value)
    except ValueError as error:
        raise _UnusableError(limits) from error
    if not bounds["least"] <= result <= bounds["most"]:
        raise _UnusableError(limits)
    return result


def _path(value: Any, base: Path, *, optional: bool) -> Path | None:
    if not isinstance(value, str) or "\0" in value or (not value.strip() and not optional):
        raise _UnusableError("must be a path")
    return (base / Path(value.strip()).expanduser()).absolute() if value.strip() else None


def _paths(given: Given) -> tuple[Path, ...]:
    value = given.value
    items = value.split(os.pathsep) if isinstance(value, str) else value
    if not isinstance(items, list):
        raise _UnusableError("must be a list of paths")
    found = [_path(item, given.base, optional=True) for item in items]
    return tuple(path for path in found if path is not None)


def _texts(value: Any) -> tuple[str, ...]:
    items = value.split() if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _UnusableError("must be a list of texts")
    return tuple(items)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        between = os.pathsep if all(isinstance(item, Path) for item in value) else " "
        return between.join(str(item) for item in value)
    return str(value)
