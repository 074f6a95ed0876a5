"""The how-manieth case within a period one is, as sentences, where cases came before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from definitions.acts import Facts
from definitions.definition import Definition
from definitions.parts import duration
from definitions.rules.repeating import MOST
from definitions.state import CaseState
from web.page_models import RepeatLine
from web.presenters.reader import case_ref
from web.presenters.words import exactly, listed


def repeats_of(definition: Definition, state: CaseState) -> tuple[RepeatLine, ...]:
    """Return what a case has noted of those before it; nothing where it was the first."""
    noted = state.repeats.values()
    return _lines(definition, ((one.state, one.within, one.earlier) for one in noted))


def repeats_in(definition: Definition, facts: Facts) -> tuple[RepeatLine, ...]:
    """Return what an entry says of the cases that came there before; nothing where none did."""
    return _lines(definition, _counted(definition, facts))


def _counted(definition: Definition, facts: Facts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for key, earlier in facts.repeats.items():
        effect = definition.body.effects[int(key.rpartition("-")[2])]
        if effect.repeated is not None:
            yield effect.enter or "", effect.repeated.within, earlier


def _lines(
    definition: Definition, noted: Iterable[tuple[str, str, Sequence[str]]]
) -> tuple[RepeatLine, ...]:
    """Return one line for each state and period, though several effects may count it."""
    lines = (_line(definition, *one) for one in noted if one[2])
    return tuple(dict.fromkeys(lines))


def _line(definition: Definition, at: str, within: str, earlier: Sequence[str]) -> RepeatLine:
    n, length = len(earlier) + 1, exactly(duration(within))
    many = "or more " if len(earlier) == MOST else ""
    return RepeatLine(
        sentence=f"It is number {n} {many}within {length} to come to "
        f"“{definition.state_title(at)}”. Before it came {listed(earlier)}.",
        cases=tuple(case_ref(number, None) for number in earlier),
    )
