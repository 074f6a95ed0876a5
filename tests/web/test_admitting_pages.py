"""People come and go: the pages of a case that opens others, as each of its people sees them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from definitions.definition import Definition
from definitions.model import Effect, Viewers
from definitions.rules.drawing import pick
from store.signatures import SigningKey
from tests.support.acting import World, make_world
from tests.support.carrying import carry_on, child_of
from tests.support.counting import counted_statements
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage

COMMUNITY = """\
name, emails, roles, leads, language, lists, motion
Wanda Oak, wanda@example.org, support-engineer, support, en, support-access-list, m20261005.2
Rita Fir, rita@example.org, software-assessor, software-assessment, en, repository-access-list, \
m20261012.1
Axel Yew, axel@example.org, access-engineer, access, en, physical-control-list, m20261012.1
Sue Elm, sue@example.org, systems-administrator, systems-administration, en, , m20261012.1
Rob Ash, rob@example.org, software-assessor, , en, ,
Ruth Bay, ruth@example.org, board-member, , en, ,
Anna Box, anna@example.org, board-member, , en, ,
Mira Cob, mira@example.org, board-member, , en, ,
Tove Gum, tove@example.org, board-member, , en, ,
Zora Ivy, zora@example.org, board-member, , en, ,
Judy Nut, judy@example.org, arbitrator, , en, ,
Jens Nut, jens@example.org, arbitrator, , en, ,
Cara Fig, cara@example.org, case-manager, , en, ,
Ada Lime, ada@example.org, , , en, ,
Fay Plum, fay@example.org, , , en, ,
"""
SURE = {"independent": "yes"}


@pytest.fixture
def town(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    with make_world(migrated, tmp_path, web_key, COMMUNITY) as made:
        yield made


@pytest.fixture
def number(town: World) -> str:
    return recommended(town, "Ada")


def recommended(town: World, who: str) -> str:
    typed: dict[str, object] = {
        "subject": town.people[who],
        "role": "support-engineer",
        "access": "support-access-list",
        "recommendation": f"{who} is patient.",
    }
    number = town.open_case("Wanda", "onboarding", typed)
    signed(town, who, number, "candidate", "subject", outcome="agree", policies="yes")
    return number


def signed(town: World, name: str, number: str, step: str, seat: str, **typed: object) -> None:
    answer = town.sign(name, number, step, seat, **typed)
    assert answer.status_code == 303, answer.text
    carry_on(town)


def drawn(town: World, number: str, what: str) -> str:
    """Return the first name of who was drawn."""
    (person,) = town.state(number).people[what]
    return next(name for name, id_ in town.people.items() if id_ == person)


def examined(town: World, number: str) -> str:
    """Take the background check to its six matters; return its number."""
    check = child_of(town, number, "check")
    judge, manager = drawn(town, check, "arbitrator"), drawn(town, check, "case_manager")
    signed(town, judge, check, "acceptance", "arbitrator", outcome="accept", **SURE)
    signed(town, manager, check, "acceptance", "case_manager", outcome="accept", **SURE)
    signed(town, "Ada", check, "consent", "subject", outcome="agree", drp="yes", contact="Quay 7")
    signed(town, judge, check, "interview", "arbitrator", outcome="held", notes="Calm.")
    signed(town, manager, check, "interview", "case_manager", outcome="held")
    return check


def voted_on(town: World, number: str) -> str:
    """Take an onboarding to the Board; return the motion's number."""
    check = examined(town, number)
    judge = drawn(town, check, "arbitrator")
    for one in town.state(check).items["scope"]:
        seat = f"examined:{one.id}"
        signed(town, judge, check, "scope", seat, outcome="examined", findings="Good.")
    signed(town, judge, check, "ruling", "arbitrator", outcome="accept", summary="Nothing found.")
    return child_of(town, number, "motion")


def vote(town: World, name: str, number: str, choice: str, **typed: object) -> None:
    path = f"/cases/{number}/vote/voting"
    form = town.form(name, path).send(conflict="none", choice=choice, **typed)
    town.follow(name, town.post(name, path, form))
    carry_on(town)


def html(town: World, name: str, number: str) -> str:
    answer = town.as_(name).get(f"/cases/{number}")
    assert answer.status_code == 200, answer.text
    assert StrictPage(answer.text).findings == []
    return answer.text


def text(town: World, name: str, number: str) -> str:
    return " ".join(
        unescape(
            re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html(town, name, number), flags=re.DOTALL)
        ).split()
    )


def test_a_case_says_for_which_other_case_it_waits(town: World, number: str) -> None:
    check = child_of(town, number, "check")
    told = text(town, "Fay", number)
    assert f"Waiting for Arbitrated Background Check {check} (Accept the office)." in told
    page = html(town, "Fay", number)
    assert "Cases that it opened" in page
    assert page.count(f'href="/cases/{check}"') >= 2
    child = html(town, "Fay", check)
    assert f'Opened by case <a class="number" href="/cases/{number}">' in child
    assert "New team member" in child


def test_a_child_that_has_ended_says_how_and_the_next_is_waited_for(
    town: World, number: str
) -> None:
    motion = voted_on(town, number)
    told = text(town, "Fay", number)
    assert "Ruled: accept" in told
    assert (
        f"Waiting for Motion of the Board {motion} (Vote on the motion, 0 of 5 have voted)." in told
    )
    assert "took in how another case ended, with “Ruled: accept”: b" in told


def test_of_a_case_that_one_may_not_see_only_number_and_state_are_told(
    town: World, number: str
) -> None:
    check = child_of(town, number, "check")
    definition = town.stack.services.library.current("abc")
    viewers = Viewers(people=("opener",), policy="9.5")
    privacy = definition.body.privacy.model_copy(update={"case": viewers})
    closed = replace(definition, body=definition.body.model_copy(update={"privacy": privacy}))
    kept = town.stack.app.extensions["countersign-definitions"]
    kept[closed.version] = closed
    assert town.as_("Fay").get(f"/cases/{check}").status_code == 403
    told = text(town, "Fay", number)
    assert f"Waiting for {check} (another case)." in told
    assert f"{check} Waiting What it is about is shown to its people only." in told
    assert "Arbitrated Background Check" not in told
    assert "Accept the office" not in told
    assert "Arbitrated Background Check" in text(town, "Wanda", number)


def shown_as(town: World, definition: Definition, **parts: object) -> None:
    """Let the pages read cases of a version as of a definition with other parts."""
    changed = replace(definition, body=definition.body.model_copy(update=parts))
    town.stack.app.extensions["countersign-definitions"][changed.version] = changed


def not_waiting(definition: Definition) -> tuple[Effect, ...]:
    """Return the effects of a definition, with no case whose end is waited for."""
    return tuple(
        effect.model_copy(update={"open": effect.open.model_copy(update={"on": {}})})
        if effect.open is not None
        else effect
        for effect in definition.body.effects
    )


def test_a_case_shows_those_that_it_opened_and_does_not_wait_for(town: World, number: str) -> None:
    check = child_of(town, number, "check")
    assert "wait for it." not in text(town, "Fay", number)
    onboarding = town.stack.services.library.current("onboarding")
    shown_as(town, onboarding, effects=not_waiting(onboarding))
    told = text(town, "Fay", number)
    assert "Waiting for Arbitrated Background Check" not in told
    assert "it waits for another case" not in told
    assert "It goes on when the other case has ended" not in told
    line = f"{check} Arbitrated Background Check Waiting Accept the office"
    assert line in told
    assert "This case doesn't wait for it." in told.partition(line)[2][:120]
    page = html(town, "Fay", number)
    assert f'href="/cases/{check}"' in page.partition("Cases that it opened")[2]
    judge = drawn(town, check, "arbitrator")
    signed(town, judge, check, "acceptance", "arbitrator", outcome="accept", **SURE)
    manager = drawn(town, check, "case_manager")
    signed(town, manager, check, "acceptance", "case_manager", outcome="accept", **SURE)
    assert f"{check} Arbitrated Background Check Waiting" in text(town, "Fay", number)
    signed(town, "Ada", check, "consent", "subject", outcome="disagree")
    told = text(town, "Fay", number)
    assert "This case didn't wait for it." in told
    assert "doesn't wait for it." not in told


def test_nor_does_it_show_more_of_them_than_the_reader_may_see(town: World, number: str) -> None:
    check = child_of(town, number, "check")
    onboarding = town.stack.services.library.current("onboarding")
    shown_as(town, onboarding, effects=not_waiting(onboarding))
    viewers = Viewers(people=("opener",), policy="9.5")
    closed = town.stack.services.library.current("abc")
    privacy = closed.body.privacy.model_copy(update={"case": viewers})
    shown_as(town, closed, privacy=privacy)
    told = text(town, "Fay", number)
    hidden = "This case doesn't wait for it. What it is about is shown to its people only."
    assert f"{check} Waiting {hidden}" in told
    assert "Arbitrated Background Check" not in told


def test_the_page_of_a_motion_tells_votes_numbers_and_what_would_change_them(
    town: World, number: str
) -> None:
    motion = voted_on(town, number)
    for name, choice in (("Ruth", "aye"), ("Anna", "naye"), ("Mira", "abstain")):
        vote(town, name, motion, choice)
    told = text(town, "Fay", motion)
    numbers = "3 of 5 have voted: 1 Aye, 1 Naye, 1 Abstain. The quorum is 3. As it stands: lost."
    assert numbers in told
    assert "One more Aye would carry it." in told
    assert "Until the close a vote can be changed" in told
    for name, choice in (("Ruth Bay", "Aye"), ("Anna Box", "Naye"), ("Mira Cob", "Abstain")):
        assert f"{name} {choice} just now , signed in" in told
    for name in ("Tove Gum", "Zora Ivy"):
        assert f"{name} Not yet" in told
    assert "What is missing" not in told
    assert "Too few people" not in text(town, "Wanda", motion)
    town.stack.clock.pass_time(timedelta(days=3))
    town.visitors.clear()  # nobody stays signed in for so long
    carry_on(town)
    told = text(town, "Fay", motion)
    assert "3 of 5 voted: 1 Aye, 1 Naye, 1 Abstain. The quorum was 3. The result: lost." in told
    assert "Zora Ivy Didn't vote" in told
    assert "would carry it" not in told


def test_who_recused_and_who_left_is_told(town: World, number: str) -> None:
    motion = voted_on(town, number)
    path = f"/cases/{motion}/recuse/voting"
    form = town.form("Tove", path).send(comment="My cousin.")
    town.follow("Tove", town.post("Tove", path, form))
    told = text(town, "Fay", motion)
    assert "Tove Gum Recused Counts no longer among those who may vote. just now" in told
    assert "1 of 5 recused themselves or left the body." in told


def test_one_votes_for_another_member_with_a_justification(town: World, number: str) -> None:
    motion = voted_on(town, number)
    path = f"/cases/{motion}/vote/voting"
    before = town.as_("Ruth").get(path).text
    assert "For whom" not in before
    assert "Once you have voted yourself, you can vote for a member who asked you to." in before
    vote(town, "Ruth", motion, "naye")
    page = town.as_("Ruth").get(path)
    assert StrictPage(page.text).findings == []
    assert "For whom" in page.text
    assert '<option value="">Myself</option>' in page.text
    typed = {"conflict": "none", "choice": "aye", "on_behalf": town.people["Tove"]}
    again = town.post("Ruth", path, filled_form(page.text, path).send(**typed))
    assert again.status_code == 422
    assert "a justification" in unescape(again.text)
    form = filled_form(again.text, path).send(**typed, comment="She asked me on the phone.")
    receipt = town.follow("Ruth", town.post("Ruth", path, form)).text
    assert "The vote that you cast as proxy is recorded." in receipt
    assert "Tove Gum" in receipt
    cast = town.state(motion).votes["voting"].votes[-1]
    assert (cast.voter, cast.actor) == (town.people["Tove"], town.people["Ruth"])
    assert town.people["Anna"] not in town.as_("Ruth").get(path).text  # for nobody else besides
    told = text(town, "Fay", motion)
    assert "Tove Gum Aye just now , by Ruth Bay as proxy, signed in" in told
    assert "voted Aye as proxy for Tove Gum in “Vote on the motion”" in told
    asked = town.as_("Ruth").get(f"/cases/{motion}/recuse/voting").text
    assert "What you voted for Tove Gum counts no longer either; they are told." in asked
    asked = town.as_("Tove").get(f"/cases/{motion}/recuse/voting").text
    assert "counts no longer either" not in asked
    assert "another member voted for you" in town.as_("Tove").get("/outbox").text
    assert "another member voted for you" not in town.as_("Anna").get("/outbox").text


def test_ones_own_vote_takes_the_place_of_a_proxys_and_is_safe_from_it(
    town: World, number: str
) -> None:
    motion = voted_on(town, number)
    tove = {"on_behalf": town.people["Tove"], "comment": "She asked me."}
    for who in ("Ruth", "Anna"):
        vote(town, who, motion, "abstain")
    vote(town, "Ruth", motion, "aye", **tove)
    case = html(town, "Tove", motion)
    assert "Vote on the motion myself" in case
    assert "Ruth voted Aye for you; your own vote takes its place." in case
    path = f"/cases/{motion}/vote/voting"
    late = town.form("Anna", path)
    assert "Ruth Bay voted Aye for you" in town.as_("Tove").get(path).text
    vote(town, "Tove", motion, "naye")
    assert "You have voted Naye in “Vote on the motion”." in text(town, "Tove", motion)
    answer = town.post("Anna", path, late.send(conflict="none", choice="aye", **tove))
    assert answer.status_code in {409, 422}
    assert "This member has voted themself, and no proxy replaces such a vote." in answer.text
    assert '<a href="#f-on_behalf">' in answer.text
    cast = town.state(motion).votes["voting"].votes[-1]
    assert (cast.actor, cast.choice) == (town.people["Tove"], "naye")
    assert town.people["Tove"] not in town.as_("Anna").get(path).text


def test_the_people_of_a_case_are_named_with_how_they_came_to_it(town: World, number: str) -> None:
    check = child_of(town, number, "check")
    told = text(town, "Fay", check)
    judge = drawn(town, check, "arbitrator")
    full = {"Judy": "Judy Nut", "Jens": "Jens Nut"}[judge]
    assert f"Arbitrator {full} , drawn by lot among two; anybody can compute it again" in told
    assert "Case Manager Cara Fig , drawn by lot with nobody else left to draw" in told
    assert "Person examined Ada Lime" in told
    entry = next(one for one in town.entries(check) if one.act["seat"] == "arbitrator")
    assert f'href="#entry-{entry.seq}"' in html(town, "Fay", check)
    seed, candidates = entry.facts["seed"], tuple(entry.facts["candidates"])
    assert town.people[judge] == pick(candidates, seed, "arbitrator")
    assert f"“{seed}:arbitrator”" in told
    assert f"The lot fell on {full}." in told


def test_a_list_shows_its_things_with_links_for_who_can_sign_them(town: World, number: str) -> None:
    check = examined(town, number)
    judge = drawn(town, check, "arbitrator")
    sign = f"/cases/{check}/sign/scope/examined:"
    told = text(town, judge, check)
    assert "None of six are signed. Each is signed by itself." in told
    assert "Waiting for six things of “Examine the six matters”" in told
    assert "Too few people" not in told
    assert html(town, judge, check).count(sign) == 6
    assert html(town, "Fay", check).count(sign) == 0
    form = town.as_(judge).get(f"{sign}references").text
    assert "Examine the six matters: References" in form
    assert "You sign as Arbitrator of this case." in form
    signed(town, judge, check, "scope", "examined:references", outcome="examined", findings="Ok.")
    told = text(town, "Fay", check)
    assert "One of six is signed." in told
    assert "Signed: References Examined:" in told
    assert "signed “References” of “Examine the six matters”: Examined" in told


def test_what_was_added_to_a_list_has_its_own_name_everywhere(town: World) -> None:
    typed: dict[str, object] = {
        "subject": town.people["Rob"],
        "trigger": "leader",
        "reason": "He moves abroad.",
        "area": "none",
    }
    number = town.open_case("Rita", "termination", typed)
    carry_on(town)
    page = html(town, "Ruth", number)
    path = f"/cases/{number}/add/follow_up"
    assert path in page
    assert path not in html(town, "Fay", number)
    others = html(town, "Sue", number)
    assert others.count("I can&#39;t sign anything of “Follow-up actions”") == 1
    assert "I can&#39;t decide this as Access closed" not in others
    form = town.form("Ruth", path).send(item="Badge of the <b>old</b> office")
    town.follow("Ruth", town.post("Ruth", path, form))
    assert "Badge of the &lt;b&gt;old&lt;/b&gt; office" in html(town, "Sue", number)
    sign = f"/cases/{number}/sign/follow_up/done:added-1"
    assert "Badge of the &lt;b&gt;old" in town.as_("Sue").get(sign).text
    form = town.form("Sue", sign).send(outcome="done", what="Shredded.")
    receipt = town.follow("Sue", town.post("Sue", sign, form))
    assert "Badge of the &lt;b&gt;old" in receipt.text
    told = text(town, "Fay", number)
    assert "signed “Badge of the <b>old</b> office” of “Follow-up actions”: Done" in told
    assert "It also waits for Motion of the Board" in told


def test_people_are_warned_of_what_should_not_be_one_person(town: World) -> None:
    path = "/open/onboarding"
    typed = {
        "subject": town.people["Rob"],
        "role": "support-engineer",
        "access": "none",
        "recommendation": "Rob is patient.",
    }
    check = town.post("Wanda", path, town.form("Wanda", path).send(**typed))
    assert "What the policy warns of" in check.text
    number = recommended(town, "Rob")
    told = text(town, "Fay", number)
    assert "Rob Ash would hold both: Software Assessor and Support Engineer should not be" in told
    assert told.count("would hold both") == 1
    assert 'href="/policy/9.1.2"' in html(town, "Fay", number)
    assert "What the policy warns of" not in html(town, "Fay", recommended(town, "Fay"))


def test_the_motion_warns_of_what_the_case_behind_it_would_give(town: World) -> None:
    typed: dict[str, object] = {
        "subject": town.people["Rob"],
        "join": "support-access-list",
        "leave": "none",
        "reason": "He helps out.",
        "area": "support-engineer",
    }
    number = town.open_case("Wanda", "access-list-change", typed)
    carry_on(town)
    motion = child_of(town, number, "motion")
    assert "should not be one person" in html(town, "Ruth", motion)
    page = town.as_("Ruth").get(f"/cases/{motion}/vote/voting").text
    assert "should not be one person" in page


def test_the_number_of_questions_does_not_grow_with_votes_and_children(
    town: World, number: str
) -> None:
    html(town, "Fay", number)
    with counted_statements() as few:
        html(town, "Fay", number)
    motion = voted_on(town, number)
    with counted_statements() as more:
        html(town, "Fay", number)
    assert len(more) <= len(few)
    with counted_statements() as few:
        html(town, "Fay", motion)
    for name in ("Ruth", "Anna", "Mira"):
        vote(town, name, motion, "aye")
    with counted_statements() as more:
        html(town, "Fay", motion)
    assert len(more) == len(few)
    assert len(more) < 30


def test_a_choice_that_is_another_leaders_is_told_on_the_form_with_all_that_was_typed(
    town: World,
) -> None:
    path = "/open/onboarding"
    typed: dict[str, object] = {
        "subject": town.people["Fay"],
        "role": "systems-administrator",
        "access": "none",
        "recommendation": "Fay ran the hosting.",
    }
    check = town.post("Wanda", path, town.form("Wanda", path).send(**typed))
    answer = town.post("Wanda", path, filled_form(check.text, path).send(step="open"))
    assert answer.status_code == 403
    page = StrictPage(answer.text)
    assert not page.findings
    assert "Only a systems administration leader can open it" in page.text
    mend = answer.text.partition('id="errors-title"')[2].partition("</ul>")[0]
    assert 'href="/policy/9.1.3"' in mend or 'href="/policy/9.1.5"' in mend
    kept = filled_form(answer.text, path).data
    assert (kept["field-subject"], kept["field-role"]) == (town.people["Fay"], typed["role"])
    assert "Fay ran the hosting." in answer.text


def test_who_alone_can_say_whether_they_want_it_is_not_offered_to_decline(town: World) -> None:
    typed: dict[str, object] = {
        "subject": town.people["Fay"],
        "role": "support-engineer",
        "access": "none",
        "recommendation": "Fay is patient.",
    }
    number = town.open_case("Wanda", "onboarding", typed)
    page = town.as_("Fay").get(f"/cases/{number}/sign/candidate/subject").text
    assert "Sign: I don" in page
    assert "/decline/" not in page
