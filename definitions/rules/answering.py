"""Answers in a signed step that decide where a case goes.

An answer counts as long as the signature that gave it: it goes when its step is entered again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.rules.values import is_empty
from definitions.state import CaseState


def answered(
    definition: Definition, state: CaseState, step: str, values: Mapping[str, Json]
) -> CaseState:
    """Return the state with what a signature answered, before the event of its outcome."""
    deciding = definition.answers.get(step)
    if deciding is None:
        return state
    given = {
        by: values[field]
        for field, by in deciding.items()
        if field in values and not is_empty(values[field])
    }
    return _known(state, deciding.values(), given)


def forgotten(definition: Definition, state: CaseState, entered: Iterable[str]) -> CaseState:
    """Return the state without the answers of steps that are entered (again)."""
    gone = [by for step in entered for by in definition.answers.get(step, {}).values()]
    return _known(state, gone, {}) if any(by in state.known for by in gone) else state


def _known(state: CaseState, gone: Iterable[str], given: Mapping[str, Json]) -> CaseState:
    without = set(gone)
    kept = {name: value for name, value in state.known.items() if name not in without}
    return state.model_copy(update={"known": {**kept, **given}})
