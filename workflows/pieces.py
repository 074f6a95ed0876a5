"""The pieces of a case that neither wait nor ask: `workflows/case.py` does that with them.

What a case begins with and hands to its next run, what the clock does as an act, and what
Temporal's own pages show.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from definitions.acts import SYSTEM, Act, ActResult, Head, SignedAct
    from definitions.canonical import Json
    from definitions.definition import Definition
    from definitions.model import words
    from definitions.refusals import Refusal
    from definitions.rules import Due, open_seats
    from definitions.state import CaseState

from workflows.messages import HAPPENED_FIRST, Carried, CaseInput

_SHORTEST, _LONGEST = 0.1, 300.0
"""Seconds for one try of a commit."""


def definition_of(
    given: CaseInput, process: str, case: str
) -> tuple[Definition | None, Refusal | None]:
    """Return the definition of the case, or why this workflow can't be one.

    Args:
        given: what the workflow was started with.
        process: the workflow's type, as Temporal says it.
        case: its id, as Temporal says it.
    """
    try:
        definition = Definition.from_text(given.definition)
    except ValueError as error:
        return None, Refusal("no-definition", f"This isn't the text of a definition: {error}")
    if definition.process != process:
        return None, Refusal(
            "other-process", "The workflow's type isn't the process of its definition."
        )
    if given.opening.act.get("definition") != definition.version:
        return None, Refusal(
            "other-definition", "The opening was signed for another version of the definition."
        )
    if given.opening.act.get("id") != case:
        return None, Refusal("other-case", "The workflow's id isn't the opening act's id.")
    return definition, None


def misnamed(signed: SignedAct, update: workflow.UpdateInfo | None) -> Refusal | None:
    """Return why an update isn't the one of its act; None if it is.

    Temporal answers an update's id once. So an act goes under its own id, or one that begins with
    it and a colon: under somebody else's, it would take away the answer to their act.

    Args:
        signed: what came with it; an id that is no text the rules refuse.
        update: what Temporal says of it.
    """
    act_id = signed.act.get("id")
    if update is None or not isinstance(act_id, str):
        return None
    if update.id == act_id or update.id.startswith(f"{act_id}:"):
        return None
    return Refusal("other-update", "This act was sent under a name that isn't its own.")


def next_input(given: CaseInput, carried: Carried) -> CaseInput:
    """Return what the next run of the case begins with.

    The opening's values stay behind: they are in the record, and no run needs them again.
    """
    opening = SignedAct(act=given.opening.act)
    return CaseInput(opening, given.definition, carried, given.commit_seconds, HAPPENED_FIRST)


def commit_timeout(given: CaseInput) -> timedelta:
    """Return how long one try of a commit may take.

    Whoever can write to Temporal can start a case with any number: the bounds are the setting's,
    and what is no number at all counts as the longest.
    """
    return timedelta(seconds=max(_SHORTEST, min(_LONGEST, given.commit_seconds)))


def plain(results: Mapping[str, ActResult]) -> dict[str, Json]:
    """Return answers as JSON, by the ids of their acts."""
    return {
        key: {
            "accepted": result.accepted,
            "number": result.number,
            "seq": result.seq,
            "time": result.time,
            "refusal": result.refusal,
        }
        for key, result in results.items()
    }


def clock_act(definition: Definition, state: CaseState, head: Head, due: Due, at: str) -> SignedAct:
    """Return what the clock does as an act, unsigned: the commit signs it if it is due.

    Args:
        definition: the case's.
        state: the case's state.
        head: where its stream ends; the act's id has its number.
        due: what is due.
        at: the time, as the case knows it.
    """
    draw = definition.body.draws.get(due.step) if due.kind == "draw" else None
    act = Act(
        id=f"{state.case}:{head.seq}:{due.kind}:{due.step}",
        case=state.case,
        kind=due.kind,
        actor=SYSTEM,
        definition=definition.version,
        shown="",
        auth={"kind": SYSTEM, "cause": {"due": due.at, "seq": head.seq}},
        at=at,
        step=draw.on if draw else due.step or None,
        instance=state.steps[due.step].instance if due.step and not draw else None,
        seat=due.step if draw else None,
    )
    return SignedAct(act=act.to_json())


def lag_of(asked: datetime, said: datetime, now: datetime) -> timedelta:
    """Return by how much the store's clock is ahead of ours, as far as it must be.

    Its time was read between question and answer, which may lie hours apart if nobody worked in
    between: whatever lies there is no lag.

    Args:
        asked: when the question was sent, by our clock.
        said: what the store's clock said.
        now: when the answer is read, by our clock.
    """
    return max(said - now, timedelta()) + min(said - asked, timedelta())


def details(definition: Definition, state: CaseState, stopped: str) -> str:
    """Return for Temporal's own pages where the case stands; nothing personal."""
    if stopped:
        return f"**Stopped**: {stopped}"
    steps = {seat.step: None for seat in open_seats(definition, state)}
    lines = [f"* {words(definition.step(step).title)}" for step in steps]
    text = "Ended." if state.ended else "Waiting for:\n" + "\n".join(lines)
    return f"{state.number}\n\n{text}"
