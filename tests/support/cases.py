"""One case at a time, as tests of workflows act on it: sign, comment, look at the store.

It plays the web's part through `tests.support.engine.Engine`, over a real Temporal server.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from typing import Any

from sqlalchemy import select
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from definitions.acts import ActResult, Head, SignedAct
from definitions.canonical import Json
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.fields.patch import parse_patch
from definitions.state import CaseState
from store import attachments, tables
from store.database import Database
from tests.support.engine import Engine
from workflows import names

PACKAGES: Mapping[str, Json] = {
    "packages": {
        "packages": [
            {
                "name": "jq",
                "architecture": "amd64",
                "old": "1.6-2.1",
                "new": "1.6-2.1+deb12u1",
                "origins": ["oldstable-security"],
                "security": True,
            }
        ]
    },
    "servers": "webdb",
    "reason": "A weakness in jq.",
}
_PATCH = """From 420c34a61fc5d96b3894303cd9caa151f45b525c Mon Sep 17 00:00:00 2001
From: {author}
Date: Fri, 20 Nov 2026 10:00:00 +0100
Subject: [PATCH] Greet more politely

The old greeting was short.
---
 greet.py | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/greet.py b/greet.py
index 6a9efd0..3d29a65 100644
--- a/greet.py
+++ b/greet.py
@@ -1 +1 @@
-print("Hi")
+print("Good day")
"""
_HELD: Sequence[Any] = (
    tables.entries,
    tables.openings,
    tables.streams,
    tables.cases,
    tables.waiting,
    tables.waiting_barred,
    tables.signatures,
    tables.outbox,
)


def patch_value(engine: Engine, author: str, **declared: str) -> dict[str, Json]:
    """Upload a patch by this author (`Name <address>`) and return the value of its field."""
    content = _PATCH.format(author=author).encode()
    at = stamp(engine.clock.now())
    attachments.put(engine.database, content, media_type="text/x-patch", at=at)
    return {
        "file": {
            "sha256": hashlib.sha256(content).hexdigest(),
            "name": "0001-greet.patch",
            "size": len(content),
        },
        "patches": parse_patch(content).to_json()["patches"],
        "declared": dict(declared),
    }


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that an act could change, so that two moments can be compared."""
    with database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=str)
            for table in _HELD
        }


def acts_of(database: Database, case: str) -> list[str]:
    """Return the ids of the acts in the case's stream, in order."""
    entries = tables.entries.c
    query = select(entries.act_id).where(entries.stream == case).order_by(entries.seq)
    with database.reading() as connection:
        return list(connection.scalars(query))


def mails_of(database: Database, case: str) -> list[str]:
    """Return the subjects of the case's mails, in the order in which they were queued."""
    outbox = tables.outbox.c
    query = select(outbox.subject).where(outbox.case == case)
    query = query.order_by(outbox.queued_at, outbox.key)
    with database.reading() as connection:
        return list(connection.scalars(query))


def copy_database(engine: Engine) -> Path:
    """Copy the database as a backup would, while it is in use."""
    target = engine.folder / f"copy-{secrets.token_hex(4)}.db"
    own = engine.folder / "countersign.db"
    with closing(connect(own)) as source, closing(connect(target)) as to:
        source.backup(to)
    return target


def put_back(engine: Engine, copy: Path) -> None:
    """Put a copy in the database's place, while it is in use."""
    own = engine.folder / "countersign.db"
    with closing(connect(copy)) as source, closing(connect(own)) as to:
        source.backup(to)


async def send_patiently(engine: Engine, signed: SignedAct) -> ActResult:
    """Send an act until the case takes it; the same id each time makes that safe."""
    pause = 0.02
    while True:
        try:
            return await engine.send(signed)
        except RPCError as error:
            if error.status not in {RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.UNAVAILABLE}:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.5)


@dataclass
class Case:
    """A case that was opened, and those who act on it, by first name."""

    engine: Engine
    definition: Definition
    opening: SignedAct
    opened: ActResult
    handle: WorkflowHandle[Any, Any]
    sent: list[SignedAct] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.opening.act["id"])

    @property
    def state(self) -> CaseState:
        """The stored state."""
        return self.engine.state(self.id)

    def act(self, who: str, kind: str, **given: Json) -> SignedAct:
        """Build and sign an act on what the store has now."""
        return self.engine.act(self.definition, who, kind, **{"state": self.state, **given})

    def sign_off(self, who: str, step: str, seat: str, outcome: str, **values: Json) -> SignedAct:
        return self.act(who, "sign_off", step=step, seat=seat, outcome=outcome, values=values)

    async def do(self, who: str, kind: str, **given: Json) -> ActResult:
        signed = self.act(who, kind, **given)
        self.sent.append(signed)
        return await self.engine.send(signed)

    async def sign(self, who: str, step: str, seat: str, outcome: str, **values: Json) -> ActResult:
        """Sign, and expect that it is accepted."""
        result = await self.engine.send(self.sign_off(who, step, seat, outcome, **values))
        assert result.accepted, result.refusal
        return result

    async def refused(self, who: str, step: str, seat: str, outcome: str, **values: Json) -> Json:
        """Sign, and expect a refusal; returns its code and its section."""
        result = await self.engine.send(self.sign_off(who, step, seat, outcome, **values))
        assert result.refusal is not None
        return result.refusal["code"], result.refusal["section"]

    async def head(self) -> Head:
        """The head that the workflow carries."""
        head: Head = await self.handle.query(names.QUERY_HEAD, result_type=Head)
        return head


async def open_case(
    engine: Engine, definition: Definition, who: str, values: Mapping[str, Json]
) -> Case:
    """Open a case and expect that it opens."""
    opening = engine.act(definition, who, "open", values=dict(values))
    opened, handle = await engine.open(definition, opening)
    assert opened.accepted, opened.refusal
    return Case(engine, definition, opening, opened, handle)
