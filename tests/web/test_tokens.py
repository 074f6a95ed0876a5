"""No address changes anything by being opened, and no token is written down anywhere."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.routing import Rule

from store.access.tokens import LINKS, new_token, token_hash, without_tokens
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.linked import House, linked_house, vote
from web.app import create_app
from web.permissions import ANYONE, allow, allowed
from web.services import services
from web.single_use import TOKEN, ChangesNothingError

SAFE = ("GET", "HEAD", "OPTIONS")
PUBLIC = {
    "reference.section",
    "system.static",
    "public.atom",
    "public.one_list",
    "public.ruling",
    "public.case",
}
"""Endpoints for everybody whose addresses have parts, and no secret among them."""


@pytest.fixture
def house(world: World, tmp_path: Path) -> House:
    house = linked_house(world, tmp_path)
    house.open()
    return house


def altered(token: str) -> str:
    """Return a token with another letter in its signature, not at its end.

    A signature's last byte is below 17 (RFC 8032) and its last letter holds two bits: what is
    written there is at times what stood there before.
    """
    return f"{token[:-20]}{'A' if token[-20] != 'A' else 'B'}{token[-19:]}"


def with_token(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if TOKEN in rule.arguments]


def good_tokens(house: House) -> dict[str, str]:
    """Return for each path below which there are tokens one that is good."""
    return {
        "/link/": house.mint("Rob").removeprefix("/link/"),
        "/sign-in/": house.world.stack.link(house.world.people["Sue"]),
    }


def address(rule: Rule, tokens: dict[str, str]) -> str:
    (token,) = (token for path, token in tokens.items() if rule.rule.startswith(path))
    built = rule.build({TOKEN: token, **dict.fromkeys(rule.arguments - {TOKEN}, "0" * 64)})
    assert built
    return built[1]


def test_whoever_adds_an_address_that_opens_something_says_that_it_holds_a_token(
    house: House,
) -> None:
    app = house.world.stack.app
    for rule in app.url_map.iter_rules():
        if TOKEN in rule.arguments:
            assert rule.rule.startswith(LINKS), "add its path to store.access.tokens.LINKS"
        elif rule.arguments and allowed(app, rule.endpoint) == ANYONE:
            assert rule.endpoint in PUBLIC, f"{rule} holds a secret? Then call it token"


@pytest.mark.parametrize("who", ["nobody", "its person", "somebody else"])
def test_opening_changes_nothing_whatever_is_opened_and_by_whom(house: House, who: str) -> None:
    rules, tokens = with_token(house.world.stack.app), good_tokens(house)
    assert len({rule.rule for rule in rules}) >= 5
    names = {"its person": "Rob", "somebody else": "Sue"}
    visitor = house.world.as_(names[who]) if who in names else house.visitor()
    house.world.stack.clock.pass_time(timedelta(minutes=5))
    before = house.everything()
    headers = {"Purpose": "prefetch", "Sec-Purpose": "prefetch"}
    answers = [
        visitor.ask(method, address(rule, tokens), headers) for rule in rules for method in SAFE
    ]
    assert house.everything() == before, "not even when a session was last seen"
    assert 200 in {answer.status_code for answer in answers}
    assert all(answer.status_code < 500 for answer in answers)
    dead = {path: altered(token) for path, token in tokens.items()}
    for rule in rules:
        assert visitor.get(address(rule, dead)).status_code in {404, 405, 410}
    assert house.everything() == before
    stranger = house.visitor()
    assert stranger.post(f"/sign-in/{tokens['/sign-in/']}").status_code == 303
    vote(house.visitor(), f"/link/{tokens['/link/']}")


@pytest.mark.parametrize("method", SAFE[:2])
@pytest.mark.parametrize("way", ["writing", "reading"])
@pytest.mark.parametrize("part", ["token", "called_otherwise"])
def test_not_even_a_view_that_tries_to_can_write(
    house: House, method: str, way: str, part: str
) -> None:
    """The view is one that somebody may write one day who forgets what a GET is."""
    stack, before = house.world.stack, house.everything()
    app = create_app(stack.settings, stack.services)
    tried: list[type[BaseException]] = []

    @allow(ANYONE)
    def careless(**_parts: str) -> str:
        database = services().database
        try:
            with database.writing() if way == "writing" else database.reading() as connection:
                connection.execute(text("UPDATE people SET name = 'Nobody'"))
        except (ChangesNothingError, OperationalError) as error:
            tried.append(type(error))
        return "Done."

    app.add_url_rule(f"/forget/<{part}>", "careless", careless, methods=["GET", "POST"])
    stack.app = app
    assert house.visitor().ask(method, "/forget/me").status_code == 200
    assert tried == [ChangesNothingError if way == "writing" else OperationalError]
    assert house.everything() == before


def test_no_token_reaches_another_server_nor_an_address_of_ours(house: House) -> None:
    tokens = good_tokens(house)
    for rule in with_token(house.world.stack.app):
        answer = house.visitor().get(address(rule, tokens))
        assert answer.headers["Referrer-Policy"] == "strict-origin", rule
        assert answer.headers["Cache-Control"] == "no-store", rule
        for name, value in answer.headers.items():
            assert not any(token in value for token in tokens.values()), (rule, name)


def test_no_log_of_the_web_holds_a_token(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens, stack = good_tokens(house), house.world.stack
    number = house.world.numbers()[-1]
    link = f"/link/{tokens['/link/']}"
    visitor = house.visitor()
    for rule in with_token(stack.app):
        for method in (*SAFE, "POST", "PUT"):
            visitor.ask(method, address(rule, tokens))
    vote(visitor, link)
    form = filled_form(visitor.get(link).text, f"{link}/again").send()
    assert visitor.post(f"{link}/again", form).status_code == 200
    stack.visitor().post(f"/sign-in/{tokens['/sign-in/']}")
    assert house.world.as_("Tess").get(f"/cases/{number}").status_code == 200

    def broken() -> None:
        raise RuntimeError("nothing works, not even the page that says so")

    monkeypatch.setattr("web.links.opening.services", broken)
    monkeypatch.setattr("web.errors.frame", broken)
    stack.app.testing = False
    with pytest.raises(RuntimeError):
        visitor.get(link)
    assert "fault" in caplog.text
    stack.services.security_log.flush()
    written = caplog.text + stack.log()
    for token in (*tokens.values(), tokens["/link/"].rpartition(".")[2]):
        assert token not in written
    assert "link-viewed" in written


def test_what_a_token_is_hidden_in_stays_readable() -> None:
    secret, digest = new_token(), token_hash("anything")
    for line in (
        f'"GET /link/{secret}.{secret}.{secret}/again HTTP/1.1" 500',
        f"Invalid HTTP request line: 'GET /link/{secret} {secret} HTTP/1.1'",
        f"Error handling request /sign-in/{secret}?next=/inbox",
        f"554 5.7.1 rejected: https://sign.example.org/link/{secret}",
    ):
        hidden = without_tokens(line)
        assert secret not in hidden
        assert "…" in hidden
    assert "/again HTTP/1.1" in without_tokens(f"GET /link/{secret}/again HTTP/1.1")
    for plain in (f"entry {digest}", "/cases/m20261123.1/vote/voting", "a-name-" * 12):
        assert without_tokens(plain) == plain
