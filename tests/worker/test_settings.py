import dataclasses
import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import SettingsError
from worker.folders import make_folders
from worker.prepare import proxy_warnings
from worker.rooms import patience
from worker.settings import Settings, load_settings
from worker.settings_reading import environment_name, setting_names
from workflows.messages import Patience

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"
NAMES = [name for name, _ in setting_names(Settings)]


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    documented = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", DOCS.read_text(), flags=re.MULTILINE)
    assert sorted(documented) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_default_is_the_default(name: str) -> None:
    section, _, setting = name.partition(".")
    line = next(row for row in DOCS.read_text().splitlines() if row.startswith(f"| `{name}` |"))
    documented = line.split("|")[2].strip()
    value = getattr(getattr(Settings(), section), setting)
    if not documented.startswith("`") or " " in documented:
        assert value in {None, "", ()}
    elif isinstance(value, Path):
        assert documented == f"`{value.name}`"
    else:
        expected = str(value).lower() if isinstance(value, bool) else f"{value}".removesuffix(".0")
        assert documented == f"`{expected}`"


def test_no_two_settings_share_a_variable() -> None:
    variables = [environment_name(*name.split(".")) for name in NAMES]
    assert len(set(variables)) == len(variables)


def test_environment_wins_over_file_and_file_over_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[web]\nport = 9000\nthreads = 4\n[data]\nfolder = "here"\n')
    settings = load_settings(file, {"COUNTERSIGN_WEB_PORT": "9001"})
    assert (settings.web.port, settings.web.threads) == (9001, 4)
    assert settings.web.session_hours == Settings().web.session_hours
    assert settings.data.folder == tmp_path / "here"
    assert settings.keys_folder == tmp_path / "here" / "keys"


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[web]\nport = 9000\n")
    assert load_settings(None, {"COUNTERSIGN_CONFIG": str(file)}).web.port == 9000


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[web]\nprot = 1\n", "There is no setting web.prot"),
        ("[web]\nprot = 1\n", "Did you mean web.port?"),
        ("[wep]\nport = 1\n", "There is no setting wep.port"),
        ("port = 1\n", "There is no setting port"),
        ('[web]\nport = "x"\n', "web.port must be a whole number from 0 to 65535"),
        ("[web]\nport = 70000\n", "web.port must be a whole number from 0 to 65535"),
        ("[web]\nport = true\n", "web.port must be a whole number"),
        ("[web]\nport = 1.5\n", "web.port must be a whole number"),
        ("[web]\naddress = 5\n", "web.address must be a text"),
        ("[worker]\nsandbox = 2\n", "worker.sandbox must be true or false"),
        ("[worker]\nsweep_seconds = 0\n", "worker.sweep_seconds must be a number from 0.2"),
        ("[worker]\ncached_cases = 19\n", "worker.cached_cases must be a whole number from 20"),
        ('[temporal]\nmode = "cloud"\n', "temporal.mode must be `embedded` or `cluster`"),
        ('[temporal]\nmode = "cluster"\n', "temporal.address must say where"),
        ('[temporal]\ntls_key_file = "k"\n', "go together"),
        ('[web]\naddress = "0.0.0.0"\n', "web.public_url"),
        ('[web]\npublic_url = "ftp://x"\n', "without a path"),
        ('[web]\npublic_url = "http://x/y"\n', "without a path"),
        ("[web]\nother_hosts = [1]\n", "must be a list of texts"),
        ('[data]\nfolder = ""\n', "data.folder must be a path"),
        ('[mail]\nlogin = "me"\n', "mail.login and mail.password_file go together"),
        ('[mail]\npassword_file = "f"\n', "mail.login and mail.password_file go together"),
        (
            '[mail]\nhost = "mx"\ntls = "none"\nlogin = "me"\npassword_file = "f"\n',
            "could be read on its way",
        ),
        ('[mail]\ntls = "maybe"\n', "mail.tls must be `none` or `starttls` or `tls`"),
        ('[mail]\nsender = "Us <us@example.org>"\n', "mail.sender must be an address"),
        ("[definitions]\nfolders = 3\n", "must be a list of paths"),
        ('[store]\ndatabase_url = "mysql://x"\n', "must begin with sqlite: or postgresql:"),
        (
            '[store]\ndatabase_url = "sqlite:///x"\ndatabase_url_file = "y"\n',
            "exclude each other",
        ),
        ("[web\n", "isn't TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, toml: str, sentence: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(toml)
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert sentence in str(refused.value)
    assert str(refused.value).endswith((".", "?"))


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(None, {"COUNTERSIGN_WEB_PORT": "x", "COUNTERSIGN_WEB_THREADS": "y"})
    assert len(str(refused.value).splitlines()) == 2
    assert "COUNTERSIGN_WEB_PORT says 'x'" in str(refused.value)


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"no setting web\.prot \(COUNTERSIGN_WEB_PROT\)"):
        load_settings(None, {"COUNTERSIGN_WEB_PROT": "1"})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path / "none.toml", {})


def test_a_database_address_can_be_a_secret_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    settings = load_settings(None, {"COUNTERSIGN_STORE_DATABASE_URL_FILE": str(secret)})
    with pytest.raises(SettingsError, match="can't be read"):
        settings.database_url()
    secret.write_text("postgresql+psycopg://x/y\n")
    assert settings.database_url() == "postgresql+psycopg://x/y"


@given(
    port=st.integers(0, 65535),
    sweep=st.floats(0.2, 86_400),
    ui=st.sampled_from(["true", "false"]),
    folders=st.lists(st.sampled_from(["/a", "/b c", "/d"]), unique=True),
)
def test_a_child_process_reads_the_same_settings(
    port: int, sweep: float, ui: str, folders: list[str]
) -> None:
    settings = load_settings(
        None,
        {
            "COUNTERSIGN_WEB_PORT": str(port),
            "COUNTERSIGN_WORKER_SWEEP_SECONDS": repr(sweep),
            "COUNTERSIGN_TEMPORAL_UI": ui,
            "COUNTERSIGN_DEFINITIONS_FOLDERS": ":".join(folders),
        },
    )
    assert load_settings(None, settings.environment()) == settings
    assert settings.definitions.folders == tuple(Path(folder) for folder in folders)


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().web.port = 1  # type: ignore[misc]


def test_cases_are_started_with_what_is_set() -> None:
    assert patience(Settings()) == Patience()
    given = {"COUNTERSIGN_WORKER_TASK_SECONDS": "7", "COUNTERSIGN_WORKER_COMMIT_SECONDS": "9"}
    assert patience(load_settings(None, given)) == Patience(task_seconds=7, commit_seconds=9)


@pytest.mark.parametrize(
    ("url", "proxies", "warned"),
    [("https://c.example.org", "0", 1), ("https://c.example.org", "1", 0), ("", "0", 0)],
)
def test_a_proxy_that_must_be_there_and_is_not_declared_is_warned_of(
    url: str, proxies: str, warned: int
) -> None:
    told = {"COUNTERSIGN_WEB_PUBLIC_URL": url, "COUNTERSIGN_WEB_TRUSTED_PROXIES": proxies}
    found = proxy_warnings(load_settings(None, told))
    assert len(found) == warned
    assert all("web.trusted_proxies" in one for one in found)


def test_a_data_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    before = os.umask(0o022)
    try:
        make_folders(load_settings(None, {"COUNTERSIGN_DATA_FOLDER": str(folder)}))
        (folder / "temporal.sqlite").touch()
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "temporal.sqlite").stat().st_mode) == 0o600
