"""A section of the policy as a page: its text in paragraphs and lists, and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from definitions.citations import Policy
from definitions.citations import Section as PolicySection
from definitions.definition import Definition
from web.page_models import Block, Frame, Link, PolicySectionPage, Section

_POINT = re.compile(r"\s*(?:[-*•]|\d+[.)]|[a-z]\))\s+(.*)")


def section_page(
    policy: Policy, found: PolicySection, definitions: Sequence[Definition], frame: Frame
) -> PolicySectionPage:
    """Return the page of a section.

    Args:
        definitions: those that cases can be opened of; some may carry the section out.
    """
    all_ = policy.sections()
    place = all_.index(found)
    return PolicySectionPage(
        frame=frame,
        policy=f"{policy.title}, {policy.version}",
        number=found.number,
        title=found.title,
        blocks=blocks(found),
        above=tuple(_linked(one) for one in policy.parents(found.number)),
        below=tuple(_linked(one) for one in policy.children(found.number)),
        before=_linked(all_[place - 1]) if place else None,
        after=_linked(all_[place + 1]) if place + 1 < len(all_) else None,
        carried_out_by=tuple(
            Link(label=one.title(), url=f"/definitions/{one.process}")
            for one in definitions
            if found.number in cited(one)
        ),
    )


def blocks(found: PolicySection) -> tuple[Block, ...]:
    """Return a section's text in paragraphs and lists."""
    shown: list[Block] = []
    points: list[str] = []
    for line in found.text.split("\n"):
        point = _POINT.fullmatch(line)
        if point:
            points.append(point[1].strip())
            continue
        if points:
            shown.append(Block(kind="list", lines=tuple(points)))
            points = []
        if line.strip():
            shown.append(Block(kind="text", lines=(line.strip(),)))
    if points:
        shown.append(Block(kind="list", lines=tuple(points)))
    if found.judgement:
        told = "The text lost this section's title; the one above is ours."
        shown.append(Block(kind="text", lines=(told,), note=True))
    return tuple(shown)


def cited(definition: Definition) -> frozenset[str]:
    """Return every section that a definition cites."""
    body = definition.body
    steps = [step.policy for step in body.steps.values()]
    seats = [seat.policy for step in body.steps.values() for seat in step.seats.values()]
    invariants = [invariant.policy for invariant in body.invariants]
    start = [body.start.policy]
    return frozenset(s for s in (*body.policy, *steps, *seats, *invariants, *start) if s)


def _linked(found: PolicySection) -> Section:
    return Section(number=found.number, url=f"/policy/{found.number}", title=found.title)
