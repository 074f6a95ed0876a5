"""Amending: the form is filled, only what is changed is signed, what was signed is outdated."""

import io

from definitions.acts import Act
from tests.support.acting import APT, HOSTILE, World, patch
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage

REVIEW = {"not_author": "yes"}


def path_of(number: str) -> str:
    return f"/cases/{number}/amend"


def test_only_what_is_changed_becomes_part_of_the_act(world: World) -> None:
    number = world.open_system_patch("Sue")
    form = world.form("Sue", path_of(number))
    assert form.fields["servers"] == "webdb"
    assert "openssl/stable-security 3.0.17-1 amd64" in form.fields["packages"]
    answer = world.post("Sue", path_of(number), form.send(servers="webdb, signer"))
    receipt = world.follow("Sue", answer)
    assert "The case is amended." in receipt.text
    act = Act.from_json(dict(world.entries(number)[-1].act))
    assert set(act.values) == {"servers"}
    assert world.gateway.sent[-1].openings["servers"].value == "webdb, signer"
    again = world.post("Sue", path_of(number), form.send(servers="webdb, signer"))
    assert again.headers["Location"] == answer.headers["Location"]
    assert [entry.act["kind"] for entry in world.entries(number)].count("amend") == 1


def test_nothing_changed_is_said(world: World) -> None:
    number = world.open_application_patch("Mia", bug="#1")
    answer = world.post("Mia", path_of(number), world.form("Mia", path_of(number)).send())
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text
    assert world.count("pending_acts") == 1


def test_signatures_that_will_be_outdated_are_shown_before(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/sign/review/reviewer"
    world.post("Rob", path, world.form("Rob", path).send(outcome="approve", **REVIEW))
    page = world.as_("Mia").get(path_of(number))
    assert "These signatures no longer count then" in page.text
    assert "Rob Yew" in page.text
    assert not StrictPage(page.text).findings
    form = filled_form(page.text, path_of(number))
    world.follow("Mia", world.post("Mia", path_of(number), form.send(risk="high")))
    state = world.state(number)
    assert state.steps["review"].signatures == ()
    assert state.known["risk"] == "high"


def test_a_new_patch_asks_for_its_addresses(world: World) -> None:
    number = world.open_application_patch("Mia")
    form = world.form("Mia", path_of(number))
    new = patch(author="Zoe <zoe@elsewhere.example>", line="three", blob="4cb29ea")
    typed = form.send(patch=(io.BytesIO(new), "v2.patch"))
    asked = world.post("Mia", path_of(number), typed)
    assert asked.status_code == 422
    assert "Say whose address zoe@elsewhere.example is" in asked.text
    assert "v2.patch" in asked.text
    again = filled_form(asked.text, path_of(number))
    [whose] = [name for name in again.data if name.startswith("whose-")]
    answer = world.post("Mia", path_of(number), again.send(**{whose: "external"}))
    world.follow("Mia", answer)
    assert world.state(number).people["author"] == ()
    value = world.gateway.sent[-1].openings["patch"].value
    assert value["declared"] == {"zoe@elsewhere.example": "external"}
    assert value["file"]["name"] == "v2.patch"


def test_a_hostile_patch_leaves_nothing_behind(world: World) -> None:
    number = world.open_application_patch("Mia")
    form = world.form("Mia", path_of(number))
    typed = form.send(patch=(io.BytesIO(b"\x89PNG\r\n\x1a\n"), "x.patch"), purpose=HOSTILE)
    answer = world.post("Mia", path_of(number), typed)
    assert answer.status_code == 422
    assert world.count("attachments") == 1  # the first one
    again = filled_form(answer.text, path_of(number))
    assert again.fields["purpose"] == HOSTILE
    assert "0001-two.patch" in answer.text


def test_an_optional_field_can_be_taken_away_and_a_required_one_cannot(world: World) -> None:
    number = world.open_application_patch("Mia", bug="#1")
    form = world.form("Mia", path_of(number))
    refused = world.post("Mia", path_of(number), form.send(purpose=""))
    assert refused.status_code == 422
    assert "“What it changes and why” is required." in refused.text
    world.follow("Mia", world.post("Mia", path_of(number), form.send(bug="")))
    assert world.form("Mia", path_of(number)).fields["bug"] == ""


def test_only_the_opener_amends_and_only_while_it_can_be(world: World) -> None:
    number = world.open_system_patch("Sue")
    answer = world.as_("Lena").get(path_of(number))
    assert answer.status_code == 403
    form = world.form("Sue", path_of(number))
    token = world.as_("Lena").token()
    typed = form.send(reason="Mine now", csrf_token=token)
    refused = world.post("Lena", path_of(number), typed)
    assert refused.status_code == 403
    assert "Mine now" in refused.text
    world.sign("Lena", number, "approval", "lead", outcome="reject", comment="No.")
    late = world.post("Sue", path_of(number), form.send(reason="Too late"))
    assert late.status_code == 409
    assert "Too late" in late.text


def test_two_who_amend_at_once_do_not_overwrite_each_other(world: World) -> None:
    number = world.open_system_patch("Sue")
    first, second = (world.form("Sue", path_of(number)) for _ in range(2))
    world.follow("Sue", world.post("Sue", path_of(number), first.send(servers="signer")))
    answer = world.post("Sue", path_of(number), second.send(reason="Other"))
    assert answer.status_code == 409
    assert "changed since" in answer.text
    again = filled_form(answer.text, path_of(number))
    assert again.fields["reason"] == "Other"


def test_packages_can_be_pasted_anew(world: World) -> None:
    number = world.open_system_patch("Sue")
    form = world.form("Sue", path_of(number))
    more = APT + "vim/stable 2:9.0 amd64 [upgradable from: 2:8.2]\n"
    world.follow("Sue", world.post("Sue", path_of(number), form.send(packages=more)))
    assert "vim/stable" in world.form("Sue", path_of(number)).fields["packages"]
