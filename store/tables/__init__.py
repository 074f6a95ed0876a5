"""All tables, with one metadata. A change here needs a revision in `store/migrations/`."""

from store.tables.access import credentials, rate_limits, sessions, sign_in_links
from store.tables.base import metadata
from store.tables.cases import (
    cases,
    children,
    definitions,
    electors,
    named_cases,
    notices,
    numbers,
    queued,
    signatures,
    ticks,
    waiting,
    waiting_barred,
)
from store.tables.delivery import (
    attachments,
    bounces,
    case_links,
    mail_choices,
    outbox,
    outbox_readers,
    pending_acts,
    personal_mails,
    refused_acts,
)
from store.tables.operating import forged_rows, in_force, marks, pauses
from store.tables.people import absences, addresses, grants, list_entries, people
from store.tables.record import entries, keys, openings, streams

__all__ = [
    "absences",
    "addresses",
    "attachments",
    "bounces",
    "case_links",
    "cases",
    "children",
    "credentials",
    "definitions",
    "electors",
    "entries",
    "forged_rows",
    "grants",
    "in_force",
    "keys",
    "list_entries",
    "mail_choices",
    "marks",
    "metadata",
    "named_cases",
    "notices",
    "numbers",
    "openings",
    "outbox",
    "outbox_readers",
    "pauses",
    "pending_acts",
    "people",
    "personal_mails",
    "queued",
    "rate_limits",
    "refused_acts",
    "sessions",
    "sign_in_links",
    "signatures",
    "streams",
    "ticks",
    "waiting",
    "waiting_barred",
]
