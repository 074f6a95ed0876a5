"""Who is signed in, and how they can: sessions, sign-in links, passwords, rate limits.

Tokens are kept as their SHA-256 only, passwords as argon2id, and what a rate limit counts as a
keyed hash: who reads this table can't sign in with what they read. Rows that let somebody in are
sealed (`store.access.seals`): who writes them by hand can't either. Nothing here is part of the
record. Foreign keys are checked at the transaction's end, so that the directory can be made anew.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from store.tables.base import Text, mac, metadata


def _person(*, primary_key: bool = False) -> Column[str]:
    person = ForeignKey("people.person", deferrable=True, initially="DEFERRED")
    return Column("person", Text, person, primary_key=primary_key, nullable=False)


sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the cookie's token"),
    _person(),
    Column("auth", Text, nullable=False, comment="how and when they signed in, canonical JSON"),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False, comment="written at most once a minute"),
    Column("expires_at", Text, nullable=False, comment="however often it is used"),
    mac(),
)
Index(None, sessions.c.person)
Index(None, sessions.c.expires_at)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the link's token"),
    _person(),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("spent_at", Text),
    mac(),
)
Index(None, sign_in_links.c.person)

credentials = Table(
    "credentials",
    metadata,
    _person(primary_key=True),
    Column("password", Text, nullable=False, comment="argon2id, with its parameters and salt"),
    Column("changed_at", Text, nullable=False),
    mac(),
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key", Text, primary_key=True, comment="keyed hash of what is counted"),
    Column("count", Integer, nullable=False),
    Column("expires_at", Text, nullable=False, comment="then the count begins anew"),
)
Index(None, rate_limits.c.expires_at)
