"""What effects do to the directory: roles and list entries begin and end, by whose motion.

Done by the commit, in its transaction: each change is an entry of the directory's stream that
names the case, the entry that caused it, and the motion or ruling behind it (Policy 3.4.2,
9.1.5). Whoever holds something already for all that time isn't given it again, and what has ended
isn't ended.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, insert, select, update

from definitions.acts import Facts, SignedAct
from definitions.canonical import Json
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.exclusivity import check_holdings
from definitions.model import duration
from definitions.organisation import load_organisation
from definitions.rules import DeedDue
from definitions.rules.effects import ALL, THIS_CASE, is_ended
from definitions.state import CaseState
from definitions.voting import CARRIED
from store import tables
from store.answers import Answers, Of, Span, Stored, table_of
from store.cases import load_definition, load_state
from store.commitments import signed_by_worker
from store.founding_file import OPERATOR
from store.notices import notify_votes
from store.signatures import SigningKey
from store.streams import DIRECTORY, append_rolling, head_of, never_before

GRANTED = "granted"
ENDED = "ended"
_OVERTAKEN = (
    "A role or this access of theirs was ended by another case after the Board was asked: ask the "
    "Board again (9.1.7)."
)
_TERMINATED = (
    "Another case ended every role and access of theirs after the Board was asked: ask the Board "
    "again (9.1.7)."
)
_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Change:
    """One change of the directory: whose, which role or list, from when on and until when."""

    kind: str
    person: str
    of: Of
    what: str
    authority: str
    since: str
    until: str | None = None

    def table(self) -> tuple[Table, ColumnElement[str]]:
        """Return where it stands, and in which column."""
        return table_of(self.of)


def conflicts(connection: Connection, deeds: tuple[DeedDue, ...], at: str) -> dict[str, str]:
    """Return by key the grants that can't be made, each with its sentence.

    The directory is locked first: nobody else changes it meanwhile.
    """
    if not any(deed.effect.grant for deed in deeds):
        return {}
    head_of(connection, DIRECTORY, lock=True)
    return conflicts_by(connection, Stored(connection), deeds, at)


def conflicts_by(
    connection: Connection,
    answers: Answers,
    deeds: tuple[DeedDue, ...],
    at: str,
    until: str | None = None,
) -> dict[str, str]:
    """Return by key the grants that can't be made, each with its sentence.

    The exclusivity matrix forbids them, or they were decided before something of that person's was
    ended elsewhere. What an earlier effect of the same act ends no longer stands in the way, and
    what it grants does.

    Args:
        answers: what the directory says.
        until: leave out cases that were opened later.
    """
    found: dict[str, str] = {}
    everybody = {person for deed in deeds for person in deed.persons}
    held = {person: _holdings(answers, person, at) for person in everybody}
    for deed in deeds:
        for person in deed.persons:
            sentence = _excluded(deed, held[person]) or _overtaken(
                connection, answers, deed, person, until
            )
            if sentence is not None:
                found.setdefault(deed.key, sentence)
            else:
                _foresee(deed, held[person])
    return found


_Holding: TypeAlias = tuple[str, str]
"""`role` or `list`, and which."""


def _holdings(answers: Answers, person: str, at: str) -> set[_Holding]:
    """Return what somebody holds, or will: what begins later excludes as well."""
    roles = {*answers.roles_of(person, at), *answers.held("role", person, at)}
    lists = answers.held("list", person, at)
    held = {("role", role) for role in roles if role != OPERATOR}
    return held | {("list", one) for one in lists}


def _excluded(deed: DeedDue, held: set[_Holding]) -> str | None:
    """Return why what is granted may not be held beside what is held; None if it may."""
    grant = deed.effect.grant
    if grant is None or deed.what is None:
        return None
    roles = {_counts_as(one) for one in held}
    before = {f.sentence for f in check_holdings(roles) if f.severity == "forbidden"}
    new = _counts_as(("role" if grant.role is not None else "list", deed.what))
    findings = check_holdings({*roles, new})
    return next(
        (f.sentence for f in findings if f.severity == "forbidden" and f.sentence not in before),
        None,
    )


def _overtaken(
    connection: Connection, answers: Answers, deed: DeedDue, person: str, until: str | None
) -> str | None:
    """Return why a motion is no authority any more: it was asked for before something ended.

    Or before all of theirs was ended, whatever there was of it.

    Whoever voted then didn't know of the termination, and may not undo it unawares. An end has
    no time that is still to come, so there is no need to ask whether it is over.
    """
    grant = deed.effect.grant
    if grant is None or grant.check or grant.authority == THIS_CASE or deed.what is None:
        return None
    cases, children = tables.cases, tables.children
    asked = connection.execute(
        select(cases.c.opened_at, children.c.parent)
        .join(children, children.c.child == cases.c.case)
        .where(cases.c.number == deed.authority)
    ).one_or_none()
    if asked is None:
        return None
    lists = () if grant.role is not None else _with_included("list", deed.what)
    own, after = f"{DIRECTORY}:{asked.parent}:", asked.opened_at
    by_others = [act for _, act in answers.ends("role", person, after)]
    by_others += [act for what, act in answers.ends("list", person, after) if what in lists]
    if any(not act.startswith(own) for act in by_others):
        return _OVERTAKEN
    return _TERMINATED if _terminated(connection, person, after, until) else None


def _terminated(connection: Connection, person: str, after: str, until: str | None) -> bool:
    """Say whether a case opened since then began by ending all that somebody has.

    Of somebody who had nothing yet, the directory doesn't tell that.
    """
    cases = tables.cases.c
    since = select(cases.case, cases.version).where(cases.opened_at > after)
    if until is not None:
        since = since.where(cases.opened_at <= until)
    by_version: dict[str, list[str]] = {}
    for row in connection.execute(since):
        by_version.setdefault(row.version, []).append(row.case)
    for version, opened in by_version.items():
        names = _ended_in_all(load_definition(connection, version))
        states = (load_state(connection, case) for case in (opened if names else ()))
        if any(person in state.people.get(name, ()) for state in states if state for name in names):
            return True
    return False


def _ended_in_all(definition: Definition) -> frozenset[str]:
    """Return the people of whom a case ends every role or every list as it begins."""
    begun = definition.chart.begin().entered
    ends = (one.end for one in definition.body.effects if one.end and one.enter in begun)
    return frozenset(end.person for end in ends if ALL in (end.role, end.list))


def _counts_as(holding: _Holding) -> str:
    """Return the role as which it counts: a place on a list as the role that the list is for."""
    of, what = holding
    return what if of == "role" else load_organisation().access_list(what).who


def _foresee(deed: DeedDue, held: set[_Holding]) -> None:
    """Change what is held as the effect will."""
    grant, end = deed.effect.grant, deed.effect.end
    if deed.what is None:
        return
    if grant is not None and not grant.check:
        held.add(("role" if grant.role is not None else "list", deed.what))
    elif end is not None:
        of = "role" if end.role is not None else "list"
        gone = {one for one in held if one[0] == of and is_ended(of, deed.what, one[1])}
        held -= gone


def unauthorised(connection: Connection, state: CaseState, deeds: tuple[DeedDue, ...]) -> bool:
    """Say whether something would be granted that no motion stands behind (Policy 9.1.5).

    Behind it stands a vote of the body that admits people, carried in this very case, or a case of
    the process that admits them, which this one opened and which has ended so, here and there.
    Definitions are proved to ask for that; this holds if one isn't.
    """
    return any(not _stands_behind(connection, state, deed) for deed in deeds)


def _stands_behind(connection: Connection, state: CaseState, deed: DeedDue) -> bool:
    grant = deed.effect.grant
    if grant is None or grant.check:
        return True
    admission = load_organisation().admission
    if admission is None:
        return False
    if grant.authority == THIS_CASE:
        return _carried(load_definition(connection, state.definition), state, admission.body)
    child, admitted = state.children.get(grant.authority), (admission.process, admission.outcome)
    if child is None or (child.process, child.ended) != admitted:
        return False
    cases = tables.cases.c
    ended = select(cases.number).where(
        cases.case == child.case,
        cases.process == admission.process,
        cases.outcome == admission.outcome,
    )
    return connection.scalar(ended) == deed.authority != ""


def _carried(definition: Definition, state: CaseState, body: str) -> bool:
    """Say whether a step in which this body votes was carried."""
    return any(
        vote.result == CARRIED
        and any(seat.body == body for seat in definition.step(name).seats.values())
        for name, vote in state.votes.items()
    )


def do(
    connection: Connection,
    case: str,
    deeds: tuple[DeedDue, ...],
    *,
    seq: int,
    at: str,
    worker_key: SigningKey,
) -> bool:
    """Change the directory as the effects say; say whether other cases have something to see.

    Args:
        case: whose effects they are.
        seq: of the entry that causes them.
        at: its time; the directory's entries have that of the one before them if that is later.
        worker_key: signs the directory's entries.
    """
    seen = False
    if any(deed.child is None for deed in deeds):
        head_of(connection, DIRECTORY, lock=True)
        at = never_before(connection, DIRECTORY, at)
    for deed in deeds:
        changes = list(changes_by(Stored(connection), deed, at))
        for nth, change in enumerate(changes, 1):
            act_id = f"{DIRECTORY}:{case}:{seq}:{deed.key}:{nth}"
            cause = {"case": case, "seq": seq, "effect": deed.key}
            head = _recorded(connection, act_id)
            if head is None:
                head = _record(connection, change, act_id, cause, at, worker_key)
                _apply(connection, change, act_id, at)
            if change.kind == ENDED and change.of == "role" and _is_body(change.what):
                left: dict[str, Json] = {"stream": DIRECTORY, "seq": head, "case": case}
                seen = notify_votes(connection, change.person, left, at) or seen
    return seen


def _is_body(role: str) -> bool:
    return any(body.member == role for body in load_organisation().bodies)


def changes_by(answers: Answers, deed: DeedDue, at: str) -> Iterator[Change]:
    """Yield what an effect changes in the directory.

    Args:
        answers: what the directory says before it.
        at: the time of the directory's entries.
    """
    grant, end = deed.effect.grant, deed.effect.end
    if deed.what is None or (grant is not None and grant.check):
        return
    for person in deed.persons:
        if grant is not None:
            of: Of = "role" if grant.role is not None else "list"
            since = _after(at, grant.begins) or at
            until = _after(since, grant.lasts)
            for what in _with_included(of, deed.what):
                rows = answers.spans(of, person, what)
                free = _free(since, {begins for begins, _ in rows})
                if not any(_covers(row, (free, until)) for row in rows):
                    yield Change(GRANTED, person, of, what, deed.authority, free, until)
        elif end is not None:
            of = "role" if end.role is not None else "list"
            for what in answers.held(of, person, at):
                if is_ended(of, deed.what, what):
                    yield Change(ENDED, person, of, what, deed.authority, at)


def _covers(held: Span, new: Span) -> bool:
    """Say whether something new would add no time to what is held."""
    (since, until), (begins, ends) = held, new
    return since <= begins and (until is None or (ends is not None and until >= ends))


def _free(since: str, taken: set[str]) -> str:
    """Return a beginning that no other time of the same thing has; there it is the key."""
    while since in taken:
        since = stamp(parse(since) + _MOMENT)
    return since


def _after(moment: str, length: str | None) -> str | None:
    return stamp(parse(moment) + duration(length)) if length else None


def _with_included(of: str, what: str) -> tuple[str, ...]:
    """Return what is granted, and the lists that include those on this one by default (3.4.2)."""
    if of == "role":
        return (what,)
    lists = load_organisation().access_lists
    return (what, *(one.id for one in lists if one.includes == what))


def _not_over(table: Table, at: str) -> ColumnElement[bool]:
    return table.c.until.is_(None) | (table.c.until > at)


def _recorded(connection: Connection, act_id: str) -> int | None:
    """Return the number of the directory's entry, if a lost commit that is made again left it."""
    entries = tables.entries.c
    return connection.scalar(select(entries.seq).where(entries.act_id == act_id))


def _record(
    connection: Connection,
    change: Change,
    act_id: str,
    cause: Mapping[str, Json],
    at: str,
    worker_key: SigningKey,
) -> int:
    """Append the directory's entry; return its number."""
    values: dict[str, Json] = {change.of: change.what, "authority": change.authority}
    if change.since > at:
        values["since"] = change.since
    if change.until is not None:
        values["until"] = change.until
    signed: SignedAct = signed_by_worker(
        worker_key,
        stream=DIRECTORY,
        act_id=act_id,
        kind=change.kind,
        values=values,
        cause=cause,
        at=at,
    )
    facts = Facts(at, people={"person": (change.person,)}).to_json()
    return append_rolling(connection, DIRECTORY, "directory", [(signed, facts)]).seq


def _apply(connection: Connection, change: Change, act_id: str, at: str) -> None:
    table, column = change.table()
    if change.kind == ENDED:
        ends = update(table).where(
            table.c.person == change.person, column == change.what, _not_over(table, at)
        )
        connection.execute(ends.values(until=at, end_act_id=act_id))
        return
    row = {
        "person": change.person,
        change.of: change.what,
        "since": change.since,
        "until": change.until,
        "act_id": act_id,
        "authority": change.authority,
    }
    connection.execute(insert(table).values(row))
