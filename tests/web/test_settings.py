"""Every setting of the web says what it is for, and none is secret by accident."""

import dataclasses
import re
from pathlib import Path

import pytest

from web.settings import WebSettings

FIELDS = [field.name for field in dataclasses.fields(WebSettings)]


@pytest.mark.parametrize("name", FIELDS)
def test_each_setting_is_documented(name: str) -> None:
    assert re.search(rf"^ +{name}: \w", WebSettings.__doc__ or "", re.MULTILINE)


def test_the_documentation_names_no_other_setting() -> None:
    described = re.findall(r"^        (\w+): ", WebSettings.__doc__ or "", re.MULTILINE)
    assert described == FIELDS


@pytest.mark.parametrize(
    ("url", "secure", "hosts"),
    [
        ("http://127.0.0.1:8080", False, {"127.0.0.1:8080", "other.test"}),
        ("https://sign.example.org", True, {"sign.example.org", "other.test"}),
    ],
)
def test_what_follows_from_the_public_address(url: str, hosts: set[str], *, secure: bool) -> None:
    settings = WebSettings(
        public_url=url,
        secret_key=b"never shown",
        security_log=Path("log"),
        other_hosts=("other.test",),
    )
    assert settings.origin == url
    assert settings.secure == secure
    assert settings.hosts == hosts
    assert "never shown" not in repr(settings)
