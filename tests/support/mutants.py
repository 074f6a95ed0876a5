"""Mutants of a definition's plain data: each lacks one thing that keeps somebody from something.

The format has no guards yet (`on` maps an event to one state); the first brings its mutant here.
"""

import copy
from collections.abc import Iterator
from typing import Any

Mutant = tuple[str, dict[str, Any]]


def mutants(data: dict[str, Any]) -> Iterator[Mutant]:
    """Yield a name and the data for every seat, exclusion, count, deadline, amendment and cover."""
    for step, rules in data["steps"].items():
        for seat, spec in rules["seats"].items():
            place = ["steps", step, "seats"]
            yield f"{step}: without the seat {seat}", _without(data, *place, seat)
            for index, exclusion in enumerate(spec.get("not", [])):
                kept_out = exclusion if isinstance(exclusion, str) else _told(exclusion)
                name = f"{step}: {seat} without keeping out {kept_out}"
                yield name, _without(data, *place, seat, "not", index)
            if "count" in spec:
                yield f"{step}: {seat} without its count", _without(data, *place, seat, "count")
        yield from _of_step(data, step, rules)
    yield "without amending", _without(data, "amend")
    for index, name in enumerate(data["amend"]["fields"]):
        yield f"amend: without {name}", _without(data, "amend", "fields", index)
    for index, name in enumerate(data["amend"]["during"]):
        yield f"amend: not during {name}", _without(data, "amend", "during", index)


def _of_step(data: dict[str, Any], step: str, rules: dict[str, Any]) -> Iterator[Mutant]:
    if "need" in rules:
        yield f"{step}: without need", _without(data, "steps", step, "need")
    deadline = rules.get("deadline", {})
    if "event" in deadline:
        changed = _without(data, "steps", step, "deadline", "event")
        yield f"{step}: deadline without its event", changed
    elif deadline:
        yield f"{step}: without its deadline", _without(data, "steps", step, "deadline")
    covers = rules.get("covers")
    if covers is None:
        return
    yield f"{step}: without covers", _without(data, "steps", step, "covers")
    if "reopen" in covers:
        yield f"{step}: without reopen", _without(data, "steps", step, "covers", "reopen")
    for index, name in enumerate(covers["fields"]):
        place = ("steps", step, "covers", "fields", index)
        yield f"{step}: covers without {name}", _without(data, *place)


def _told(exclusion: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in exclusion.items() if key != "policy")


def _without(data: dict[str, Any], *path: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return changed
