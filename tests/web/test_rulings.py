"""The Arbitrator rules: the desk, the preview, the signature, and what both cases say for good.

What is asked of rulings wherever they come from (moved cases, parties, suspension, what the record
says) is asked here too, since only through the pages a ruling is made as people make it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from definitions.acts import CommitRequest, Head, SignedAct
from definitions.clock import exactly, parse, stamp
from definitions.definition import Definition
from definitions.rules import possible
from definitions.rules.ruled import participants, told_in_words
from definitions.state import CaseState
from store import tables
from store.deciding import Decided
from store.record.between import Rulings
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.rulings import what_it_does
from store.signatures import SigningKey
from store.streams import head_of
from tests.support.acting import World, make_world
from tests.support.carrying import carry_on, child_of
from tests.support.counting import counted_statements
from tests.support.filled_form import FilledForm, filled_form
from tests.support.html import StrictPage
from tests.support.linked import House, filled
from tests.support.publishing import COMMUNITY, accepted_offices, holder
from web.app import create_app
from web.field_names import input_name

SAID = {"scope": "For this patch alone.", "reasons": "Sue can't be reached (3.2.3)."}


@pytest.fixture
def town(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    with make_world(migrated, tmp_path, web_key, COMMUNITY) as made:
        yield made


@pytest.fixture
def patch(town: World) -> str:
    return town.open_system_patch("Bo")


@pytest.fixture
def dispute(town: World) -> str:
    """An arbitration whose offices are accepted."""
    number = town.open_case("Fay", "arbitration", {"claim": "The patch can't wait."})
    accepted_offices(town, number)
    return number


def read(town: World, name: str, path: str) -> str:
    answer = town.as_(name).get(path)
    assert answer.status_code == 200, answer.text
    assert StrictPage(answer.text).findings == []
    return words(answer.text)


def words(page: str) -> str:
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(plain).split())


def key(page: str, label: str) -> str:
    """Return the value of the choice with this label."""
    found = re.findall(
        r'<input[^>]*name="ruling"[^>]*value="(\w+)"[^>]*>\s*<label[^>]*>(.*?)<', page
    )
    return str(next(value for value, told in found if label in unescape(told)))


def looked(
    town: World, judge: str, dispute: str, patch: str, label: str, **more: str
) -> tuple[str, FilledForm]:
    """Go from the form to the preview; return it, and its form."""
    path = f"/cases/{dispute}/rule?on={patch}"
    page = town.as_(judge).get(path).text
    form = filled_form(page, path)
    bound = {"who": town.people["Bo"], "what": "Say who made it."} if "is bound" in label else {}
    said = {**SAID, **bound, **more}
    answer = town.post(judge, path, form.send(ruling=key(page, label), step="look", **said))
    assert answer.status_code == 200, words(answer.text)
    assert StrictPage(answer.text).findings == []
    return answer.text, filled_form(answer.text, path)


def rules(town: World, judge: str, dispute: str, patch: str, label: str, **more: str) -> str:
    """Rule; return the receipt."""
    path = f"/cases/{dispute}/rule?on={patch}"
    _, form = looked(town, judge, dispute, patch, label, **more)
    receipt = town.follow(judge, town.post(judge, path, form.send(step="rule")))
    carry_on(town)
    return words(receipt.text)


def test_a_step_is_authorised_from_the_desk(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    desk = read(town, judge, "/arbitrator")
    assert f"Rule on it in {dispute}" in desk
    page, _ = looked(town, judge, dispute, patch, "Approve.")
    told = words(page)
    assert "It stands at Approve the patch Then at Apply the patch" in told
    assert (
        "the place of team leader counts as filled, with “Approve”. Nobody has signed it." in told
    )
    assert "Nothing is applied that the team leader hasn't approved" in told
    assert "Your ruling is recorded." in rules(town, judge, dispute, patch, "Approve.")
    assert town.state(patch).configuration == ("applying",)
    case = read(town, "Fay", f"/cases/{patch}")
    assert f"Ruling {dispute}/1" in case
    assert "For this patch alone." in case
    assert f"carried out ruling {dispute}/1" in case
    drawn = town.as_("Fay").get(f"/cases/{patch}").text
    assert re.search(rf'class="node ruling".*?Ruling</text>.*?{dispute}/1</text>', drawn, re.DOTALL)
    way = f"The place of team leader counts as filled by ruling {dispute}/1; nobody has signed it."
    assert f"{way} Ended with “Approve”." in case
    made = read(town, "Fay", f"/cases/{dispute}")
    assert f"ruled on {patch}" in made
    assert "Rulings made in it" in made
    assert verify_record(town.stack.database).ok


def ruled_on(town: World, judge: str, dispute: str, patch: str, form: FilledForm) -> TestResponse:
    path = f"/cases/{dispute}/rule?on={patch}"
    return town.post(judge, path, form.send(step="rule"))


def test_a_ruling_on_a_case_that_moved_meanwhile_is_refused(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    _, form = looked(town, judge, dispute, patch, "closed")
    assert town.sign("Sue", patch, "approval", "lead", outcome="approve").status_code == 303
    answer = ruled_on(town, judge, dispute, patch, form)
    assert answer.status_code == 409
    told = words(answer.text)
    assert "has moved since you looked at what the ruling would do" in told
    assert "It stands at Apply the patch" in told, "the preview is of the case as it stands now"
    assert town.state(dispute).given == ()


def test_until_it_is_carried_out_nothing_else_happens_there(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    _, form = looked(town, judge, dispute, patch, "closed")
    ahead = town.form("Sue", f"/cases/{patch}/sign/approval/lead")
    assert ruled_on(town, judge, dispute, patch, form).status_code == 303
    answer = town.post("Sue", f"/cases/{patch}/sign/approval/lead", ahead.send(outcome="approve"))
    assert "A ruling on this case has just been made" in words(answer.text)
    town.stack.clock.pass_time(timedelta(days=4))
    carry_on(town)
    state = town.state(patch)
    assert state.ended == "rejected"
    assert [one.number for one in state.rulings] == [f"{dispute}/1"]
    assert verify_record(town.stack.database).ok


def test_suspended_it_rests_and_goes_on_with_the_time_that_was_left(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    town.stack.clock.pass_time(timedelta(days=1))
    before = town.state(patch).steps["approval"]
    rules(town, judge, dispute, patch, "suspended")
    since = town.state(patch).suspended
    assert since is not None
    town.stack.clock.pass_time(timedelta(days=20))
    town.visitors.clear()
    carry_on(town)
    assert town.state(patch).steps["approval"] == before, "nothing became due"
    assert "Suspended by ruling" in read(town, "Fay", f"/cases/{patch}")
    assert patch not in read(town, "Sue", "/inbox")
    refused = town.as_("Sue").get(f"/cases/{patch}/sign/approval/lead")
    assert refused.status_code in {403, 409}
    said = town.form("Fay", f"/cases/{patch}", f"/cases/{patch}/comment")
    assert town.post("Fay", f"/cases/{patch}/comment", said.send(comment="Why?")).status_code == 303
    rules(town, judge, dispute, patch, "goes on")
    now = town.state(patch)
    rested = parse(now.rulings[-1].at) - parse(since)
    after = now.steps["approval"]
    assert now.suspended is None
    assert after.due == stamp(parse(str(before.due)) + rested)
    assert after.reminders == tuple(stamp(parse(one) + rested) for one in before.reminders)
    assert verify_record(town.stack.database).ok


def test_suspended_for_a_time_it_goes_on_by_itself(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    before = town.state(patch).steps["approval"]
    page, _ = looked(town, judge, dispute, patch, "suspended", lives="p14d")
    assert "suspended for 14 days, and goes on by itself then" in words(page)
    rules(town, judge, dispute, patch, "suspended", lives="p14d")
    since = str(town.state(patch).suspended)
    town.stack.clock.pass_time(timedelta(days=13))
    town.visitors.clear()
    carry_on(town)
    assert "unless a ruling lets it go on before" in read(town, "Fay", f"/cases/{patch}")
    assert town.state(patch).suspended == since
    document = town.as_("Fay").get(f"/cases/{patch}/document.pdf").data
    drawn = " ".join(PdfReader(BytesIO(document)).pages[0].extract_text().split())
    until = exactly(str(town.state(patch).lapses))
    assert f"Suspended since {exactly(since)} until {until}, by ruling {dispute}/1" in drawn
    assert ", due " not in drawn, "nothing is due while it rests"
    town.stack.clock.pass_time(timedelta(days=2))
    town.visitors.clear()
    carry_on(town)
    now = town.state(patch)
    assert (now.suspended, now.lapses) == (None, None)
    rested = parse(str(now.steps["approval"].due)) - parse(str(before.due))
    assert timedelta(days=14) <= rested <= timedelta(days=15, minutes=1)
    assert "the time of the ruling that suspended it is up" in read(town, "Fay", f"/cases/{patch}")
    assert patch in read(town, "Sue", "/inbox")
    assert verify_record(town.stack.database).ok


def test_somebody_is_bound_where_no_other_case_is_open(town: World, dispute: str) -> None:
    """Such as who has left: the Dispute Resolution Policy binds them all the same (9.1.7)."""
    judge = holder(town, dispute, "arbitrator")
    assert "Bind somebody to something" in read(town, judge, f"/cases/{dispute}")
    path = f"/cases/{dispute}/rule?on={dispute}"
    page = town.as_(judge).get(path).text
    assert len(set(re.findall(r'name="ruling"[^>]*value="(\w+)"', page))) == 1, (
        "nothing but binding"
    )
    looked(town, judge, dispute, dispute, "is bound")
    before = set(town.numbers())
    assert "Your ruling is recorded." in rules(town, judge, dispute, dispute, "is bound")
    state = town.state(dispute)
    assert [one.number for one in state.given] == [f"{dispute}/1"]
    assert state.rulings == ()
    carry_on(town)
    outbox, arbitration = tables.outbox.c, town.stack.services.library.current("arbitration")
    with town.stack.database.reading() as connection:
        told = select(outbox.person).where(outbox.subject == f"{dispute}: the Arbitrator has ruled")
        heard = set(connection.scalars(told))
    assert heard == set(participants(arbitration, state)), "as the preview says"
    (direction,) = set(town.numbers()) - before
    assert town.state(direction).process == "direction"
    assert direction in read(town, "Bo", "/inbox")
    again = town.form(judge, f"/cases/{dispute}", f"/cases/{dispute}/comment")
    said = again.send(comment="So be it.")
    assert town.post(judge, f"/cases/{dispute}/comment", said).status_code == 303, "it goes on"
    assert verify_record(town.stack.database).ok


def test_a_document_goes_with_a_ruling(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    path = f"/cases/{dispute}/rule?on={patch}"
    form = filled_form(town.as_(judge).get(path).text, path)
    page = town.as_(judge).get(path).text
    said: dict[str, object] = {**SAID, "ruling": key(page, "Approve."), "step": "look"}
    picture = town.post(
        judge, path, form.send(**said, document=(BytesIO(b"\x89PNG\r\n\x1a\n"), "a.png"))
    )
    assert "isn't accepted here" in words(picture.text)
    looked = town.post(
        judge, path, form.send(**said, document=(BytesIO(b"%PDF-1.7 why"), "why.pdf"))
    )
    assert "why.pdf" in words(looked.text)
    town.follow(judge, town.post(judge, path, filled_form(looked.text, path).send(step="rule")))
    carry_on(town)
    for number in (dispute, patch):
        page = town.as_("Fay").get(f"/cases/{number}").text
        assert "why.pdf" in page
        (url,) = set(re.findall(rf'href="(/cases/{dispute}/files/\w+)"', page))
        assert town.as_("Fay").get(url).data == b"%PDF-1.7 why"
    assert verify_record(town.stack.database).ok


def test_only_a_suspension_ends_by_itself(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    path = f"/cases/{dispute}/rule?on={patch}"
    page = town.as_(judge).get(path).text
    form = filled_form(page, path)
    said = {**SAID, "lives": "p7d", "ruling": key(page, "Approve.")}
    answer = town.post(judge, path, form.send(step="look", **said))
    assert answer.status_code == 409
    assert "“How long it holds” says nothing with this ruling." in words(answer.text)
    _, preview = looked(town, judge, dispute, patch, "Approve.")
    refused = town.post(judge, path, {**preview.send(step="rule"), input_name("lives"): "p7d"})
    assert refused.status_code == 409
    assert not town.state(patch).rulings


def test_nobody_but_whoever_accepted_the_office_rules(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    path = f"/cases/{dispute}/rule?on={patch}"
    _, form = looked(town, judge, dispute, patch, "Approve.")
    before = town.count("entries")
    for name in set(town.people) - {judge}:
        assert town.as_(name).get(path).status_code == 403, name
        own = {**form.send(step="rule"), "csrf_token": town.as_(name).token()}
        answer = town.post(name, path, own)
        assert answer.status_code == 403, name
        assert "9.1.1" in words(answer.text)
    assert town.count("entries") == before
    assert town.as_("Sue").get("/arbitrator").status_code == 403
    town.take_role(judge, "arbitrator")
    assert town.post(judge, path, form.send(step="rule")).status_code == 403
    assert town.count("entries") == before


def test_a_party_does_not_rule_on_their_own_case(town: World, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    other = town.open_case("Bo", "arbitration", {"claim": "It", "respondent": town.people[judge]})
    answer = town.as_(judge).get(f"/cases/{dispute}/rule?on={other}")
    assert answer.status_code == 409
    assert f"You may not rule on {other}: you are its respondent." in words(answer.text)
    assert "You can't rule on it: you are its respondent." in read(town, judge, "/arbitrator")


def test_no_ruling_can_be_made_up(town: World, patch: str, dispute: str) -> None:
    """The system's act is believed only if the store says that it was ruled so."""
    judge = holder(town, dispute, "arbitrator")
    rules(town, judge, dispute, patch, "suspended")
    case = town.state(patch).case
    forged = town.entries(patch)[-2].act
    assert forged["kind"] == "ruled"
    for change in ({"id": f"{case}:ruled:9:x"}, {"auth": {**forged["auth"], "number": "a1/9"}}):
        request = CommitRequest(SignedAct({**forged, **change}), town_head(town, case))
        reply = town.gateway.committer.commit(request, process="system-patch", workflow=case)
        assert reply.result == "refused"


def town_head(town: World, case: str) -> Head:
    with town.stack.database.reading() as connection:
        return head_of(connection, case)


def test_what_no_case_has_ruled_is_found_in_the_record(
    town: World, patch: str, dispute: str
) -> None:
    rules(town, holder(town, dispute, "arbitrator"), dispute, patch, "suspended")
    made = Rulings()
    made.take(town.state(dispute))
    ruled = town.state(patch)
    assert list(made.strange([ruled])) == []
    (one,) = ruled.rulings
    for other in (
        one.model_copy(update={"number": f"{dispute}/2"}),
        one.model_copy(update={"waived": ("reported-to-list",)}),
        one.model_copy(update={"case": ruled.case}),
    ):
        found = list(made.strange([ruled.model_copy(update={"rulings": (other,)})]))
        assert [case for case, _ in found] == [ruled.case]


def test_a_ruling_that_was_lost_on_its_way_is_found_in_the_record(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    _, form = looked(town, judge, dispute, patch, "suspended")
    assert ruled_on(town, judge, dispute, patch, form).status_code == 303
    database = town.stack.database
    with database.writing() as connection:
        connection.execute(delete(tables.notices).where(tables.notices.c.kind == "ruled"))
    rebuild(database, at=town.stack.now(), worker_key=town.gateway.worker_key)
    carry_on(town)
    assert town.state(patch).suspended is not None
    assert verify_record(database).ok


PLACES = {
    "approval": (),
    "applying": (("Sue", "approval", "lead", {"outcome": "approve"}),),
    "half applied": (
        ("Sue", "approval", "lead", {"outcome": "approve"}),
        ("Bo", "applying", "executor", {"outcome": "applied"}),
    ),
    "documenting": (
        ("Sue", "approval", "lead", {"outcome": "approve"}),
        ("Bo", "applying", "executor", {"outcome": "applied"}),
        ("Cy", "applying", "observer", {"outcome": "applied"}),
    ),
}


def same(state: CaseState) -> CaseState:
    """A state without what only its commit decides: the act's id, and the ruling's number."""
    steps = {
        name: at.model_copy(
            update={
                "signatures": tuple(
                    s if s.actor != "system" else s.model_copy(update={"act": ""})
                    for s in at.signatures
                )
            }
        )
        for name, at in state.steps.items()
    }
    kept = tuple(
        one.model_copy(update={"number": "", "act": "", "case": "", "of": ""})
        for one in state.rulings
    )
    return state.model_copy(update={"steps": steps, "rulings": kept})


@pytest.mark.parametrize("place", PLACES)
def test_what_the_preview_says_is_what_happens(town: World, dispute: str, place: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    count = len(possible(town_definition(town), town.state(stood(town, place))))
    assert count
    for number in range(count):
        patch = stood(town, place)
        before, definition = town.state(patch), town_definition(town)
        ruling = possible(definition, before)[number]
        with town.stack.database.reading() as connection:
            said = what_it_does(connection, definition, before, ruling, town.stack.now())
        assert isinstance(said, Decided), said
        rules(town, judge, dispute, patch, told_in_words(definition, ruling))
        assert same(town.state(patch)) == same(said.changes.state), ruling
    database, key_ = town.stack.database, town.gateway.worker_key
    assert verify_record(database).ok
    assert rebuild(database, at=town.stack.now(), worker_key=key_).changed == {}


def town_definition(town: World) -> Definition:
    return town.stack.services.library.current("system-patch")


def stood(town: World, place: str) -> str:
    """Open a patch and take it to a place; return its number."""
    patch = town.open_system_patch("Bo")
    for name, step, seat, typed in PLACES[place]:
        answer = town.sign(name, patch, step, seat, **typed)
        assert answer.status_code == 303, answer.text
    carry_on(town)
    return patch


def test_the_board_takes_note_of_what_was_overruled(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    rules(town, judge, dispute, patch, "suspended")
    assert town.state(dispute).children == {}, "that overrules nothing"
    rules(town, judge, dispute, patch, "closed")
    note = child_of(town, dispute, "note")
    told = read(town, "Ruth", f"/cases/{note}")
    assert f"{dispute}/2" in told
    assert patch in told
    assert "For this patch alone." in told
    assert "One of them is still open." in words(town.stack.visitor().get("/public").text)
    for name in ("Ruth", "Anna"):
        assert town.sign(name, note, "noting", "board", outcome="noted").status_code == 303
    carry_on(town)
    assert town.state(note).ended == "done"
    assert "still open" not in words(town.stack.visitor().get("/public").text)
    assert verify_record(town.stack.database).ok


def test_whoever_is_bound_gets_a_task_and_an_arbitrator_judges_the_answer(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    path = f"/cases/{dispute}/rule?on={patch}"
    page = town.as_(judge).get(path).text
    form = filled_form(page, path)
    which = key(page, "somebody is bound")
    missing = town.post(judge, path, form.send(ruling=which, step="look", **SAID))
    assert missing.status_code == 422
    task = {"who": town.people["Bo"], "what": "Say on the case who made the patch."}
    answer = town.post(judge, path, form.send(ruling=which, step="look", **SAID, **task))
    assert answer.status_code == 200, words(answer.text)
    signing = filled_form(answer.text, path)
    before = town.state(patch)
    assert ruled_on(town, judge, dispute, patch, signing).status_code == 303
    carry_on(town)
    assert town.state(patch).model_copy(update={"rulings": ()}) == before
    direction = child_of(town, dispute, "direction")
    assert "Answer the ruling" in read(town, "Bo", "/inbox")
    told = {"outcome": "done", "answer": "Its makers did."}
    assert town.sign("Bo", direction, "answering", "bound", **told).status_code == 303
    assert town.sign(judge, direction, "judging", "judge", outcome="fulfilled").status_code == 303
    carry_on(town)
    assert town.state(direction).ended == "fulfilled"
    assert verify_record(town.stack.database).ok


def test_whoever_sees_a_case_can_ask_for_a_ruling_on_it(town: World, patch: str) -> None:
    assert "Ask for a ruling on it" in read(town, "Fay", f"/cases/{patch}")
    page = town.as_("Fay").get(f"/open/arbitration?claim=About+case+{patch}:+&respondent=x").text
    form = filled_form(page, "/open/arbitration")
    assert f"About case {patch}: " in form.data.values()


def with_links(town: World, folder: Path) -> House:
    """Let mails bring links, as the worker makes them."""
    key = SigningKey.create(folder / "link-signing.jwk")
    town.stack.services = replace(town.stack.services, link_key=key.public())
    town.stack.app = create_app(town.stack.settings, town.stack.services)
    town.visitors.clear()
    return House(town, key)


def test_a_link_rests_with_its_case_and_is_good_again_when_it_goes_on(
    town: World, dispute: str, tmp_path: Path
) -> None:
    """In time, that is; one that has died meanwhile isn't sent anew before the case goes on."""
    house, judge = with_links(town, tmp_path), holder(town, dispute, "arbitrator")
    motion = town.open_case("Ruth", "motion", {"proposal": "To paint it.", "area": "none"})
    path = house.mint("Anna")
    visitor = house.visitor()
    form = filled(visitor, path)
    rules(town, judge, dispute, motion, "suspended")
    for answer in (visitor.get(path), visitor.post(path, form)):
        assert answer.status_code == 410
        told = words(answer.text)
        assert f"suspended by ruling {dispute}/1" in told
        assert "Nothing was signed now." in told
        assert "Send me a new link" not in told
        assert StrictPage(answer.text).findings == []
    rules(town, judge, dispute, motion, "goes on")
    assert "Your vote is recorded." in visitor.post(path, form).text
    assert house.votes(motion) == ("aye",)
    assert verify_record(town.stack.database).ok


HOSTILE = """<script>alert(1)</script>"'> {number} {x} {0} %s אב """


def test_what_is_ruled_is_only_ever_text(town: World, patch: str, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    path = f"/cases/{dispute}/rule?on={patch}"
    page = town.as_(judge).get(path).text
    said = {"scope": HOSTILE, "reasons": (HOSTILE * 1000)[:20_000].strip()}
    chosen = {"ruling": key(page, "closed"), "step": "look"}
    looked_at = town.post(judge, path, filled_form(page, path).send(**chosen, **said))
    assert looked_at.status_code == 200, words(looked_at.text)
    form = filled_form(looked_at.text, path)
    assert ruled_on(town, judge, dispute, patch, form).status_code == 303
    carry_on(town)
    note = child_of(town, dispute, "note")
    for number in (patch, dispute, note):
        told = read(town, "Fay", f"/cases/{number}")
        assert HOSTILE.strip() in told, number
    public = town.stack.visitor().get("/public/rulings")
    assert public.status_code == 200
    assert StrictPage(public.text).findings == []
    assert verify_record(town.stack.database).ok


def test_the_desk_asks_no_more_of_the_store_for_many_cases(town: World, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")

    def asked() -> int:
        with counted_statements() as found:
            assert town.as_(judge).get("/arbitrator").status_code == 200
        return len(found)

    town.open_system_patch("Bo")
    few = asked()
    for _ in range(10):
        town.open_system_patch("Bo")
    assert asked() == few


def test_whoever_declined_an_office_in_a_case_does_not_rule_on_it_from_another(
    town: World, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    asked: dict[str, object] = {
        "subject": town.people["Fay"],
        "role": "support-engineer",
        "request": "She asks.",
    }
    check = town.open_case("Ruth", "abc", asked)
    carry_on(town)
    if holder(town, check, "arbitrator") != judge:
        declined(town, holder(town, check, "arbitrator"), check)
    declined(town, judge, check)
    assert judge not in town.state(check).people["arbitrator"]
    answer = town.as_(judge).get(f"/cases/{dispute}/rule?on={check}")
    assert answer.status_code == 409
    told = words(answer.text)
    assert f"You may not rule on {check}: you are somebody who declined to sign in it." in told
    assert town.state(dispute).given == ()


def declined(town: World, who: str, number: str) -> None:
    """Decline the Arbitrator's office; the lot falls on another, if there is one."""
    path = f"/cases/{number}/decline/acceptance/arbitrator"
    answer = town.post(who, path, town.form(who, path).send(comment="I know her."))
    assert answer.status_code == 303, answer.text
    carry_on(town)


def test_what_a_case_waits_for_goes_on_and_the_preview_says_so(town: World, dispute: str) -> None:
    judge = holder(town, dispute, "arbitrator")
    wanted = {"join": "none", "leave": "ssh-access-list", "reason": "They move."}
    change = town.open_case("Sue", "access-list-change", {"subject": town.people["Bo"], **wanted})
    carry_on(town)
    page, _ = looked(town, judge, dispute, change, "suspended")
    assert "The case that it waits for, motion, goes on meanwhile." in words(page)
    page, _ = looked(town, judge, dispute, change, "closed")
    said = "goes on all the same, and how it ends changes nothing here any more."
    assert f"The case that it waits for, motion, {said}" in words(page)


def test_the_desk_says_that_it_lists_only_the_newest(
    town: World, dispute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = holder(town, dispute, "arbitrator")
    older = town.open_system_patch("Bo")
    town.stack.clock.pass_time(timedelta(minutes=1))
    newer = [town.open_system_patch("Bo") for _ in range(2)]
    assert "On an older case" not in read(town, judge, "/arbitrator")
    monkeypatch.setattr("web.arbitrating.pages._AT_MOST", len(newer))
    desk = read(town, judge, "/arbitrator")
    assert "newest are listed. On an older case you rule from its own page." in desk
    assert older not in desk
    assert all(one in desk for one in newer)
    assert "Rule on this case" in read(town, judge, f"/cases/{older}")


def test_with_words_of_a_ruling_erased_all_else_of_it_can_be_made_anew(
    town: World, patch: str, dispute: str
) -> None:
    judge = holder(town, dispute, "arbitrator")
    rules(town, judge, dispute, patch, "suspended")
    (made,) = town.state(dispute).given
    database, openings = town.stack.database, tables.openings
    with database.writing() as connection:
        connection.execute(delete(openings).where(openings.c.act_id == made.act))
    assert "Its scope was erased." in read(town, "Fay", f"/cases/{patch}")
    report = rebuild(database, at=town.stack.now(), worker_key=town.gateway.worker_key)
    assert report.changed == {}
    with database.writing() as connection:
        connection.execute(delete(tables.notices).where(tables.notices.c.kind == "ruled"))
    report = rebuild(database, at=town.stack.now(), worker_key=town.gateway.worker_key)
    assert report.changed == {"notices": {"missing": 1}}
    assert verify_record(database).ok
