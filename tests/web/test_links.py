"""Signed links of mails: opened as often as one likes, used once, dead for many reasons."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from store import tables
from store.signatures import SigningKey
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage
from tests.support.linked import AYE, BOARD, BOARD_MEMBER, MOTION, House, filled, linked_house, vote

WHO = BOARD[0]


@pytest.fixture
def house(world: World, tmp_path: Path) -> House:
    return linked_house(world, tmp_path)


@pytest.fixture
def number(house: House) -> str:
    return house.open()


def test_it_is_opened_without_effect_and_used_once(house: House, number: str) -> None:
    path = house.mint(WHO)
    before = house.everything()
    stranger, second = house.visitor(), house.visitor()
    assert stranger.ask("HEAD", path).status_code == 200
    for _ in range(100):
        assert stranger.get(path).status_code == 200
    page = second.get(path)
    assert house.everything() == before
    assert "To paint the house blue." in page.text
    assert "This link is for Rob Yew alone" in page.text
    assert "until 7 December 2026, 18:00 UTC" in page.text
    assert not StrictPage(page.text).findings
    assert page.headers["Referrer-Policy"] == "strict-origin"
    form = filled_form(page.text, path).send(**AYE)
    answer = second.post(path, form)
    assert answer.status_code == 200, answer.text
    assert "Your vote is recorded." in answer.text
    (cast,) = house.world.state(number).votes["voting"].votes
    assert cast.voter == house.world.people[WHO]
    again = second.post(path, form)
    assert "Your vote is recorded." in again.text
    assert house.votes(number) == ("aye",)
    for visitor in (stranger, second):
        dead = visitor.get(path)
        assert dead.status_code == 410
        assert "was used already" in dead.text
    assert second.get(f"/cases/{number}").status_code == 303


def test_a_second_form_from_the_same_link_is_refused(house: House, number: str) -> None:
    path = house.mint(WHO)
    first, second = house.visitor(), house.visitor()
    one = filled(first, path)
    two = filled(second, path, choice="naye", comment="Green is calmer.")
    assert first.post(path, one).status_code == 200
    answer = second.post(path, two)
    assert answer.status_code == 410
    assert "was used already" in answer.text
    assert "Green is calmer." in answer.text, "nothing typed is lost"
    assert house.votes(number) == ("aye",)


def test_of_two_that_come_to_the_commit_one_is_refused_there(house: House, number: str) -> None:
    path = house.mint(WHO)
    first, second = house.visitor(), house.visitor()
    one = filled(first, path)
    two = filled(second, path, choice="naye", comment="Green is calmer.")
    house.world.gateway.before = lambda: first.post(path, one)
    answer = second.post(path, two)
    assert answer.status_code == 410
    assert "was used already" in answer.text
    assert "Green is calmer." in answer.text
    assert house.votes(number) == ("aye",)
    assert [line["code"] for line in house.world.gateway.refusals] == ["used"]


def test_tampered_with_in_any_part_it_is_nobodys(house: House, number: str, tmp_path: Path) -> None:
    path = house.mint(WHO)
    token = path.removeprefix("/link/")
    changed = [
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        for at in range(0, len(token), 7)
    ]
    changed += [token[:-1], token + "=", token + "A", token.rsplit(".", 1)[0] + "."]
    own, house.key = house.key, SigningKey.create(tmp_path / "other.jwk")
    changed.append(house.mint("Sue").removeprefix("/link/"))
    house.key = own
    for one in changed:
        answer = house.visitor().get(f"/link/{one}")
        assert answer.status_code == 410, one
        assert "isn't one that we sent" in answer.text.replace("&#39;", "'")
        assert "Send me a new link" not in answer.text
    assert house.visitor().get(path).status_code == 200


def test_who_recused_or_lost_the_seat_is_told_so(house: House, number: str) -> None:
    path = house.mint(WHO)
    page = f"/cases/{number}/recuse/voting"
    sent = house.world.form(WHO, page).send(comment="My cousin paints houses.")
    assert house.world.post(WHO, page, sent).status_code == 303
    answer = house.visitor().get(path)
    assert answer.status_code == 410
    assert "You recused yourself from this vote." in answer.text
    assert "Send me a new link" not in answer.text


def test_another_persons_session_isnt_used(house: House, number: str) -> None:
    path = house.mint(WHO)
    for answer in (
        house.world.as_("Sue").get(path),
        *(house.world.as_("Sue").post(f"{path}{more}") for more in ("", "/again", "/not-me")),
    ):
        assert answer.status_code == 403
        assert "is signed in here" in answer.text
    assert house.world.as_(WHO).get(path).status_code == 200
    assert house.votes(number) == ()


def test_the_record_and_the_pages_say_that_a_vote_was_by_link(house: House, number: str) -> None:
    receipt = vote(house.visitor(), house.mint(WHO))
    assert "By a link in a mail" in receipt
    mail, act = (entry.act for entry in house.world.entries(number)[-2:])
    with house.world.stack.database.reading() as connection:
        stored = connection.execute(select(tables.case_links)).one()
    assert act["auth"] == {
        "kind": "mail-link",
        "link": stored.token_hash,
        "mail": mail["id"],
        "at": house.world.stack.now(),
    }
    assert stored.used_by == act["id"]
    case = house.world.as_("Tess").get(f"/cases/{number}").text
    assert "voted Aye in “Vote on the motion” by a link in a mail" in case
    assert "sent a mail with a link to decide by to " in case


def test_who_is_signed_in_as_well_says_so_and_votes_by_the_link(house: House, number: str) -> None:
    vote(house.world.as_(WHO), house.mint(WHO))
    auth = house.world.entries(number)[-1].act["auth"]
    assert auth["kind"] == "sign-in-link"
    assert {"link", "mail"} <= set(auth)


def test_its_papers_can_be_read_without_a_session_and_nothing_else(house: House) -> None:
    paper = (io.BytesIO(b"Blue is calm.\n"), "blue.txt")
    number = house.open(paper=paper)
    path, visitor = house.mint(WHO), house.visitor()
    page = StrictPage(visitor.get(path).text)
    (address,) = {link for link in page.links if "/papers/" in link}
    before = house.everything()
    answer = visitor.get(address)
    assert (answer.status_code, answer.data) == (200, b"Blue is calm.\n")
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert house.everything() == before
    digest = address.rpartition("/")[2]
    assert visitor.get(f"{path}/papers/{'0' * 64}").status_code == 404
    assert visitor.get(f"/cases/{number}/files/{digest}").status_code == 303
    assert "Back to the case" not in page.text
    vote(visitor, path)
    assert visitor.get(address).status_code == 410


def test_where_a_sign_in_is_asked_for_as_well_one_lands_where_one_can_sign(
    world: World, tmp_path: Path
) -> None:
    house = linked_house(world, tmp_path, MOTION.replace("true}}", "{with: sign-in}}}"))
    number, path = house.open(), house.mint(WHO)
    stranger = house.visitor()
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "you have to sign in as well" in answer.text
    (way,) = {link for link in StrictPage(answer.text).links if link.startswith("/sign-in?")}
    assert "link" not in way
    onward = house.world.as_(WHO).get(way)
    assert onward.headers["Location"] == f"/cases/{number}/sign/voting/board"
    shown = house.world.follow(WHO, onward)
    assert house.world.follow(WHO, shown).status_code == 200
    assert house.votes(number) == ()
    vote(house.world.as_(WHO), path)
    assert house.votes(number) == ("aye",)


def test_who_left_the_body_is_told_so(house: House, number: str) -> None:
    path = house.mint(WHO)
    house.world.take_role(WHO, BOARD_MEMBER)
    answer = house.visitor().get(path)
    assert answer.status_code == 410
    assert "no longer a member" in answer.text
    assert "Send me a new link" not in answer.text


def used(house: House, path: str) -> dict[str, object]:
    """Use a link, signed in; return what anybody can send then who has it and reads the record."""
    form = filled(house.world.as_(WHO), path, comment="Blue is calmer.")
    answer = house.world.as_(WHO).post(path, form)
    assert "Blue is calmer." in answer.text
    return {"nonce": form["nonce"]}


def test_a_used_link_that_asks_for_a_sign_in_repeats_nothing_without_one(
    world: World, tmp_path: Path
) -> None:
    house = linked_house(world, tmp_path, MOTION.replace("true}}", "{with: sign-in}}}"))
    number, path = house.open(), house.mint(WHO)
    repeated = used(house, path)
    act = house.world.entries(number)[-1].act
    assert repeated == {"nonce": act["id"]}, "every Member can read it"
    answer = house.visitor().post(path, repeated)
    assert answer.status_code == 401
    assert "you have to sign in as well" in answer.text
    assert "Blue is calmer." not in answer.text
    house.world.stack.clock.pass_time(timedelta(minutes=16))
    assert "Blue is calmer." in house.world.as_(WHO).post(path, repeated).text


def test_a_used_link_tells_without_a_session_only_for_a_while_what_was_signed(
    house: House, number: str
) -> None:
    path, visitor = house.mint(WHO), house.visitor()
    form = filled(visitor, path, comment="Blue is calmer.")
    assert "Blue is calmer." in visitor.post(path, form).text
    repeated = {"nonce": form["nonce"]}
    house.world.stack.clock.pass_time(timedelta(minutes=14))
    assert "Blue is calmer." in house.visitor().post(path, repeated).text
    house.world.stack.clock.pass_time(timedelta(minutes=1))
    answer = house.visitor().post(path, repeated)
    assert answer.status_code == 410
    assert "was used already" in answer.text
    assert "Blue is calmer." not in answer.text
    assert house.votes(number) == ("aye",)


def test_what_was_signed_is_not_repeated_once_the_link_itself_is_too_old(
    house: House, number: str
) -> None:
    path, visitor = house.mint(WHO), house.visitor()
    form = filled(visitor, path, comment="Blue is calmer.")
    house.world.stack.clock.pass_time(timedelta(days=13, hours=23, minutes=55))
    assert visitor.post(path, form).status_code == 200
    house.world.stack.clock.pass_time(timedelta(minutes=5))
    answer = house.visitor().post(path, {"nonce": form["nonce"]})
    assert (answer.status_code, "Blue is calmer." in answer.text) == (410, False)
    assert house.votes(number) == ("aye",)
