"""What holds for every answer: headers, forms of ours only, hosts, sizes, faults, the log."""

import json
import logging
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask

from definitions.clock import FixedClock
from definitions.refusals import Refusal
from tests.support.web import PROBLEM, START, TOKEN, Stack
from web.app import create_app
from web.errors import refuse
from web.page_models import Link, Row, Text
from web.permissions import ANYONE, allow
from web.refused import Refused
from web.security_log import SecurityLog

MakeStack = Callable[..., Stack]
EVERYWHERE = ("/health", "/sign-in", "/sign-in/xyz", "/nowhere", "/me", "/sign-out")


def add_view(app: Flask, path: str, view: Callable[[], Any]) -> None:
    """Add a view to a finished application, for one that goes wrong in a way of its own."""
    app.add_url_rule(path, path.strip("/"), allow(ANYONE)(view))


def test_every_answer_tells_the_browser_to_be_strict(stack: Stack, dana: str) -> None:
    for visitor in (stack.visitor(), stack.signed_in(dana)):
        for path in EVERYWHERE:
            headers = visitor.get(path).headers
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src 'self';")
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert "base-uri 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            told = "strict-origin" if "/sign-in/" in path else "same-origin"
            assert headers["Referrer-Policy"] == told
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "geolocation=()" in headers["Permissions-Policy"]
            assert headers["Cache-Control"] == "no-store"
            assert "Strict-Transport-Security" not in headers


def test_https_is_asked_for_from_then_on(new_stack: MakeStack) -> None:
    visitor = new_stack(public_url="https://countersign.test").visitor()
    assert "max-age=63072000" in visitor.get("/sign-in").headers["Strict-Transport-Security"]


def test_pages_hold_nothing_that_the_policy_forbids(stack: Stack, dana: str) -> None:
    for visitor in (stack.visitor(), stack.signed_in(dana)):
        for path in EVERYWHERE:
            page = visitor.get(path).text
            assert not re.search(r"<style|<script|\bstyle=|\bon[a-z]+=", page), path


def test_static_files_are_kept_for_good_under_their_hash(stack: Stack) -> None:
    visitor = stack.visitor()
    found = re.search(r'href="(/static/[^"]+)"', visitor.get("/sign-in").text)
    assert found
    sheet = visitor.get(found[1])
    assert sheet.status_code == 200
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in sheet.headers
    old = re.sub(r"/[0-9a-f]{16}/", "/0000000000000000/", found[1])
    assert visitor.get(old).status_code == 404
    assert visitor.get(found[1].replace("countersign.css", "../app.py")).status_code == 404


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, ""),
        ({}, "0" * 32 + "." + "0" * 64),
        ({}, "not-even-a-token"),
        ({"Origin": "https://elsewhere.example"}, None),
        ({"Origin": "null"}, None),
        ({"Sec-Fetch-Site": "cross-site"}, None),
        ({"Sec-Fetch-Site": "same-site"}, None),
    ],
)
def test_a_form_that_is_not_ours_changes_nothing(
    stack: Stack, dana: str, headers: dict[str, str], token: str | None
) -> None:
    link = stack.link(dana)
    inside = stack.signed_in(dana)
    before = stack.dump()
    for visitor, path in (
        (inside, "/sign-out"),
        (inside, "/password"),
        (stack.visitor(), f"/sign-in/{link}"),
        (stack.visitor(), "/sign-in"),
    ):
        answer = visitor.post(path, {"password": "a"}, headers=headers, token=token)
        assert answer.status_code == 403
        assert "Go back, load the page again" in answer.text
    assert stack.dump() == before
    assert '"csrf"' in stack.log()


def test_a_form_belongs_to_one_session(stack: Stack, dana: str) -> None:
    emil = stack.signed_in(stack.add_person("Emil"))
    visitor = stack.visitor()
    nobodys = visitor.token()
    assert visitor.post("/sign-out", token=nobodys).status_code == 401
    visitor.post(f"/sign-in/{stack.link(dana)}")
    for token in (nobodys, emil.token()):
        assert visitor.post("/sign-out", token=token).status_code == 403
    assert (
        visitor.post("/sign-out", headers={"Origin": "http://countersign.test"}).status_code == 303
    )


def test_what_was_typed_when_a_session_ended_can_be_copied_from_the_page(stack: Stack) -> None:
    typed = {"comment": "An <i>hour's</i> work", "password": "not this", "nonce": "nor this"}
    page = stack.visitor().post("/sign-out", typed)
    assert page.status_code == 401
    assert "An &lt;i&gt;hour&#39;s&lt;/i&gt; work" in page.text
    assert "not this" not in page.text
    assert "nor this" not in page.text
    other = stack.visitor().post("/sign-out", typed, {"Origin": "https://elsewhere.example"})
    assert other.status_code == 401
    assert "work" not in other.text


def test_each_page_has_a_token_of_its_own(stack: Stack) -> None:
    visitor = stack.visitor()
    tokens = {TOKEN.findall(visitor.get("/sign-in").text)[0] for _ in range(3)}
    assert len(tokens) == 3


def test_other_hosts_are_refused(new_stack: MakeStack) -> None:
    stack = new_stack(other_hosts=("127.0.0.1:8080",))
    client = stack.app.test_client()
    for base in ("http://elsewhere.example", "http://countersign.test:81"):
        answer = client.get("/sign-in", base_url=base)
        assert answer.status_code == 421
        assert "Go to http://countersign.test." in answer.text
        assert "elsewhere" not in answer.text
    assert client.get("/sign-in", base_url="http://127.0.0.1:8080").status_code == 200
    assert client.get("/health", base_url="http://10.0.0.1").status_code == 200


def test_forwarded_headers_count_only_behind_a_proxy_that_is_trusted(
    new_stack: MakeStack,
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "countersign.test"}
    direct, behind = new_stack(), new_stack(trusted_proxies=1)
    for stack, client in ((direct, "127.0.0.1"), (behind, "203.0.113.9")):
        stack.visitor().post("/sign-out", headers={**forwarded, **PROBLEM}, token="")
        stack.visitor().post("/sign-in", headers={**forwarded, **PROBLEM}, token="")
        assert json.loads(stack.log().splitlines()[-1])["client"] == client


def test_a_proxy_that_nobody_declared_is_noticed_once(
    new_stack: MakeStack, caplog: pytest.LogCaptureFixture
) -> None:
    behind = new_stack(trusted_proxies=1)
    behind.visitor().get("/sign-in", headers={"X-Forwarded-For": "203.0.113.9"})
    direct = new_stack()
    direct.visitor().get("/sign-in")
    assert "proxy" not in direct.log() + caplog.text
    for _ in range(2):
        direct.visitor().get("/sign-in", headers={"X-Forwarded-For": "203.0.113.9"})
    assert caplog.text.count("web.trusted_proxies is 0") == 1
    assert direct.log().count("proxy-undeclared") == 1


def test_what_is_too_large_is_told_so(new_stack: MakeStack, dana: str) -> None:
    stack = new_stack(max_upload_bytes=1000, max_form_bytes=1000)
    visitor = stack.signed_in(dana)
    token = visitor.token()
    for data in (
        {"csrf_token": token, "password": "x" * 2_000},
        {"csrf_token": token, "file": (BytesIO(b"x" * 100_000), "large.patch")},
    ):
        answer = visitor.client.post(
            "/password",
            data=data,
            base_url="http://countersign.test",
            content_type="multipart/form-data",
        )
        assert answer.status_code == 413
        assert "At most" in answer.text
        assert "Nothing was kept." in answer.text


def test_pages_that_are_not_there_say_so(stack: Stack) -> None:
    page = stack.visitor().get("/nowhere")
    assert page.status_code == 404
    assert "There is no such page." in page.text
    wrong = stack.visitor().ask("DELETE", "/sign-in")
    assert wrong.status_code == 405
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    problem = stack.visitor().get("/nowhere", PROBLEM)
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["title"] == "There is no such page."


def test_a_fault_of_ours_shows_a_number_and_nothing_else(
    new_stack: MakeStack, caplog: pytest.LogCaptureFixture
) -> None:
    stack = new_stack()

    def broken() -> NoReturn:
        raise RuntimeError("the inside of the program")

    add_view(stack.app, "/broken", broken)
    with caplog.at_level(logging.ERROR):
        page = stack.visitor().get("/broken")
    assert page.status_code == 500
    assert "inside" not in page.text
    assert "Traceback" not in page.text
    number = re.search(r'class="digest">([0-9a-f]{12})<', page.text)
    assert number
    assert number[1] in caplog.text
    assert "the inside of the program" in caplog.text
    problem = stack.visitor().get("/broken", PROBLEM).get_json()
    assert problem["status"] == 500
    assert len(problem["reference"]) == 12


def test_a_refusal_is_a_page_with_section_remedy_and_what_was_typed(
    new_stack: MakeStack,
) -> None:
    stack = new_stack()
    refusal = Refusal(
        code="barred",
        sentence="You may not review this patch: you wrote it.",
        section="7.4",
        remedy="Ask another assessor.",
    )

    def refused() -> object:
        return refuse(
            Refused(
                refusal,
                heading="Your sign-off was refused.",
                about=Link(label="p20261123.4", url="/cases/p20261123.4"),
                typed=(Row(label="Comment", value=Text(text="<b>looks good</b>")),),
            )
        )

    add_view(stack.app, "/refused", refused)
    page = stack.visitor().get("/refused")
    assert page.status_code == 409
    for part in (refusal.sentence, 'href="/policy/7.4"', refusal.remedy, "&lt;b&gt;looks good"):
        assert part in page.text
    assert stack.visitor().get("/refused", PROBLEM).get_json() == {
        "type": "about:blank",
        "title": "Your sign-off was refused.",
        "status": 409,
        "detail": refusal.sentence,
        "section": "7.4",
        "remedy": refusal.remedy,
        "code": "barred",
    }
    line = json.loads(stack.log().splitlines()[0])
    assert (line["what"], line["section"]) == ("barred", "7.4")
    assert "looks good" not in stack.log()


def test_health_says_whether_the_database_can_be_read(stack: Stack) -> None:
    assert stack.visitor().get("/health").get_json() == {"ok": True}
    with stack.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE streams RENAME TO gone")
    answer = stack.visitor().get("/health")
    assert (answer.status_code, answer.get_json()) == (503, {"ok": False})


def test_nothing_that_is_logged_holds_a_token_or_a_password(
    stack: Stack, dana: str, caplog: pytest.LogCaptureFixture
) -> None:
    stack.set_password(dana)
    link = stack.link(dana)
    with caplog.at_level(logging.DEBUG):
        visitor = stack.visitor()
        visitor.post(f"/sign-in/{link}")
        visitor.post(f"/sign-in/{link}")
        visitor.get(f"/sign-in/{link}")
        visitor.post("/sign-in", {"address": "dana@example.org", "password": "my wrong one"})
        visitor.post("/password", {"password": "short one", "again": "short one"})
        visitor.post("/sign-out", token="my-wrong-token")
    for text in (stack.log(), caplog.text):
        for secret in (link, "my wrong one", "short one", "my-wrong-token", "dana@example.org"):
            assert secret not in text
    assert stack.log()


def test_what_is_refused_while_the_disk_is_full_is_refused_and_told_elsewhere(
    new_stack: MakeStack, caplog: pytest.LogCaptureFixture
) -> None:
    stack = new_stack()
    full = replace(stack.services, security_log=SecurityLog(Path("/dev/full"), stack.clock))
    answer = (
        create_app(stack.settings, full)
        .test_client()
        .post("/sign-out", base_url="http://countersign.test", headers=PROBLEM)
    )
    assert answer.status_code == 401
    assert "No space left on device" in caplog.text
    assert '"what": "signed-out"' in caplog.text


def test_the_security_log_counts_what_is_alike(tmp_path: Path) -> None:
    file, clock = tmp_path / "security.log", FixedClock(START)
    log = SecurityLog(file, clock)
    for _ in range(50):
        log.record("csrf", client="203.0.113.9", person=None)
    log.record("csrf", client="203.0.113.10")
    assert [json.loads(line)["count"] for line in file.read_text().splitlines()] == [1, 1]
    log.flush()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines[-1] == {
        "at": "2026-11-23T18:00:00.000Z",
        "client": "203.0.113.9",
        "room": "web",
        "what": "csrf",
        "count": 49,
        "since": "2026-11-23T18:00:00.000Z",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
