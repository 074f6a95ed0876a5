"""Choices of a form that decide where a case goes, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from definitions.branching import answer_of, branch_fields, choices_of
from definitions.definition import Definition
from definitions.model import Branch, words
from web.presenters.words import listed


def choice_title(definition: Definition, field: str, choice: str) -> str:
    """Return what a choice is called, without what explains it: `low` of `Low: nothing breaks`."""
    texts = definition.field(field).choices or {}
    return words(texts.get(choice)).partition(":")[0].lower() or choice


def ways(definition: Definition, state: str, event: str) -> Mapping[str, tuple[str, ...]]:
    """Return where an event leads from a state, each with the choices for which it does, in words.

    No choices: whatever is chosen.
    """
    target = definition.chart.states[state].on.get(event)
    if not isinstance(target, Branch):
        return {} if target is None else {target: ()}
    found: dict[str, tuple[str, ...]] = {}
    for choice, to in target.targets().items():
        found[to] = (*found.get(to, ()), choice_title(definition, target.by, choice))
    return found if len(found) > 1 else dict.fromkeys(found, ())


def branch_words(definition: Definition, state: str, event: str) -> str:
    """Return where an event leads from a state: `“Waiting”`, or `low: “Waiting”; high: “CAB”`.

    Nothing of a history state: where that leads isn't said here.
    """
    states = definition.chart.states
    told = [
        (listed(choices, "or"), f"“{definition.state_title(to)}”")
        for to, choices in ways(definition, state, event).items()
        if to in states
    ]
    return "; ".join(f"{at}: {to}" if at else to for at, to in told)


def only_where(
    definition: Definition, some: Sequence[Mapping[str, str]], fields: Iterable[str] | None = None
) -> str:
    """Return for which choices alone something is so: `“Risk” is high`; "" if it is for all.

    Args:
        some: the ways to choose for which it is so.
        fields: those that may decide it; where none are given, those that decide where a case goes.
    """
    told = []
    for field in branch_fields(definition.body) if fields is None else fields:
        every = choices_of(definition.body, field)
        there = [choice for choice in every if any(one.get(field) == choice for one in some)]
        if len(there) < len(every):
            titles = [choice_title(definition, field, choice) for choice in there]
            told.append(f"{_question(definition, field)} is {listed(titles, 'or')}")
    return listed(told)


def _question(definition: Definition, by: str) -> str:
    """Return what is chosen: `“Risk”`, or `“How grave”, answered in “Judge it”,`."""
    title, answer = f"“{words(definition.field(by).title)}”", answer_of(by)
    if answer is None:
        return title
    return f"{title}, answered in “{words(definition.step(answer[0]).title)}”,"
