"""Whoever wrote a patch is recognised by every address of theirs, and never reviews it."""

from typing import Any

import pytest

from definitions.acts import CommitReply
from definitions.clock import stamp
from definitions.fields.patch import parse_patch
from store.attachments import put
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

PATCH = """\
From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
From: {author}
Date: Sun, 18 Oct 2026 09:00:00 +0000
Subject: [PATCH] Mend the greeting

It was wrong.

{trailers}---
 greeting.txt | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/greeting.txt b/greeting.txt
index 1111111..2222222 100644
--- a/greeting.txt
+++ b/greeting.txt
@@ -1 +1 @@
-Hullo
+Hello
--\x20
2.39.5
"""


def values(
    desk: Desk, author: str, *co_authors: str, declared: dict[str, str] | None = None
) -> dict[str, Any]:
    trailers = "".join(f"Co-authored-by: {who}\n" for who in co_authors)
    content = PATCH.format(author=author, trailers=trailers).encode()
    digest = put(desk.database, content, media_type="text/x-patch", at=stamp(desk.clock.now()))
    return {
        "patch": {
            "file": {"sha256": digest, "name": "0001-greeting.patch", "size": len(content)},
            "patches": parse_patch(content).to_json()["patches"],
            "declared": declared or {},
        },
        "risk": "low",
        "purpose": "It mends the greeting.",
    }


def send(desk: Desk, values: dict[str, Any], name: str = "mia") -> CommitReply:
    request = desk.opening(name, values, process="application-patch")
    return desk.send(request, process="application-patch")


def test_an_author_is_recognised_by_a_second_address_and_barred(desk: Desk) -> None:
    reply = send(desk, values(desk, "Rob <ROB@home.example>", "Lea <lea@example.org>"))
    assert reply.result == "committed"
    assert reply.facts
    assert set(reply.facts["people"]["author"]) == {desk.person("rob"), desk.person("lea")}
    case = f"nonce-{1:06d}"
    refused = desk.sign_off(case, "rob", "review", "reviewer", "approve")
    assert refused.refusal
    assert (refused.refusal["code"], refused.refusal["section"]) == ("barred", "7.4")


def test_an_address_of_nobody_must_be_declared(desk: Desk) -> None:
    given = values(desk, "Eve <eve@elsewhere.example>")
    reply = send(desk, given)
    assert reply.refusal
    assert reply.refusal["code"] == "unknown-address"
    assert "eve@elsewhere.example" in reply.refusal["sentence"]
    assert reply.refusal["field"] == "patch"


@pytest.mark.parametrize(
    ("declared", "people"), [("external", []), ("rita", ["rita"]), ("p-nobody", None)]
)
def test_what_is_declared_of_an_unknown_address_counts(
    desk: Desk, declared: str, people: list[str] | None
) -> None:
    who = desk.person("rita") if declared == "rita" else declared
    given = values(desk, "Eve <eve@elsewhere.example>", declared={"eve@elsewhere.example": who})
    reply = send(desk, given)
    if people is None:
        assert reply.result == "refused"
        return
    assert reply.facts
    bound = reply.facts.get("people", {}).get("author", [])
    assert bound == [desk.person(name) for name in people]


def test_nobody_becomes_a_stranger_by_saying_so(desk: Desk) -> None:
    given = values(desk, "Rob <rob@home.example>", declared={"rob@home.example": "external"})
    reply = send(desk, given, "rob")
    assert reply.facts
    assert reply.facts["people"] == {"author": [desk.person("rob")]}


def test_a_file_that_is_not_stored_is_refused(desk: Desk) -> None:
    given = values(desk, "Rob <rob@example.org>")
    given["patch"]["file"]["sha256"] = "0" * 64
    reply = send(desk, given)
    assert reply.refusal
    assert (reply.refusal["code"], reply.refusal["field"]) == ("no-attachment", "patch")


@pytest.mark.parametrize("broken", [None, {}, {"patches": 1}, "text"])
def test_a_broken_patch_is_refused_by_the_rules(desk: Desk, broken: Any) -> None:
    given = values(desk, "Rob <rob@example.org>") | {"patch": broken}
    reply = send(desk, given)
    assert reply.refusal
    assert reply.refusal["code"] == "value"
