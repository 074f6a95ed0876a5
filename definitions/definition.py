"""A definition with its version: the text that a case carries, and what is compiled from it.

The version is the SHA-256 of the canonical JSON of everything that decides: the file as it is
written (not as today's models read it), the exclusivity matrix, and the number of the rules. So
a case lives and dies by exactly this text, also when the models learn new parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from definitions.branching import answers, asked_as
from definitions.canonical import Json, canonical, sha256
from definitions.machine import Chart, compile_chart
from definitions.model import Body, FieldSpec, Seat, Signers, Step, words

RULES = 1
"""The number of the rules in `definitions/rules/`; rules that change get a new one."""


@dataclass(frozen=True, eq=False)
class Definition:
    """One version of one process.

    Attributes:
        version: SHA-256 (hexadecimal) of `text`.
        text: canonical JSON of `{definition, exclusivity, order, rules}`.
        body: the file, as types.
        exclusivity: the exclusivity matrix that belongs to this version, as JSON.
    """

    version: str
    text: str
    body: Body
    exclusivity: Mapping[str, Json]

    @classmethod
    def build(cls, data: Json, exclusivity: Json) -> Definition:
        """Make a definition from a file's plain data and the exclusivity matrix.

        Raises:
            pydantic.ValidationError: the data doesn't have the form.
        """
        whole = {
            "definition": data,
            "exclusivity": exclusivity,
            "order": dict(_orders(data, "")),
            "rules": RULES,
        }
        return cls.from_text(canonical(whole).decode())

    @classmethod
    def from_text(cls, text: str) -> Definition:
        """Read a definition from the text that a case carries.

        Raises:
            ValueError: it isn't the text of a definition (pydantic's error is one too).
        """
        return _from_text(text)

    @property
    def process(self) -> str:
        """The process's name, which is the workflow's type."""
        return self.body.process

    def title(self, language: str = "en") -> str:
        """Return the process's title."""
        return words(self.body.title, language)

    def written(self) -> Json:
        """Return the file's plain data, its keys in the order in which they were written."""
        whole = json.loads(self.text)
        return _ordered(whole["definition"], whole["order"], "")

    def step(self, name: str) -> Step:
        """Return a step.

        Raises:
            KeyError: there is none of that name.
        """
        return self.body.steps[name]

    def seat(self, step: str, name: str) -> Seat:
        """Return a seat of a step; of one with a list, `seat:item` is a seat too.

        Raises:
            KeyError: there is none.
        """
        return self.body.steps[step].seats[name.partition(":")[0]]

    def field(self, name: str) -> FieldSpec:
        """Return a field of the case's form, or by `STEP.FIELD` one of a step's evidence.

        Raises:
            KeyError: there is none.
        """
        return asked_as(self.body, name)

    @cached_property
    def answers(self) -> Mapping[str, Mapping[str, str]]:
        """For each step the fields of its evidence that decide where a case goes."""
        return answers(self.body)

    def state_title(self, state: str, language: str = "en") -> str:
        """Return a state's title: its own, its step's, or its name in words."""
        spec = self.chart.states[state]
        step = self.body.steps.get(state)
        own = spec.title or (step.title if step else None)
        return words(own, language) if own else state.replace("_", " ").capitalize()

    def covered(self, step: str) -> tuple[str, ...]:
        """Return the fields that a signature in the step is about: all, unless it says which."""
        covers = self.body.steps[step].covers
        return covers.fields if covers else tuple(self.body.start.fields)

    @cached_property
    def all_rounds(self) -> frozenset[str]:
        """The steps of which somebody asks who signed them in any round."""
        seats = (seat for step in self.body.steps.values() for seat in step.seats.values())
        asked = [one for seat in seats for one in seat.not_ if isinstance(one, Signers)]
        never = [one.never for one in self.body.invariants if one.never is not None]
        return frozenset(
            {one.signers for one in asked if one.rounds == "all"}
            | {one.signers for one in never if one.signers and one.rounds == "all"}
        )

    @cached_property
    def chart(self) -> Chart:
        """The compiled machine."""
        return compile_chart(self.body)


@lru_cache(maxsize=256)
def _from_text(text: str) -> Definition:
    data = json.loads(text)
    if not isinstance(data, dict) or set(data) != {"definition", "exclusivity", "order", "rules"}:
        raise ValueError("a definition's text holds definition, exclusivity, order and rules")
    if data["rules"] != RULES:
        raise ValueError(f"this program has rules {RULES}, the definition needs {data['rules']}")
    if canonical(data).decode() != text:
        raise ValueError("a definition's text is canonical JSON (RFC 8785)")
    return Definition(
        version=sha256(text.encode()),
        text=text,
        body=Body.model_validate(_ordered(data["definition"], data["order"], "")),
        exclusivity=data["exclusivity"],
    )


def _orders(data: Json, pointer: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the keys of each mapping that aren't in sorted order, by JSON Pointer (RFC 6901)."""
    if isinstance(data, dict):
        if list(data) != sorted(data):
            yield pointer, list(data)
        for key, value in data.items():
            yield from _orders(value, f"{pointer}/{_escaped(key)}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _orders(value, f"{pointer}/{index}")


def _ordered(data: Json, order: Mapping[str, list[str]], pointer: str) -> Json:
    if isinstance(data, dict):
        keys = order.get(pointer, sorted(data))
        if sorted(keys) != sorted(data):
            raise ValueError(
                f"the order of {pointer or 'the definition'} names other keys than it has"
            )
        return {key: _ordered(data[key], order, f"{pointer}/{_escaped(key)}") for key in keys}
    if isinstance(data, list):
        return [_ordered(value, order, f"{pointer}/{i}") for i, value in enumerate(data)]
    return data


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
