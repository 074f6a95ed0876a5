"""Hands each room what it asks for: its settings, the clock, the database, the definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activities.settings import ActivitySettings, SmtpSettings
from definitions.clock import Clock, FileClock, SystemClock
from definitions.loader import Library, load_library
from store.access.forged import Teller
from store.access.limits import RateLimit
from store.access.passwords import HashingCost
from store.database import Database
from store.settings import StoreSettings
from web.security_log import SecurityLog, to_file, to_syslog
from web.settings import WebSettings
from worker.keys import read_seal_key
from worker.settings import read_own_secret
from workflows.messages import Patience

if TYPE_CHECKING:
    from worker.keys import Keys
    from worker.settings import Settings

_QUARTER_HOUR = 900
_MINUTE = 60


def make_clock(settings: Settings) -> Clock:
    """Return the clock: the machine's, or the one that a file moves."""
    return FileClock(settings.clock.file) if settings.clock.file else SystemClock()


def make_library(settings: Settings) -> Library:
    """Return the definitions.

    Raises:
        definitions.errors.DefinitionsError: one of them is not in order.
    """
    return load_library(settings.definitions.folders)


def open_database(settings: Settings) -> Database:
    """Return the database; each process opens its own, after forking.

    Rows that let somebody in can be used only if there are keys already.

    Raises:
        store.errors.StoreError: its address can't be used.
        SettingsError: the file with its address can't be read.
        KeyFileError: others may read the key of the seals.
    """
    database = Database(
        StoreSettings(
            database_url=settings.database_url(),
            busy_timeout_seconds=settings.store.busy_timeout_seconds,
            read_connections=settings.store.read_connections,
            act_hours=settings.store.act_hours,
            seal_key=read_seal_key(settings.keys_folder),
        )
    )
    clock = make_clock(settings)
    log = security_log(settings, clock, "worker")
    database.tell_forged(Teller(database, clock, log.record))
    return database


def security_log(settings: Settings, clock: Clock, room: str) -> SecurityLog:
    """Return the security log, with the copies that the settings ask for.

    Args:
        room: who writes, `web` or `worker`.
    """
    copies = []
    if settings.log.copy_file is not None:
        copies.append(to_file(settings.log.copy_file))
    if settings.syslog is not None:
        copies.append(to_syslog(settings.syslog))
    return SecurityLog(settings.security_log, clock, room, copies)


def activity_settings(settings: Settings) -> ActivitySettings:
    """Return what the activities are told.

    Raises:
        SettingsError: the file with the mail server's password can't be used.
    """
    mail, smtp = settings.mail, None
    if mail.host:
        secret = mail.password_file
        smtp = SmtpSettings(
            host=mail.host,
            port=mail.port,
            tls=mail.tls,
            login=mail.login,
            password=read_own_secret(secret, "mail.password_file") if secret else "",
            ca_file=mail.ca_file,
            timeout_seconds=mail.timeout_seconds,
        )
    return ActivitySettings(
        mail_folder=settings.mail_folder,
        sender=mail.sender,
        public_url=settings.public_url,
        organisation=settings.web.organisation,
        smtp=smtp,
        digest_hour=mail.digest_hour,
    )


def patience(settings: Settings) -> Patience:
    """Return what cases are started with."""
    own = settings.worker
    return Patience(task_seconds=own.task_seconds, commit_seconds=own.commit_seconds)


def web_settings(settings: Settings, keys: Keys) -> WebSettings:
    """Return what the web is told."""
    web = settings.web
    return WebSettings(
        public_url=settings.public_url,
        secret_key=keys.web_secret,
        security_log=settings.security_log,
        organisation=web.organisation,
        other_hosts=web.other_hosts,
        trusted_proxies=web.trusted_proxies,
        session_hours=web.session_hours,
        session_idle_minutes=web.session_idle_minutes,
        password_min_length=web.password_min_length,
        password_required=web.password_required,
        password_cost=HashingCost(memory_kib=web.password_memory_kib),
        fresh_minutes=web.fresh_minutes,
        max_upload_bytes=web.max_upload_bytes,
        max_form_bytes=web.max_form_bytes,
        answer_seconds=web.answer_seconds,
        sign_in_by_address=RateLimit(web.tries_by_address, _QUARTER_HOUR),
        sign_in_by_client=RateLimit(web.tries_by_client, _QUARTER_HOUR),
        acts_by_person=RateLimit(web.acts_by_person, _MINUTE),
    )
