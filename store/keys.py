"""The ring of public keys, as the database keeps it."""

from sqlalchemy import Connection, insert, select, update

from definitions.canonical import canonical
from store import tables
from store.signatures import KeyRing, PublicKey, SigningKey, Use


def load_ring(connection: Connection) -> KeyRing:
    """Return all keys that were ever registered, by `kid`."""
    keys = tables.keys.c
    rows = connection.execute(select(keys.kid, keys.use, keys.jwk, keys.since, keys.until))
    return {row.kid: PublicKey(row.kid, row.use, row.jwk, row.since, row.until) for row in rows}


def add_key(connection: Connection, key: SigningKey, use: Use, at: str) -> bool:
    """Put the public half of `key` into the ring; say whether it is new there."""
    if connection.scalar(select(tables.keys.c.kid).where(tables.keys.c.kid == key.kid)):
        return False
    jwk = canonical(key.public()).decode()
    connection.execute(insert(tables.keys).values(kid=key.kid, use=use, jwk=jwk, since=at))
    return True


def end_key(connection: Connection, kid: str, at: str) -> None:
    """Let what the key signs from `at` on count no longer; what it signed before stands."""
    connection.execute(
        update(tables.keys)
        .where(tables.keys.c.kid == kid, tables.keys.c.until.is_(None))
        .values(until=at)
    )
