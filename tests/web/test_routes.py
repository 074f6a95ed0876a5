"""Every route, asked by every kind of visitor: what comes is what the route declares.

Routes that are added later are walked too: their arguments are made up from their converters.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from definitions.organisation import load_organisation
from tests.support.web import PROBLEM, Stack, Visitor
from web import permissions
from web.permissions import ANYONE, SIGNED_IN, Allowed, allow, allowed, roles

ROLES = (*(role.id for role in load_organisation().roles), "operator")
KINDS = ("anonymous", "without a role", *ROLES)
SAMPLES = {
    "UnicodeConverter": "sample",
    "PathConverter": "some/where",
    "IntegerConverter": 1,
    "FloatConverter": 1.5,
    "UUIDConverter": "5f0c1c0e-0000-4000-8000-000000000000",
}


def addresses(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield each rule with each of its methods and an address that leads to it."""
    adapter = app.url_map.bind("countersign.test")
    for rule in app.url_map.iter_rules():
        arguments: dict[str, Any] = {
            name: SAMPLES.get(type(converter).__name__, "sample")
            for name, converter in rule._converters.items()
        }
        path = adapter.build(rule.endpoint, arguments, method=next(iter(rule.methods or {"GET"})))
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield rule, method, path


def visitor_of(stack: Stack, kind: str) -> Visitor:
    if kind == "anonymous":
        return stack.visitor()
    held = () if kind == "without a role" else (kind,)
    return stack.signed_in(stack.add_person(f"A {kind}", held))


def admits(who: Allowed, kind: str) -> bool:
    if kind == "anonymous":
        return not who.signed_in
    return not who.roles or kind in who.roles


def check_admitted(method: str, answer: TestResponse) -> None:
    code = (answer.get_json(silent=True) or {}).get("code")
    if method in {"GET", "HEAD"}:
        assert code not in {"not-allowed", "signed-out", "csrf"}
        assert not answer.headers.get("Location", "").startswith("/sign-in?")
    else:
        # It gets past who may ask, and is stopped for want of a form's token.
        assert (answer.status_code, code) == (403, "csrf")


def check_denied(kind: str, method: str, answer: TestResponse) -> None:
    if kind == "anonymous" and method in {"GET", "HEAD"}:
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in?next=")
    elif method == "HEAD":
        assert answer.status_code == 403
    else:
        expected = (401, "signed-out") if kind == "anonymous" else (403, "not-allowed")
        assert (answer.status_code, answer.get_json()["code"]) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_each_route_admits_whom_it_declares_and_nobody_else(stack: Stack, kind: str) -> None:
    visitor = visitor_of(stack, kind)
    before = stack.dump()
    asked = 0
    for rule, method, path in addresses(stack.app):
        answer = visitor.ask(method, path, PROBLEM)
        assert answer.status_code < 500, f"{method} {path}: {answer.text}"
        if admits(allowed(stack.app, rule.endpoint), kind):
            check_admitted(method, answer)
        else:
            check_denied(kind, method, answer)
        asked += 1
    assert asked > 10
    assert stack.dump() == before, "a request without a form's token changed something"


def test_a_hundred_visits_change_nothing(stack: Stack) -> None:
    people = [stack.signed_in(stack.add_person(f"P {role}", (role,))) for role in ROLES[:3]]
    paths = [path for _, method, path in addresses(stack.app) if method == "GET"]
    before = stack.dump()
    visits = 0
    while visits < 100:
        for visitor in (stack.visitor(), *people):
            for path in paths:
                visitor.get(path)
                visitor.ask("HEAD", path)
                visits += 2
    assert stack.dump() == before


def test_a_route_that_says_nothing_keeps_the_application_from_starting() -> None:
    app = Flask("undeclared", static_folder=None)
    app.add_url_rule("/open-to-all", "forgotten", lambda: "anything")
    with pytest.raises(permissions.UndeclaredRouteError, match="'forgotten' doesn't say who"):
        permissions.hold(app)


def test_flask_brings_no_route_of_its_own(stack: Stack) -> None:
    assert {rule.endpoint for rule in stack.app.url_map.iter_rules()} == set(
        stack.app.view_functions
    )
    assert "static" not in stack.app.view_functions


def test_declarations_admit_whom_they_name() -> None:
    @allow(roles("operator", "arbitrator"))
    def view() -> str:
        return ""

    assert view() == ""
    assert ANYONE.admits(None)
    assert not SIGNED_IN.admits(None)
    assert not roles("operator").admits(None)


def test_a_refusal_by_role_is_a_page_that_says_what_to_do(stack: Stack) -> None:
    visitor = stack.signed_in(stack.add_person("Dana", ("member",)))
    asked = 0
    for rule, method, path in addresses(stack.app):
        wanted = allowed(stack.app, rule.endpoint).roles
        if method == "GET" and wanted and "member" not in wanted:
            page = visitor.get(path)
            assert page.status_code == 403
            assert "ask your team leader" in page.text
            assert '"not-allowed"' in stack.log()
            asked += 1
    assert asked
