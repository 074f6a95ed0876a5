"""All tables, with one metadata. A change here needs a revision in `store/migrations/`."""

from store.tables.access import credentials, rate_limits, sessions, sign_in_links
from store.tables.base import metadata
from store.tables.cases import cases, definitions, numbers, signatures, waiting, waiting_barred
from store.tables.delivery import attachments, outbox, outbox_readers, pending_acts
from store.tables.operating import marks
from store.tables.people import addresses, grants, people
from store.tables.record import entries, keys, openings, streams

__all__ = [
    "addresses",
    "attachments",
    "cases",
    "credentials",
    "definitions",
    "entries",
    "grants",
    "keys",
    "marks",
    "metadata",
    "numbers",
    "openings",
    "outbox",
    "outbox_readers",
    "pending_acts",
    "people",
    "rate_limits",
    "sessions",
    "sign_in_links",
    "signatures",
    "streams",
    "waiting",
    "waiting_barred",
]
