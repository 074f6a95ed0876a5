"""What operators do to the stores: recorded, and marked until what must follow is done.

An operator's act is an entry of the `system` stream, signed by the worker's key like everything
that no person of the community did. Its values are about files, times and counts, and name people
by their id only: nothing else in them is personal, and nothing confidential, because the record's
export shows them to everybody.

After a restore, cases and record may disagree, and nobody may sign before they were compared:
the mark `awaits-reconcile` stands in the database until somebody says `reconciled`.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from definitions.acts import Facts
from definitions.canonical import Json, canonical
from definitions.clock import parse, stamp
from store import tables
from store.access.case_links import RESTORED as RESTORED_LINK
from store.access.case_links import revoke_all
from store.commitments import signed_by_worker
from store.database import MIGRATIONS
from store.signatures import SigningKey
from store.streams import SYSTEM_STREAM, append_rolling, head_of, never_before
from store.tables.access import rate_limits, sessions, sign_in_links
from store.tables.operating import marks

BACKUP: Final = "backup"
"""The kind of the entry about a backup that was made."""
RESTORED: Final = "restored"
"""The kind of the entry about a backup that was put back."""
RECONCILED: Final = "reconciled"
"""The kind of the entry about cases and record having been brought together."""
REBUILT: Final = "rebuilt"
"""The kind of the entry about projections that were made anew, and weren't as they should be."""
SEALED: Final = "sealed"
"""The kind of the entry about passwords that were sealed, since they are from before seals."""
LINK_MADE: Final = "link-made"
"""The kind of the entry about a sign-in link that was made by the command line."""
SIGNED_OUT: Final = "signed-out"
"""The kind of the entry about somebody's sessions and links that were ended so."""
IN_FORCE: Final = "in-force"
"""The kind of the entry about which versions of definitions are in force from then on."""
OPERATIONS: Final = frozenset(
    {BACKUP, RESTORED, RECONCILED, REBUILT, SEALED, LINK_MADE, SIGNED_OUT, IN_FORCE}
)
"""What operators do, as kinds of entries of the `system` stream."""

_AWAITS: Final = "awaits-reconcile"


def record_operation(
    connection: Connection,
    kind: str,
    about: Mapping[str, Json],
    at: str,
    worker_key: SigningKey,
    act_id: str | None = None,
) -> bool:
    """Record what an operator did; say whether it is new in the record.

    Args:
        connection: of a writing transaction.
        kind: one of `OPERATIONS`.
        about: names and values of what was done; people by id, nothing confidential.
        at: the time, as a stamp; if the stream's last entry is later, that entry's time counts.
        worker_key: signs it; must be registered.
        act_id: its id, if it may be told twice and must stand there once; None makes one.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in OPERATIONS:
        raise ValueError(f"{kind!r} is none of {', '.join(sorted(OPERATIONS))}")
    # Whoever tells the same at the same time waits here, and then finds it told.
    seq = head_of(connection, SYSTEM_STREAM, lock=True).seq + 1
    entries = tables.entries.c
    if connection.scalar(select(entries.seq).where(entries.act_id == act_id)) is not None:
        return False
    at = never_before(connection, SYSTEM_STREAM, at)
    signed = signed_by_worker(
        worker_key,
        stream=SYSTEM_STREAM,
        act_id=act_id or f"{SYSTEM_STREAM}:{seq}:{kind}",
        kind=kind,
        values=about,
        cause={"operator": True},
        at=at,
    )
    append_rolling(connection, SYSTEM_STREAM, "system", [(signed, Facts(at).to_json())])
    return True


def must_reconcile(connection: Connection, at: str, about: Mapping[str, Json]) -> None:
    """Mark that cases and record must be compared before anything goes on.

    A mark that stands already keeps its time: what it waits for hasn't happened since.
    """
    text = canonical(dict(about)).decode()
    marked = connection.execute(update(marks).where(marks.c.name == _AWAITS).values(about=text))
    if not marked.rowcount:
        connection.execute(insert(marks).values(name=_AWAITS, since=at, about=text))


def awaits_reconcile(connection: Connection) -> bool:
    """Say whether a store was put back since cases and record were last compared."""
    return connection.scalar(select(marks.c.name).where(marks.c.name == _AWAITS)) is not None


def reconciled(connection: Connection) -> None:
    """Take the mark away: cases and record were compared, and mended where they had to be."""
    connection.execute(delete(marks).where(marks.c.name == _AWAITS))


def revoke_access(connection: Connection, at: str) -> tuple[int, int, int]:
    """End all sessions, sign-in links and mails' links that are good; return how many of each.

    One that was ended or spent in the time that a restore took back must not come to life again.
    Counts of rate limits go too: they are of a time that is gone.
    """
    ended = connection.execute(delete(sessions)).rowcount
    unspent = sign_in_links.c.spent_at.is_(None)
    spent = connection.execute(update(sign_in_links).where(unspent).values(spent_at=at)).rowcount
    connection.execute(delete(rate_limits))
    return ended, spent, revoke_all(connection, at)


def after_restore_sql(at: str) -> tuple[str, ...]:
    """Return what must hold on PostgreSQL in the very transaction that brings old tables back.

    It is `revoke_access` and the mark, in statements that older tables understand too; so that
    nobody is let in by what was revoked, even if everything stops right after it.

    Args:
        at: the time, as a stamp.
    """
    at = stamp(parse(at))
    what = {
        "sessions": "DELETE FROM sessions",
        "sign_in_links": f"UPDATE sign_in_links SET spent_at = '{at}' WHERE spent_at IS NULL",  # noqa: S608 - a stamp
        "case_links": f"UPDATE case_links SET revoked_at = '{at}', revoked_why = '{RESTORED_LINK}' "  # noqa: S608
        "WHERE used_at IS NULL AND revoked_at IS NULL",
        "marks": f"INSERT INTO marks VALUES ('{_AWAITS}', '{at}', '{{}}') ON CONFLICT DO NOTHING",  # noqa: S608
    }
    return (
        "RESET search_path",
        *(
            f"DO $$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN {statement}; END IF; END $$"
            for table, statement in what.items()
        ),
    )


def revision(connection: Connection) -> str:
    """Return which migration the tables are at; "" if there are none of ours."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - slow to load, and seldom needed

    return MigrationContext.configure(connection).get_current_revision() or ""


def known_revisions() -> frozenset[str]:
    """Return the migrations that this program knows."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return frozenset(one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions())
