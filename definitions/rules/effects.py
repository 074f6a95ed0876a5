"""What happens by itself when a case moves: mails, roles and list entries, other cases opened.

A deadline that is put off is part of the case's state. Of all else the rules only say what is due.
The commit does it, in the same transaction, and asks the exclusivity matrix first: where that
forbids a grant, the facts say so, nothing of what entering that state would cause happens, and the
case goes the way that the definition names (Policy 3.4.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.acts import Facts
from definitions.canonical import Json, sha256
from definitions.catalogue import End, FromField, Grant
from definitions.definition import Definition
from definitions.machine import Move
from definitions.organisation import ends_with_all
from definitions.rules.changes import DeedDue, MailDue
from definitions.rules.due import Due
from definitions.rules.lasting import after, length_of
from definitions.rules.repeating import counted
from definitions.state import CaseState, Child

NOTHING = "none"
"""The choice of a field that stands for no role and no list."""
ALL = "all"
"""What an end can name in place of one role or list."""
THIS_CASE = "case"
"""The authority that is the case itself."""
_CASE_ID = 32


def due(definition: Definition, move: Move) -> tuple[Due, ...]:
    """Return the effects that a move causes, in order: of leaving, then of entering."""
    return tuple(
        Due(f"{places}-{where}-{index}", effect, where)
        for places, moved in (("leave", move.left), ("enter", move.entered))
        for where in dict.fromkeys(moved)
        for index, effect in enumerate(definition.body.effects)
        if getattr(effect, places) == where
    )


def conflict(effects: tuple[Due, ...], facts: Facts) -> Due | None:
    """Return the first grant that the exclusivity matrix forbids, by the facts."""
    return next((one for one in effects if one.effect.grant and one.key in facts.conflicts), None)


def child_id(case: str, name: str, n: int) -> str:
    """Return the id of the n-th case that this one opens under a name; it has no other."""
    return sha256(f"{case}:{name}:{n}".encode())[:_CASE_ID]


def is_childs(case: str) -> bool:
    """Say whether an id has the form of those that cases give to others that they open."""
    return len(case) == _CASE_ID and set(case) <= set("0123456789abcdef")


def with_children(state: CaseState, effects: tuple[Due, ...]) -> CaseState:
    """Return the state with the cases that are opened."""
    children = dict(state.children)
    for one in effects:
        opened = one.effect.open
        if opened is not None:
            before = children.get(opened.as_)
            n = before.n + 1 if before else 1
            case = child_id(state.case, opened.as_, n)
            children[opened.as_] = Child(case=case, process=opened.process, state=one.state, n=n)
    return state.model_copy(update={"children": children})


def extended(
    definition: Definition, state: CaseState, effects: tuple[Due, ...], time: str
) -> CaseState:
    """Return the state with the deadlines put off that are still to come, each from its old end.

    One that has passed isn't revived, even if the clock hasn't noted it yet; nor is that of a step
    which is closed and begins anew when it opens again.
    """
    steps = dict(state.steps)
    for extend in (one.effect.extend for one in effects):
        at = steps.get(extend.step) if extend else None
        if extend is None or at is None or at.due is None or at.overdue or at.due <= time:
            continue
        deadline = definition.step(extend.step).deadline
        if state.is_open(extend.step) or (deadline is not None and deadline.goes_on):
            due = after(at.due, length_of(extend.by, state.known))
            steps[extend.step] = at.model_copy(update={"due": due})
    return state.model_copy(update={"steps": steps}) if steps != state.steps else state


def mails(
    state: CaseState, effects: tuple[Due, ...], known: Mapping[str, str]
) -> tuple[MailDue, ...]:
    """Return the mails among the effects.

    Args:
        known: what their placeholders stand for; in a mail to those who can sign a step, `due`
            is that step's.
    """
    return tuple(_mails(state, effects, known))


def _mails(
    state: CaseState, effects: tuple[Due, ...], known: Mapping[str, str]
) -> Iterator[MailDue]:
    for one in effects:
        mail = one.effect.mail
        if mail is None:
            continue
        step = next((to.seats for to in mail.to if to.seats), None)
        at = state.steps.get(step or "")
        told = {**known, "due": at.due or ""} if at else known
        yield MailDue(
            key=one.key,
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            step=step,
            words={**told, **counted(state, one)},
            attach=mail.attach,
        )


def deeds(state: CaseState, effects: tuple[Due, ...]) -> tuple[DeedDue, ...]:
    """Return what else the effects ask of the commit."""
    return tuple(_deeds(state, effects))


def _deeds(state: CaseState, effects: tuple[Due, ...]) -> Iterator[DeedDue]:
    for one in effects:
        opened, change = one.effect.open, one.effect.grant or one.effect.end
        if opened is not None:
            child = state.children[opened.as_]
            yield DeedDue(one.key, one.effect, one.state, child=child.case)
        elif change is not None and (what := what_of(state.known, change)) is not None:
            yield DeedDue(
                one.key,
                one.effect,
                one.state,
                persons=tuple(state.people.get(change.person, ())),
                what=what,
                authority=_authority(state, change.authority),
            )


def what_of(known: Mapping[str, Json], change: Grant | End) -> str | None:
    """Return which role or list is given or ended; None where a choice says nothing.

    Args:
        known: plain values of the case's fields.
    """
    named = change.role if change.role is not None else change.list
    if isinstance(named, FromField):
        chosen = known.get(named.field)
        return None if chosen in {None, NOTHING} else str(chosen)
    return named


def is_ended(of: str, ended: str, what: str) -> bool:
    """Say whether what somebody holds ends with what an effect ends.

    Args:
        of: `role` or `list`; both things are of that kind.
        ended: which one, or `all`: of lists every one, of roles those of `ends_with_all`.
        what: what is held.
    """
    return what == ended or (ended == ALL and (of == "list" or ends_with_all(what)))


def _authority(state: CaseState, name: str) -> str:
    if name == THIS_CASE:
        return state.number
    child = state.children.get(name)
    return (child.number or "") if child else ""
