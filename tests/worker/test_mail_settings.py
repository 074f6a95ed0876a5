"""What the activities are told of the mail server, and whom its password is kept from."""

from pathlib import Path

import pytest

from worker.errors import SettingsError
from worker.rooms import activity_settings
from worker.settings import Settings, load_settings

SECRET = "not-to-be-seen"


def settings(tmp_path: Path, mode: int = 0o600) -> Settings:
    secret = tmp_path / "password"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(mode)
    file = tmp_path / "settings.toml"
    file.write_text(
        '[mail]\nhost = "smtp.example.org"\nport = 465\ntls = "tls"\nlogin = "us"\n'
        'password_file = "password"\ndigest_hour = 4\n'
    )
    return load_settings(file, {})


def test_without_a_host_mail_stays_here() -> None:
    assert activity_settings(Settings()).smtp is None


def test_the_mail_server_is_as_set_and_its_password_is_never_shown(tmp_path: Path) -> None:
    made = activity_settings(settings(tmp_path))
    assert made.smtp
    assert (made.smtp.host, made.smtp.port, made.smtp.tls) == ("smtp.example.org", 465, "tls")
    assert (made.smtp.login, made.smtp.password) == ("us", SECRET)
    assert made.digest_hour == 4
    assert SECRET not in repr(made)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_password_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingsError, match="which others can read: chmod 600") as raised:
        activity_settings(settings(tmp_path, mode))
    assert SECRET not in str(raised.value)


def test_a_password_that_is_missing_is_said(tmp_path: Path) -> None:
    given = settings(tmp_path)
    (tmp_path / "password").unlink()
    with pytest.raises(SettingsError, match=r"mail\.password_file names .* can't be read"):
        activity_settings(given)
