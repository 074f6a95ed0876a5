"""Signing through pages: what is shown, what is signed, what is refused and what is kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete

from definitions.acts import Act, ActResult
from definitions.refusals import Refusal
from store import tables
from tests.support.acting import HOSTILE, World, patch
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage

APPROVAL = "/cases/{}/sign/approval/lead"
REVIEW = {"not_author": "yes", "findings": "Read it whole."}


def test_a_system_patch_goes_from_form_to_done(world: World) -> None:
    number = world.open_system_patch("Sue")
    answer = world.sign("Lena", number, "approval", "lead", outcome="approve")
    assert "You signed: approve." in world.follow("Lena", answer).text
    world.follow("Sue", world.sign("Sue", number, "applying", "executor", outcome="applied"))
    world.follow("Sid", world.sign("Sid", number, "applying", "observer", outcome="applied"))
    typed = {"outcome": "document", "log_entry": "Upgraded webdb."}
    receipt = world.follow("Sue", world.sign("Sue", number, "documenting", "scribe", **typed))
    assert "Told: " in receipt.text
    assert "Upgraded webdb." in receipt.text
    assert world.state(number).ended == "done"


def test_an_application_patch_goes_from_form_to_done(world: World) -> None:
    number = world.open_application_patch("Mia")
    for name, seat in (("Rita", "lead"), ("Rob", "reviewer")):
        typed = {**REVIEW, "outcome": "approve"}
        world.follow(name, world.sign(name, number, "review", seat, **typed))
    for name in ("Tess", "Tim"):
        tested = {"outcome": "pass", "build": "clean", "test_log": "All green."}
        world.follow(name, world.sign(name, number, "test", "tester", **tested))
    world.follow("Sue", world.sign("Sue", number, "applying", "executor", outcome="applied"))
    world.follow("Sid", world.sign("Sid", number, "applying", "observer", outcome="applied"))
    assert world.state(number).ended == "done"


def test_the_page_shows_exactly_what_is_signed(world: World) -> None:
    number = world.open_application_patch("Mia")
    page = world.as_("Rob").get(f"/cases/{number}/sign/review/reviewer")
    read = StrictPage(page.text)
    assert not read.findings
    state, definition = world.state(number), world.stack.services.library
    version = definition.current("application-patch").version
    form = filled_form(page.text, f"/cases/{number}/sign/review/reviewer")
    for shown in (
        "Say two as well",  # the patch
        "It says two.",  # the purpose
        version,
        form.data["shown"],
        "0001-two.patch",
        "Nobody yet.",
        "When all reviews and tests are in, the patch is applied.",
        "Sign: approve",
        "Sign: ask for changes",
        "You sign as reviewer, in your role as Software Assessor.",
    ):
        assert shown in read.text, shown
    assert form.data["instance"] == "1"
    assert [value for _, value in form.buttons] == ["approve", "changes", "reject"]
    assert state.fields["patch"].commitment in str(state.commitments())


def test_what_is_signed_is_what_the_act_says(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/sign/review/reviewer"
    form = world.form("Rob", path)
    answer = world.post(
        "Rob", path, form.send(outcome="approve", comment=" Fine.\r\nDo it. ", **REVIEW)
    )
    assert answer.headers["Location"] == f"/receipts/{form.data['nonce']}"
    act = Act.from_json(dict(world.entries(number)[-1].act))
    assert (act.id, act.shown, act.instance) == (form.data["nonce"], form.data["shown"], "1")
    assert (act.step, act.seat, act.outcome) == ("review", "reviewer", "approve")
    assert act.actor == world.people["Rob"]
    assert act.auth["kind"] == "sign-in-link"
    assert "software-assessor" in act.roles
    openings = world.gateway.sent[-1].openings
    assert {name: one.value for name, one in openings.items()} == {
        "not_author": True,
        "findings": "Read it whole.",
        "comment": "Fine.\nDo it.",
    }
    assert len({one.salt for one in openings.values()}) == 3
    assert all(one.opens(act.values[name]) for name, one in openings.items())


def test_nobody_signs_who_may_not_and_is_told_why_before_typing(world: World) -> None:
    number = world.open_application_patch("Rob", patch("Rob Yew <rob@code.example>"))
    page = world.as_("Rob").get(f"/cases/{number}/sign/review/reviewer")
    assert page.status_code == 403
    assert "you are the author" in page.text
    assert "7.4" in page.text
    other = world.as_("Tess").get(f"/cases/{number}/sign/review/reviewer")
    assert other.status_code == 403
    assert "software assessor" in other.text


def test_whoever_posts_without_the_page_is_refused_and_keeps_what_was_typed(world: World) -> None:
    number = world.open_system_patch("Sue")
    form = world.form("Lena", APPROVAL.format(number))
    entries = len(world.entries(number))
    typed = form.send(outcome="approve", comment="I like it")
    token = world.as_("Sid").token()
    answer = world.post("Sid", APPROVAL.format(number), {**typed, "csrf_token": token})
    assert answer.status_code == 403
    assert "3.2.3" in answer.text
    assert "I like it" in answer.text
    assert len(world.entries(number)) == entries
    assert world.count("pending_acts") == 1  # the opening
    assert '"not-yours"' in world.stack.log()


def test_a_required_comment_that_is_missing_is_asked_for_in_the_form(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/sign/review/reviewer"
    answer = world.post("Rob", path, world.form("Rob", path).send(outcome="reject", **REVIEW))
    assert answer.status_code == 422
    again = filled_form(answer.text, path)
    assert "A comment is required to choose “Reject”" in answer.text
    assert again.fields["findings"] == "Read it whole."
    assert again.fields["not_author"] == "yes"
    assert not StrictPage(answer.text).findings
    world.follow("Rob", world.post("Rob", path, again.send(outcome="reject", comment="No.")))
    assert world.state(number).ended == "rejected"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"findings": "x"}, "I have written no part of this patch"),
        ({"not_author": "yes", "findings": "x" * 20001}, "20000 are the most"),
        ({"not_author": "yes", "findings": "a\u202eb"}, "U+202E"),
        ({"not_author": "yes", "comment": "a\0b"}, "U+0000"),
        ({"not_author": "yes", "comment": "x" * 10001}, "10000 are the most"),
    ],
)
def test_evidence_that_cannot_be_taken_comes_back_to_be_mended(
    world: World, typed: dict[str, object], sentence: str
) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/sign/review/reviewer"
    answer = world.post("Rob", path, world.form("Rob", path).send(outcome="approve", **typed))
    assert answer.status_code == 422
    assert sentence in answer.text
    again = filled_form(answer.text, path)
    for name, text in typed.items():
        assert again.data.get(again.posted(name)) == text
    assert world.count("pending_acts") == 1


def test_no_outcome_and_an_unknown_one_sign_nothing(world: World) -> None:
    number = world.open_system_patch("Sue")
    for outcome in (None, "explode"):
        answer = world.sign("Lena", number, "approval", "lead", outcome=outcome, comment="Hm")
        assert answer.status_code == 409
        assert filled_form(answer.text, APPROVAL.format(number)).data["comment"] == "Hm"
    assert world.count("pending_acts") == 1


def test_who_looked_at_something_older_is_told_and_shown_what_stands_now(world: World) -> None:
    number = world.open_system_patch("Sue")
    old = world.form("Lena", APPROVAL.format(number))
    path = f"/cases/{number}/amend"
    world.follow("Sue", world.post("Sue", path, world.form("Sue", path).send(servers="signer")))
    typed = old.send(outcome="approve", comment="Go")
    answer = world.post("Lena", APPROVAL.format(number), typed)
    assert answer.status_code == 409
    assert "in the round that you looked at" in answer.text
    assert "signer" in answer.text
    fresh = filled_form(answer.text, APPROVAL.format(number))
    assert fresh.data["comment"] == "Go"
    assert fresh.data["shown"] != old.data["shown"]
    world.follow("Lena", world.post("Lena", APPROVAL.format(number), fresh.send(outcome="approve")))


def test_the_digest_of_something_older_alone_is_outdated(world: World) -> None:
    number = world.open_system_patch("Sue")
    answer = world.sign("Lena", number, "approval", "lead", outcome="approve", shown="0" * 64)
    assert answer.status_code == 409
    assert "What you looked at has changed since" in answer.text


def test_a_double_click_signs_once(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve", comment="Go")
    first, second = world.post("Lena", path, typed), world.post("Lena", path, typed)
    assert first.headers["Location"] == second.headers["Location"]
    assert world.follow("Lena", first).text.count("You signed: approve.") > 0
    assert [entry.act["kind"] for entry in world.entries(number)].count("sign_off") == 1
    assert len(world.gateway.sent) == 2  # the opening, and this once


def test_ten_clicks_at_once_sign_once(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve")
    cookies = world.as_("Lena").cookies()

    def click(_: int) -> str:
        client = world.stack.app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value, domain="countersign.test")
        answer = client.post(path, data=typed, base_url=world.stack.settings.public_url)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(click, range(10)))) == 1
    assert [entry.act["kind"] for entry in world.entries(number)].count("sign_off") == 1
    sent = {one.act["id"]: one for one in world.gateway.sent}
    assert all(one == sent[one.act["id"]] for one in world.gateway.sent)


def test_another_content_under_the_nonce_is_a_conflict(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    form = world.form("Lena", path)
    world.post("Lena", path, form.send(outcome="approve", comment="Go"))
    answer = world.post("Lena", path, form.send(outcome="approve", comment="Stop"))
    assert answer.status_code == 409
    assert "This form was sent already" in answer.text
    assert f"/receipts/{form.data['nonce']}" in answer.text


def test_a_nonce_of_somebody_else_tells_nothing(world: World) -> None:
    number = world.open_system_patch("Sue")
    form = world.form("Lena", APPROVAL.format(number))
    world.post("Lena", APPROVAL.format(number), form.send(outcome="approve"))
    path = f"/cases/{number}/sign/applying/executor"
    nonce = form.data["nonce"]
    answer = world.post("Sue", path, world.form("Sue", path).send(outcome="applied", nonce=nonce))
    assert answer.status_code == 409
    assert nonce not in answer.text
    assert world.as_("Sue").get(f"/receipts/{nonce}").status_code == 404


def test_a_lost_answer_and_a_retry_give_the_same_receipt(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve")
    world.gateway.lose = 1
    lost = world.follow("Lena", world.post("Lena", path, typed))
    assert "You signed: approve." in lost.text  # the record has it, whatever the answer was
    again = world.follow("Lena", world.post("Lena", path, typed))
    assert StrictPage(again.text).text == StrictPage(lost.text).text
    sent = [act.act["id"] for act in world.gateway.sent]
    assert sent.count(typed["nonce"]) == 1  # its commit had settled it


def test_a_lost_answer_of_the_act_that_ended_the_case(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="reject", comment="Not now.")
    world.gateway.lose = 1
    world.post("Lena", path, typed)
    assert world.state(number).ended == "rejected"
    again = world.follow("Lena", world.post("Lena", path, typed))  # the case answers: ended
    assert again.status_code == 200
    assert "You signed: reject." in again.text


@pytest.mark.parametrize(
    "said",
    [
        ActResult.refused(Refusal("ended", "This case takes no more acts.")),
        ActResult(accepted=True, seq=7, time="2026-11-23T20:00:00.000Z"),
    ],
)
def test_what_a_case_says_counts_only_if_the_record_bears_it_out(
    world: World, said: ActResult
) -> None:
    """So it is while one of the two stores is an older copy, and not mended yet."""
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve")
    world.gateway.says = said
    waiting = world.follow("Lena", world.post("Lena", path, typed))
    assert "received, and not yet confirmed" in waiting.text
    world.gateway.says = None
    again = world.follow("Lena", world.post("Lena", path, typed))
    assert "You signed: approve." in again.text


def test_who_read_that_it_was_refused_can_rely_on_it(world: World) -> None:
    """Whatever refused it, and whoever sends it on afterwards; a new form is a new act."""
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve")
    world.gateway.says = ActResult.refused(Refusal("not-open", "It must not be."))
    told = StrictPage(world.post("Lena", path, typed).text).text
    assert "It must not be." in told
    world.gateway.says = None
    answer = world.gateway.act(world.gateway.sent[-1])
    assert isinstance(answer, ActResult)
    assert (answer.refusal or {})["code"] == "not-open"
    assert "It must not be." in StrictPage(world.post("Lena", path, typed).text).text
    anew = world.form("Lena", path).send(outcome="approve")
    assert "You signed: approve." in world.follow("Lena", world.post("Lena", path, anew)).text


def test_an_act_that_the_web_has_lost_is_answered_from_the_record(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve")
    first = world.follow("Lena", world.post("Lena", path, typed))
    with world.stack.database.writing() as connection:
        connection.execute(delete(tables.pending_acts))
    again = world.follow("Lena", world.post("Lena", path, typed))
    assert StrictPage(again.text).text == StrictPage(first.text).text
    with world.stack.database.writing() as connection:
        connection.execute(delete(tables.pending_acts))
    other = world.post("Lena", path, {**typed, "outcome": "reject", "comment": "No."})
    assert other.status_code == 409


def test_what_is_not_confirmed_says_so_until_it_is(world: World) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    typed = world.form("Lena", path).send(outcome="approve", comment=HOSTILE)
    world.gateway.away = True
    waiting = world.follow("Lena", world.post("Lena", path, typed))
    assert waiting.status_code == 202
    assert "received, and not yet confirmed" in waiting.text
    assert waiting.headers["Refresh"].endswith(f"/receipts/{typed['nonce']}")
    assert not StrictPage(waiting.text).findings
    world.gateway.away = False
    # Even a restart of the web later: what is known stands in the database.
    world.visitors.clear()
    form = {**typed, "csrf_token": world.as_("Lena").token()}
    receipt = world.follow("Lena", world.post("Lena", path, form))
    assert "You signed: approve." in receipt.text
    assert world.gateway.sent[-1] == world.gateway.sent[-2]


def test_a_refusal_by_the_commit_comes_with_everything_typed_and_a_new_nonce(world: World) -> None:
    number = world.open_application_patch("Mia")
    path = f"/cases/{number}/sign/review/reviewer"
    form = world.form("Rob", path)
    world.gateway.before = lambda: world.take_role("Rob", "software-assessor")
    typed = form.send(outcome="approve", comment="Fine", **REVIEW)
    answer = world.post("Rob", path, typed)
    assert answer.status_code == 403
    assert "Read it whole." in answer.text
    assert "Fine" in answer.text
    # Sent again it is the same refusal, and nothing more is sent.
    sent = len(world.gateway.sent)
    receipt = world.as_("Rob").get(f"/receipts/{form.data['nonce']}")
    assert receipt.status_code == 403
    assert "Read it whole." in receipt.text
    assert (
        world.post("Rob", path, form.send(outcome="approve", comment="Fine", **REVIEW)).status_code
        == 403
    )
    assert world.post("Rob", path, typed).status_code == 403
    assert len(world.gateway.sent) == sent


def test_a_refusal_by_the_commit_that_can_be_mended_shows_the_form_with_a_new_nonce(
    world: World,
) -> None:
    number = world.open_system_patch("Sue")
    path = APPROVAL.format(number)
    form = world.form("Lena", path)
    world.gateway.before = lambda: world.amend_behind(number, "Sue", servers="signer")
    answer = world.post("Lena", path, form.send(outcome="approve", comment="Go"))
    assert answer.status_code == 409
    again = filled_form(answer.text, path)
    assert again.data["comment"] == "Go"
    assert again.data["nonce"] != form.data["nonce"]
    world.follow("Lena", world.post("Lena", path, again.send(outcome="approve")))


def test_the_narrowest_seat_is_offered_first_and_the_others_beside_it(world: World) -> None:
    number = world.open_application_patch("Mia")
    answer = world.as_("Rita").get(f"/cases/{number}/sign/review")
    assert answer.headers["Location"] == f"/cases/{number}/sign/review/lead"
    page = world.as_("Rita").get(f"/cases/{number}/sign/review/lead")
    assert f"/cases/{number}/sign/review/reviewer" in page.text
    assert world.as_("Tess").get(f"/cases/{number}/sign/review").status_code == 403


def test_a_seat_that_was_taken_leads_to_the_other(world: World) -> None:
    number = world.open_system_patch("Sue")
    world.sign("Lena", number, "approval", "lead", outcome="approve")
    form = world.form("Sid", f"/cases/{number}/sign/applying/executor")
    world.sign("Sue", number, "applying", "executor", outcome="applied")
    path = f"/cases/{number}/sign/applying/executor"
    answer = world.post("Sid", path, form.send(outcome="applied", log_entry="x", comment="Done"))
    assert answer.status_code == 409
    assert "this seat is filled" in answer.text
    assert f"/cases/{number}/sign/applying/observer" in answer.text
    assert "Done" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/cases/p20990101.1/sign/approval/lead",
        "/cases/{}/sign/nowhere/lead",
        "/cases/{}/sign/approval/nobody",
        "/receipts/" + "a" * 22,
    ],
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    number = world.open_system_patch("Sue")
    assert world.as_("Lena").get(path.format(number)).status_code == 404


def test_hostile_text_is_shown_and_never_run(world: World) -> None:
    number = world.open_application_patch("Mia", patch(subject="Hi <b>x</b>"), purpose=HOSTILE)
    world.sign("Rob", number, "review", "reviewer", outcome="approve", comment=HOSTILE, **REVIEW)
    page = world.as_("Rita").get(f"/cases/{number}/sign/review/lead")
    read = StrictPage(page.text)
    assert not read.findings
    assert HOSTILE in read.text
    assert "<script>" not in page.text
    assert "<b>x</b>" not in page.text


def test_too_many_acts_in_a_short_time_are_held(world: World) -> None:
    number = world.open_system_patch("Sue")
    limit = world.stack.settings.acts_by_person.tries
    path = f"/cases/{number}/comment"
    form = world.form("Lena", path)
    answers = [
        world.post("Lena", path, form.send(comment=f"{n}", nonce=f"{n:022d}")).status_code
        for n in range(limit + 1)
    ]
    assert answers.count(303) == limit
    assert answers[-1] == 429
