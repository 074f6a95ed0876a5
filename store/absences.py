"""Away from, until: what somebody says of themselves, recorded in the directory's stream.

It is an act of the person, signed by the web's key as all acts of people are, and about nobody
else. The directory's rows and its entry are written in one transaction; Temporal has no part in
it, since no case waits for it (`docs/decisions/`). Being away takes no role from anybody: it is
shown where it matters, and who is away isn't drawn by lot.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from definitions.acts import Act, Facts, SignedAct, shown_digest
from definitions.canonical import Json
from definitions.clock import parse, stamp
from definitions.refusals import Refusal
from store import tables
from store.commitments import committed
from store.directory import is_current, roles_of
from store.signatures import SigningKey, sign
from store.streams import DIRECTORY, append_rolling, head_of, never_before

AWAY: Final = "away"
"""The kind of an entry by which somebody says from when until when they are away."""
BACK: Final = "back"
"""The kind of an entry by which they take that back, or come back sooner."""
LONGEST: Final = timedelta(days=366)
"""How long an absence can be, and how far ahead it can begin."""
MOST: Final = 12
"""How many absences somebody can have before them."""


@dataclass(frozen=True)
class Absence:
    """Somebody's absence: `since` and `until` are stamps, and it is over at `until`."""

    person: str
    since: str
    until: str
    act_id: str


@dataclass(frozen=True)
class Speaker:
    """Who says it, and how: the form's nonce, the sign-in, the time, and the web's key."""

    person: str
    nonce: str
    auth: dict[str, Json]
    at: str
    web_key: SigningKey


def absences_of(connection: Connection, person: str, at: str) -> tuple[Absence, ...]:
    """Return the absences of somebody that aren't over at that time, the next one first."""
    columns = tables.absences.c
    query = (
        select(columns.person, columns.since, columns.until, columns.act_id)
        .where(columns.person == person, columns.until > at)
        .order_by(columns.since, columns.act_id)
    )
    return tuple(Absence(*row) for row in connection.execute(query))


def away_until(connection: Connection, at: str) -> dict[str, str]:
    """Return by person until when they are away, for those who are away at that time."""
    columns = tables.absences.c
    query = select(columns.person, columns.until).where(columns.since <= at, columns.until > at)
    found: dict[str, str] = {}
    for person, until in connection.execute(query):
        found[person] = max(until, found.get(person, until))
    return found


def say_away(
    connection: Connection, speaker: Speaker, first: date, last: date
) -> Absence | Refusal:
    """Record that the speaker is away from the first day to the last, both included (UTC).

    The same form again changes nothing and returns what it said. The same nonce with other days
    is refused: whoever sent it must not take the earlier answer for that of these.

    Args:
        connection: of a writing transaction.
    """
    at = _locked_time(connection, speaker.at)
    wanted = (
        stamp(_midnight(first, parse(at))),
        stamp(_midnight(last + timedelta(days=1), parse(at))),
    )
    said = _said(connection, speaker)
    if said is not None:
        # If the first day was under way, it was from that moment on.
        whole = said.since == stamp(_midnight(parse(said.since).date(), parse(at)))
        same = said.until == wanted[1] and (
            wanted[0] == said.since if whole else wanted[0] <= said.since
        )
        return said if same else _USED
    refusal = _why_not(connection, speaker, first, last, parse(at))
    if refusal:
        return refusal
    since, until = max(at, wanted[0]), wanted[1]
    _record(connection, speaker, AWAY, {"since": since, "until": until}, at)
    row = {"person": speaker.person, "since": since, "until": until, "act_id": speaker.nonce}
    connection.execute(insert(tables.absences).values(row))
    return Absence(**row)


def say_back(connection: Connection, speaker: Speaker, absence: str) -> Refusal | None:
    """Record that the speaker's absence ends now; if it hasn't begun, that it won't be.

    Args:
        connection: of a writing transaction.
        absence: the id of the act that said it.
    """
    at = _locked_time(connection, speaker.at)
    entries = tables.entries.c
    if connection.scalar(select(entries.seq).where(entries.act_id == speaker.nonce)) is not None:
        return None
    mine = {one.act_id: one for one in absences_of(connection, speaker.person, at)}
    if absence not in mine:
        return Refusal(
            "no-absence",
            "You have no such absence before you; it may be over already.",
            remedy="Your page shows those that you have.",
        )
    _record(connection, speaker, BACK, {"absence": absence}, at)
    rows = tables.absences
    own = (rows.c.act_id == absence) & (rows.c.person == speaker.person)
    if mine[absence].since > at:
        connection.execute(delete(rows).where(own))
    else:
        connection.execute(update(rows).where(own).values(until=at))
    return None


def _locked_time(connection: Connection, at: str) -> str:
    head_of(connection, DIRECTORY, lock=True)
    return never_before(connection, DIRECTORY, at)


_USED: Final = Refusal("form-used", "This form was used already.", remedy="Load your page again.")


def _said(connection: Connection, speaker: Speaker) -> Absence | None:
    columns = tables.absences.c
    row = connection.execute(
        select(columns.person, columns.since, columns.until, columns.act_id).where(
            columns.act_id == speaker.nonce, columns.person == speaker.person
        )
    ).one_or_none()
    return Absence(*row) if row else None


def _why_not(
    connection: Connection, speaker: Speaker, first: date, last: date, now: datetime
) -> Refusal | None:
    entries = tables.entries.c
    if not is_current(connection, speaker.person, stamp(now)):
        return Refusal("unknown-actor", "The directory knows you no longer.", "9.1.5")
    if connection.scalar(select(entries.seq).where(entries.act_id == speaker.nonce)) is not None:
        return _USED
    if last < first:
        return _about("until", "The last day lies before the first.", "Choose a later last day.")
    if last < now.date():
        return _about("until", "That is over already.", "Choose days that are still to come.")
    if first > now.date() + LONGEST or last - first > LONGEST:
        return _about(
            "until",
            "An absence begins within a year from now and lasts a year at most.",
            "If you leave for longer, ask the Board to end your roles (9.1.5).",
        )
    if len(absences_of(connection, speaker.person, stamp(now))) >= MOST:
        return _about("since", f"You have {MOST} absences before you.", "Take one of them back.")
    return None


def _about(field: str, sentence: str, remedy: str) -> Refusal:
    return Refusal("absence", sentence, remedy=remedy, field=field)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), tzinfo=now.tzinfo)


def _record(
    connection: Connection, speaker: Speaker, kind: str, values: dict[str, Json], at: str
) -> None:
    commitments, openings = committed(values)
    act = Act(
        id=speaker.nonce,
        case=DIRECTORY,
        kind=kind,
        actor=speaker.person,
        definition="",
        shown=shown_digest("", commitments),
        auth=speaker.auth,
        at=speaker.at,
        roles=roles_of(connection, speaker.person, at),
        values=commitments,
    )
    signed = SignedAct(act.to_json(), [sign(act, speaker.web_key)], openings)
    facts = Facts(at, act.roles, people={"person": (speaker.person,)}).to_json()
    append_rolling(connection, DIRECTORY, "directory", [(signed, facts)])
