"""What an operator does about somebody's access is recorded, logged and told."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from activities.personal import deliver_personal
from definitions.clock import stamp
from store import tables
from store.access.links import find_link
from store.access.sessions import begin_session, find_visitor
from store.record.verify import verify_record
from tests.support.databases import Databases
from tests.support.installation import install
from worker.access_commands import make_link_told, sign_out
from worker.codec import SealingCodec, data_converter
from worker.keys import load_keys
from worker.rooms import activity_settings, make_clock, open_database, security_log
from worker.settings import Settings, load_settings

FIRST_ON = {"sqlite"}


@pytest.fixture(autouse=True)
def _nothing_left(databases: Databases) -> Iterator[None]:
    yield
    databases.drop()


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Settings:
    return install(tmp_path / "data", databases)


def somebody(settings: Settings) -> tuple[str, str]:
    """Return the id and the first address of somebody."""
    with closing(open_database(settings)) as database, database.reading() as connection:
        row = connection.execute(select(tables.addresses).where(tables.addresses.c.place == 0))
        first = row.first()
    assert first
    return first.person, first.address


def lines(settings: Settings) -> list[dict[str, object]]:
    file = settings.security_log
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def told(settings: Settings) -> list[tuple[str, str]]:
    """Deliver what waits; return to whom and about what."""
    with closing(open_database(settings)) as database:
        for _ in range(2):
            deliver_personal(database, make_clock(settings), activity_settings(settings))
    found = sorted(settings.mail_folder.glob("*.eml")) if settings.mail_folder.exists() else []
    mails = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in found]
    assert all("/sign-in/" not in one.as_string() for one in mails)
    return [(str(one["To"]), str(one["Subject"])) for one in mails]


def test_a_link_by_the_command_is_recorded_logged_and_told(settings: Settings) -> None:
    person, address = somebody(settings)
    keys = load_keys(settings.keys_folder)
    at = stamp(make_clock(settings).now())
    with closing(open_database(settings)) as database:
        linked = make_link_told(settings, keys, database, f" {address.upper()} ")
        assert linked
        with database.reading() as connection:
            assert find_link(connection, linked.link.rpartition("/")[2], at)
            kinds = connection.scalars(
                select(tables.entries.c.kind).where(tables.entries.c.stream == "system")
            ).all()
        assert kinds[-1] == "link-made"
        assert verify_record(database).ok
        assert make_link_told(settings, keys, database, "nobody@example.com") is None
    (line,) = lines(settings)
    assert (line["what"], line["room"], line["person"]) == ("link-made", "operator", person)
    with closing(open_database(settings)) as database, database.reading() as connection:
        own = select(tables.addresses.c.address).where(tables.addresses.c.person == person)
        addresses = sorted(connection.scalars(own))
    mails = told(settings)
    assert sorted(to.rpartition("<")[2].rstrip(">") for to, _ in mails) == addresses
    assert address in addresses
    assert all("A link to sign in as you was made" in subject for _, subject in mails)


def test_a_command_signs_somebody_out_everywhere(settings: Settings) -> None:
    person, address = somebody(settings)
    keys = load_keys(settings.keys_folder)
    at = stamp(make_clock(settings).now())
    with closing(open_database(settings)) as database:
        with database.writing() as connection:
            session = begin_session(connection, person, {"kind": "password", "at": at}, at, 12)
        linked = make_link_told(settings, keys, database, address)
        ended = sign_out(settings, keys, database, address)
        assert linked
        assert ended
        assert (ended.person, ended.sessions) == (person, 1)
        assert ended.links >= 1
        with database.reading() as connection:
            assert find_visitor(connection, session, at, 60) is None
            assert find_link(connection, linked.link.rpartition("/")[2], at) is None
        assert sign_out(settings, keys, database, "nobody@example.com") is None
        assert verify_record(database).ok
    assert [line["what"] for line in lines(settings)] == ["link-made", "signed-out"]
    assert {subject.partition(": ")[2] for _, subject in told(settings)} == {
        "A link to sign in as you was made",
        "You were signed out everywhere",
    }


def test_lines_go_elsewhere_as_well(tmp_path: Path) -> None:
    taken = tmp_path / "log"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as syslog:
        syslog.bind(str(taken))
        syslog.settimeout(60)
        settings = load_settings(
            None,
            {
                "COUNTERSIGN_DATA_FOLDER": str(tmp_path),
                "COUNTERSIGN_LOG_COPY_FILE": str(tmp_path / "copy"),
                "COUNTERSIGN_LOG_SYSLOG": str(taken),
            },
        )
        security_log(settings, make_clock(settings), "web").record("signed-in", person="p")
        sent = syslog.recv(4096).decode()
    written = settings.security_log.read_text()
    assert (tmp_path / "copy").read_text() == written
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert sent == f"<85>countersign: {written.strip()}"


def test_a_copy_that_cant_be_made_stops_nothing(tmp_path: Path) -> None:
    settings = load_settings(
        None,
        {
            "COUNTERSIGN_DATA_FOLDER": str(tmp_path),
            "COUNTERSIGN_LOG_COPY_FILE": str(tmp_path / "no" / "copy"),
            "COUNTERSIGN_LOG_SYSLOG": str(tmp_path / "nothing"),
        },
    )
    security_log(settings, make_clock(settings), "web").record("signed-in", person="p")
    assert "signed-in" in settings.security_log.read_text()


@pytest.mark.asyncio
async def test_a_payload_that_cant_be_opened_is_told(settings: Settings, tmp_path: Path) -> None:
    heard: list[str] = []
    ours = data_converter(load_keys(settings.keys_folder).codec, heard.append)
    theirs = SealingCodec(load_keys(tmp_path / "other").codec)
    (plain,) = ours.payload_converter.to_payloads(["x"])
    assert ours.payload_codec
    assert len(await ours.payload_codec.decode(await theirs.encode([plain]))) == 1
    assert len(heard) == 1
    assert "isn't in our ring" in heard[0]
