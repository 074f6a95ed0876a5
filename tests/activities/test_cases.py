"""The activities by themselves: their names on the wire, and mail that is delivered once."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import select
from temporalio.activity import _Definition

from activities.cases import CaseActivities
from activities.mail import UndeliveredMail, deliver
from activities.scheduling import ScheduleActivities
from activities.settings import ActivitySettings
from definitions.acts import CommitRequest, Head
from definitions.clock import FileClock
from definitions.definition import Definition
from definitions.loader import load_library
from store import tables
from store.children import no_current
from store.database import Database
from tests.support.cases import PACKAGES, mails_of
from tests.support.engine import Engine, make_engine
from workflows import names


@pytest.fixture
def definition() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture
def engine(tmp_path: Path, definition: Definition) -> Iterator[Engine]:
    engine = make_engine(None, tmp_path, [definition])  # type: ignore[arg-type]
    yield engine
    engine.database.close()


@pytest.fixture
def settings(tmp_path: Path) -> ActivitySettings:
    return ActivitySettings(tmp_path / "mail", "countersign@example.org", "http://127.0.0.1:8080")


def _rejected(engine: Engine, definition: Definition) -> str:
    """Return the id of a case that was rejected: one mail waits, for its opener."""
    opening = engine.act(definition, "bo", "open", values=PACKAGES)
    case = str(opening.act["id"])
    reply = engine.committer.commit(
        CommitRequest(opening, Head(), definition.text), process="system-patch", workflow=case
    )
    rejection = engine.act(
        definition,
        "ada",
        "sign_off",
        state=engine.state(case),
        step="approval",
        seat="lead",
        outcome="reject",
        values={"comment": "Not now."},
    )
    reply = engine.committer.commit(
        CommitRequest(rejection, reply.head), process="system-patch", workflow=case
    )
    assert reply.result == "committed"
    return case


def test_the_names_are_those_on_the_wire(engine: Engine, settings: ActivitySettings) -> None:
    activities = CaseActivities(engine.database, engine.committer, engine.clock, settings)
    ticking = ScheduleActivities(engine.database, engine.clock, engine.worker_key, no_current)
    every = [*activities.all(), *ticking.all()]
    here = {_Definition.must_from_callable(one).name for one in every}
    wire = {v for k, v in vars(names).items() if k.startswith("ACTIVITY_")}
    assert here == wire


def test_none_is_broken_into_wherever_it_is(engine: Engine, settings: ActivitySettings) -> None:
    activities = CaseActivities(engine.database, engine.committer, engine.clock, settings)
    ticking = ScheduleActivities(engine.database, engine.clock, engine.worker_key, no_current)
    every = [*activities.all(), *ticking.all()]
    definitions = [_Definition.must_from_callable(one) for one in every]
    assert [one.name for one in definitions if not one.no_thread_cancel_exception] == []


def test_a_mail_is_a_file_for_the_operator_only(
    engine: Engine, definition: Definition, settings: ActivitySettings
) -> None:
    case = _rejected(engine, definition)
    deliver(engine.database, engine.clock, settings, case)
    (file,) = settings.mail_folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.mail_folder.stat().st_mode) == 0o700
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"].addresses[0].addr_spec == "bo@example.org"
    assert mail["Subject"] == mails_of(engine.database, case)[0]
    text = mail.get_body(("plain",))
    assert text
    assert "http://127.0.0.1:8080/cases/" in text.get_content()


def test_a_mail_is_delivered_once(
    engine: Engine, definition: Definition, settings: ActivitySettings
) -> None:
    case = _rejected(engine, definition)
    other = _rejected(engine, definition)
    deliver(engine.database, engine.clock, settings, case)
    (file,) = settings.mail_folder.iterdir()
    before = (file.stat().st_mtime_ns, _sent(engine.database))
    engine.clock.move_to_offset(60)
    deliver(engine.database, engine.clock, settings, case)
    assert (file.stat().st_mtime_ns, _sent(engine.database)) == before
    deliver(engine.database, engine.clock, settings, other)
    assert len(list(settings.mail_folder.iterdir())) == 2


def test_a_delivery_that_died_in_between_ends_with_one_file(
    engine: Engine, definition: Definition, settings: ActivitySettings
) -> None:
    case = _rejected(engine, definition)

    class Dying(FileClock):
        """Asked for the time when a mail was written and isn't noted yet."""

        def now(self) -> NoReturn:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(engine.database, Dying(settings.mail_folder), settings, case)
    assert len(list(settings.mail_folder.iterdir())) == 1
    deliver(engine.database, engine.clock, settings, case)
    assert len(list(settings.mail_folder.iterdir())) == 1
    assert None not in _sent(engine.database)


def test_a_mail_that_cannot_be_written_says_why_and_waits(
    engine: Engine, definition: Definition, settings: ActivitySettings, tmp_path: Path
) -> None:
    case = _rejected(engine, definition)
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(UndeliveredMail, match="1 mail couldn't be delivered"):
        deliver(
            engine.database, engine.clock, replace(settings, mail_folder=blocked / "mail"), case
        )
    with engine.database.reading() as connection:
        error, sent = connection.execute(
            select(tables.outbox.c.error, tables.outbox.c.sent_at)
        ).one()
    assert error
    assert sent is None
    deliver(engine.database, engine.clock, settings, case)
    assert None not in _sent(engine.database)


def _sent(database: Database) -> list[str | None]:
    with database.reading() as connection:
        return list(connection.scalars(select(tables.outbox.c.sent_at).order_by("key")))
