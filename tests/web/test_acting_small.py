"""Declining, taking back, withdrawing, commenting: who may, what is asked, what is kept."""

import pytest

from tests.support.acting import HOSTILE, World, patch
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage

REVIEW = {"not_author": "yes"}


def test_declining_leaves_the_seat_to_others(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/decline/review/reviewer"
    form = world.form("Rob", path)
    receipt = world.follow("Rob", world.post("Rob", path, form.send(comment="A conflict.")))
    assert "You have left this to others." in receipt.text
    assert world.state(number).steps["review"].declined == (world.people["Rob"],)
    assert world.as_("Rob").get(f"/cases/{number}/sign/review/reviewer").status_code == 409
    again = world.as_("Rob").get(path)
    assert "You declined to sign" in again.text


def test_declining_needs_a_reason(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/decline/review/reviewer"
    answer = world.post("Rob", path, world.form("Rob", path).send())
    assert answer.status_code == 422
    assert "A comment is required here" in answer.text
    assert not StrictPage(answer.text).findings
    again = filled_form(answer.text, path)
    world.follow("Rob", world.post("Rob", path, again.send(comment="Away.")))


def test_nobody_declines_what_they_cannot_sign(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/decline/review/reviewer"
    assert world.as_("Tess").get(path).status_code == 403
    form = world.form("Rob", path)
    token = world.as_("Tess").token()
    answer = world.post("Tess", path, form.send(comment="I won't", csrf_token=token))
    assert answer.status_code == 403
    assert "I won&#39;t" in answer.text
    assert world.state(number).steps["review"].declined == ()


def test_a_signature_is_taken_back_and_given_again(world: World) -> None:
    number = world.open_application_patch("Mia")
    sign = f"/cases/{number}/sign/review/reviewer"
    world.post("Rob", sign, world.form("Rob", sign).send(outcome="approve", **REVIEW))
    path = f"/cases/{number}/retract/review"
    page = world.as_("Rob").get(path)
    assert "Review the patch" in page.text
    typed = filled_form(page.text, path).send(comment="I overlooked something.")
    answer = world.post("Rob", path, typed)
    assert "Your signature is taken back." in world.follow("Rob", answer).text
    # Twice the same form: the same receipt, though there is nothing to take back any more.
    assert world.post("Rob", path, typed).headers["Location"] == answer.headers["Location"]
    assert world.state(number).steps["review"].signatures == ()
    assert "no signature of yours" in world.as_("Rob").get(path).text
    world.follow(
        "Rob", world.post("Rob", sign, world.form("Rob", sign).send(outcome="approve", **REVIEW))
    )
    assert len(world.state(number).steps["review"].signatures) == 1


def test_nothing_is_taken_back_once_the_step_is_closed(world: World) -> None:
    number = world.open_system_patch("Sue")
    world.sign("Lena", number, "approval", "lead", outcome="approve")
    path = f"/cases/{number}/retract/approval"
    answer = world.as_("Lena").get(path)
    assert answer.status_code == 409
    assert "isn&#39;t open any more" in answer.text
    token = world.as_("Lena").token()
    answer = world.post("Lena", path, {"csrf_token": token, "instance": "1", "comment": "Oh"})
    assert answer.status_code == 409
    assert "Oh" in answer.text


def test_the_opener_withdraws_and_nobody_else(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = f"/cases/{number}/withdraw"
    assert world.as_("Lena").get(path).status_code == 403
    page = world.as_("Sue").get(path)
    assert "undone" in page.text
    form = filled_form(page.text, path)
    missing = world.post("Sue", path, form.send(comment="  "))
    assert missing.status_code == 422
    again = filled_form(missing.text, path)
    receipt = world.follow("Sue", world.post("Sue", path, again.send(comment="Not needed.")))
    assert "The case is withdrawn." in receipt.text
    assert world.state(number).ended == "withdrawn"


def test_a_case_that_has_ended_takes_nothing_and_loses_nothing_typed(world: World) -> None:
    number = world.open_system_patch("Sue")
    comment = world.form("Lena", f"/cases/{number}/comment")
    path = f"/cases/{number}/withdraw"
    world.post("Sue", path, world.form("Sue", path).send(comment="Not needed."))
    answer = world.post("Lena", f"/cases/{number}/comment", comment.send(comment="One more thing"))
    assert answer.status_code == 409
    assert "This case has ended: Withdrawn" in answer.text
    assert "One more thing" in answer.text
    assert world.as_("Sue").get(path).status_code == 409


def test_whoever_sees_a_case_comments_on_its_page(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = f"/cases/{number}/comment"
    form = world.form("Mia", f"/cases/{number}", path)
    receipt = world.follow("Mia", world.post("Mia", path, form.send(comment=HOSTILE)))
    assert HOSTILE in StrictPage(receipt.text).text
    assert "<script>" not in receipt.text
    page = world.as_("Lena").get(f"/cases/{number}")
    assert HOSTILE in StrictPage(page.text).text
    assert not StrictPage(page.text).findings


@pytest.mark.parametrize(
    ("comment", "sentence"),
    [
        ("", "A comment is required here"),
        (" \n ", "A comment is required here"),
        ("x" * 10001, "10000 are the most"),
        ("a\u202eb", "U+202E"),
    ],
)
def test_a_comment_that_cannot_be_taken_comes_back(
    world: World, comment: str, sentence: str
) -> None:
    number = world.open_system_patch("Sue")
    path = f"/cases/{number}/comment"
    form = world.form("Mia", f"/cases/{number}", path)
    answer = world.post("Mia", path, form.send(comment=comment))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert filled_form(answer.text, path).data["comment"] == comment
    assert world.count("pending_acts") == 1


def test_a_form_without_a_nonce_is_still_one_act(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = f"/cases/{number}/comment"
    form = world.form("Mia", path)
    answer = world.post("Mia", path, form.send(comment="Hello", nonce="short"))
    assert len(answer.headers["Location"]) == len("/receipts/") + 22


def test_who_is_outside_sees_nothing_and_may_not_act(world: World) -> None:
    number = world.open_system_patch("Sue")
    stranger = world.stack.add_person("Xen Stranger")
    world.people["Xen"] = stranger
    page = world.as_("Xen").get(f"/cases/{number}/comment")
    assert page.status_code == 403
    assert "This case exists" in page.text
    token = world.as_("Xen").token()
    answer = world.post("Xen", f"/cases/{number}/comment", {"csrf_token": token, "comment": "Hi"})
    assert answer.status_code == 403
    assert world.count("pending_acts") == 1


def test_an_author_under_another_address_is_not_offered_to_decline(world: World) -> None:
    number = world.open_application_patch("Mia", patch("R <rob@code.example>"))
    assert world.as_("Rob").get(f"/cases/{number}/decline/review/reviewer").status_code == 403
