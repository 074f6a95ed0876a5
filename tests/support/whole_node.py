"""A state of a case among those that named people can bring it to, whoever of them is who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from definitions.acts import SYSTEM
from definitions.state import CaseState, StepState
from tests.support.brute_force import Node

Stood = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""What stood in the form as something began: a step's round, or a child case; by name."""


@dataclass(frozen=True)
class WholeNode(Node):
    """Also what stood in the form when each round of a step, or child case, began.

    Attributes:
        matters: fields whose values make a difference.
        roles: of these people; who holds the same is interchangeable.
    """

    stood: Stood = ()
    matters: frozenset[str] = frozenset()
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def key(self) -> Any:
        state = self.state
        steps = sorted(state.steps, key=lambda name: (state.steps[name].since, name))
        told = tuple((name, *_how(state.steps[name])) for name in steps)
        children = tuple((n, one.ended) for n, one in sorted(state.children.items()))
        draws = tuple((n, d.done) for n, d in sorted(state.draws.items()))
        items = tuple((n, len(one)) for n, one in sorted(state.items.items()))
        form = tuple(
            (n, one.commitment) for n, one in sorted(state.fields.items()) if n in self.matters
        )
        answers = [(name, said) for name, said in state.known.items() if "." in name]
        form = (*form, *sorted(answers))
        history = tuple(sorted(state.history.items()))
        stands = (state.configuration, told, children, draws, items, form, history)
        people = tuple(sorted(self._people()))
        return (*stands, people, self._by_rulings(), self.stood, self.waiting, self.been, self.made)

    def _by_rulings(self) -> tuple[str, ...]:
        """Return which seats rulings have filled, and so nobody."""
        return tuple(sorted(fact for fact, who in _facts(self.state) if who == SYSTEM))

    def _people(self) -> Iterator[tuple[str, str]]:
        """Yield for each person what is known of them: all that a state says is of one person."""
        facts: dict[str, set[str]] = {who: set() for who in self.roles}
        for fact, who in _facts(self.state):
            if who != SYSTEM:
                facts[who].add(fact)
        for who, held in self.roles.items():
            yield str(sorted(held)), str(sorted(facts[who]))


def _how(at: StepState) -> tuple[Any, ...]:
    return (at.closed is None, at.outcome, at.overdue)


def _facts(state: CaseState) -> Iterator[tuple[str, str]]:
    """Yield every fact about somebody, with who it is."""
    for name, at in state.steps.items():
        yield from ((f"{name} {s.seat} {s.outcome}", s.actor) for s in at.signatures)
        yield from ((f"{name} declined", who) for who in (at.declined if not at.closed else ()))
    for name, vote in state.votes.items():
        yield from ((f"{name} may vote", who) for who in vote.electorate)
        yield from ((f"{name} abstains", who) for who in vote.active)
        yield from ((f"{name} {v.choice}", v.voter) for v in vote.votes)
    for name, named in state.people.items():
        yield from ((f"is {name}", who) for who in named)
    for name, draw in state.draws.items():
        yield from ((f"{name} passed", who) for who in draw.passed)
    for name, signers in state.signed_before.items():
        yield from ((f"{name} before", who) for who in signers)
