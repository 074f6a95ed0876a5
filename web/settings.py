"""What the web needs to be told; `worker` reads it from file and environment and hands it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from store.access.limits import RateLimit
from store.access.passwords import HashingCost

_SIGN_IN_BY_ADDRESS = RateLimit(tries=20, seconds=900)
_SIGN_IN_BY_CLIENT = RateLimit(tries=60, seconds=900)
_ACTS_BY_PERSON = RateLimit(tries=120, seconds=60)


@dataclass(frozen=True)
class WebSettings:
    """How the web presents itself, whom it trusts, and how much it takes.

    Attributes:
        public_url: Where people reach it, without a path: `https://countersign.example.org`.
            Requests for another host are refused; `https` makes cookies secure.
        secret_key: Keys of forms and of rate limits are derived from it; 32 random bytes.
        security_log: The file (JSON lines, mode 0600) that keeps what was refused.
        organisation: The organisation's name, on every page.
        other_hosts: Further hosts (with port) under which it may be asked for.
        trusted_proxies: How many proxies stand in front and set `X-Forwarded-*`; 0 for none.
        session_hours: A session ends after so many hours, however often it is used.
        session_idle_minutes: A session ends when it wasn't used for so many minutes.
        password_min_length: How many characters a password has at the least.
        password_required: Whether everybody must choose a password after their first sign-in
            by a link; otherwise it is offered, with a way past it.
        password_cost: What hashing a password costs.
        fresh_minutes: For so many minutes after a sign-in by a link the password can be
            changed without the one before.
        max_upload_bytes: The largest file that may be sent, in bytes.
        max_form_bytes: The most text that a form without its files may hold, in bytes.
        answer_seconds: How long a person waits for a case's answer before they are told that
            it isn't confirmed yet.
        sign_in_by_address: Tries to sign in with a password, for each address.
        sign_in_by_client: Tries to sign in, by password or by link, from each client address.
        acts_by_person: Acts that each person may send.
    """

    public_url: str
    secret_key: bytes = field(repr=False)
    security_log: Path
    organisation: str = "Countersign"
    other_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    session_hours: int = 24 * 14
    session_idle_minutes: int = 60 * 24 * 3
    password_min_length: int = 12
    password_required: bool = False
    password_cost: HashingCost = field(default_factory=HashingCost)
    fresh_minutes: int = 15
    max_upload_bytes: int = 5 * 1024 * 1024
    max_form_bytes: int = 2 * 1024 * 1024
    answer_seconds: float = 10.0
    sign_in_by_address: RateLimit = _SIGN_IN_BY_ADDRESS
    sign_in_by_client: RateLimit = _SIGN_IN_BY_CLIENT
    acts_by_person: RateLimit = _ACTS_BY_PERSON

    @property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origin(self) -> str:
        """What a browser sends as `Origin` with a form of ours."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts (with port) under which it may be asked for."""
        return frozenset({urlsplit(self.public_url).netloc, *self.other_hosts})
