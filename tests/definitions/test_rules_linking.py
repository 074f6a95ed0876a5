"""What can be decided from a mail's link, by whom, and who is sent a new one."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from definitions.acts import LINK_ASKED, SYSTEM, Act
from definitions.canonical import Json
from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.errors import DefinitionError
from definitions.loader import Source
from definitions.reading import Positions
from definitions.refusals import Refusal
from definitions.rules import seat_by_link
from tests.support.mailed import POLLING
from tests.support.playing import Answer, Play, accepted, refused

ROLES: dict[str, tuple[str, ...]] = {
    "bea": ("board-member",),
    "bo": ("board-member",),
    "sam": ("systems-administrator",),
    "lea": ("software-assessor",),
}
LINK: dict[str, Json] = {"kind": "mail-link", "link": "1" * 64, "mail": "case-1:1:enter-voting-0"}


def changed(path: str, to: Json) -> Definition:
    """Return the process with one part changed."""
    data: Any = copy.deepcopy(POLLING.written())
    *way, last = path.split("/")
    at = data
    for part in way:
        at = at.setdefault(part, {})
    at[last] = to
    return Definition.build(data, {})


def opened(definition: Definition = POLLING) -> Play:
    play = Play(definition, ROLES, more={"bodies": {"board": ("bea", "bo")}})
    accepted(play.open("bea", {"proposal": "Shall we?"}))
    return play


def noting(definition: Definition = POLLING) -> Play:
    play = opened(definition)
    for who in ("bea", "bo"):
        accepted(play.vote(who, "voting", "aye"))
    play.wait(days=3)
    assert play.case.is_open("noting")
    return play


def asked(play: Play, who: str, step: str = "voting", **over: Any) -> Answer:
    act: Act = play.act(LINK_ASKED, SYSTEM, step=step, seat=who)
    return play.given(replace(act, **over), roles=ROLES.get(who, ()))


def test_one_mail_with_a_link_goes_to_whoever_asked_and_nothing_moves() -> None:
    play = opened()
    before = play.case
    changes = accepted(asked(play, "bo"))
    assert play.case == before
    (mail,) = changes.mails
    assert (mail.key, mail.step, mail.to, mail.persons) == ("fresh-voting", "voting", (), ("bo",))
    assert (changes.happened, changes.deeds) == ((), ())


def test_a_vote_that_may_be_replaced_may_be_replaced_by_a_new_link() -> None:
    play = opened()
    accepted(play.vote("bea", "voting", "aye"))
    accepted(asked(play, "bea"))
    early = opened(changed("steps/voting/vote", {"early": True, "quorum": {"at_least": 2}}))
    accepted(early.vote("bea", "voting", "aye"))
    refused(asked(early, "bea"), "final")


def test_whoever_cannot_decide_from_a_mail_is_sent_nothing() -> None:
    play = opened()
    refused(asked(play, "sam"), "not-yours")
    refused(asked(play, "bo", instance="2"), "not-open")
    refused(asked(play, "bo", step="noting"), "not-open")
    refused(asked(play, "bo", step="nowhere"), "not-open")
    play = noting()
    refused(asked(play, "bo"), "not-open")
    refused(asked(play, "lea", step="noting"), "not-yours")
    accepted(asked(play, "sam", step="noting"))
    accepted(play.sign("sam", "noting", "scribe", "noted"))
    refused(asked(play, "sam", step="noting"), "signed-already")


def test_nobody_but_the_case_itself_says_that_a_link_was_asked_for() -> None:
    play = opened()
    refused(play.do(play.act(LINK_ASKED, "bo", step="voting", seat="bo")), "unknown-act")


def test_which_seat_is_filled_by_a_link() -> None:
    play, time = noting(), "2026-03-06T09:00:00.000Z"

    def seat(who: str, step: str, definition: Definition = POLLING) -> str:
        found = seat_by_link(definition, play.case, step, who, ROLES[who], time)
        return found.code if isinstance(found, Refusal) else found

    assert seat("sam", "noting") == "scribe"
    assert seat("lea", "noting") == "not-yours"
    assert seat("sam", "sealing") == "not-open"
    assert seat("sam", "nowhere") == "no-such-step"
    assert seat("sam", "noting", changed("steps/noting/seats/scribe/link", False)) == "no-link"  # noqa: FBT003


@pytest.mark.parametrize(
    ("kind", "over", "code"),
    [
        ("vote", {"on_behalf": "bo"}, "only-decides"),
        ("comment", {"step": None, "seat": None}, "only-decides"),
        ("recuse", {}, "only-decides"),
        ("declare", {}, "only-decides"),
        ("withdraw", {}, "only-decides"),
        ("open", {}, "only-decides"),
    ],
)
@pytest.mark.parametrize("auth", [LINK, {**LINK, "kind": "password"}], ids=["alone", "signed-in"])
def test_a_link_decides_and_does_nothing_else(
    kind: str, over: dict[str, Any], code: str, auth: dict[str, Json]
) -> None:
    play = opened()
    parts = {"step": "voting", "seat": "board", "outcome": "aye", "auth": auth, **over}
    refused(play.do(play.act(kind, "bea", **parts)), code)
    vote = play.act("vote", "bea", step="voting", seat="board", outcome="aye", auth=auth)
    accepted(play.do(vote, {"conflict": "none"}))


def test_a_seat_without_a_link_is_not_filled_by_one() -> None:
    play = noting()
    refused(play.sign("lea", "noting", "reader", "noted", auth=LINK), "sign-in-too", "9.1.5")
    accepted(play.sign("sam", "noting", "scribe", "noted", auth=LINK))
    accepted(play.sign("lea", "noting", "reader", "noted"))
    refused(play.sign("sam", "sealing", "sealer", "sealed", auth=LINK), "sign-in-too")
    accepted(play.sign("sam", "sealing", "sealer", "sealed", auth={**LINK, "kind": "password"}))
    assert play.case.ended == "done"


def test_a_link_is_no_sign_in() -> None:
    """Where one must have signed in shortly before, opening a mail isn't that."""
    play = noting(changed("steps/noting/auth", {"within": "PT1H"}))
    auth = {**LINK, "at": play.act("comment", "sam").at}
    refused(play.sign("sam", "noting", "scribe", "noted", auth=auth), "sign-in-again")
    accepted(play.sign("sam", "noting", "scribe", "noted"))
    voting = opened(changed("steps/voting/auth", {"within": "PT1H"}))
    vote = voting.act("vote", "bea", step="voting", seat="board", outcome="aye", auth=auth)
    refused(voting.do(vote, {"conflict": "none"}), "sign-in-again")
    accepted(voting.vote("bea", "voting", "aye"))


def test_a_definition_that_takes_a_link_for_a_sign_in_is_found() -> None:
    def findings(definition: Definition) -> tuple[DefinitionError, ...]:
        return check_parts(Source(definition, Positions("polling.yaml", {}), "polling.yaml"))

    says = "a mail's link asks for none"
    assert not [one for one in findings(POLLING) if says in one.sentence]
    found = findings(changed("steps/noting/auth", {"within": "PT1H"}))
    assert [one.remedy for one in found if says in one.sentence] == [
        "Write `link: {with: sign-in}`."
    ]
