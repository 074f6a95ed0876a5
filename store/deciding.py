"""Deciding an act: the rules, with what the exclusivity matrix and the Board's motions say.

It changes nothing, so that whoever previews an act asks what its commit will ask.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from definitions.acts import Act, Facts, SignedAct
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import Changes, apply
from definitions.state import CaseState
from store import deeds, repeating
from store.checks import Refused


@dataclass(frozen=True)
class Asked:
    """An act on which nothing is decided yet, and the stored state that it is about."""

    definition: Definition
    state: CaseState | None
    signed: SignedAct
    act: Act


@dataclass(frozen=True)
class Decided:
    """An act on which everything is decided: only writing it is left.

    Attributes:
        definition: the case's.
        signed: as it came; unsigned if the clock does it.
        act: `signed.act`, read and checked.
        facts: what was decided, the time among it.
        changes: what the rules make of it.
    """

    definition: Definition
    signed: SignedAct
    act: Act
    facts: Facts
    changes: Changes


_NO_MOTION = Refusal(
    "no-motion",
    "This would give a role or a place on a list, but no motion of the Board stands behind it.",
    "9.1.5",
    "Tell who keeps the definition: it must wait for a motion that was carried.",
)


def decide(connection: Connection, asked: Asked, facts: Facts, *, lock: bool = False) -> Decided:
    """Apply the rules; anew with what the exclusivity matrix forbids, if it forbids a grant.

    So too with which cases came before, where the act brings it to a state that is counted.

    Args:
        lock: whether what is counted must stay as it is until this is written.

    Raises:
        Refused: the rules refuse the act.
    """
    values = asked.signed.values()
    while True:
        changes = apply(asked.definition, asked.state, asked.act, values, facts)
        if isinstance(changes, Refusal):
            raise Refused(changes)
        counted = repeating.earlier(connection, asked.state, changes.state, lock=lock)
        if counted.keys() != facts.repeats.keys():
            facts = replace(facts, repeats=counted)
            continue
        found = deeds.conflicts(connection, changes.deeds, facts.time)
        if not found and deeds.unauthorised(connection, changes.state, changes.deeds):
            raise Refused(_NO_MOTION)
        if not found:
            before = asked.state.taken if asked.state else {}
            if changes.state.taken == before:  # what waits has decided nothing
                facts = replace(facts, waiting=())
            return Decided(asked.definition, asked.signed, asked.act, facts, changes)
        facts = replace(facts, conflicts={**facts.conflicts, **found})
