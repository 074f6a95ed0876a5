"""The ring of public keys: a table, and entries of the `system` stream about how it came about."""

from sqlalchemy import Connection, select, update

from definitions.acts import SYSTEM, Act, Facts, SignedAct, shown_digest
from definitions.canonical import Json, canonical
from store import tables
from store.commitments import committed
from store.inserting import insert_new
from store.signatures import KeyRing, PublicKey, SigningKey, Use, sign
from store.streams import SYSTEM_STREAM, append_rolling, head_of

KEY = "key"
"""The kind of an entry that puts a key into the ring."""
KEY_ENDED = "key-ended"
"""The kind of an entry that ends one."""


def load_ring(connection: Connection) -> KeyRing:
    """Return all keys that were ever registered, by `kid`."""
    keys = tables.keys.c
    rows = connection.execute(select(keys.kid, keys.use, keys.jwk, keys.since, keys.until))
    return {row.kid: PublicKey(row.kid, row.use, row.jwk, row.since, row.until) for row in rows}


def register_key(
    connection: Connection, key: SigningKey, use: Use, *, at: str, worker_key: SigningKey
) -> bool:
    """Put the public half of `key` into the ring, and record it; say whether it is new there."""
    if connection.scalar(select(tables.keys.c.kid).where(tables.keys.c.kid == key.kid)):
        return False
    jwk = canonical(key.public()).decode()
    values = {"kid": key.kid, "use": use, "jwk": jwk, "since": at}
    if not insert_new(connection, tables.keys, values):
        return False
    _record(connection, KEY, values, at, worker_key)
    return True


def end_key(connection: Connection, kid: str, *, at: str, worker_key: SigningKey) -> None:
    """Let what the key signs from `at` on count no longer; what it signed before stands."""
    ended = connection.execute(
        update(tables.keys)
        .where(tables.keys.c.kid == kid, tables.keys.c.until.is_(None))
        .values(until=at)
    )
    if ended.rowcount:
        _record(connection, KEY_ENDED, {"kid": kid, "until": at}, at, worker_key)


def _record(
    connection: Connection, kind: str, values: dict[str, Json], at: str, worker_key: SigningKey
) -> None:
    commitments, openings = committed(values)
    act = Act(
        id=f"{SYSTEM_STREAM}:{head_of(connection, SYSTEM_STREAM, lock=True).seq + 1}:{kind}",
        case=SYSTEM_STREAM,
        kind=kind,
        actor=SYSTEM,
        definition="",
        shown=shown_digest("", commitments),
        auth={"kind": "system", "cause": {"init": True}},
        at=at,
        values=commitments,
    )
    signed = SignedAct(act.to_json(), [sign(act, worker_key)], openings)
    append_rolling(connection, SYSTEM_STREAM, "system", [(signed, Facts(at).to_json())])
