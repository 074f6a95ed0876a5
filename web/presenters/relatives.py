"""The cases that a case opened, and the one that opened it: where each stands.

Who may not see such a case is told its number and its state, and nothing else (9.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from definitions.definition import Definition
from definitions.rules import may_see, tally
from definitions.rules.effects import child_id
from definitions.state import CaseState
from store.queries.cases import CaseRow
from web.page_models import CaseRef, RelatedCase
from web.presenters.mine import verb
from web.presenters.reader import Reader, case_ref
from web.presenters.standing import awaited, mark, waits_for
from web.presenters.words import listed, since

_HIDDEN = "What it is about is shown to its people only."


@dataclass(frozen=True)
class Related:
    """A case beside the one that is shown, with the definition that it lives by."""

    row: CaseRow
    definition: Definition

    def seen_by(self, reader: Reader) -> bool:
        """Say whether the reader may see it."""
        return may_see(self.definition, self.row.state, reader.id, reader.roles)


def related(reader: Reader, one: Related, *, aside: str = "") -> RelatedCase:
    """Return such a case as a line: its number, where it stands, since when.

    Args:
        aside: that the case shown doesn't wait for it; "" if it does.
    """
    label, tone = mark(one.definition, one.row)
    if not one.seen_by(reader):
        ref = case_ref(one.row.number, None)
        return RelatedCase(case=ref, label=label, tone=tone, hidden=_HIDDEN, aside=aside)
    steps = [at.since for name, at in one.row.state.steps.items() if one.row.state.is_open(name)]
    began = max(steps, default=one.row.ended_at or one.row.opened_at)
    return RelatedCase(
        case=case_ref(one.row.number, one.definition),
        label=label,
        tone=tone,
        standing="" if one.row.state.ended else where(one),
        since=since(began, reader.now),
        aside=aside,
    )


def opened_cases(
    reader: Reader, definition: Definition, state: CaseState, children: Sequence[Related]
) -> tuple[RelatedCase, ...]:
    """Return the cases that a case opened, and of which of them it doesn't wait for the end."""
    loose = {
        child_id(state.case, name, n)
        for name, child in state.children.items()
        if not waits_for(definition, name)
        for n in range(1, child.n + 1)
    }
    return tuple(
        related(reader, one, aside=_aside(one) if one.row.case in loose else "") for one in children
    )


def _aside(one: Related) -> str:
    waits = "didn't" if one.row.state.ended else "doesn't"
    return f"This case {waits} wait for it."


def where(one: Related) -> str:
    """Return what a case waits for in a few words: `Vote on the motion, 3 of 5 have voted`."""
    state, definition = one.row.state, one.definition
    steps = [name for name in definition.body.steps if state.is_open(name)]
    told = [_step(definition, state, name) for name in steps]
    return listed(told) or definition.state_title(state.configuration[-1])


def _step(definition: Definition, state: CaseState, step: str) -> str:
    if definition.step(step).vote is None or step not in state.votes:
        return verb(definition, step)
    now = tally(definition, state, step)
    voted = now.electorate - len(now.waiting)
    return f"{verb(definition, step)}, {voted} of {now.electorate} have voted"


def waited_for(
    reader: Reader, definition: Definition, state: CaseState, children: Sequence[Related]
) -> tuple[str, tuple[CaseRef, ...]]:
    """Return for which other cases a case waits, in words and as links; "" for none."""
    wanted = {child.case for child in awaited(definition, state)}
    found = [one for one in children if one.row.case in wanted and not one.row.state.ended]
    told, refs = [], []
    for one in found:
        seen = one.seen_by(reader)
        named = f"{one.definition.title()} {one.row.number}" if seen else one.row.number
        told.append(f"{named} ({where(one) if seen else 'another case'})")
        refs.append(case_ref(one.row.number, one.definition if seen else None))
    return listed(told), tuple(refs)
