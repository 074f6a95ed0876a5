"""Every setting of the program, in one frozen tree, read once at the start.

A setting comes from the environment (`COUNTERSIGN_WEB_PORT`), else from a TOML file
(`[web] port`), else it has its default. The file is named by `--config` or COUNTERSIGN_CONFIG.
Nothing else in the program reads the environment. Secrets are never settings: settings name the
files that hold them. `docs/settings.md` says what each is for, and a test holds it to that.

Rules held: a value that can't be used, a name that isn't known and a combination that can't
work are refused with a sentence, all at once, before anything is started.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from worker.errors import SettingsError
from worker.settings_reading import (
    PREFIX,
    Given,
    build,
    environment_name,
    number,
    setting_names,
    to_environment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONFIG_VARIABLE: Final = "COUNTERSIGN_CONFIG"
_OF_OTHERS: Final = 0o077
_ADDRESS: Final = re.compile(r"[^\s<>\",@]+@[^\s<>\",@]+")
_SYSLOG: Final = re.compile(r"/\S+|(?:[^\s/:]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}")
_ORIGIN: Final = re.compile(r"https?://[^/\s?#]+/?")


@dataclass(frozen=True)
class DataSection:
    """Where everything is kept that isn't put elsewhere by another setting."""

    folder: Path = field(default_factory=lambda: Path("var").absolute())


@dataclass(frozen=True)
class WebSection:
    """The pages: where they listen, how they call themselves, how long sessions last."""

    address: str = "127.0.0.1"
    port: int = number(8080, 0, 65535)
    public_url: str = ""
    organisation: str = "Countersign"
    other_hosts: tuple[str, ...] = ()
    trusted_proxies: int = number(0, 0, 10)
    threads: int = number(32, 1, 512)
    session_hours: int = number(336, 1, 8760)
    session_idle_minutes: int = number(4320, 1, 525_600)
    link_minutes: int = number(15, 1, 43_200)
    invitation_minutes: int = number(4320, 1, 43_200)
    fresh_minutes: int = number(15, 1, 1440)
    password_min_length: int = number(12, 8, 128)
    password_required: bool = False
    password_memory_kib: int = number(19_456, 8, 4_194_304)
    max_upload_bytes: int = number(5_242_880, 1024, 1_073_741_824)
    max_form_bytes: int = number(2_097_152, 1024, 1_073_741_824)
    answer_seconds: float = number(10.0, 0.1, 120)
    tries_by_address: int = number(20, 1, 1_000_000)
    tries_by_client: int = number(60, 1, 1_000_000)
    acts_by_person: int = number(120, 1, 1_000_000)


@dataclass(frozen=True)
class StoreSection:
    """The database: SQLite in the data folder unless an address says otherwise."""

    database_url: str = ""
    database_url_file: Path | None = None
    busy_timeout_seconds: float = number(10.0, 0.1, 300)
    read_connections: int = number(10, 1, 500)
    act_hours: float = number(72.0, 1, 8760)


@dataclass(frozen=True)
class TemporalSection:
    """The Temporal server: our own embedded one, or any cluster by its address."""

    mode: Literal["embedded", "cluster"] = "embedded"
    address: str = ""
    namespace: str = "countersign"
    port: int = number(0, 0, 65535)
    ui: bool = False
    retention_days: int = number(3650, 1, 36_500)
    time_skipping: bool = False
    tls: bool = False
    tls_ca_file: Path | None = None
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    tls_server_name: str = ""
    api_key_file: Path | None = None


@dataclass(frozen=True)
class WorkerSection:
    """The Temporal worker: how it runs cases, and how often it looks after them."""

    sandbox: bool = False
    sweep_seconds: float = number(60.0, 0.2, 86_400)
    watch_seconds: float = number(2.0, 0.1, 3600)
    sticky_seconds: float = number(2.0, 0.1, 60)
    task_seconds: float = number(3.0, 1, 120)
    commit_seconds: float = number(3.0, 0.1, 300)
    cached_cases: int = number(500, 20, 100_000)
    activities_at_once: int = number(20, 1, 1000)
    stop_seconds: float = number(10.0, 0.1, 300)
    failpoints: bool = False


@dataclass(frozen=True)
class KeysSection:
    """Where the key files are; `keys` in the data folder unless set."""

    folder: Path | None = None


@dataclass(frozen=True)
class MailSection:
    """The mail server; without one, mail goes to a folder as `.eml` files."""

    folder: Path | None = None
    sender: str = "countersign@localhost"
    host: str = ""
    port: int = number(587, 1, 65535)
    tls: Literal["none", "starttls", "tls"] = "starttls"
    login: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    timeout_seconds: float = number(10.0, 0.1, 20)
    digest_hour: int = number(6, 0, 23)


@dataclass(frozen=True)
class LogSection:
    """Where lines of the security log go as well: out of reach of whoever owns this machine."""

    copy_file: Path | None = None
    syslog: str = ""


@dataclass(frozen=True)
class DefinitionsSection:
    """Folders with more definitions, beside those that the program brings."""

    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class ClockSection:
    """A file that moves the clock, for tests and walks; without it the machine's time counts."""

    file: Path | None = None


@dataclass(frozen=True)
class SampleSection:
    """What an empty database is filled with at `countersign up`."""

    community: bool = True
    walks: bool = True


@dataclass(frozen=True)
class Settings:
    """The whole tree. `load_settings` makes it."""

    data: DataSection = field(default_factory=DataSection)
    web: WebSection = field(default_factory=WebSection)
    store: StoreSection = field(default_factory=StoreSection)
    temporal: TemporalSection = field(default_factory=TemporalSection)
    worker: WorkerSection = field(default_factory=WorkerSection)
    keys: KeysSection = field(default_factory=KeysSection)
    mail: MailSection = field(default_factory=MailSection)
    log: LogSection = field(default_factory=LogSection)
    definitions: DefinitionsSection = field(default_factory=DefinitionsSection)
    clock: ClockSection = field(default_factory=ClockSection)
    sample: SampleSection = field(default_factory=SampleSection)

    @property
    def keys_folder(self) -> Path:
        """Where the key files are."""
        return self.keys.folder or self.data.folder / "keys"

    @property
    def mail_folder(self) -> Path:
        """Where mail goes."""
        return self.mail.folder or self.data.folder / "mail"

    @property
    def security_log(self) -> Path:
        """The file that keeps what was refused."""
        return self.data.folder / "security.log"

    @property
    def syslog(self) -> str | tuple[str, int] | None:
        """Where syslog takes lines: a socket's path, or host and port; None for nowhere."""
        if not self.log.syslog or self.log.syslog.startswith("/"):
            return self.log.syslog or None
        host, _, port = self.log.syslog.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def run_folder(self) -> Path:
        """Where running processes leave what others look for (locks, signs of readiness)."""
        return self.data.folder / "run"

    @property
    def log_folder(self) -> Path:
        """Where the processes of `countersign up` write what they have to say."""
        return self.data.folder / "log"

    @property
    def public_url(self) -> str:
        """The address that links begin with, without a slash at the end."""
        host = f"[{self.web.address}]" if ":" in self.web.address else self.web.address
        return self.web.public_url.rstrip("/") or f"http://{host}:{self.web.port}"

    def database_url(self) -> str:
        """Return the database's address.

        Raises:
            SettingsError: the file that should hold it can't be read.
        """
        if self.store.database_url_file is not None:
            return read_secret(self.store.database_url_file, "store.database_url_file")
        return self.store.database_url or f"sqlite:///{self.data.folder / 'countersign.sqlite'}"

    def environment(self) -> dict[str, str]:
        """Return all settings as environment variables for a process of ours."""
        return to_environment(self)


def load_settings(config: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        config: the TOML file; None reads the one that COUNTERSIGN_CONFIG names, if it is set.
        environment: the environment; None is this process's.

    Returns:
        The settings, checked.

    Raises:
        SettingsError: something in them can't be used; the text has a line for each.
    """
    variables = os.environ if environment is None else environment
    named = variables.get(CONFIG_VARIABLE, "").strip()
    file = config or (Path(named).expanduser() if named else None)
    given = dict(_from_file(file)) if file else {}
    given.update(_from_environment(variables))
    settings, complaints = build(Settings, given)
    if settings is not None:
        complaints = list(_conflicts(settings))
    if settings is None or complaints:
        raise SettingsError("\n".join(complaints))
    return settings


def read_own_secret(file: Path, setting: str) -> str:
    """Return what a file holds, which nobody but its owner may read.

    Raises:
        SettingsError: others can read it, or it can't be read, or is empty.
    """
    text = read_secret(file, setting)
    if file.stat().st_mode & _OF_OTHERS:
        raise SettingsError(f"{setting} names {file}, which others can read: chmod 600 {file}")
    return text


def read_secret(file: Path, setting: str) -> str:
    """Return what a file holds that a setting names, without blanks around it.

    Raises:
        SettingsError: the file can't be read, or is empty.
    """
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting} names {file}, which can't be read: {error}.") from error
    if not text:
        raise SettingsError(f"{setting} names {file}, which is empty.")
    return text


def _from_file(file: Path) -> Iterator[tuple[tuple[str, str], Given]]:
    try:
        data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {file} can't be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {file} isn't TOML: {error}.") from error
    base = file.absolute().parent
    for section, table in data.items():
        if not isinstance(table, dict):
            yield (section, ""), Given(table, str(file), base)
            continue
        for name, value in table.items():
            yield (section, name), Given(value, str(file), base)


def _from_environment(
    variables: Mapping[str, str],
) -> Iterator[tuple[tuple[str, str], Given]]:
    names = {
        environment_name(*name.split(".")): tuple(name.split("."))
        for name, _ in setting_names(Settings)
    }
    for variable, value in variables.items():
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        section, _, name = variable.removeprefix(PREFIX).lower().partition("_")
        known = names.get(variable, (section, name))
        yield (known[0], known[1]), Given(value, variable, Path.cwd())


def _conflicts(settings: Settings) -> Iterator[str]:
    web, temporal, store = settings.web, settings.temporal, settings.store
    if not _is_loopback(web.address) and not web.public_url:
        yield (
            f"web.address {web.address} can be reached from other machines, so links need "
            "web.public_url, the https address that people use."
        )
    if web.public_url and not _ORIGIN.fullmatch(web.public_url):
        yield "web.public_url must be an address without a path, such as https://sign.example.org."
    if temporal.mode == "cluster" and not temporal.address:
        yield "temporal.mode is `cluster`, so temporal.address must say where (host:port)."
    if (temporal.tls_certificate_file is None) != (temporal.tls_key_file is None):
        yield "temporal.tls_certificate_file and temporal.tls_key_file go together: set both."
    if store.database_url and store.database_url_file:
        yield "store.database_url and store.database_url_file exclude each other: set one."
    if store.database_url and not store.database_url.startswith(("sqlite:", "postgresql")):
        yield "store.database_url must begin with sqlite: or postgresql:."
    if settings.log.syslog and not _SYSLOG.fullmatch(settings.log.syslog):
        yield "log.syslog must be a socket's path, such as /dev/log, or host:port."
    yield from _mail_conflicts(settings.mail)


def _mail_conflicts(mail: MailSection) -> Iterator[str]:
    if bool(mail.login) != (mail.password_file is not None):
        yield "mail.login and mail.password_file go together: set both, or none."
    if mail.login and mail.tls == "none" and not _is_loopback(mail.host):
        yield (
            "mail.tls is `none`, so the password for mail.login could be read on its way: "
            "use `starttls` or `tls`."
        )
    if not _ADDRESS.fullmatch(mail.sender):
        yield "mail.sender must be an address such as countersign@example.org, without a name."


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
