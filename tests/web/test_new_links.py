"""A dead link's page offers a new one: by mail to the person alone, and as an entry of the case."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from werkzeug.test import TestResponse

from store import tables
from store.access.case_links import revoke_all
from store.record.verify import verify_record
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage
from tests.support.linked import BOARD, BOARD_MEMBER, MOTION, House, linked_house, vote
from worker.linking import make_links

WHO = BOARD[0]
BUTTON = "Send me a new link"


@pytest.fixture
def house(world: World, tmp_path: Path) -> House:
    return linked_house(world, tmp_path)


@pytest.fixture
def number(house: House) -> str:
    return house.open()


def ask(house: House, path: str) -> TestResponse:
    """Press the button on a dead link's page."""
    visitor = house.visitor()
    page = visitor.get(path)
    assert BUTTON in page.text, page.text
    assert not StrictPage(page.text).findings
    return visitor.post(f"{path}/again", filled_form(page.text, f"{path}/again").send())


def newer(house: House, path: str, _number: str) -> str:
    house.mint(WHO)
    return path


def expired(house: House, path: str, _number: str) -> str:
    house.world.stack.clock.pass_time(timedelta(days=15))
    return path


def used(house: House, path: str, _number: str) -> str:
    vote(house.visitor(), path)
    return path


def changed(house: House, path: str, number: str) -> str:
    house.world.amend_behind(number, "Mia", proposal="To paint the house green.")
    return path


def given_back(house: House, path: str, _number: str) -> str:
    visitor = house.visitor()
    form = filled_form(visitor.get(path).text, f"{path}/not-me").send()
    assert "This link is dead now." in visitor.post(f"{path}/not-me", form).text
    return path


def restored(house: House, path: str, _number: str) -> str:
    with house.world.stack.database.writing() as connection:
        assert revoke_all(connection, house.world.stack.now()) == 1
    return path


def forgotten(house: House, path: str, _number: str) -> str:
    with house.world.stack.database.writing() as connection:
        connection.execute(delete(tables.case_links))
    return path


DEAD: dict[str, tuple[Callable[[House, str, str], str], str]] = {
    "newer": (newer, "A newer link was sent"),
    "expired": (expired, "This link is too old"),
    "used": (used, "was used already"),
    "changed": (changed, "has changed since this link was sent"),
    "given back": (given_back, "was given back"),
    "restored": (restored, "from before the records were put back"),
    "forgotten": (forgotten, "from before the records were put back"),
}


@pytest.mark.parametrize("how", DEAD)
def test_each_dead_link_has_its_sentence_and_a_way_to_a_new_one(
    house: House, number: str, how: str
) -> None:
    kill, says = DEAD[how]
    first = house.mint(WHO)
    path = kill(house, first, number)
    dead = house.visitor().get(path)
    assert (dead.status_code, says in dead.text) == (410, True), dead.text
    before = {who: len(house.mails(who)) for who in BOARD}
    votes, configuration = house.votes(number), house.world.state(number).configuration
    answer = ask(house, path)
    assert answer.status_code == 200
    assert "A new link is on its way." in answer.text
    assert "example.org" not in answer.text, "nor to which address"
    assert {who: len(house.mails(who)) - before[who] for who in BOARD} == {
        WHO: 1,
        "Sue": 0,
        "Tim": 0,
    }
    state = house.world.state(number)
    assert (house.votes(number), state.configuration) == (votes, configuration)
    fresh = house.mint(WHO)
    assert fresh.removeprefix("/link/") not in answer.text
    vote(house.visitor(), fresh, choice="naye")
    assert house.votes(number) == ("naye",)
    assert house.visitor().get(first).status_code == 410
    report = verify_record(house.world.stack.database)
    assert [bad for bad in report.bad if bad.stream == state.case] == []


def test_asking_is_an_entry_whose_cause_is_the_dead_link(house: House, number: str) -> None:
    path = expired(house, house.mint(WHO), number)
    ask(house, path)
    asked, mail = house.world.entries(number)[-2:]
    (opening, first) = house.world.entries(number)[:2]
    assert (asked.act["kind"], asked.act["actor"]) == ("link_asked", "system")
    assert (asked.act["step"], asked.act["instance"]) == ("voting", "1")
    assert asked.act["seat"] == house.world.people[WHO]
    assert asked.act["auth"]["cause"]["mail"] == first.act["id"]
    assert asked.state == opening.state
    assert mail.facts["people"] == {"to": [house.world.people[WHO]], "links": [asked.act["seat"]]}
    page = house.world.as_("Tess").get(f"/cases/{number}").text
    assert "was asked for a new link by which Rob Yew can decide “Vote on the motion”" in page
    assert "sent a mail with a link to decide by to Rob Yew" in page
    assert '"link-asked"' in house.world.stack.log()


def test_a_stolen_link_cannot_fill_a_mailbox(house: House, number: str) -> None:
    path = used(house, house.mint(WHO), number)
    assert ask(house, path).status_code == 200
    entries, mails = len(house.world.entries(number)), len(house.mails(WHO))
    for _ in range(3):
        again = ask(house, path)
        assert again.status_code == 429
        assert "is on its way" in again.text
        assert int(again.headers["Retry-After"]) <= 600
    assert (len(house.world.entries(number)), len(house.mails(WHO))) == (entries, mails)
    for _ in range(9):
        house.world.stack.clock.pass_time(timedelta(minutes=10))
        assert ask(house, path).status_code == 200
    house.world.stack.clock.pass_time(timedelta(minutes=10))
    assert ask(house, path).status_code == 429, "no more than ten a day"
    house.world.stack.clock.pass_time(timedelta(days=1))
    assert ask(house, path).status_code == 200


def test_where_a_new_one_could_not_be_used_there_is_only_the_way_to_the_case(
    world: World, tmp_path: Path
) -> None:
    house = linked_house(world, tmp_path, MOTION.replace("2/3}", "2/3}, early: true"))
    number = house.open()
    path = house.mint(WHO)
    vote(house.visitor(), path)
    refused(house, path, "was used already", "a vote is final here")
    other = house.mint("Sue")
    house.world.take_role("Sue", BOARD_MEMBER)
    refused(house, other, "no longer a member", "no longer a member")
    third, last = house.mint("Tim"), house.visitor()
    form = filled_form(last.get(third).text, third).send(conflict="none", choice="aye")
    house.world.stack.clock.pass_time(timedelta(days=31))
    refused(house, third, "This link is too old", "the vote is over")
    assert last.post(third, form).status_code == 410
    assert house.votes(number) == ("aye",)


def refused(house: House, path: str, says: str, why: str) -> None:
    visitor, entries = house.visitor(), house.world.count("entries")
    page = visitor.get(path)
    assert (page.status_code, says in page.text) == (410, True), page.text
    assert BUTTON not in page.text
    assert "Go to w2026" in page.text
    answer = visitor.post(f"{path}/again")
    assert (answer.status_code, why in answer.text) == (410, True), answer.text
    assert house.world.count("entries") == entries


def test_a_wish_that_comes_too_late_is_let_go(house: House, number: str) -> None:
    path = used(house, house.mint(WHO), number)
    house.world.gateway.away = True
    assert ask(house, path).status_code == 200
    house.world.gateway.away = False
    page = f"/cases/{number}/recuse/voting"
    sent = house.world.form(WHO, page).send(comment="My cousin paints houses.")
    assert house.world.post(WHO, page, sent).status_code == 303
    entries = house.world.count("entries")
    for _ in range(2):
        house.world.gateway.look(house.world.state(number).case)
    assert house.world.count("entries") == entries
    refusals = [line["code"] for line in house.world.gateway.refusals]
    assert refusals == ["not-yours"], "refused once, and not asked again"


def test_a_mail_that_was_held_up_gets_no_link_once_a_later_one_has_gone(
    house: House, number: str
) -> None:
    first = house.mails(WHO)[0]
    path = expired(house, house.mint(WHO), number)
    ask(house, path)
    latest = house.mint(WHO)
    assert house.try_mint(first) is None
    assert house.visitor().get(latest).status_code == 200


def test_a_link_stays_good_until_a_newer_one_has_really_gone_out(house: House, number: str) -> None:
    stack, mail = house.world.stack, house.mails(WHO)[-1]
    first = house.mint(WHO)
    links = make_links(stack.database, house.key, stack.clock, stack.settings.public_url)
    late, never = links(mail), links(mail)
    assert late
    assert never
    never.refused()
    assert house.visitor().get(first).status_code == 200, "neither has gone out yet"
    late.sent()
    assert "A newer link was sent" in house.visitor().get(first).text
    base = stack.settings.public_url
    assert house.visitor().get(late.address.removeprefix(base)).status_code == 200
    assert house.visitor().get(never.address.removeprefix(base)).status_code == 410


def test_a_delivery_that_ends_late_does_not_end_a_newer_link(house: House, number: str) -> None:
    stack, mail = house.world.stack, house.mails(WHO)[-1]
    links = make_links(stack.database, house.key, stack.clock, stack.settings.public_url)
    first, second = links(mail), links(mail)
    assert first
    assert second
    second.sent()
    first.sent()
    old, new = (one.address.removeprefix(stack.settings.public_url) for one in (first, second))
    assert "A newer link was sent" in house.visitor().get(old).text
    vote(house.visitor(), new)
    assert house.votes(number) == ("aye",)


def test_a_delivery_does_not_end_a_link_that_was_made_after_its_own(
    house: House, number: str
) -> None:
    stack, mail = house.world.stack, house.mails(WHO)[-1]
    links = make_links(stack.database, house.key, stack.clock, stack.settings.public_url)
    first, second = links(mail), links(mail)
    assert first
    assert second
    first.sent()
    second.sent()
    old, new = (one.address.removeprefix(stack.settings.public_url) for one in (first, second))
    assert "A newer link was sent" in house.visitor().get(old).text
    vote(house.visitor(), new)
    assert house.votes(number) == ("aye",)


def test_a_good_link_offers_no_new_one(house: House, number: str) -> None:
    assert BUTTON not in house.visitor().get(house.mint(WHO)).text
