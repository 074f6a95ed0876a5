"""Mutants of where a case goes: targets, beginnings, and what can be taken back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.support.changed_data import (
    Data,
    Mutant,
    adding,
    ends,
    having,
    inside,
    leaves,
    people,
    without,
)


def of_machine(data: Data) -> Iterator[Mutant]:
    """Yield every event with every other target, and every other beginning.

    Of a state at the top the targets are all others there; of one inside of another, those beside
    it and those at the top. Into the middle of a parallel state none leads: it would begin the
    states beside it as its own beginning does.
    """
    machine = data["machine"]
    yield from _of_states(data, machine, ("machine",), list(machine["states"]))


def _of_states(data: Data, around: Data, path: tuple[str, ...], top: list[str]) -> Iterator[Mutant]:
    key = "parallel" if "parallel" in around else "states"
    states: Mapping[str, Any] = around[key]
    places = dict.fromkeys([*([] if key == "parallel" else states), *top])
    if "initial" in around:
        for name in states:
            if name != around["initial"]:
                changed = having(data, name, *path, "initial")
                yield Mutant("target", f"{path[-1]}: begins at {name}", changed)
    for name, state in states.items():
        for event, led in state.get("on", {}).items():
            yield from _of_targets(data, (*path, key, name, "on", event), led, places)
        if inside(state):
            yield from _of_states(data, state, (*path, key, name), top)


def _of_targets(
    data: Data, path: tuple[str, ...], led: str | dict[str, str], places: Iterable[str]
) -> Iterator[Mutant]:
    """Yield an event that leads elsewhere; of one that branches, for each choice by itself."""
    *_, name, _, event = path
    targets = {"": led} if isinstance(led, str) else {c: to for c, to in led.items() if c != "by"}
    for choice, target in targets.items():
        where, at = (path, "") if not choice else ((*path, choice), f" at {choice}")
        for other in places:
            if other != target:
                changed = having(data, other, *where)
                yield Mutant("target", f"{name}: {event} leads to {other}{at}", changed)


def of_taking_back(data: Data) -> Iterator[Mutant]:
    """Yield what can be amended and withdrawn, less or more of it, elsewhere, by others."""
    waiting = [name for name in leaves(data["machine"]["states"]) if name in data["steps"]]
    if "amend" in data:
        yield Mutant("amend", "without amending", without(data, "amend"))
        yield from _parts(data, "amend", "fields", list(data["start"]["fields"]), "also", "without")
    else:
        for name in data["start"]["fields"]:
            rule = {"people": ["opener"], "fields": [name], "during": waiting}
            yield Mutant("amend more", f"amend: also {name}", having(data, rule, "amend"))
    if "withdraw" in data:
        yield Mutant("withdraw", "without withdrawing", without(data, "withdraw"))
        for end in ends(data):
            if end != data["withdraw"]["to"]:
                changed = having(data, end, "withdraw", "to")
                yield Mutant("withdraw more", f"withdraw: to {end}", changed)
    for key in ("amend", "withdraw"):
        if key in data:
            yield from _parts(data, key, "during", waiting, "also during", "not during")
            yield from _parts(data, key, "people", people(data), "by", "not by")


def _parts(
    data: Data, key: str, part: str, everything: list[str], more: str, less: str
) -> Iterator[Mutant]:
    there = data[key][part]
    for index, name in enumerate(there):
        yield Mutant(key, f"{key}: {less} {name}", without(data, key, part, index))
    for name in everything:
        if name not in there:
            yield Mutant(f"{key} more", f"{key}: {more} {name}", adding(data, name, key, part))
