"""Which acts of people were refused: they stay so, under whatever name they are sent again.

What was refused may be in Temporal's histories, or in somebody's hands, with a signature that
holds for ever. Whoever was told that their act doesn't count must be able to rely on it. So both
who can say no for good remember it here: the commit, and whoever settles what the web has kept.

A row is bound to the whole of the act, not to its id alone: junk that was sent under somebody
else's id blocks nothing. Who writes here has found the act's signature genuine.
"""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select

from definitions.canonical import Json, canonical, digest
from definitions.refusals import Refusal
from store import tables
from store.inserting import insert_new


def refused_before(connection: Connection, act: Mapping[str, Json]) -> Refusal | None:
    """Return why this very act was refused before; None if it wasn't."""
    refused = tables.refused_acts.c
    text = connection.scalar(
        select(refused.refusal).where(
            refused.act_id == act["id"], refused.digest == digest(dict(act))
        )
    )
    return None if text is None else Refusal.from_json(json.loads(text))


def remember_refused(
    connection: Connection, act: Mapping[str, Json], refusal: Refusal, at: str
) -> Refusal:
    """Remember for good that an act was refused; return the refusal that stands: the first.

    Args:
        act: as it was signed; its signature was found genuine.
        refusal: why it is refused.
        at: when.
    """
    values = {
        "act_id": act["id"],
        "digest": digest(dict(act)),
        "case": act["case"],
        "code": refusal.code,
        "refusal": canonical(refusal.to_json()).decode(),
        "at": at,
    }
    if insert_new(connection, tables.refused_acts, values):
        return refusal
    return refused_before(connection, act) or refusal
