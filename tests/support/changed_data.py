"""Copies of a definition's plain data with one thing changed, each with its kind and a name."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Data = dict[str, Any]


class Mutant(NamedTuple):
    """A definition's plain data with one thing changed.

    Attributes:
        kind: what sort of thing, such as `target` or `privacy`.
        name: which one, told apart from all others of the definition.
    """

    kind: str
    name: str
    data: Data


def without(data: Data, *path: Any) -> Data:
    """Return the data without what stands there."""
    changed = copy.deepcopy(data)
    del _inner(changed, path[:-1])[path[-1]]
    return changed


def having(data: Data, value: Any, *path: Any) -> Data:
    """Return the data with this value there; mappings on the way are made."""
    changed = copy.deepcopy(data)
    _inner(changed, path[:-1])[path[-1]] = copy.deepcopy(value)
    return changed


def adding(data: Data, value: Any, *path: Any) -> Data:
    """Return the data with one more thing in the list there, which is made if there is none."""
    changed = copy.deepcopy(data)
    _inner(changed, path[:-1]).setdefault(path[-1], []).append(copy.deepcopy(value))
    return changed


def _inner(data: Data, path: tuple[Any, ...]) -> Any:
    inner: Any = data
    for key in path:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else inner[key]
    return inner


def leaves(states: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of all states without inner ones."""
    for name, state in states.items():
        inner = inside(state)
        if inner:
            yield from leaves(inner)
        else:
            yield name


def inside(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what stands inside of a state."""
    found: Mapping[str, Any] = state.get("states") or state.get("parallel") or {}
    return found


def ends(data: Data) -> list[str]:
    """Return the states in which a case ends."""
    return [name for name, state in data["machine"]["states"].items() if state.get("final")]


def handled(data: Data, state: str) -> list[str]:
    """Return the events that this state handles, or one around it."""

    def around(states: Mapping[str, Any], outer: tuple[str, ...]) -> Iterator[str]:
        for name, spec in states.items():
            here = (*outer, *spec.get("on", ()))
            if name == state:
                yield from here
            yield from around(inside(spec), here)

    return [event for event in around(data["machine"]["states"], ()) if event != "done"]


def people(data: Data) -> list[str]:
    """Return the people of a case."""
    return ["opener", *data.get("people", ()), *data.get("draws", ()), *data.get("bound", ())]
