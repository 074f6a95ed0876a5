"""People of an invented community who act through the web, over the real commit."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from definitions.acts import Entry
from definitions.definition import Definition
from definitions.loader import Library, Source
from definitions.state import CaseState
from store import tables
from store.cases import load_state, register_definition
from store.founding import found_community, read_community
from store.queries.cases import find_case, numbers_of
from store.signatures import SigningKey
from store.streams import read_entry
from tests.support.direct_gateway import DirectGateway
from tests.support.filled_form import FilledForm, filled_form
from tests.support.web import Stack, Visitor, copy_database, make_stack
from web.app import create_app

COMMUNITY = """\
name, emails, roles, leads, language, lists, motion
Lena Oak, lena@example.org, systems-administrator, systems-administration, en, \
physical-access-list, m20261005.2
Sue Elm, sue@example.org, systems-administrator, , en, ,
Sid Ash, sid@example.org, systems-administrator, , en, ,
Rita Fir, rita@example.org rita@home.example, software-assessor, software-assessment, en, \
repository-access-list, m20261012.1
Rob Yew, rob@example.org rob@code.example, software-assessor, , en, ,
Rose Bay, rose@example.org, software-assessor, , en, ,
Tess Box, tess@example.org, tester, , en, ,
Tim Cob, tim@example.org, tester, , en, ,
Mia Gum, mia@example.org mia@code.example, , , en, ,
"""
APT = """\
Listing... Done
openssl/stable-security 3.0.17-1 amd64 [upgradable from: 3.0.16-1]
curl/stable 7.88.1-15 amd64 [upgradable from: 7.88.1-14]
"""
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
PATCH = """\
From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001
From: {author}
Date: Mon, 23 Nov 2026 12:00:00 +0000
Subject: [PATCH] {subject}

{message}
---
 a.txt | 1 +
 1 file changed, 1 insertion(+)

diff --git a/a.txt b/a.txt
index e69de29..{blob} 100644
--- a/a.txt
+++ b/a.txt
@@ -1 +1,2 @@
 one
+{line}
--
2.39.5

"""


def patch(
    author: str = "Mia Gum <mia@example.org>",
    subject: str = "Say two as well",
    message: str = "It was missing.",
    line: str = "two",
    blob: str = "814f4a4",
) -> bytes:
    """Return a patch as `git format-patch` makes it."""
    text = PATCH.format(author=author, subject=subject, message=message, line=line, blob=blob)
    return text.replace("\n--\n", "\n-- \n").encode()


@dataclass
class World:
    """An installation with a community; `people` maps first names to ids."""

    stack: Stack
    gateway: DirectGateway
    people: dict[str, str]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def as_(self, name: str) -> Visitor:
        """Return this person's browser, signed in."""
        if name not in self.visitors:
            self.visitors[name] = self.stack.signed_in(self.people[name])
        return self.visitors[name]

    def form(self, name: str, path: str, action: str = "") -> FilledForm:
        """Return the form of a page that this person asks for."""
        page = self.as_(name).get(path)
        assert page.status_code == 200, page.text
        return filled_form(page.text, action or path)

    def post(self, name: str, path: str, data: dict[str, object]) -> TestResponse:
        """Post a form as this person, with its files if it has any."""
        sent = {
            field: FileStorage(value[0], value[1]) if isinstance(value, tuple) else value
            for field, value in data.items()
        }
        files = sent != data
        # Encoded here: the client would leave the temporary file of a large form open.
        boundary, body = encode_multipart(sent) if files else ("", b"")
        return self.as_(name).client.post(
            path,
            data=body if files else data,
            content_type=f'multipart/form-data; boundary="{boundary}"' if files else None,
            base_url=self.stack.settings.public_url,
        )

    def follow(self, name: str, answer: TestResponse) -> TestResponse:
        """Go where a redirect leads."""
        assert answer.status_code == 303, answer.text
        return self.as_(name).get(answer.headers["Location"])

    def open_system_patch(self, name: str = "Sue", **typed: object) -> str:
        """Open a case about system software; return its number."""
        values: dict[str, object] = {"packages": APT, "servers": "webdb", "reason": "A weakness."}
        return self.open_case(name, "system-patch", {**values, **typed})

    def open_application_patch(
        self, name: str = "Mia", content: bytes | None = None, **typed: object
    ) -> str:
        """Open a case about a patch to the application; return its number."""
        file = (io.BytesIO(content or patch()), "0001-two.patch")
        values: dict[str, object] = {"risk": "low", "purpose": "It says two.", "patch": file}
        return self.open_case(name, "application-patch", {**values, **typed})

    def open_case(self, name: str, process: str, typed: dict[str, object]) -> str:
        """Fill in the form, check, open; return the number."""
        path = f"/open/{process}"
        check = self.post(name, path, self.form(name, path).send(**typed))
        assert check.status_code == 200, check.text
        answer = self.post(name, path, filled_form(check.text, path).send(step="open"))
        receipt = self.follow(name, answer)
        assert receipt.status_code == 200, receipt.text
        case = answer.headers["Location"].rpartition("/")[2]
        with self.stack.database.reading() as connection:
            return numbers_of(connection, [case])[case]

    def sign(self, name: str, number: str, step: str, seat: str, **typed: object) -> TestResponse:
        """Sign a seat of a step; return the answer to the form."""
        path = f"/cases/{number}/sign/{step}/{seat}"
        return self.post(name, path, self.form(name, path).send(**typed))

    def numbers(self) -> list[str]:
        """Return all cases' numbers in the order in which they were opened."""
        cases = tables.cases.c
        with self.stack.database.reading() as connection:
            return list(
                connection.scalars(select(cases.number).order_by(cases.opened_at, cases.number))
            )

    def state(self, number: str) -> CaseState:
        with self.stack.database.reading() as connection:
            row = find_case(connection, number)
            assert row is not None
            state = load_state(connection, row.case)
        assert state is not None
        return state

    def entries(self, number: str) -> list[Entry]:
        """Return a case's entries in order."""
        entries = tables.entries.c
        with self.stack.database.reading() as connection:
            texts = connection.scalars(
                select(entries.text)
                .where(entries.stream == self.state(number).case)
                .order_by(entries.seq)
            )
            return [read_entry(text) for text in texts]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with self.stack.database.reading() as connection:
            rows = select(func.count()).select_from(tables.metadata.tables[table])
            found = connection.scalar(rows)
        return found or 0

    def take_role(self, name: str, role: str) -> None:
        """End a role, as a motion of the Board would."""
        grants = tables.grants.c
        with self.stack.database.writing() as connection:
            connection.execute(
                update(tables.grants)
                .where(grants.person == self.people[name], grants.role == role)
                .values(until=self.stack.now())
            )

    def amend_behind(self, number: str, name: str, **typed: object) -> None:
        """Amend a case while somebody else's act is on its way: in a request of its own."""
        path = f"/cases/{number}/amend"

        def amend() -> None:
            self.follow(name, self.post(name, path, self.form(name, path).send(**typed)))

        with ThreadPoolExecutor(1) as other:
            other.submit(amend).result()

    def use(self, *definitions: Definition) -> None:
        """Let new cases begin under these definitions, in an application that knows no others."""
        for definition in definitions:
            self.register(definition)
        library = Library(
            tuple(Source(one, None, "test") for one in definitions)  # type: ignore[arg-type]
        )
        services = replace(self.stack.services, library=library)
        app = create_app(self.stack.settings, services)
        self.stack = replace(self.stack, app=app, services=services)
        self.visitors.clear()

    def register(self, definition: Definition) -> None:
        """Register another definition."""
        with self.stack.database.writing() as connection:
            register_definition(connection, definition)


@contextmanager
def make_world(
    migrated: Path, folder: Path, web_key: SigningKey, community: str = COMMUNITY
) -> Iterator[World]:
    """Give an installation in a folder, with a community (the text of a CSV file)."""
    copy_database(migrated, folder)
    worker_key = SigningKey.create(folder / "worker-signing.jwk")
    gateway = DirectGateway(worker_key)
    stack = make_stack(folder, web_key, cases=gateway)
    gateway.work_on(stack.database, stack.clock, stack.services.library.current)
    founded = found_community(
        stack.database,
        read_community(community),
        clock=stack.clock,
        web_key=web_key,
        worker_key=worker_key,
        new_id=iter([f"person-{n}" for n in range(100)]).__next__,
    )
    people = {one.name.split()[0]: one.id for one in founded.people}
    world = World(stack, gateway, people)
    for definition in stack.services.library.definitions():
        world.register(definition)
    try:
        yield world
    finally:
        stack.database.close()
