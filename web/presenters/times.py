"""Lengths of time as people read them, also those that a choice of the form decides."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.definition import Definition
from definitions.model import LengthBy, duration, words
from web.presenters.words import exactly, listed


def length_words(definition: Definition, length: str | LengthBy) -> str:
    """Return how long it is: `four hours if Severity is High, five days if Low or None`."""
    if not isinstance(length, LengthBy):
        return exactly(duration(length))
    spec = definition.field(length.by)
    choices: dict[str, list[str]] = {}
    for choice, told in length.lengths().items():
        title = words((spec.choices or {}).get(choice)).partition(":")[0] or choice
        choices.setdefault(exactly(duration(told)), []).append(title)
    if len(choices) == 1:
        return next(iter(choices))
    first, *rest = [(told, listed(titles, "or")) for told, titles in choices.items()]
    parts = [f"{first[0]} if {words(spec.title)} is {first[1]}"]
    return ", ".join([*parts, *(f"{told} if {titles}" for told, titles in rest)])


def put_off(definition: Definition, step: str) -> Iterator[str]:
    """Yield as sentences what puts off a step's deadline, and by how much."""
    for effect in definition.body.effects:
        if effect.extend is None or effect.extend.step != step:
            continue
        moves = "Coming to" if effect.enter else "Leaving"
        title = definition.state_title(effect.enter or effect.leave or "")
        by = length_words(definition, effect.extend.by)
        yield f"{moves} “{title}” puts it off by {by}, if it hasn't passed by then."
