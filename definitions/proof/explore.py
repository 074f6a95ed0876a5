"""Goes through every state of the proof, the nearest first, and remembers how it came there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from definitions.proof.acts import Acts
from definitions.proof.happening import Done, Next, State

MOST = 1_000_000
"""States of one definition beyond which it is too large to prove."""

RULE = "rule"
_SIGNING = {"sign", "retract", "draw", "vote", "close"}
"""What gets a step done; lots are cast and votes closed by themselves."""


@dataclass
class Explored:
    """All states that can be come to.

    Attributes:
        states: in the order in which they were found.
        came: for each, the state before it and the act, None for openings.
        ends: how many of them have ended.
        broken: for each invariant that some path breaks, the state before and the act.
        waived: pairs of the rulings that were made and an invariant that was broken then and that
            they waive.
        nowhere: likewise for each step and event that finds no way.
        late: for each, the deadlines that may pass in it: step, and the state after.
        too_large: whether there are more than may be; then nothing is proved.
    """

    acts: Acts
    states: list[State] = field(default_factory=list)
    came: list[tuple[int, Next]] = field(default_factory=list)
    follow: list[list[tuple[int, int]]] = field(default_factory=list)
    late: list[list[tuple[int, int]]] = field(default_factory=list)
    broken: dict[int, tuple[int, Next]] = field(default_factory=dict)
    waived: set[tuple[int, int]] = field(default_factory=set)
    nowhere: dict[tuple[int, str], tuple[int, Next]] = field(default_factory=dict)
    too_large: bool = False

    def path(self, at: int) -> list[Next]:
        """Return how a state was come to, from the opening."""
        found = []
        while at >= 0:
            at, step = self.came[at]
            found.append(step)
        return found[::-1]

    def dead_ends(self, *, late: bool = False) -> Iterator[int]:
        """Yield states from which no end can be reached, the nearest first.

        Args:
            late: whether each deadline that goes on has passed where its step opens again, and
                each of no length where its step opens. That is what time alone can come to, and
                then it passes before anybody does anything.
        """
        ended = self.acts.live.ended
        good = bytearray(ended[state.place] is not None for state in self.states)
        ways = [self._ways(at, late=late) for at in range(len(good))]
        changed = True
        while changed:
            changed = False
            for at in reversed(range(len(good))):
                if not good[at] and all(any(good[to] for to in way) for way in ways[at]):
                    good[at] = changed = True
        yield from (at for at, fine in enumerate(good) if not fine)

    def _ways(self, at: int, *, late: bool) -> list[list[int]]:
        """Return the states after one; where several deadlines have passed, those of each."""
        passed = self.acts.places.late_again(self.states[at].place) if late else ()
        return [[to for index, to in self.late[at] if index == step] for step in passed] or [
            [to for to, _ in self.follow[at]]
        ]

    def unfilled(self) -> Iterator[tuple[int, int]]:
        """Yield states with an open step that can't be got done by signing (or retracting)."""
        waiting = [self._waiting(state) for state in self.states]
        filled = [0] * len(self.states)
        changed = True
        while changed:
            changed = False
            for at in reversed(range(len(filled))):
                now = filled[at]
                for to, closed in self.follow[at]:
                    if closed >= 0:
                        now |= (1 << (closed - 1) if closed else 0) | filled[to] & waiting[to]
                if now != filled[at]:
                    filled[at], changed = now, True
        for at, state in enumerate(self.states):
            left = waiting[at] & ~filled[at]
            for index, step in enumerate(self.acts.plan.steps):
                if left >> index & 1 and not any(p & step.declined for p in state.persons):
                    yield at, index

    def _waiting(self, state: State) -> int:
        place = self.acts.places.places[state.place]
        return sum(
            1 << index
            for index, step in enumerate(self.acts.plan.steps)
            if place.steps[index] and step.name in place.configuration
        )


def explore(acts: Acts, most: int = MOST) -> Explored:
    """Go through every state; stops as too large beyond `most`."""
    found = Explored(acts)
    known: dict[State, int] = {}
    for opening in acts.begin():
        _take(found, known, -1, opening)
        if len(found.states) > most:
            found.too_large = True
            return found
    at = 0
    while at < len(found.states):
        for following in acts.after(found.states[at]):
            _take(found, known, at, following)
            # One state may lead to ever so many, so it is asked after each of them.
            if len(found.states) > most:
                found.too_large = True
                return found
        at += 1
    return found


def _take(found: Explored, known: dict[State, int], at: int, following: Next) -> None:
    found.waived.update(following.waived)
    for invariant in following.broken:
        found.broken.setdefault(invariant, (at, following))
    if following.nowhere is not None:
        key = (following.done.step, following.nowhere)
        found.nowhere.setdefault(key, (at, following))
        return
    to = known.get(following.state)
    if to is None:
        to = known[following.state] = len(found.states)
        found.states.append(following.state)
        found.came.append((at, following))
        found.follow.append([])
        found.late.append([])
    if at >= 0 and following.done.kind != RULE:  # no end may be out of reach but for a ruling
        counts = following.done.kind in _SIGNING and not _kept_out(found, at, following.done)
        signed = following.closed + 1 if counts else -1
        found.follow[at].append((to, signed))
        if following.done.kind == "deadline":
            found.late[at].append((following.done.step, to))


def _kept_out(found: Explored, at: int, done: Done) -> bool:
    """Say whether somebody signs who can't as long as they hold the role that they opened it as.

    They may have lost it since, so nothing can rest on their not signing; but neither can a step
    rest on their doing so.
    """
    persons, plan = found.states[at].persons, found.acts.plan
    if done.kind != "sign" or done.who >= len(persons):
        return False
    held = plan.opened_as(persons[done.who])
    seats = plan.steps[done.step].seats
    return any(seat.name == done.seat and held & seat.holders for seat in seats)
