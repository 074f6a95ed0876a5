"""Whether certain people can give all the signatures of a step, and who is missing if not.

Signatures that must be different people's are matched with people: those of one step, and those
of steps whose signers it keeps out. How many stay without anybody is how many people are missing;
and whoever could take one of those places is who would mend it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from definitions.definition import Definition
from definitions.model import CountBy, Holders, PersonNamed, Seat, Signers, words
from definitions.organisation import load_organisation
from definitions.proof.roles import counted_as, held_with
from definitions.rules.seats import ALWAYS_BARRED, bars, missing, needed, why_not
from definitions.state import CaseState

Holding = Mapping[str, Collection[str]]
"""People (any ids) by the role that they hold."""


@dataclass(frozen=True)
class Wanted:
    """One signature that is needed, with the people who can give it."""

    step: str
    seat: str
    roles: tuple[str, ...]
    able: frozenset[str]
    keeps_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shortage:
    """A step for which there are too few people.

    Attributes:
        beside: steps that must be signed by others than it, and so draw on the same people.
        wanted: every signature that is needed, in all of these steps.
        more: for each person who is missing, the roles any of which would do; an empty one if
            no role helps, since the seat is for certain people.
    """

    step: str
    beside: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    more: tuple[tuple[str, ...], ...]


def shortage(step: str, beside: Sequence[str], wanted: Sequence[Wanted]) -> Shortage | None:
    """Return what is missing; None if there are enough people."""
    able = [one.able for one in wanted]
    lacks = len(wanted) - matched(able)
    if not lacks:
        return None
    return Shortage(step, tuple(beside), tuple(wanted), tuple(_more(wanted, lacks)))


def matched(able: Sequence[frozenset[str]]) -> int:
    """Return how many signatures can be given by different people (augmenting paths)."""
    taken: dict[str, int] = {}

    def place(number: int, seen: set[str]) -> bool:
        for person in sorted(able[number] - seen):
            seen.add(person)
            if person not in taken or place(taken[person], seen):
                taken[person] = number
                return True
        return False

    return sum(place(number, set()) for number in range(len(able)))


def _more(wanted: Sequence[Wanted], lacks: int) -> Iterator[tuple[str, ...]]:
    """Yield who would mend it, one person after the other."""
    able = [one.able for one in wanted]
    roles = dict.fromkeys(role for one in wanted for role in one.roles)
    for number in range(lacks):
        now = matched(able)
        after = {role: _joined(wanted, able, role, f"\0new-{number}") for role in roles}
        helping = [role for role, people in after.items() if matched(people) > now]
        # Who leads a team helps no more than any other of the team, where that is enough.
        plain = tuple(role for role in helping if not (counted_as(role) - {role}) & set(helping))
        yield plain
        if plain:
            able = after[plain[0]]


def _joined(
    wanted: Sequence[Wanted], able: Sequence[frozenset[str]], role: str, who: str
) -> list[frozenset[str]]:
    """Return who could sign if somebody of that role, and of nothing else, joined."""
    held = held_with(role)
    return [
        people | {who} if held & set(one.roles) and not held & set(one.keeps_out) else people
        for one, people in zip(wanted, able, strict=True)
    ]


def at_any_time(
    definition: Definition, step: str, holders: Holding, choices: Mapping[str, str]
) -> Shortage | None:
    """Return what is missing for a step of a case of which nothing is known yet.

    Args:
        choices: those made, by field; where one is open, the most signatures are counted.
    """
    beside = kept_apart(definition, step)
    wanted = [
        Wanted(name, seat, spec.roles(), _holding(spec, holders), _keeps_out(spec))
        for name in (step, *beside)
        for seat, spec in definition.body.steps[name].seats.items()
        if spec.person is None and spec.body is None
        for _ in range(_count(spec, choices))
    ]
    return least_shortage(definition, step, beside, wanted)


def least_shortage(
    definition: Definition, step: str, beside: Sequence[str], wanted: Sequence[Wanted]
) -> Shortage | None:
    """Return what is missing where seats are enough in several ways: by the way that lacks least.

    Args:
        wanted: every signature that any of these steps could need.
    """
    names = (step, *beside)
    ways = product(*(definition.step(name).enough() for name in names))
    found = []
    for way in ways:
        asked = {(name, seat) for name, seats in zip(names, way, strict=True) for seat in seats}
        lacks = shortage(step, beside, [w for w in wanted if (w.step, w.seat) in asked])
        if lacks is None:
            return None
        found.append(lacks)
    return min(found, key=lambda one: len(one.more))


def in_case(
    definition: Definition,
    state: CaseState,
    holders: Holding,
    coming: Collection[str],
) -> Iterator[Shortage]:
    """Yield what is missing for this case: for its open steps, and for those that come later.

    Args:
        coming: the steps that the case comes to if all goes well. Those that it has never come
            to and that aren't among them are asked about last.
    """
    open_ = [step for step in definition.body.steps if state.is_open(step)]
    later = [s for s in definition.body.steps if s in coming and s not in open_]
    never = [s for s in definition.body.steps if s not in state.steps and s not in later]
    told: set[object] = set()
    for step in (*open_, *later, *never):
        apart = set(kept_apart(definition, step))
        beside = [s for s in (open_ if step in open_ else (*open_, *later)) if s in apart]
        wanted = [
            one
            for name in (step, *beside)
            for one in _in_step(definition, state, holders, name, [*later, *never])
        ]
        found = least_shortage(definition, step, beside, wanted)
        if found is None:
            continue
        # Steps beside each other lack the same people; and who mends a later one, mends others.
        same: object = frozenset((step, *beside)) if step in open_ else found.more
        if same not in told:
            yield found
        told |= {same, found.more}


def _in_step(
    definition: Definition,
    state: CaseState,
    holders: Holding,
    step: str,
    later: Collection[str],
) -> Iterator[Wanted]:
    """Yield the signatures that a step still lacks, each with who can give it in this case.

    A body's vote lacks nobody: it counts among its own electorate. Who is drawn, or bound by a
    step, isn't known before the case comes there.
    """
    for seat, spec in definition.body.steps[step].seats.items():
        unknown = spec.person is not None and not state.people.get(spec.person)
        if spec.body is not None or unknown:
            continue
        if state.is_open(step):
            count = missing(definition, state, step, seat)
            able = _can_now(definition, state, holders, step, seat)
        else:
            count = needed(state, spec)
            able = _could_later(definition, state, holders, (step, seat), later)
        for _ in range(count):
            yield Wanted(step, seat, spec.roles(), able, _keeps_out(spec))


def _can_now(
    definition: Definition, state: CaseState, holders: Holding, step: str, seat: str
) -> frozenset[str]:
    spec = definition.seat(step, seat)
    asked = {p for role in spec.roles() for p in holders.get(role, ())}
    asked |= set(state.people.get(spec.person, ())) if spec.person else set()
    return frozenset(
        person
        for person in asked
        if why_not(definition, state, step, seat, person, _roles(holders, person)) is None
    )


def _could_later(
    definition: Definition,
    state: CaseState,
    holders: Holding,
    place: tuple[str, str],
    later: Collection[str],
) -> frozenset[str]:
    """Return who could fill a seat when its step opens, as far as that is settled already."""
    step, seat = place
    spec = definition.seat(step, seat)
    able = set(_holding(spec, holders))
    if spec.person:
        able = set(state.people.get(spec.person, ()))
    kept_out = [e for e in spec.not_ if isinstance(e, Signers) and e.rounds == "latest"]
    begun_anew = {e.signers for e in kept_out if e.signers in later}
    for bar in bars(definition, _without(state, begun_anew), step, seat):
        able -= set(bar.persons)
    if spec.same is not None and spec.same.signer in state.steps and spec.same.signer not in later:
        able &= {s.actor for s in state.steps[spec.same.signer].signatures}
    return frozenset(able)


def _without(state: CaseState, steps: Collection[str]) -> CaseState:
    """Return the state as if nobody had signed these steps: they will begin anew."""
    left = {name: at for name, at in state.steps.items() if name not in steps}
    return state.model_copy(update={"steps": left}) if len(left) < len(state.steps) else state


def _for_certain_people(definition: Definition, found: Shortage) -> str:
    body = definition.body
    for one in found.wanted:
        if body.steps[one.step].seats[one.seat].person in body.draws:
            return (
                "It is for whom the lot fell on, and they hold that role no more or aren't there. "
                "When the time of the step is over, the case goes on without them."
            )
    way = "Withdraw the case, or ask" if body.withdraw else "Ask"
    return (
        "Nobody whom the Board could admit would mend it: the seat is for certain people of "
        f"the case. {way} the Arbitrator (9.1.1)."
    )


def _roles(holders: Holding, person: str) -> list[str]:
    return [role for role, people in holders.items() if person in people]


def kept_apart(definition: Definition, step: str) -> list[str]:
    """Return the steps whose signers this one keeps out."""
    seats = definition.body.steps[step].seats.values()
    kept_out = [e.signers for seat in seats for e in seat.not_ if isinstance(e, Signers)]
    return list(dict.fromkeys(kept_out))


def _keeps_out(spec: Seat) -> tuple[str, ...]:
    return tuple(e.holders for e in spec.not_ if isinstance(e, Holders))


def _count(spec: Seat, choices: Mapping[str, str]) -> int:
    if not isinstance(spec.count, CountBy):
        return spec.count
    return spec.count.of(choices.get(spec.count.by))


def _holding(spec: Seat, holders: Holding) -> frozenset[str]:
    able = {person for role in spec.roles() for person in holders.get(role, ())}
    for role in _keeps_out(spec):
        able -= set(holders.get(role, ()))
    return frozenset(able)


def remedy(definition: Definition, found: Shortage) -> str:
    """Say who would mend a shortage, and who lets them in: a sentence or two."""
    asked = [roles for roles in found.more if roles]
    if not asked:
        return _for_certain_people(definition, found)
    # One who is missing may be of several roles; of many it is enough to say which would do.
    chosen = [roles if len(asked) == 1 else roles[:1] for roles in asked]
    each = [_more_words(roles, chosen.count(roles)) for roles in dict.fromkeys(chosen)]
    who = "who" if len(asked) == 1 else "each of whom"
    not_ = _who_not(definition, found, {role for roles in chosen for role in roles})
    told = f", {who} {not_}" if not_ else ""
    return f"Let the Board admit {' and '.join(each)}{told} (9.1.5)."


def _more_words(roles: Sequence[str], count: int) -> str:
    if count == 1:
        return f"one more {' or '.join(role_title(role) for role in roles)}"
    return f"{count} more {role_title(roles[0], plural=True)}"


def _who_not(definition: Definition, found: Shortage, roles: Collection[str]) -> str:
    """Say who is kept out of the places that are empty."""
    seats = [
        definition.seat(one.step, one.seat) for one in found.wanted if set(one.roles) & set(roles)
    ]
    persons = dict.fromkeys(p for seat in seats for p in _barred_people(definition, seat))
    titles = dict.fromkeys(
        words(definition.step(e.signers).title)
        for seat in seats
        for e in seat.not_
        if isinstance(e, Signers) and e.signers not in (found.step, *found.beside)
    )
    held = dict.fromkeys(role_title(r) for seat in seats for r in _keeps_out(seat))
    told = [f"isn't {' or '.join(f'the {p}' for p in persons)}"] if persons else []
    told += [f"hasn't signed {' or '.join(f'“{t}”' for t in titles)}"] if titles else []
    told += [f"isn't a {' or '.join(held)}"] if held else []
    return " and ".join(told)


def _barred_people(definition: Definition, seat: Seat) -> Iterator[str]:
    allowed = {allowance.person for allowance in seat.allow}
    named = [e.person if isinstance(e, PersonNamed) else e for e in seat.not_]
    for name in (*ALWAYS_BARRED, *(n for n in named if isinstance(n, str))):
        if name in allowed:
            continue
        if name in definition.body.people:
            yield words(definition.body.people[name].title).lower()
        elif name == "opener":
            yield "opener"


def role_title(role: str, *, plural: bool = False) -> str:
    """Return what a role is called; its id in words, if the organisation doesn't know it."""
    organisation = load_organisation()
    if not organisation.has_role(role):
        return role.replace("-", " ")
    found = organisation.role(role)
    return (found.plural if plural else found.title)["en"]


def answers_for(definition: Definition) -> frozenset[str]:
    """Return the roles that answer for people: who leads a team asked, and whom delays are told."""
    organisation = load_organisation()
    steps = definition.body.steps.values()
    asked = {role for step in steps for seat in step.seats.values() for role in seat.roles()}
    teams = [team for role in asked if (team := organisation.team_of(role))]
    told = {to.role for step in steps if step.deadline for to in step.deadline.tell if to.role}
    return frozenset({team.leader for team in teams} | told)
