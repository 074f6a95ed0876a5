"""What happened elsewhere and matters to a case: written with what happened, taken in once.

A child case has ended, an elector has left the body that votes, somebody has asked for a new link,
or the Arbitrator has ruled. Whoever makes it so (a commit; with a link the web) leaves a row here
for the case concerned; that case is told to look, and takes it in by an act of its own, which is
believed only if the row says the same.

For activities: `notices_for(database, case) -> list[SignedAct]` is what a case has to take in, the
oldest first, each to be committed like an act of the clock; `cases_to_nudge(database, case) ->
list[str]` are the cases to be told to look after a commit of this one (of any, without a case).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select, update

from definitions.acts import LINK_ASKED, RULED, SYSTEM, Act, Head, SignedAct
from definitions.canonical import Json, canonical
from definitions.state import CaseState, StepState
from store import tables
from store.cases import load_state
from store.database import Database
from store.inserting import insert_new

CHILD_ENDED = "child_ended"
LEFT_BODY = "left_body"


def notify_parent(connection: Connection, state: CaseState, head: Head, at: str) -> bool:
    """Leave a notice for the case that opened this one, which has ended; say if there is one."""
    children = tables.children.c
    row = connection.execute(
        select(children.parent, children.name).where(children.child == state.case)
    ).one_or_none()
    if row is None or state.ended is None:
        return False
    about = about_end(row.name, state, head.seq)
    key = key_of_end(row.parent, row.name, state.case)
    return leave(connection, key, row.parent, CHILD_ENDED, about, at)


def key_of_end(parent: str, name: str, child: str) -> str:
    """Return the key of the notice that a child case has ended."""
    return f"{parent}:child:{name}:{child}"


def about_end(name: str, child: CaseState, seq: int) -> dict[str, Json]:
    """Return what such a notice says: which child, how it ended, and by which of its entries."""
    return {
        "name": name,
        "child": child.case,
        "number": child.number,
        "outcome": child.ended,
        "cause": {"stream": child.case, "seq": seq},
    }


def notify_votes(connection: Connection, person: str, cause: Mapping[str, Json], at: str) -> bool:
    """Leave a notice for each open vote in which a person who left the body is an elector."""
    electors = tables.electors.c
    rows = connection.execute(
        select(electors.case, electors.step).where(electors.person == person)
    ).all()
    left = False
    for row in rows:
        about = {"name": person, "step": row.step, "cause": dict(cause)}
        key = f"{row.case}:left:{row.step}:{person}:{cause['seq']}"
        left = leave(connection, key, row.case, LEFT_BODY, about, at) or left
    return left


@dataclass(frozen=True)
class AskedLink:
    """Somebody's wish for a new link, by an earlier one.

    Attributes:
        instance: the opening of the step in which they want to decide.
        link: the SHA-256 of the earlier link's id; `mail` the entry of the mail it came with.
    """

    person: str
    case: str
    step: str
    instance: str
    link: str
    mail: str


def ask_for_link(connection: Connection, asked: AskedLink, at: str) -> str:
    """Leave a notice that somebody asks for a new link; return its key.

    How often that may be is for whoever calls this to say.
    """
    key = f"{asked.case}:link:{asked.step}:{asked.person}:{at}"
    about: dict[str, Json] = {
        "name": asked.person,
        "step": asked.step,
        "instance": asked.instance,
        "cause": {"link": asked.link, "mail": asked.mail},
    }
    leave(connection, key, asked.case, LINK_ASKED, about, at)
    return key


def drop(connection: Connection, case: str, key: str, at: str) -> None:
    """Let go of a link asked for that was refused: the case isn't told to look for it again."""
    notices = tables.notices.c
    mine = (notices.key == key, notices.case == case, notices.kind == LINK_ASKED)
    dropped = update(tables.notices).where(*mine, notices.taken_at.is_(None))
    connection.execute(dropped.values(taken_at=at))


def leave(
    connection: Connection, key: str, case: str, kind: str, about: Mapping[str, Json], at: str
) -> bool:
    """Leave a notice; say if it is news. It isn't where the case's record has taken it in."""
    text = canonical(dict(about)).decode()
    entries = tables.entries.c
    taken = connection.scalar(select(entries.at).where(entries.act_id == key))
    row = {"key": key, "case": case, "kind": kind, "about": text, "at": at, "taken_at": taken}
    return insert_new(connection, tables.notices, row) and taken is None


@dataclass(frozen=True)
class Notice:
    """What a case hasn't taken in yet: what kind of thing, what it is about, and since when."""

    key: str
    kind: str
    about: Mapping[str, Json]
    at: str


def notice(connection: Connection, case: str, key: str) -> Notice | None:
    """Return a notice for a case by its key, if it isn't taken in yet."""
    return next((one for one in _untaken(connection, case) if one.key == key), None)


def _untaken(connection: Connection, case: str) -> list[Notice]:
    notices = tables.notices.c
    rows = connection.execute(
        select(notices.key, notices.kind, notices.about, notices.at)
        .where(notices.case == case, notices.taken_at.is_(None))
        .order_by(notices.at, notices.key)
    )
    return [Notice(row.key, row.kind, json.loads(row.about), row.at) for row in rows]


def take(connection: Connection, key: str, at: str) -> None:
    """Mark a notice as taken in."""
    notices = tables.notices.c
    connection.execute(update(tables.notices).where(notices.key == key).values(taken_at=at))


def act_of(state: CaseState, found: Notice) -> Act:
    """Return the act by which a case takes in a notice: always the same, whenever it does."""
    about = found.about
    if found.kind == RULED:
        return _ruled(state, found)
    ended = found.kind == CHILD_ENDED
    child = state.children.get(str(about["name"])) if ended else None
    step = child.state if child else about.get("step")
    at_step = state.steps.get(str(step))
    auth: dict[str, Json] = {"kind": SYSTEM, "cause": about["cause"]}
    return Act(
        id=found.key,
        case=state.case,
        kind=found.kind,
        actor=SYSTEM,
        definition=state.definition,
        shown="",
        auth=auth | ({"child": about["child"]} if ended else {}),
        at=found.at,
        step=step,
        instance=_instance(found, at_step),
        seat=str(about["name"]),
        outcome=about.get("outcome"),
    )


def _ruled(state: CaseState, found: Notice) -> Act:
    said = {name: found.about[name] for name in ("cause", "ruling", "number", "given_in")}
    return Act(
        id=found.key,
        case=state.case,
        kind=RULED,
        actor=SYSTEM,
        definition=state.definition,
        shown="",
        auth={"kind": SYSTEM, **said},
        at=found.at,
        outcome=str(found.about["name"]),
    )


def _instance(found: Notice, at_step: StepState | None) -> str | None:
    if found.kind == LINK_ASKED:
        return str(found.about["instance"])
    return at_step.instance if at_step and found.kind != CHILD_ENDED else None


def notices_for(database: Database, case: str) -> list[SignedAct]:
    """Return what a case has to take in, as unsigned acts, the oldest first."""
    with database.reading() as connection:
        state = load_state(connection, case)
        if state is None:
            return []
        found = _untaken(connection, case)
    if state.ended is not None or state.suspended is not None:
        found = [one for one in found if one.kind == RULED]  # nothing else is taken in there
    return [SignedAct(act_of(state, one).to_json()) for one in found]


def cases_to_nudge(database: Database, case: str | None = None) -> list[str]:
    """Return the cases that have something to take in: of what has ended, only rulings on it.

    Args:
        case: only those to which what this case did matters: whose child it is, or in whose
            votes an elector left by it.
    """
    notices, cases = tables.notices.c, tables.cases.c
    query = (
        select(notices.case, notices.kind, notices.about)
        .join(tables.cases, cases.case == notices.case)
        .where(notices.taken_at.is_(None), or_(cases.status != "ended", notices.kind == RULED))
        .order_by(notices.case)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
        if case is not None:
            rows = [row for row in rows if case in json.loads(row.about)["cause"].values()]
        ruled = {row.case for row in rows if row.kind == RULED}
        # A suspended case takes in nothing else; it looks by itself when it goes on.
        asleep = {one for one in {row.case for row in rows} - ruled if _rests(connection, one)}
    return [one for one in dict.fromkeys(row.case for row in rows) if one not in asleep]


def _rests(connection: Connection, case: str) -> bool:
    state = load_state(connection, case)
    return state is not None and state.suspended is not None
