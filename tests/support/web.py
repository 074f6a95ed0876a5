"""A web application over a real database in a folder, and visitors who use it as browsers do."""

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import insert
from werkzeug.test import TestResponse

from definitions.acts import ActResult, SignedAct
from definitions.clock import FixedClock, stamp
from definitions.loader import load_library
from store import tables
from store.access.links import make_link
from store.access.passwords import HashingCost, Passwords, set_password
from store.access.seals import sealed
from store.database import Database
from store.signatures import SigningKey
from tests.support.databases import own
from tests.support.direct_gateway import DirectGateway
from web.app import create_app
from web.gateway import CaseGateway, Unconfirmed
from web.security_log import SecurityLog
from web.services import Services
from web.settings import WebSettings

START = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
LINK_MINUTES = 60
PROBLEM = {"Accept": "application/problem+json"}
PASSWORD = "nine lives of a quiet evening"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class CompiledOnce(BytecodeCache):
    """Keeps what Jinja compiled, by the text of the template, for all applications of a run.

    Each test has an application of its own, and compiling its templates took longer than the test.
    """

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        compiled = self._compiled.get((bucket.key, bucket.checksum))
        if compiled is not None:
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledOnce()}


class NobodyThere:
    """The way to the cases while Temporal is away: every act is kept and not yet confirmed."""

    def open(
        self, signed: SignedAct, definition_text: str, process: str
    ) -> ActResult | Unconfirmed:
        return Unconfirmed(signed.read().id)

    def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        return Unconfirmed(signed.read().id)


@dataclass
class Stack:
    """The application under test with what it stands on."""

    app: Flask
    settings: WebSettings
    services: Services
    clock: FixedClock
    folder: Path

    @property
    def database(self) -> Database:
        return self.services.database

    def now(self) -> str:
        return stamp(self.clock.now())

    def add_person(
        self, name: str, roles: Iterable[str] = (), addresses: Iterable[str] = ()
    ) -> str:
        """Put somebody into the directory's tables; return their id."""
        id_ = f"person-{name.lower().replace(' ', '-')}"
        since = "2026-01-01T00:00:00.000Z"
        person = {"person": id_, "name": name, "language": "en", "since": since}
        held = [{"person": id_, "role": r, "since": since, "act_id": "first"} for r in roles]
        known = [{"address": a, "person": id_, "place": place} for place, a in enumerate(addresses)]
        with self.database.writing() as connection:
            connection.execute(insert(tables.people).values(person))
            known = [sealed(connection, tables.addresses, one) for one in known]
            for table, rows in ((tables.grants, held), (tables.addresses, known)):
                if rows:
                    connection.execute(insert(table), rows)
        return id_

    def link(self, person: str, minutes: int = LINK_MINUTES) -> str:
        """Make a sign-in link; return its token."""
        with self.database.writing() as connection:
            return make_link(connection, person, self.now(), minutes)

    def set_password(self, person: str, password: str = PASSWORD) -> None:
        encoded = Passwords(self.settings.password_cost).hash(password)
        with self.database.writing() as connection:
            set_password(connection, person, encoded, self.now())

    def visitor(self) -> "Visitor":
        """Return a new browser that is nobody's yet."""
        return Visitor(self)

    def signed_in(self, person: str) -> "Visitor":
        """Return a browser in which this person has just signed in by a link."""
        visitor = self.visitor()
        answer = visitor.post(f"/sign-in/{self.link(person)}")
        assert answer.status_code == 303, answer.text
        return visitor

    def log(self) -> str:
        """Return the whole security log, "" where nothing was refused yet."""
        file = self.settings.security_log
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def dump(self) -> list[str]:
        """Return everything that the database holds, as SQL."""
        with self.database.reading() as connection:
            raw: Any = connection.connection.driver_connection
            return list(raw.iterdump())


class Visitor:
    """A browser: keeps its cookies and sends the token of the page before with each form."""

    def __init__(self, stack: Stack) -> None:
        self.client: FlaskClient = stack.app.test_client()
        self._base = stack.settings.public_url

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.get(path, base_url=self._base, headers=dict(headers or {}))

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send a bare request: no form, no token."""
        return self.client.open(
            path, method=method, base_url=self._base, headers=dict(headers or {})
        )

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> TestResponse:
        """Send a form with a token from a page of this visitor's."""
        form = {"csrf_token": self.token() if token is None else token, **(data or {})}
        return self.client.post(path, data=form, base_url=self._base, headers=dict(headers or {}))

    def token(self) -> str:
        """Return a form's token from a page that this visitor may see."""
        page = self.get("/me")
        if page.status_code != 200:
            page = self.get("/sign-in")
        found = TOKEN.search(page.text)
        assert found, page.text
        return unescape(found[1])

    def cookies(self) -> dict[str, str]:
        # The test client keeps its jar to itself; its only public question needs a name.
        return {cookie.key: cookie.value for cookie in (self.client._cookies or {}).values()}


def make_stack(
    folder: Path, key: SigningKey, cases: CaseGateway | None = None, **changes: Any
) -> Stack:
    """Make the application over the migrated database in `folder`."""
    clock = FixedClock(START)
    settings = WebSettings(
        public_url="http://countersign.test",
        secret_key=b"s" * 32,
        security_log=folder / "security.log",
        organisation="Sample Community",
        password_cost=HashingCost(memory_kib=8, passes=1),
    )
    settings = replace(settings, **changes)
    services = Services(
        database=Database(own(f"sqlite:///{folder / 'countersign.db'}")),
        library=load_library(),
        clock=clock,
        signing_key=key,
        cases=cases or NobodyThere(),
        security_log=SecurityLog(settings.security_log, clock),
        look=cases.look if isinstance(cases, DirectGateway) else lambda _case: None,
    )
    return Stack(create_app(settings, services), settings, services, clock, folder)


def copy_database(template: Path, folder: Path) -> None:
    """Copy a migrated, closed database into a folder; quicker than migrating anew."""
    shutil.copy(template, folder / "countersign.db")
