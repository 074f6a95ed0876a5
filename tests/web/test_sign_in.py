"""Signing in and out: links are spent once and by a POST only, sessions never cross a sign-in."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from itsdangerous import URLSafeSerializer
from werkzeug.test import TestResponse

from store.access.limits import RateLimit
from store.access.tokens import token_hash
from tests.support.web import PASSWORD, PROBLEM, TOKEN, Stack, Visitor
from web.limits import network_of

MakeStack = Callable[..., Stack]


def sign_in(visitor: Visitor, address: str, password: str, **more: str) -> TestResponse:
    return visitor.post("/sign-in", {"address": address, "password": password, **more})


def test_a_link_says_for_whom_it_is_and_is_spent_by_its_button_only(
    stack: Stack, dana: str
) -> None:
    path = f"/sign-in/{stack.link(dana)}"
    before = stack.dump()
    for _ in range(3):
        page = stack.visitor().get(path)
        assert page.status_code == 200
        assert "Sign in as Dana Field" in page.text
        assert stack.visitor().ask("HEAD", path).status_code == 200
    assert stack.dump() == before
    visitor = stack.visitor()
    answer = visitor.post(path)
    assert (answer.status_code, answer.location) == (303, "/password")
    assert "Dana Field" in visitor.get("/me").text


def test_a_link_signs_in_once(stack: Stack, dana: str) -> None:
    path = f"/sign-in/{stack.link(dana)}"
    assert stack.visitor().post(path).status_code == 303
    second = stack.visitor()
    answer = second.post(path)
    assert answer.status_code == 410
    assert "This link is no longer good" in answer.text
    assert second.get("/me").status_code == 303
    assert stack.visitor().get(path).status_code == 410
    assert '"sign-in-link"' in stack.log()


def test_of_two_who_spend_a_link_at_once_one_wins(stack: Stack, dana: str) -> None:
    for _ in range(5):
        path = f"/sign-in/{stack.link(dana)}"
        visitors = [stack.visitor() for _ in range(4)]
        tokens = [visitor.token() for visitor in visitors]
        begin, statuses = threading.Barrier(4), list[int]()

        def spend(visitor: Visitor, token: str, path: str = path) -> None:
            begin.wait()  # noqa: B023 - the threads end within this turn
            statuses.append(visitor.post(path, token=token).status_code)  # noqa: B023

        threads = [
            threading.Thread(target=spend, args=pair) for pair in zip(visitors, tokens, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [303, 410, 410, 410]


def test_links_that_are_too_old_withdrawn_or_unknown_look_alike(stack: Stack, dana: str) -> None:
    old = stack.link(dana, minutes=5)
    stack.clock.pass_time(timedelta(minutes=5))
    answers = [stack.visitor().post(f"/sign-in/{token}") for token in (old, "x" * 43)]
    assert [answer.status_code for answer in answers] == [410, 410]
    for answer in answers:
        assert "Dana" not in answer.text
        assert "ask your administrator for a new link" in answer.text


def test_who_has_left_gets_in_neither_by_link_nor_by_session(stack: Stack, dana: str) -> None:
    link, inside = stack.link(dana), stack.signed_in(dana)
    with stack.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE people SET until = '2026-11-23T18:00:00.000Z' WHERE person = ?", (dana,)
        )
    assert inside.get("/me").status_code == 303
    assert stack.visitor().post(f"/sign-in/{link}").status_code == 410


def test_tokens_are_kept_as_hashes_only(stack: Stack, dana: str) -> None:
    link = stack.link(dana)
    visitor = stack.visitor()
    visitor.post(f"/sign-in/{link}")
    visitor.post("/password", {"password": PASSWORD, "again": PASSWORD})
    session = visitor.cookies()["session"]
    kept = "\n".join(stack.dump())
    assert link not in kept
    assert session not in kept
    assert PASSWORD not in kept
    assert token_hash(session) in kept
    assert "$argon2id$" in kept


def test_a_password_signs_in_under_every_address(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    for address in ("dana@example.org", " DF@Example.net "):
        visitor = stack.visitor()
        answer = sign_in(visitor, address, PASSWORD)
        assert (answer.status_code, answer.location) == (303, "/inbox")
        assert "With a password" in visitor.get("/me").text


def test_nobody_learns_which_addresses_are_known(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    stack.add_person("Emil Without Password", addresses=("emil@example.org",))
    answers = [
        sign_in(stack.visitor(), address, "a wrong password")
        for address in ("dana@example.org", "emil@example.org", "nobody@example.org")
    ]
    texts = set()
    for answer, address in zip(answers, ("dana", "emil", "nobody"), strict=True):
        assert answer.status_code == 422
        texts.add(TOKEN.sub("", answer.text).replace(f"{address}@", "somebody@"))
    assert len(texts) == 1


def test_an_unknown_address_takes_as_long_as_a_known_one(
    stack: Stack, dana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that takes long is argon2, so what it is asked for is counted, and at what cost."""
    stack.set_password(dana)
    stack.add_person("Emil Without Password", addresses=("emil@example.org",))
    asked: list[tuple[Parameters, str]] = []
    really_verify = PasswordHasher.verify

    def verify(hasher: PasswordHasher, encoded: str, password: str) -> bool:
        asked.append((extract_parameters(encoded), password))
        return really_verify(hasher, encoded, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    for address in ("dana@example.org", "emil@example.org", "nobody@example.org"):
        asked.clear()
        assert sign_in(stack.visitor(), address, "a wrong password").status_code == 422
        ((cost, password),) = asked
        assert (cost.memory_cost, cost.time_cost, cost.parallelism) == (8, 1, 1), address
        assert password == "a wrong password"


def test_a_session_begins_with_a_fresh_token(stack: Stack, dana: str) -> None:
    visitor = stack.visitor()
    visitor.client.set_cookie("session", "chosen-by-somebody-else", domain="countersign.test")
    visitor.post(f"/sign-in/{stack.link(dana)}")
    first = visitor.cookies()["session"]
    assert first != "chosen-by-somebody-else"
    assert len(first) == 43
    thief = stack.visitor()
    thief.client.set_cookie("session", "chosen-by-somebody-else", domain="countersign.test")
    assert thief.get("/me").status_code == 303
    visitor.post(f"/sign-in/{stack.link(dana)}")
    assert visitor.cookies()["session"] != first
    thief.client.set_cookie("session", first, domain="countersign.test")
    assert thief.get("/me").status_code == 303, "the session before still holds"


def test_signing_out_ends_the_session_itself(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    kept = visitor.cookies()["session"]
    answer = visitor.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "session" not in visitor.cookies()
    thief = stack.visitor()
    thief.client.set_cookie("session", kept, domain="countersign.test")
    assert thief.get("/me").status_code == 303


def test_signing_out_everywhere_ends_all_sessions_of_that_person(stack: Stack, dana: str) -> None:
    emil = stack.signed_in(stack.add_person("Emil"))
    here, there = stack.signed_in(dana), stack.signed_in(dana)
    assert here.get("/me").text.count("With a sign-in link") == 2
    here.post("/sign-out-everywhere")
    assert here.get("/me").status_code == there.get("/me").status_code == 303
    assert emil.get("/me").status_code == 200


def test_sessions_end_by_age_and_by_idleness(new_stack: MakeStack) -> None:
    stack = new_stack(session_hours=2, session_idle_minutes=30)
    dana = stack.add_person("Dana")
    idle, used = stack.signed_in(dana), stack.signed_in(dana)
    for _ in range(5):
        stack.clock.pass_time(timedelta(minutes=20))
        assert used.get("/me").status_code == 200
    assert idle.get("/me").status_code == 303
    stack.clock.pass_time(timedelta(minutes=20))
    assert used.get("/me").status_code == 303


def test_when_a_session_was_used_is_written_at_most_once_a_minute(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    before = stack.dump()
    stack.clock.pass_time(timedelta(seconds=59))
    visitor.get("/me")
    assert stack.dump() == before
    stack.clock.pass_time(timedelta(seconds=1))
    visitor.get("/me")
    after = stack.dump()
    assert after != before
    visitor.get("/me")
    assert stack.dump() == after


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookies_are_for_us_alone(new_stack: MakeStack, scheme: str) -> None:
    secure = scheme == "https"
    stack = new_stack(public_url=f"{scheme}://countersign.test")
    visitor = stack.visitor()
    link = f"/sign-in/{stack.link(stack.add_person('Dana'))}"
    form_cookie = visitor.get(link).headers["Set-Cookie"]
    session_cookie = visitor.post(link).headers["Set-Cookie"]
    for cookie, name in ((form_cookie, "form"), (session_cookie, "session")):
        assert cookie.startswith(f"{'__Host-' if secure else ''}{name}=")
        parts = cookie.split("; ")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
        assert ("Secure" in parts) == secure
        assert not any(part.startswith("Domain") for part in parts)


def test_roles_are_those_of_this_moment(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    assert "Software Assessor" in visitor.get("/me").text
    with stack.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE grants SET until = '2026-11-23T18:00:00.000Z' WHERE role = 'software-assessor'"
        )
    page = visitor.get("/me").text
    assert "Software Assessor" not in page
    assert "Member" in page


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/me", "/me"),
        ("/cases/p20261123.4?tab=way", "/cases/p20261123.4?tab=way"),
        ("//elsewhere.example/", "/inbox"),
        ("https://elsewhere.example/", "/inbox"),
        ("/\\elsewhere.example", "/inbox"),
        ("\\/elsewhere.example", "/inbox"),
        ("/\t/elsewhere.example", "/inbox"),
        ("/ok\r\nSet-Cookie: a=b", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("elsewhere", "/inbox"),
        ("/" + "a" * 600, "/inbox"),
    ],
)
def test_after_signing_in_one_stays_here(
    stack: Stack, dana: str, wanted: str, reached: str
) -> None:
    stack.set_password(dana)
    answer = sign_in(stack.visitor(), "dana@example.org", PASSWORD, next=wanted)
    assert answer.location == reached


def test_who_must_sign_in_first_comes_back_to_the_page(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    visitor = stack.visitor()
    asked = visitor.get("/password?from=mail")
    assert asked.location == "/sign-in?next=/password?from%3Dmail"
    assert 'name="next" value="/password?from=mail"' in visitor.get(asked.location).text
    problem = visitor.ask("POST", "/password", PROBLEM)
    assert (problem.status_code, problem.get_json()["code"]) == (401, "signed-out")


def test_too_many_tries_are_answered_with_a_sentence_also_after_a_restart(
    new_stack: MakeStack,
) -> None:
    limit = RateLimit(tries=3, seconds=60)
    stack = new_stack(sign_in_by_address=limit)
    stack.set_password(stack.add_person("Dana", addresses=("dana@example.org",)))
    for _ in range(3):
        assert sign_in(stack.visitor(), "dana@example.org", "wrong").status_code == 422
    stack = new_stack(sign_in_by_address=limit)
    answer = sign_in(stack.visitor(), "DANA@example.org ", PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "Wait 1 minute, then try again." in answer.text
    assert sign_in(stack.visitor(), "emil@example.org", "wrong").status_code == 422
    assert "dana@example.org" not in "\n".join(
        line for line in stack.dump() if "rate_limits" in line
    )
    stack.clock.pass_time(timedelta(seconds=60))
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 303


def test_one_client_cannot_try_all_addresses(new_stack: MakeStack) -> None:
    limit = RateLimit(tries=3, seconds=60)
    stack = new_stack(sign_in_by_client=limit)
    for number in range(3):
        assert sign_in(stack.visitor(), f"{number}@example.org", "wrong").status_code == 422
    assert sign_in(stack.visitor(), "3@example.org", "wrong").status_code == 429
    assert stack.visitor().post("/sign-in/some-token").status_code == 429


def test_a_client_without_tries_uses_up_nobody_elses(new_stack: MakeStack) -> None:
    three = RateLimit(tries=3, seconds=60)
    stack = new_stack(sign_in_by_client=three, sign_in_by_address=three)
    stack.set_password(stack.add_person("Dana", addresses=("dana@example.org",)))
    for number in range(3):
        sign_in(stack.visitor(), f"{number}@example.org", "wrong")
    for _ in range(4):
        assert sign_in(stack.visitor(), "dana@example.org", "wrong").status_code == 429
    elsewhere = stack.visitor()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    assert sign_in(elsewhere, "dana@example.org", PASSWORD).status_code == 303


def test_who_has_a_whole_network_is_one_client(new_stack: MakeStack) -> None:
    stack = new_stack(sign_in_by_client=RateLimit(tries=3, seconds=60))
    statuses = []
    for number in range(4):
        visitor = stack.visitor()
        visitor.client.environ_base["REMOTE_ADDR"] = f"2001:db8:0:1:{number}::{number}"
        statuses.append(sign_in(visitor, f"{number}@example.org", "wrong").status_code)
    assert statuses == [422, 422, 422, 429]


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("proxy.example", "proxy.example"),
    ],
)
def test_as_what_a_client_is_counted(client: str, counted: str) -> None:
    assert network_of(client) == counted


def test_a_new_password_forgets_devices_but_this_one(new_stack: MakeStack) -> None:
    three = RateLimit(tries=3, seconds=60)
    stack = new_stack(sign_in_by_address=three, sign_in_by_client=RateLimit(tries=90, seconds=60))
    stack.set_password(stack.add_person("Dana", addresses=("dana@example.org",)))
    # Whoever had the old one can have made as many devices known as they liked.
    thieves = [stack.visitor() for _ in range(3)]
    for thief in thieves:
        assert sign_in(thief, "dana@example.org", PASSWORD).status_code == 303
        assert thief.post("/sign-out").status_code == 303
    stack.clock.pass_time(timedelta(seconds=60))
    dana = stack.visitor()
    assert sign_in(dana, "dana@example.org", PASSWORD).status_code == 303
    new = "violet otter walks upstairs"
    typed = {"current": PASSWORD, "password": new, "again": new}
    assert dana.post("/password", typed).status_code == 303
    assert dana.post("/sign-out").status_code == 303
    stack.clock.pass_time(timedelta(seconds=60))
    tries = [sign_in(thief, "dana@example.org", "wrong").status_code for thief in thieves * 2]
    assert tries == [422, 422, 422, 429, 429, 429]
    assert sign_in(dana, "dana@example.org", new).status_code == 303


def test_nobody_is_locked_out_by_strangers_where_they_have_signed_in_before(
    new_stack: MakeStack,
) -> None:
    limit = RateLimit(tries=3, seconds=60)
    stack = new_stack(sign_in_by_address=limit, sign_in_by_client=RateLimit(tries=5, seconds=60))
    stack.set_password(stack.add_person("Dana", addresses=("dana@example.org",)))
    known = stack.visitor()
    assert sign_in(known, "dana@example.org", PASSWORD).status_code == 303
    assert known.post("/sign-out").status_code == 303
    for _ in range(4):
        sign_in(stack.visitor(), "dana@example.org", "wrong")
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 429
    assert sign_in(known, "dana@example.org", PASSWORD).status_code == 303


def test_a_known_device_has_tries_of_its_own_and_of_one_person_alone(
    new_stack: MakeStack,
) -> None:
    stack = new_stack(sign_in_by_address=RateLimit(tries=3, seconds=60))
    for name in ("Dana", "Emil"):
        person = stack.add_person(name, addresses=(f"{name.lower()}@example.org",))
        stack.set_password(person)
    device = stack.visitor()
    assert sign_in(device, "dana@example.org", PASSWORD).status_code == 303
    assert device.post("/sign-out").status_code == 303
    for _ in range(3):
        assert sign_in(device, "dana@example.org", "wrong").status_code == 422
    assert sign_in(device, "dana@example.org", PASSWORD).status_code == 429
    # What the device has used up is nobody else's loss, and it is no help with another's address.
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 303
    for _ in range(3):
        assert sign_in(stack.visitor(), "emil@example.org", "wrong").status_code == 422
    assert sign_in(device, "emil@example.org", PASSWORD).status_code == 429


def test_a_device_that_nobody_vouches_for_is_unknown(new_stack: MakeStack) -> None:
    stack = new_stack(sign_in_by_address=RateLimit(tries=1, seconds=60))
    person = stack.add_person("Dana", addresses=("dana@example.org",))
    stack.set_password(person)
    assert sign_in(stack.visitor(), "dana@example.org", "wrong").status_code == 422
    forged = URLSafeSerializer("another key", salt="countersign-device/1")
    for said in ("", "x.y", forged.dumps({"p": person, "d": "mine"}), forged.dumps([])):
        visitor = stack.visitor()
        visitor.client.set_cookie("device", said, domain="localhost")
        assert sign_in(visitor, "dana@example.org", PASSWORD).status_code == 429


def test_a_good_link_passes_however_often_others_tried_bad_ones(new_stack: MakeStack) -> None:
    stack = new_stack(sign_in_by_client=RateLimit(tries=3, seconds=60))
    person = stack.add_person("Dana", addresses=("dana@example.org",))
    for _ in range(3):
        assert stack.visitor().post("/sign-in/some-token").status_code == 410
    assert stack.visitor().post("/sign-in/some-token").status_code == 429
    token = stack.link(person)
    assert stack.visitor().post(f"/sign-in/{token}").status_code == 303
