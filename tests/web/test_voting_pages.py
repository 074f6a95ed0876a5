"""Voting in a body: the numbers, the vote, a conflict, a recusal shown in numbers first."""

from dataclasses import replace
from pathlib import Path

import pytest

from store import tables
from store.cases import register_definition
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage
from tests.support.libraries import with_more
from web.app import create_app

MOTION = """\
process: house-motion
title: {en: Motion of the house}
summary: {en: "Testers vote on a proposal."}
policy: ["9.1.5"]
number: w
rules: 1
start:
  roles: [member]
  fields:
    proposal: {type: text, title: {en: Proposal}, required: true}
machine:
  initial: voting
  states:
    voting: {on: {was_carried: carried, was_lost: lost, was_inquorate: inquorate}}
    carried: {title: {en: Carried}, final: true, outcome: good}
    lost: {title: {en: Lost}, final: true, outcome: bad}
    inquorate: {title: {en: Without a quorum}, final: true, outcome: bad}
steps:
  voting:
    title: {en: Vote on the motion}
    policy: "9.1.5"
    seats: {board: {title: {en: member of the Board}, body: board}}
    vote: {quorum: {share: 2/3}}
    outcomes:
      carried: {event: was_carried}
      lost: {event: was_lost}
      inquorate: {event: was_inquorate}
    deadline: {after: P3D}
"""
BOARD = ("Rob", "Sue", "Tim")
AYE = {"conflict": "none", "choice": "aye"}


@pytest.fixture
def house(world: World, tmp_path: Path) -> World:
    library = with_more(tmp_path, {"house-motion": MOTION})
    with world.stack.database.writing() as connection:
        register_definition(connection, library.current("house-motion"))
        since = "2026-01-01T00:00:00.000Z"
        for name in BOARD:
            row = {"person": world.people[name], "role": "board-member", "since": since}
            connection.execute(tables.grants.insert().values(row | {"act_id": "test"}))
    world.stack.services = replace(world.stack.services, library=library)
    world.stack.app = create_app(world.stack.settings, world.stack.services)
    return world


@pytest.fixture
def number(house: World) -> str:
    return house.open_case("Mia", "house-motion", {"proposal": "To paint the house blue."})


def path_of(number: str) -> str:
    return f"/cases/{number}/vote/voting"


def test_a_member_votes_changes_their_mind_and_gets_a_receipt(house: World, number: str) -> None:
    who = BOARD[0]
    path = f"/cases/{number}/vote/voting"
    page = house.as_(who).get(path)
    assert "To paint the house blue." in page.text
    assert "Until the close a vote can be changed" in page.text
    assert "The quorum is" in page.text
    assert not StrictPage(page.text).findings
    sent = house.post(who, path, filled_form(page.text, path).send(**AYE, comment="Blue is calm."))
    receipt = house.follow(who, sent)
    assert "Your vote is recorded." in receipt.text
    assert "Aye" in receipt.text
    case = house.as_(who).get(f"/cases/{number}").text
    assert "voted Aye in “Vote on the motion”" in case
    assert "Change my vote" in case
    again = house.form(who, path).send(conflict="none", choice="naye")
    house.follow(who, house.post(who, path, again))
    (vote,) = house.state(number).votes["voting"].votes
    assert vote.choice == "naye"
    assert "You have voted Naye." in house.as_(who).get(path).text


def test_the_page_for_signing_leads_to_the_vote(house: World, number: str) -> None:
    who = BOARD[0]
    for path in (f"/cases/{number}/sign/voting", f"/cases/{number}/sign/voting/board"):
        answer = house.as_(who).get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"/cases/{number}/vote/voting")
    page = house.as_(who).get(f"/cases/{number}").text
    assert f"/cases/{number}/vote/voting" in page
    assert "Waiting for three votes" in page
    house.post(who, f"/cases/{number}/vote/voting", house.form(who, path_of(number)).send(**AYE))
    assert "Waiting for two more votes" in house.as_("Tess").get(f"/cases/{number}").text


def test_who_is_no_member_is_told_so_and_changes_nothing(house: World, number: str) -> None:
    path = f"/cases/{number}/vote/voting"
    answer = house.as_("Tess").get(path)
    assert answer.status_code == 403
    assert "You may not vote here." in answer.text
    form = house.form(BOARD[0], path).send(**AYE, csrf_token=house.as_("Tess").token())
    assert house.post("Tess", path, form).status_code == 403
    assert house.state(number).votes["voting"].votes == ()
    assert house.as_("Tess").get(f"/cases/{number}/recuse/voting").status_code == 403
    assert house.as_("Tess").get(f"/cases/{number}/vote/nothing").status_code == 404


def test_nothing_is_voted_without_choosing_and_declaring(house: World, number: str) -> None:
    who, path = BOARD[0], f"/cases/{number}/vote/voting"
    for typed in ({"choice": "aye"}, {"conflict": "none"}):
        answer = house.post(who, path, house.form(who, path).send(**typed))
        assert answer.status_code == 422, answer.text
        assert not StrictPage(answer.text).findings
    assert house.state(number).votes["voting"].votes == ()


def test_with_a_conflict_one_abstains(house: World, number: str) -> None:
    who, path = BOARD[0], f"/cases/{number}/vote/voting"
    typed = house.form(who, path).send(conflict="some", choice="aye")
    answer = house.post(who, path, typed)
    assert answer.status_code in {409, 422}
    assert "With a conflict of interest one abstains, or recuses." in answer.text
    typed = filled_form(answer.text, path).send(conflict="some", choice="abstain")
    house.follow(who, house.post(who, path, typed))
    assert house.state(number).votes["voting"].conflicted == (house.people[who],)
    assert "You declared a conflict of interest" in house.as_(who).get(path).text


def test_a_recusal_is_shown_in_numbers_before_it_is_confirmed(house: World, number: str) -> None:
    who, path = BOARD[0], f"/cases/{number}/recuse/voting"
    members = len(house.state(number).votes["voting"].electorate)
    page = house.as_(who).get(path)
    assert f"{members - 1} instead of {members} may vote" in page.text
    assert not StrictPage(page.text).findings
    assert house.post(who, path, filled_form(page.text, path).send()).status_code == 422
    typed = filled_form(page.text, path).send(comment="My cousin paints houses.")
    receipt = house.follow(who, house.post(who, path, typed))
    assert "You have recused yourself from this vote." in receipt.text
    assert house.state(number).votes["voting"].recused == (house.people[who],)
    refused = house.as_(who).get(f"/cases/{number}/vote/voting")
    assert refused.status_code == 403
    assert "You recused yourself from this vote." in refused.text
