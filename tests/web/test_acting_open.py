"""Opening a case: the form, hostile files, whose addresses, going back, and once only."""

import io
import zipfile

import pytest

from tests.support.acting import APT, HOSTILE, World, patch
from tests.support.filled_form import FilledForm, filled_form
from tests.support.html import StrictPage

SYSTEM = "/open/system-patch"
APPLICATION = "/open/application-patch"
TYPED = {"risk": "low", "purpose": "It says two."}


def upload(content: bytes, name: str = "0001-two.patch") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def check(world: World, name: str, content: bytes, **typed: object) -> FilledForm:
    """Fill in the form of an application patch; return the form of "check your answers"."""
    form = world.form(name, APPLICATION)
    answer = world.post(name, APPLICATION, form.send(patch=upload(content), **{**TYPED, **typed}))
    assert answer.status_code == 200, answer.text
    assert "Nothing is open yet." in answer.text
    assert not StrictPage(answer.text).findings
    return filled_form(answer.text, APPLICATION)


def test_what_can_be_opened_comes_first_and_the_rest_says_why_not(world: World) -> None:
    page = world.as_("Mia").get("/open")
    text = StrictPage(page.text).text
    assert text.index("Patch to the application") < text.index("Patch to system software")
    assert "is opened by: systems administrator" in text
    assert 'href="/open/system-patch"' not in page.text
    assert "Who will be asked" in text
    assert not StrictPage(page.text).findings


def test_the_form_says_first_what_it_is_for_and_who_will_be_asked(world: World) -> None:
    text = StrictPage(world.as_("Mia").get(APPLICATION).text).text
    for words in (
        "Anyone may submit a change to the code.",
        "one to three Software Assessors, by risk",
        "Two Testers; never the author",
        "Two Systems Administrators: executor and observer",
        "Within seven days.",
        "Every Member sees the case",
        "Up to 1 MB.",
    ):
        assert words in text, words
    assert "Back the patch out" not in text


def test_who_may_not_open_is_told_before_typing(world: World) -> None:
    answer = world.as_("Mia").get(SYSTEM)
    assert answer.status_code == 403
    assert "3.2.3" in answer.text
    form = world.form("Sue", SYSTEM).send(packages=APT, servers="webdb", reason="Because")
    token = world.as_("Mia").token()
    posted = world.post("Mia", SYSTEM, {**form, "csrf_token": token})
    assert posted.status_code == 403
    assert "Because" in posted.text


def test_a_case_is_opened_once_however_often_it_is_sent(world: World) -> None:
    form = world.form("Sue", SYSTEM)
    typed = form.send(packages=APT, servers="webdb", reason="A weakness.")
    checked = filled_form(world.post("Sue", SYSTEM, typed).text, SYSTEM)
    first = world.post("Sue", SYSTEM, checked.send(step="open"))
    assert first.headers["Location"] == f"/receipts/{form.data['nonce']}"
    world.post("Sue", SYSTEM, checked.send(step="open"))
    # Back to the form and on again: still the same case.
    again = filled_form(world.post("Sue", SYSTEM, typed).text, SYSTEM)
    second = world.post("Sue", SYSTEM, again.send(step="open"))
    assert second.headers["Location"] == first.headers["Location"]
    assert len(world.numbers()) == 1
    other = world.post("Sue", SYSTEM, form.send(packages=APT, servers="webdb", reason="Another."))
    conflict = world.post("Sue", SYSTEM, filled_form(other.text, SYSTEM).send(step="open"))
    assert conflict.status_code == 409
    assert len(world.numbers()) == 1


def test_the_receipt_of_an_opening(world: World) -> None:
    number = world.open_system_patch("Sue", reason=HOSTILE)
    nonce = world.state(number).case
    page = world.as_("Sue").get(f"/receipts/{nonce}")
    read = StrictPage(page.text)
    assert not read.findings
    for words in ("The case is open.", number, "Waiting for the team leader", HOSTILE, "openssl"):
        assert words in read.text, words


def test_packages_are_shown_as_they_were_read(world: World) -> None:
    typed = world.form("Sue", SYSTEM).send(packages=APT, servers=" webdb ", reason="A\r\nweakness")
    answer = world.post("Sue", SYSTEM, typed)
    text = StrictPage(answer.text).text
    assert "Two packages" in text
    assert "3.0.17-1" in text
    assert filled_form(answer.text, SYSTEM).fields["packages"].strip() == APT.strip()


def test_changing_something_brings_everything_back(world: World) -> None:
    form = check(world, "Mia", patch(), bug="#12")
    answer = world.post("Mia", APPLICATION, form.send(step="change"))
    assert answer.status_code == 200
    again = filled_form(answer.text, APPLICATION)
    for typed, value in {**TYPED, "bug": "#12"}.items():
        assert again.fields[typed] == value
    assert again.data["nonce"] == form.data["nonce"]
    assert "0001-two.patch" in answer.text
    on = world.post("Mia", APPLICATION, again.send(risk="high", step="check"))
    assert "High: signing" in on.text
    opened = world.post("Mia", APPLICATION, filled_form(on.text, APPLICATION).send(step="open"))
    assert world.follow("Mia", opened).status_code == 200


def png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(100)


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.patch", patch())
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello\n", "isn't a patch made by git format-patch"),
        (png(), "it looks like a PNG picture"),
        (zipped(), "it looks like a zip archive"),
        (patch().replace(b"one\n", b"o\0e\n"), "NUL bytes"),
        (b"", "This file is empty."),
        (patch() + b"x" * 1048576, "larger than 1 MB"),
        (patch(author="nobody"), "plain e-mail address"),
        (
            patch(author="A <a@example.org>, B <b@example.org>"),
            "A <a@example.org>, B <b@example.org>",
        ),
        (HOSTILE.encode(), "HTML or XML"),
    ],
)
def test_hostile_files_are_refused_in_a_sentence_and_leave_nothing(
    world: World, content: bytes, sentence: str
) -> None:
    form = world.form("Mia", APPLICATION)
    answer = world.post("Mia", APPLICATION, form.send(patch=upload(content), **TYPED))
    assert answer.status_code == 422
    assert sentence in StrictPage(answer.text).text
    assert filled_form(answer.text, APPLICATION).fields["purpose"] == TYPED["purpose"]
    assert not StrictPage(answer.text).findings
    assert world.count("attachments") == 0
    assert world.count("pending_acts") == 0


def test_a_request_beyond_all_limits_is_cut_off(world: World) -> None:
    form = world.form("Mia", APPLICATION)
    content = b"x" * (world.stack.settings.max_upload_bytes * 2)
    answer = world.post("Mia", APPLICATION, form.send(patch=upload(content), **TYPED))
    assert answer.status_code == 413
    assert world.count("attachments") == 0


def test_a_message_that_would_not_fit_into_an_act_is_refused(world: World) -> None:
    message = "\n".join("\u200b" * 300 for _ in range(400))
    form = world.form("Mia", APPLICATION)
    typed = form.send(patch=upload(patch(message=message)), **TYPED)
    answer = world.post("Mia", APPLICATION, typed)
    assert answer.status_code == 422
    assert "too large to be signed" in answer.text
    assert world.count("attachments") == 0


def test_names_of_files_are_harmless(world: World) -> None:
    form = world.form("Mia", APPLICATION)
    name = f"../../etc/\u202e{HOSTILE.replace('/', '')}.patch"
    answer = world.post("Mia", APPLICATION, form.send(patch=upload(patch(), name), **TYPED))
    read = StrictPage(answer.text)
    assert not read.findings
    assert "etc" not in read.text
    assert "\u202e" not in answer.text


def test_a_file_that_was_read_needs_not_be_chosen_again(world: World) -> None:
    form = world.form("Mia", APPLICATION)
    typed = form.send(patch=upload(patch()), risk="low", purpose="")
    answer = world.post("Mia", APPLICATION, typed)
    assert answer.status_code == 422
    assert "“What it changes and why” is required." in answer.text
    assert "Kept from before" in answer.text
    assert world.count("attachments") == 1
    again = filled_form(answer.text, APPLICATION)
    on = world.post("Mia", APPLICATION, again.send(purpose="It says two."))
    opened = world.post("Mia", APPLICATION, filled_form(on.text, APPLICATION).send(step="open"))
    assert world.follow("Mia", opened).status_code == 200
    assert world.count("attachments") == 1


def test_a_ticket_for_a_file_is_good_for_one_person_only(world: World) -> None:
    form = world.form("Mia", APPLICATION)
    answer = world.post("Mia", APPLICATION, form.send(patch=upload(patch()), risk="low"))
    ticket = filled_form(answer.text, APPLICATION).data["kept:patch"]
    for stolen in (ticket, ticket[:-1] + "0", "x.y", "."):
        theirs = world.form("Rob", APPLICATION).send(**{**TYPED, "kept:patch": stolen})
        refused = world.post("Rob", APPLICATION, theirs)
        assert refused.status_code == 422
        assert "“Patch” is required." in refused.text


def test_an_address_that_nobody_has_must_be_declared(world: World) -> None:
    form = check(world, "Mia", patch(author="Zoe Outside <zoe@elsewhere.example>"))
    [whose] = [name for name in form.data if name.startswith("whose-")]
    assert form.choices[whose][:2] == ["", "external"]
    unanswered = world.post("Mia", APPLICATION, form.send(step="open"))
    assert unanswered.status_code == 422
    assert "Say whose address zoe@elsewhere.example is" in unanswered.text
    assert world.numbers() == []
    again = filled_form(unanswered.text, APPLICATION)
    nonsense = world.post("Mia", APPLICATION, again.send(step="open", **{whose: "person-999"}))
    assert nonsense.status_code == 422
    opened = world.post("Mia", APPLICATION, again.send(step="open", **{whose: "external"}))
    world.follow("Mia", opened)
    assert world.state(world.numbers()[0]).people["author"] == ()


def test_an_address_is_said_to_belong_to_somebody_of_the_community(world: World) -> None:
    form = check(world, "Mia", patch(author="R. Yew <ryew@elsewhere.example>"))
    [whose] = [name for name in form.data if name.startswith("whose-")]
    rob = world.people["Rob"]
    world.follow("Mia", world.post("Mia", APPLICATION, form.send(step="open", **{whose: rob})))
    number = world.numbers()[0]
    assert world.state(number).people["author"] == (rob,)
    assert world.as_("Rob").get(f"/cases/{number}/sign/review/reviewer").status_code == 403


def test_every_author_is_recognised_by_every_address(world: World) -> None:
    message = "Say it.\n\nCo-authored-by: Rita <rita@home.example>"
    form = world.form("Mia", APPLICATION)
    content = patch(author="Robert <ROB@code.example>", message=message)
    answer = world.post("Mia", APPLICATION, form.send(patch=upload(content), **TYPED))
    text = StrictPage(answer.text).text
    assert "Robert <rob@code.example> is Rob Yew" in text
    assert "Rita <rita@home.example> is Rita Fir" in text
    opened = world.post("Mia", APPLICATION, filled_form(answer.text, APPLICATION).send(step="open"))
    world.follow("Mia", opened)
    number = world.numbers()[0]
    assert set(world.state(number).people["author"]) == {world.people["Rob"], world.people["Rita"]}
    for name, seat in (("Rob", "reviewer"), ("Rita", "lead"), ("Rita", "reviewer")):
        refused = world.as_(name).get(f"/cases/{number}/sign/review/{seat}")
        assert refused.status_code == 403
        assert "7.4" in refused.text


def test_an_answer_that_is_lost_opens_nothing_twice(world: World) -> None:
    form = check(world, "Mia", patch())
    world.gateway.away = True
    waiting = world.follow("Mia", world.post("Mia", APPLICATION, form.send(step="open")))
    assert waiting.status_code == 202
    assert "Your case is received, and not yet confirmed." in waiting.text
    world.gateway.away = False
    world.gateway.lose = 1
    world.post("Mia", APPLICATION, form.send(step="open"))
    receipt = world.follow("Mia", world.post("Mia", APPLICATION, form.send(step="open")))
    assert "The case is open." in receipt.text
    assert len(world.numbers()) == 1


def test_a_refusal_by_the_commit_keeps_everything_and_gives_a_new_nonce(world: World) -> None:
    form = check(world, "Mia", patch(author="Zoe <zoe@elsewhere.example>"))
    [whose] = [name for name in form.data if name.startswith("whose-")]
    world.gateway.before = lambda: world.take_role("Mia", "member")
    answer = world.post("Mia", APPLICATION, form.send(step="open", **{whose: "external"}))
    assert answer.status_code == 403
    assert "is opened by: member" in answer.text
    assert "It says two." in answer.text
    assert world.numbers() == []
    receipt = world.as_("Mia").get(f"/receipts/{form.data['nonce']}")
    assert receipt.status_code == 403
    assert "It says two." in receipt.text


def test_a_definition_that_has_changed_is_shown_before_it_is_signed(world: World) -> None:
    typed = world.form("Sue", SYSTEM).send(packages=APT, servers="a", reason="b", version="0" * 64)
    answer = world.post("Sue", SYSTEM, typed)
    assert answer.status_code == 409
    assert "The definition has changed since you opened this form." in answer.text
    assert filled_form(answer.text, SYSTEM).fields["reason"] == "b"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"packages": ""}, "“Packages to upgrade” is required."),
        ({"packages": "rm -rf /"}, "Line 1 isn't one that apt prints"),
        ({"packages": HOSTILE}, "Line 1 isn't one that apt prints"),
        ({"servers": ""}, "“Servers” is required."),
        ({"servers": "a\nb"}, "single line"),
        ({"reason": "x" * 4001}, "4000 are the most"),
        ({"reason": "a\u202eb"}, "U+202E"),
    ],
)
def test_what_cannot_be_taken_comes_back_to_be_mended(
    world: World, typed: dict[str, object], sentence: str
) -> None:
    form = world.form("Sue", SYSTEM)
    good = {"packages": APT, "servers": "webdb", "reason": "A weakness."}
    answer = world.post("Sue", SYSTEM, form.send(**{**good, **typed}))
    assert answer.status_code == 422
    read = StrictPage(answer.text)
    assert sentence in read.text
    assert not read.findings
    again = filled_form(answer.text, SYSTEM)
    for name, text in {**good, **{n: str(t) for n, t in typed.items()}}.items():
        if "\n" not in text or name != "servers":  # a line's input can't hold a line break
            assert again.fields[name] == text
    assert again.data["nonce"] == form.data["nonce"]


def test_an_unknown_choice_and_an_unknown_process(world: World) -> None:
    form = world.form("Mia", APPLICATION)
    typed = form.send(patch=upload(patch()), risk="none", purpose="x")
    answer = world.post("Mia", APPLICATION, typed)
    assert answer.status_code == 422
    assert "isn't one of the choices" in StrictPage(answer.text).text
    assert world.as_("Mia").get("/open/nothing").status_code == 404
