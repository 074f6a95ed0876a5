"""What must have been decided before something happens: by a body's vote, or by a child case.

Some of it a definition's invariants say. Some is asked of every definition, whatever its file
says: nobody comes to a role or onto a list without the decision that the organisation names as
the authority for it (Policy 3.4.2, 9.1.5), nor does a case of that process end as if so decided
unless the body has carried it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.catalogue import End, FromField, Grant
from definitions.invariant import Changed, Deed
from definitions.model import Body, Invariant, words
from definitions.organisation import Admission, load_organisation
from definitions.reading import KeyPath
from definitions.rules.effects import THIS_CASE


@dataclass(frozen=True)
class Demand:
    """One such demand; it is met by any of what it names.

    Attributes:
        path: the part of the file that it is about.
        title: what is demanded, in words, and by which section (`policy`).
        states: those before which it is demanded, none if an effect is.
        effect: the effect's place in the file, -1 if a state is.
        children: names of child cases, each with the end that meets it.
        votes: steps in which a carried vote meets it.
        how: what happens where it isn't met.
        own: the invariant's place in the file, and which of the ways to meet it this is; None if
            every definition must meet it.
    """

    path: KeyPath
    title: str
    policy: str
    how: str
    states: tuple[str, ...] = ()
    effect: int = -1
    children: tuple[tuple[str, str], ...] = ()
    votes: tuple[str, ...] = ()
    own: tuple[int, int] | None = None


def demands(body: Body) -> tuple[Demand, ...]:
    """Return what a definition demands and what is demanded of it."""
    own = (
        _said((index, place), way)
        for index, one in enumerate(body.invariants)
        for place, way in enumerate(one.ways())
        if way.is_decided()
    )
    return (*own, *always(body))


def always(body: Body) -> tuple[Demand, ...]:
    """Return what is demanded of it whatever its file says."""
    # Without any, there is no authority for a grant at all.
    nothing = Admission(process="", outcome="", body="", policy="9.1.5")
    admission = load_organisation().admission or nothing
    return (*_grants(body, admission), *_ends(body, admission), *_ends_so(body, admission))


def _said(own: tuple[int, int], one: Invariant) -> Demand:
    return Demand(
        path=("invariants", own[0]),
        title=words(one.title) or f"Invariant {own[0] + 1}",
        policy=one.policy,
        how=lacking(one),
        states=one.states(),
        children=((one.child, one.outcome or ""),) if one.child is not None else (),
        votes=(one.carried,) if one.carried is not None else (),
        own=own,
    )


def lacking(one: Invariant) -> str:
    """Say what is missing where an invariant about a decision, or a child's opening, is broken."""
    stale = " as it now stands" if one.about else ""
    if one.child is not None:
        about = " about it" if one.about else ""
        how = "been opened" if one.outcome is None else f"ended as `{one.outcome}`"
        return f"`{one.child}`{about}{stale} hasn't {how}"
    return f"no vote in `{one.carried}` has carried it{stale}"


def _grants(body: Body, admission: Admission) -> Iterator[Demand]:
    for index, effect in enumerate(body.effects):
        grant = effect.grant
        if grant is not None and not grant.check:
            yield Demand(
                path=("effects", index),
                title="Nobody comes to a role or onto a list but by the body that admits people",
                policy=admission.policy,
                how=f"`{grant.person}` is given it on the authority of `{grant.authority}`, and "
                f"no `{admission.process}` has been {admission.outcome}",
                effect=index,
                children=_behind(body, grant, admission),
                votes=_votes(body, admission) if grant.authority == THIS_CASE else (),
            )


def _ends(body: Body, admission: Admission) -> Iterator[Demand]:
    """Yield that nothing ends by a decision that isn't made yet; what rests on others may end."""
    for index, effect in enumerate(body.effects):
        behind = _behind(body, effect.end, admission) if effect.end is not None else ()
        if effect.end is not None and behind:
            yield Demand(
                path=("effects", index),
                title="Nobody loses a role or a place on a list by a decision before it is made",
                policy="3.4.2",
                how=f"`{effect.end.person}` loses it on the authority of `{effect.end.authority}`, "
                f"and that hasn't been {admission.outcome}",
                effect=index,
                children=behind,
            )


def meeting(body: Body, deed: Deed, *, exactly: bool = True) -> frozenset[int]:
    """Return the places of the effects that are what an invariant wants done, or undone.

    Args:
        exactly: whether what is given must begin and end by itself as it says.
    """
    return frozenset(
        index
        for index, effect in enumerate(body.effects)
        if (deed.grant is not None and _is(effect.grant, deed.grant, exactly=exactly))
        or (deed.end is not None and _is(effect.end, deed.end, exactly=exactly))
    )


def opening(body: Body, child: str | None) -> frozenset[int]:
    """Return the places of the effects that open the child case of this name."""
    return frozenset(
        index
        for index, effect in enumerate(body.effects)
        if effect.open is not None and effect.open.as_ == child
    )


def had(deed: Deed) -> str:
    """Say that what mustn't be done has been done."""
    return _told(deed, "has")


def lacked(deed: Deed) -> str:
    """Say that what must be done hasn't been done."""
    return _told(deed, "hasn't")


def _told(deed: Deed, has: str) -> str:
    changed = deed.grant or deed.end
    assert changed is not None  # noqa: S101 - for the type checker
    what = changed.role if changed.role is not None else changed.list
    named = f"what `{what.field}` says" if isinstance(what, FromField) else f"`{what}`"
    kind = "role" if changed.role is not None else "list"
    verb = "been given" if deed.grant is not None else "lost"
    return f"`{changed.person}` {has} {verb} the {kind}: {named}"


def _is(change: Grant | End | None, wanted: Changed, *, exactly: bool) -> bool:
    if change is None or (isinstance(change, Grant) and change.check):
        return False
    when = (change.begins, change.lasts) if isinstance(change, Grant) else (None, None)
    if exactly and when != (wanted.begins, wanted.lasts):
        return False
    return (
        (change.person, change.role, change.list) == (wanted.person, wanted.role, wanted.list)
    ) and wanted.authority in (None, change.authority)


def _behind(body: Body, change: Grant | End, admission: Admission) -> tuple[tuple[str, str], ...]:
    """Return the child case behind a change; none if its process can't be the authority for it."""
    return tuple(
        (effect.open.as_, admission.outcome)
        for effect in body.effects
        if effect.open is not None
        and effect.open.as_ == change.authority
        and effect.open.process == admission.process
    )


def _votes(body: Body, admission: Admission) -> tuple[str, ...]:
    return tuple(
        name
        for name, step in body.steps.items()
        if step.vote is not None
        and any(seat.body == admission.body for seat in step.seats.values())
    )


def _ends_so(body: Body, admission: Admission) -> Iterator[Demand]:
    if body.process == admission.process and admission.outcome in body.machine.states:
        yield Demand(
            path=("machine", "states", admission.outcome),
            title=f"A {admission.process} is {admission.outcome} by a vote alone",
            policy=admission.policy,
            how=f"the case comes to `{admission.outcome}` and no vote was carried",
            states=(admission.outcome,),
            votes=_votes(body, admission),
        )
