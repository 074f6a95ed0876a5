"""One member votes for another: never over their head, never in silence (decision 18)."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.acts import SYSTEM
from definitions.canonical import Json
from definitions.refusals import Refusal
from definitions.rules import Changes
from definitions.voting import ABSTAIN, AYE, INQUORATE, NAYE
from tests.definitions.test_rules_voting import Room, definition, refused


def declared(*who: str, **facts: Any) -> Room:
    """Return a vote in which these have said that they have no conflict."""
    room = Room(definition(proxy=True, **facts.pop("ballot", {})), **facts)
    for one in who:
        assert isinstance(room.do(one, "declare", values={"conflict": "none"}), Changes)
    return room


def by_proxy(room: Room, who: str, member: str, choice: str, **values: Json) -> Changes | Refusal:
    said = {"comment": f"{member} is at sea and asked me to.", **values}
    return room.vote(who, choice, behalf=member, values=said)


def test_a_proxy_never_replaces_what_a_member_voted_themself() -> None:
    room = declared("ann")
    assert isinstance(room.vote("ben", NAYE), Changes)
    found = by_proxy(room, "ann", "ben", AYE)
    assert isinstance(found, Refusal)
    assert (found.code, found.section, found.field) == ("voted-themself", "9.1.5", "on_behalf")
    assert [one.choice for one in room.now().votes["voting"].votes] == [NAYE]


def test_ones_own_vote_replaces_a_proxys_which_then_cannot_come_back() -> None:
    room = declared("ann", "cyd")
    assert isinstance(by_proxy(room, "ann", "ben", AYE), Changes)
    assert isinstance(by_proxy(room, "cyd", "ben", ABSTAIN), Changes)
    assert isinstance(room.vote("ben", NAYE), Changes)
    assert refused(by_proxy(room, "ann", "ben", AYE)) == "voted-themself"
    (vote,) = room.now().votes["voting"].votes
    assert (vote.voter, vote.actor, vote.choice) == ("ben", "ben", NAYE)


def test_a_member_is_told_of_a_vote_cast_for_them_and_nobody_of_their_own() -> None:
    room = Room(definition(proxy=True))
    assert isinstance(room.vote("ann", AYE), Changes)
    assert room.mails == []
    found = by_proxy(room, "ann", "ben", AYE)
    assert isinstance(found, Changes)
    (mail,) = found.mails
    assert (mail.to, mail.persons) == ((), ("ben",))
    assert "your own vote takes the place" in mail.text["en"]


def test_who_may_not_vote_has_no_proxy_and_nobody_is_their_own() -> None:
    room = declared("ann")
    assert isinstance(room.do("ben", "recuse", values={"comment": "My cousin's firm."}), Changes)
    for member in ("ben", "zoe"):
        assert refused(by_proxy(room, "ann", member, AYE)) == "not-theirs"
    assert refused(by_proxy(room, "ann", "ann", AYE)) == "no-proxy"
    assert refused(by_proxy(room, "ben", "ann", AYE)) == "not-yours"


def test_a_mails_link_is_for_ones_own_vote() -> None:
    room = declared("ann", ballot={"link": True})
    room.auth = {"kind": "mail-link", "link": "x"}
    assert refused(by_proxy(room, "ann", "ben", AYE)) == "only-decides"
    assert isinstance(room.vote("ann", AYE), Changes)


def test_a_proxy_takes_no_conflict_back_and_declares_nothing_for_good() -> None:
    room = declared("ann", "dan", active=("eve",))
    assert isinstance(room.do("ben", "declare", values={"conflict": "some"}), Changes)
    assert refused(by_proxy(room, "ann", "ben", AYE)) == "conflicted"
    assert refused(by_proxy(room, "ann", "eve", AYE)) == "active"
    assert isinstance(by_proxy(room, "ann", "ben", ABSTAIN), Changes)
    assert isinstance(by_proxy(room, "dan", "cyd", ABSTAIN, conflict="some"), Changes)
    now = room.now().votes["voting"]
    assert now.conflicted == ("ben", "cyd")
    assert "cyd" not in now.declared
    assert isinstance(room.vote("cyd", AYE), Changes)
    assert room.now().votes["voting"].conflicted == ("ben",)


def test_nobody_votes_for_another_who_may_not_vote_themself() -> None:
    """What keeps somebody from voting isn't got round by another member's name (9.1.5)."""
    room = declared("cyd", active=("ann",))
    assert isinstance(room.do("dan", "declare", values={"conflict": "some"}), Changes)
    for who, why in (("ann", "active"), ("dan", "conflicted"), ("eve", "declare-first")):
        for choice in (AYE, NAYE, ABSTAIN):
            assert refused(by_proxy(room, who, "ben", choice)) == why
    assert isinstance(by_proxy(room, "cyd", "ben", AYE), Changes)


def test_nobody_votes_for_more_than_one() -> None:
    room = declared("ann", "dan")
    assert isinstance(by_proxy(room, "ann", "ben", AYE), Changes)
    assert refused(by_proxy(room, "ann", "cyd", AYE)) == "one-proxy"
    assert isinstance(by_proxy(room, "ann", "ben", NAYE), Changes)
    assert isinstance(by_proxy(room, "dan", "ben", AYE), Changes)
    assert isinstance(by_proxy(room, "ann", "cyd", AYE), Changes)
    assert {(one.voter, one.actor) for one in room.now().votes["voting"].votes} == {
        ("ben", "dan"),
        ("cyd", "ann"),
    }


def cast(room: Room) -> set[tuple[str, str]]:
    """Return which votes count: whose, and by whom."""
    return {(one.voter, one.actor) for one in room.now().votes["voting"].votes}


def steps_down(room: Room, how: str) -> Changes | Refusal:
    """Let ann, who has voted for ben, do what keeps her from voting for anybody."""
    if how == "left":
        return room.do(SYSTEM, "left_body", seat="ann")
    if how == "recuse":
        return room.do("ann", "recuse", values={"comment": "My cousin's firm."})
    if how == "declare":
        return room.do("ann", "declare", values={"conflict": "some"})
    return room.vote("ann", ABSTAIN, values={"conflict": "some"})


@pytest.mark.parametrize("how", ["left", "recuse", "declare", "vote"])
def test_what_keeps_a_proxy_from_voting_afterwards_takes_the_vote_for_another_back(
    how: str,
) -> None:
    room = declared("ann", "dan")
    assert isinstance(room.vote("ann", AYE), Changes)
    assert isinstance(by_proxy(room, "ann", "ben", AYE), Changes)
    assert isinstance(by_proxy(room, "dan", "cyd", AYE), Changes)
    found = steps_down(room, how)
    assert isinstance(found, Changes)
    assert cast(room) == {("cyd", "dan")} | ({("ann", "ann")} if how == "vote" else set())
    assert [mail.persons for mail in found.mails] == [("ben",)]
    assert "no longer counts" in found.mails[0].text["en"]
    assert isinstance(room.vote("ben", NAYE), Changes)


def test_a_proxy_who_has_left_unheard_of_carries_nothing_at_the_close() -> None:
    room = declared("ann")
    assert isinstance(by_proxy(room, "ann", "ben", AYE), Changes)
    for who in ("ann", "cyd"):
        assert isinstance(room.vote(who, AYE), Changes)
    room.gone = {"ann"}
    assert room.close() == INQUORATE
    assert cast(room) == {("cyd", "cyd")}


def test_who_voted_themself_is_not_told_and_an_unfounded_conflict_takes_nothing() -> None:
    room = declared("ann")
    assert isinstance(by_proxy(room, "ann", "ben", AYE), Changes)
    assert isinstance(room.do("ann", "declare", values={"conflict": "none"}), Changes)
    assert cast(room) == {("ben", "ann")}
    assert isinstance(room.vote("ben", AYE), Changes)
    found = steps_down(room, "recuse")
    assert isinstance(found, Changes)
    assert (found.mails, cast(room)) == ((), {("ben", "ben")})
