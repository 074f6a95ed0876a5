"""What is confidential reaches nobody whom the definition doesn't name, on no page for acting."""

import json

import pytest

from definitions.definition import Definition
from definitions.loader import load_library
from tests.support.acting import APT, World
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage

SECRET = "the door code is 4711"
SYSTEM = "/open/system-patch"


def confidential() -> Definition:
    """Return the definition of a patch whose reason and comments only few may read."""
    data = json.loads(load_library().current("system-patch").text)
    viewers = {"roles": ["arbitrator"], "people": ["opener"], "policy": "9.5"}
    data["definition"]["privacy"] = {"fields": {"reason": viewers, "comment": viewers}}
    return Definition.build(data["definition"], data["exclusivity"])


@pytest.fixture
def secret(world: World) -> str:
    """Return the number of a case with a confidential reason, opened by Sue."""
    world.use(confidential())
    return world.open_system_patch("Sue", reason=SECRET)


def test_who_signs_sees_that_it_is_withheld_and_not_what(world: World, secret: str) -> None:
    page = world.as_("Lena").get(f"/cases/{secret}/sign/approval/lead")
    assert SECRET not in page.text
    assert "Withheld: only Arbitrators and the opener may read this." in StrictPage(page.text).text
    answer = world.sign("Lena", secret, "approval", "lead", outcome="approve")
    assert SECRET not in world.follow("Lena", answer).text


def test_no_page_for_acting_tells_it(world: World, secret: str) -> None:
    base = f"/cases/{secret}"
    for name in ("Lena", "Sid", "Mia"):
        for path in (
            f"{base}/sign/approval",
            f"{base}/sign/approval/lead",
            f"{base}/decline/approval/lead",
            f"{base}/retract/approval",
            f"{base}/withdraw",
            f"{base}/amend",
            f"{base}/comment",
            f"/receipts/{world.state(secret).case}",
        ):
            assert SECRET not in world.as_(name).get(path).text, (name, path)


def test_a_form_that_comes_back_doesnt_tell_it_either(world: World, secret: str) -> None:
    answer = world.sign("Lena", secret, "approval", "lead", outcome="reject")
    assert answer.status_code == 422
    assert SECRET not in answer.text


def test_confidential_comments_are_withheld_on_the_page_for_signing(
    world: World, secret: str
) -> None:
    world.sign("Lena", secret, "approval", "lead", outcome="approve")
    typed = {"outcome": "applied", "comment": SECRET}
    world.sign("Sue", secret, "applying", "executor", **typed)
    page = world.as_("Sid").get(f"/cases/{secret}/sign/applying/observer")
    assert SECRET not in page.text
    assert "Sue Elm" in page.text


def test_the_opener_sees_and_amends_their_own(world: World, secret: str) -> None:
    form = world.form("Sue", f"/cases/{secret}/amend")
    assert form.fields["reason"] == SECRET


def test_an_amender_who_may_not_read_a_field_isnt_offered_it(world: World) -> None:
    definition = confidential()
    data = json.loads(definition.text)["definition"]
    data["privacy"]["fields"]["reason"]["people"] = []
    world.use(Definition.build(data, definition.exclusivity))
    number = world.open_system_patch("Sue", reason=SECRET)
    page = world.as_("Sue").get(f"/cases/{number}/amend")
    assert SECRET not in page.text
    assert "Withheld: only Arbitrators may read this." in StrictPage(page.text).text
    form = filled_form(page.text, f"/cases/{number}/amend")
    assert "reason" not in form.fields
    world.follow("Sue", world.post("Sue", f"/cases/{number}/amend", form.send(servers="signer")))
    assert set(world.gateway.sent[-1].openings) == {"servers"}


def test_the_form_says_beforehand_who_will_see_it(world: World) -> None:
    world.use(confidential())
    text = StrictPage(world.as_("Sue").get(SYSTEM).text).text
    assert "“Why it is needed” only by Arbitrators and the opener" in text


def test_a_case_that_one_may_not_see_is_named_and_nothing_more(world: World) -> None:
    definition = confidential()
    data = json.loads(definition.text)["definition"]
    data["privacy"]["case"] = {"roles": ["arbitrator"], "people": ["opener"], "policy": "9.5"}
    world.use(Definition.build(data, definition.exclusivity))
    number = world.open_case(
        "Sue", "system-patch", {"packages": APT, "servers": "signer", "reason": SECRET}
    )
    for path in ("sign/approval/lead", "comment", "amend", "withdraw"):
        page = world.as_("Mia").get(f"/cases/{number}/{path}")
        assert page.status_code == 403
        assert "This case exists" in page.text
        assert SECRET not in page.text
        assert "signer" not in page.text
