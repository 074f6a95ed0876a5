"""Choosing a password: what it must be, whom it is asked of, and what ends with the old one."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.web import PASSWORD, Stack

MakeStack = Callable[..., Stack]
OTHER = "another evening, another tune"


def test_after_the_first_sign_in_a_password_is_offered_with_a_way_past(
    stack: Stack, dana: str
) -> None:
    visitor = stack.signed_in(dana)
    page = visitor.get("/password").text
    assert "Welcome, Dana Field. Choose a password" in page
    assert "Not now" in page
    assert "Your password now" not in page
    answer = visitor.post("/password", {"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert stack.visitor().post(f"/sign-in/{stack.link(dana)}").location == "/inbox"


def test_where_it_is_required_nothing_else_comes_before_it(new_stack: MakeStack) -> None:
    stack = new_stack(password_required=True)
    visitor = stack.signed_in(stack.add_person("Dana"))
    assert visitor.get("/me").location == "/password"
    page = visitor.get("/password").text
    assert "Not now" not in page
    token = page.split('csrf_token" value="')[1].split('"')[0]
    form = {"password": PASSWORD, "again": PASSWORD}
    assert visitor.post("/password", form, token=token).location == "/inbox"
    assert visitor.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("too short", "too short", "at least 12 characters; this one has 9."),
        ("hello dana field", "hello dana field", "too easy to guess"),
        ("DANA@EXAMPLE.ORG", "DANA@EXAMPLE.ORG", "too easy to guess"),
        ("my name is dana", "my name is dana", "too easy to guess"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "too easy to guess"),
        ("password1234", "password1234", "among the commonest passwords"),
        ("iloveyou2026", "iloveyou2026", "among the commonest passwords"),
        ("qwertyuiop123", "qwertyuiop123", "among the commonest passwords"),
        ("x y z" * 300, "x y z" * 300, "at most 1,000 characters"),
        (PASSWORD, PASSWORD + "!", "The two aren&#39;t the same"),
    ],
)
def test_a_password_that_will_not_do_is_told_why(
    stack: Stack, dana: str, password: str, again: str, sentence: str
) -> None:
    visitor = stack.signed_in(dana)
    answer = visitor.post("/password", {"password": password, "again": again})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert password not in answer.text
    assert "credentials" not in "".join(line for line in stack.dump() if "INSERT" in line)


def test_who_signed_in_by_password_must_know_it_to_change_it(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    visitor = stack.visitor()
    visitor.post("/sign-in", {"address": "dana@example.org", "password": PASSWORD})
    new = {"password": OTHER, "again": OTHER}
    wrong = visitor.post("/password", {**new, "current": "not my password"})
    assert wrong.status_code == 422
    assert "This isn&#39;t your password now." in wrong.text
    assert '"password-current"' in stack.log()
    assert visitor.post("/password", {**new, "current": PASSWORD}).status_code == 303


def test_who_forgot_theirs_changes_it_right_after_signing_in_by_a_link(
    stack: Stack, dana: str
) -> None:
    stack.set_password(dana)
    fresh = stack.signed_in(dana)
    assert "Your password now" not in fresh.get("/password").text
    stack.clock.pass_time(timedelta(minutes=16))
    assert "Your password now" in fresh.get("/password").text


def test_a_new_password_ends_all_other_sessions(stack: Stack, dana: str) -> None:
    other, visitor = stack.signed_in(dana), stack.signed_in(dana)
    before = visitor.cookies()["session"]
    visitor.post("/password", {"password": PASSWORD, "again": PASSWORD})
    assert other.get("/me").status_code == 303
    assert visitor.get("/me").status_code == 200
    assert visitor.cookies()["session"] != before
