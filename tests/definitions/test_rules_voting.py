"""A body votes: who may, what counts, how it closes (Policy 9.1.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.acts import SYSTEM, Act, Facts
from definitions.canonical import Json
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.refusals import Refusal
from definitions.rules import Changes, apply, next_due, open_seats, preview_recusal, shown, tally
from definitions.rules.counting import count
from definitions.state import CaseState, Vote, VoteState
from definitions.voting import ABSTAIN, AYE, CARRIED, CHOICES, INQUORATE, LOST, NAYE, Ballot, Quorum

START = "2026-11-24T10:00:00.000Z"
DUE = stamp(parse(START) + timedelta(days=3))
BOARD = ("ann", "ben", "cyd", "dan", "eve")


def definition(*, link: bool = False, **ballot: Json) -> Definition:
    data: Any = {
        "process": "small-motion",
        "title": "Motion",
        "summary": "A vote.",
        "policy": ["9.1.5"],
        "number": "z",
        "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {
                "text": {"type": "text", "title": "Text"},
                "subject": {"type": "person", "title": "Person"},
            },
        },
        "people": {"subject": {"from": "subject", "title": "Person"}},
        "machine": {
            "initial": "voting",
            "states": {
                "voting": {"on": {"carried": "yes", "lost": "no", "inquorate": "none"}},
                "yes": {"final": True},
                "no": {"final": True},
                "none": {"final": True},
            },
        },
        "steps": {
            "voting": {
                "title": "Vote",
                "policy": "9.1.5",
                "seats": {"board": {"body": "board", "link": link}},
                "vote": ballot,
                "outcomes": {
                    "carried": {"event": "carried"},
                    "lost": {"event": "lost"},
                    "inquorate": {"event": "inquorate"},
                },
                "deadline": {"after": "P3D"},
            }
        },
    }
    return Definition.build(data, load_exclusivity().to_json())


class Room:
    """One vote, and those who take part."""

    def __init__(self, definition: Definition, **facts: Any) -> None:
        self.definition = definition
        self.acts = 0
        self.auth: dict[str, Json] = {"kind": "test"}
        self.gone: set[str] = set()
        self.facts = Facts(START, (), "z20261124.1", bodies={"board": BOARD})
        self.facts = replace(self.facts, **facts)
        self.state: CaseState | None = None
        subject: dict[str, Json] = {"subject": "eve"} if facts.get("number") else {}
        self.mails: list[str] = []
        opened = self.do("ann", "open", step=None, values=subject)
        assert isinstance(opened, Changes), opened

    def do(
        self,
        who: str,
        kind: str,
        choice: str | None = None,
        *,
        at: str = START,
        values: dict[str, Json] | None = None,
        behalf: str | None = None,
        step: str | None = "voting",
        seat: str | None = "board",
    ) -> Changes | Refusal:
        self.acts += 1
        values = values or {}
        instance = self.state.steps["voting"].instance if self.state and step else None
        act = Act(
            id=f"act-{self.acts}",
            case="case",
            kind=kind,
            actor=who,
            definition=self.definition.version,
            shown=shown(self.definition, self.state, step) if self.state else "",
            auth=self.auth,
            at=at,
            step=step,
            instance=instance,
            seat=seat if step else None,
            outcome=choice,
            on_behalf=behalf,
            values=dict.fromkeys(values, "c"),
        )
        found = apply(self.definition, self.state, act, values, self._facts(who, at))
        if isinstance(found, Changes):
            self.state = found.state
            self.mails += [mail.key for mail in found.mails]
        return found

    def _facts(self, who: str, at: str) -> Facts:
        """Say what the directory says: who has gone is of the body no longer."""
        members = self.facts.bodies.get("board", ())
        here = tuple(one for one in members if one not in self.gone)
        roles = ("member", "board-member") if who in BOARD and who not in self.gone else ("member",)
        return replace(self.facts, time=at, roles=roles, bodies={"board": here})

    def vote(self, who: str, choice: str, **more: Any) -> Changes | Refusal:
        values = {"conflict": "none", **more.pop("values", {})}
        return self.do(who, "vote", choice, values=values, **more)

    def close(self) -> str | None:
        found = self.do(SYSTEM, "deadline", at=DUE, seat=None)
        assert isinstance(found, Changes), found
        return found.state.votes["voting"].result

    def now(self) -> CaseState:
        assert self.state is not None
        return self.state


def refused(found: Changes | Refusal) -> str:
    assert isinstance(found, Refusal), found
    assert found.sentence
    return found.code


TABLE = [
    ({}, {}, INQUORATE),
    ({}, {"ann": AYE, "ben": AYE}, INQUORATE),
    ({}, {"ann": AYE, "ben": AYE, "cyd": NAYE}, CARRIED),
    ({}, {"ann": AYE, "ben": NAYE, "cyd": ABSTAIN}, LOST),
    ({}, {"ann": AYE, "ben": ABSTAIN, "cyd": ABSTAIN}, CARRIED),
    ({}, {"ann": ABSTAIN, "ben": ABSTAIN, "cyd": ABSTAIN}, LOST),
    (
        {"quorum": {"share": "1/2", "abstentions": False}},
        {"ann": AYE, "ben": ABSTAIN, "cyd": ABSTAIN},
        INQUORATE,
    ),
    ({"quorum": {"at_least": 4}}, {"ann": AYE, "ben": AYE, "cyd": AYE}, INQUORATE),
    ({"majority": "2/3"}, {"ann": AYE, "ben": AYE, "cyd": NAYE}, LOST),
    ({"majority": "2/3"}, dict.fromkeys(BOARD, AYE) | {"eve": NAYE}, CARRIED),
    ({"casting": "arbitrator"}, {"ann": AYE, "ben": NAYE, "cyd": ABSTAIN}, CARRIED),
    ({"casting": "arbitrator"}, {"ann": NAYE, "ben": AYE, "cyd": ABSTAIN}, LOST),
    ({"casting": "arbitrator"}, {"ann": ABSTAIN, "ben": AYE, "cyd": NAYE}, LOST),
    (
        {"casting": "arbitrator", "majority": "2/3"},
        {"ann": AYE, "ben": NAYE, "cyd": ABSTAIN},
        LOST,
    ),
]


@pytest.mark.parametrize(("ballot", "votes", "result"), TABLE)
def test_what_a_vote_comes_to(ballot: dict[str, Json], votes: dict[str, str], result: str) -> None:
    room = Room(definition(**ballot), casting=("ann",))
    for who, choice in votes.items():
        assert isinstance(room.vote(who, choice), Changes)
    assert tally(room.definition, room.now(), "voting", frozenset({"ann"})).result == result
    assert room.close() == result
    assert room.now().ended == {CARRIED: "yes", LOST: "no", INQUORATE: "none"}[result]


def test_a_later_vote_replaces_the_earlier_and_all_wait_who_have_not_voted() -> None:
    room = Room(definition())
    for who in ("ann", "ben", "cyd"):
        room.vote(who, AYE)
    (seat,) = open_seats(room.definition, room.now())
    assert (seat.persons, seat.missing) == (("dan", "eve"), 2)
    for who in ("ann", "ben"):
        room.vote(who, NAYE)
    assert len(room.now().votes["voting"].votes) == 3
    assert room.close() == LOST


def test_a_vote_in_the_last_moment_counts_and_one_at_the_close_does_not() -> None:
    room = Room(definition())
    last = stamp(parse(DUE) - timedelta(milliseconds=1))
    for who in ("ann", "ben"):
        room.vote(who, AYE)
    assert isinstance(room.vote("cyd", AYE, at=last), Changes)
    assert refused(room.vote("dan", NAYE, at=DUE)) == "not-open"
    due = next_due(room.now())
    assert due is not None
    assert due.at == DUE
    assert room.close() == CARRIED


def test_a_conflict_is_declared_before_voting() -> None:
    room = Room(definition())
    assert refused(room.do("ann", "vote", AYE)) == "declare-first"
    assert refused(room.do("ann", "declare", values={"conflict": "maybe"})) == "value"
    assert isinstance(room.do("ann", "declare", values={"conflict": "some"}), Changes)
    assert refused(room.do("ann", "vote", AYE)) == "conflicted"
    assert isinstance(room.do("ann", "vote", ABSTAIN), Changes)
    assert isinstance(room.do("ann", "declare", values={"conflict": "none"}), Changes)
    assert isinstance(room.do("ann", "vote", AYE), Changes)
    assert isinstance(room.do("ann", "declare", values={"conflict": "some"}), Changes)
    assert room.now().votes["voting"].votes == ()


def test_who_is_active_in_the_area_abstains() -> None:
    room = Room(definition(), active=("ben", "zoe"))
    assert room.now().votes["voting"].active == ("ben",)
    assert refused(room.vote("ben", AYE)) == "active"
    assert isinstance(room.vote("ben", ABSTAIN), Changes)


def test_who_may_not_vote() -> None:
    room = Room(definition())
    assert refused(room.vote("zoe", AYE)) == "not-yours"
    assert refused(room.do("ann", "sign_off", "carried")) == "no-such-seat"
    assert refused(room.vote("ann", "maybe")) == "no-such-outcome"
    assert refused(room.do("ann", "recuse")) == "comment-required"
    assert refused(room.vote("ann", AYE, behalf="ben", values={"comment": "x"})) == "no-proxy"
    room.close()
    assert refused(room.vote("ann", AYE)) == "ended"


def test_a_subject_is_no_elector() -> None:
    room = Room(definition(), number="z20261124.1")
    assert room.now().votes["voting"].electorate == BOARD[:-1]
    found = room.vote("eve", AYE)
    assert isinstance(found, Refusal)
    assert "about you" in found.sentence


def test_a_proxy_needs_a_justification_and_is_a_member() -> None:
    room = Room(definition(proxy=True))
    room.vote("ann", ABSTAIN)
    assert refused(room.vote("ann", AYE, behalf="ben")) == "comment-required"
    said = {"comment": "Ben is at sea and asked me to."}
    assert refused(room.vote("zoe", AYE, behalf="ben", values=said)) == "not-yours"
    assert isinstance(room.vote("ann", AYE, behalf="ben", values=said), Changes)
    vote = room.now().votes["voting"].votes[-1]
    assert (vote.voter, vote.actor) == ("ben", "ann")


def test_a_recusal_shrinks_the_electorate_an_abstention_does_not() -> None:
    room = Room(definition(quorum={"share": "3/5"}))
    for who in ("ann", "ben"):
        room.vote(who, AYE)
    before = tally(room.definition, room.now(), "voting")
    assert (before.electorate, before.quorum, before.result) == (5, 3, INQUORATE)
    room.vote("cyd", ABSTAIN)
    assert tally(room.definition, room.now(), "voting").electorate == 5
    preview = preview_recusal(room.definition, room.now(), "voting", "cyd")
    why = {"comment": "It is my cousin's firm."}
    assert isinstance(room.do("cyd", "recuse", values=why), Changes)
    after = tally(room.definition, room.now(), "voting")
    assert after == preview
    assert (after.members, after.electorate, after.quorum, after.result) == (5, 4, 3, INQUORATE)
    assert isinstance(room.do("dan", "recuse", values=why), Changes)
    assert tally(room.definition, room.now(), "voting").result == CARRIED
    assert refused(room.vote("dan", AYE)) == "not-yours"


def test_what_a_recusal_does_is_shown_with_the_casting_vote() -> None:
    room = Room(definition(casting="arbitrator"), casting=("ann",))
    room.vote("ann", AYE)
    room.vote("ben", NAYE)
    room.vote("cyd", ABSTAIN)
    chair = frozenset({"ann"})
    shown_to_cyd = preview_recusal(room.definition, room.now(), "voting", "cyd", chair)
    assert shown_to_cyd.result == CARRIED
    assert isinstance(room.do("cyd", "recuse", values={"comment": "A conflict."}), Changes)
    assert tally(room.definition, room.now(), "voting", chair) == shown_to_cyd
    assert room.close() == CARRIED


@pytest.mark.parametrize("quorum", [{"at_least": 3}, {"share": "1/2"}])
def test_recusals_below_the_quorum_are_reported_and_hang_nothing(quorum: dict[str, Any]) -> None:
    report = [{"list": "board-list"}]
    room = Room(definition(quorum=quorum, report=report))
    why = {"comment": "Conflicted."}
    for who in ("ann", "ben"):
        room.do(who, "recuse", values=why)
    assert room.mails == []
    room.do("cyd", "recuse", values=why)
    assert room.mails == ["short-voting"]
    for who in ("dan", "eve"):
        room.vote(who, AYE)
    assert room.close() == CARRIED


def test_a_member_who_leaves_takes_the_vote_along() -> None:
    room = Room(definition())
    for who in ("ann", "ben", "cyd"):
        room.vote(who, AYE)
    assert isinstance(room.do(SYSTEM, "left_body", seat="ann"), Changes)
    now = tally(room.definition, room.now(), "voting")
    assert (now.electorate, now.ayes, now.quorum, now.result) == (4, 2, 2, CARRIED)
    found = room.vote("ann", AYE)
    assert isinstance(found, Refusal)
    assert "left" in found.sentence


def test_who_has_left_takes_no_part_although_the_vote_has_not_heard_of_it() -> None:
    """A role that ends stops counting at once: in an act, and in the count (9.1.5)."""
    room = Room(definition())
    for who in ("ann", "ben", "cyd"):
        room.vote(who, AYE)
    room.vote("dan", NAYE)
    room.gone = {"ann", "ben", "eve"}
    assert refused(room.vote("ann", NAYE)) == "not-yours"
    assert refused(room.do("ann", "declare", values={"conflict": "some"})) == "not-yours"
    assert refused(room.do("ann", "recuse", values={"comment": "A conflict."})) == "not-yours"
    assert room.close() == LOST  # one Aye and one Naye are left
    over = room.now().votes["voting"]
    assert (over.electorate, over.left) == (("cyd", "dan"), ("ann", "ben", "eve"))


def test_early_close_ends_it_and_makes_votes_final() -> None:
    room = Room(definition(early=True))
    room.vote("ann", AYE)
    assert refused(room.vote("ann", NAYE)) == "final"
    assert refused(room.do("ann", "declare", values={"conflict": "some"})) == "final"
    assert [one.choice for one in room.now().votes["voting"].votes] == [AYE]
    room.vote("ben", AYE)
    assert room.now().ended is None
    room.vote("cyd", AYE)
    assert room.now().ended == "yes"


PEOPLE = ("a", "b", "c", "d", "e", "f")
shares = st.sampled_from(["1/3", "1/2", "2/3", "3/4"])
quorums = st.one_of(
    st.builds(Quorum, share=shares, abstentions=st.booleans()),
    st.builds(Quorum, at_least=st.integers(1, 7), abstentions=st.booleans()),
)
ballots = st.builds(
    Ballot, quorum=quorums, majority=shares, casting=st.sampled_from([None, "arbitrator"])
)
votes = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(CHOICES), max_size=6)


def recount(ballot: Ballot, size: int, cast: dict[str, str], chair: str) -> str:
    """Count plainly, in another way than the rules do."""
    yes = [who for who, what in cast.items() if what == AYE]
    no = [who for who, what in cast.items() if what == NAYE]
    there = len(cast) if ballot.quorum.abstentions else len(yes) + len(no)
    if ballot.quorum.share is not None:
        enough = there >= 1 and there * Fraction(ballot.quorum.share).denominator >= (
            Fraction(ballot.quorum.share).numerator * size
        )
    else:
        enough = there >= max(1, min(size, ballot.quorum.at_least or 0))
    if not enough:
        return INQUORATE
    if yes and len(yes) == len(no) and ballot.casting and ballot.majority == "1/2":
        return CARRIED if chair in yes else LOST
    part = Fraction(ballot.majority)
    return CARRIED if len(yes) * part.denominator > part.numerator * len(yes + no) else LOST


def vote_of(cast: dict[str, str], active: tuple[str, ...] = ()) -> VoteState:
    given = [Vote(act=w, voter=w, actor=w, choice=c, at=START) for w, c in cast.items()]
    return VoteState(electorate=PEOPLE, members=6, votes=tuple(given), active=active)


@given(ballots, votes, st.sampled_from(PEOPLE))
def test_every_count_is_that_of_a_plain_recount(
    ballot: Ballot, cast: dict[str, str], chair: str
) -> None:
    found = count(ballot, vote_of(cast), frozenset({chair}))
    assert found.result == recount(ballot, len(PEOPLE), cast, chair)


@given(ballots, votes, votes, st.sampled_from(PEOPLE), st.sets(st.sampled_from(PEOPLE)))
def test_what_is_settled_no_vote_to_come_changes(
    ballot: Ballot, cast: dict[str, str], later: dict[str, str], chair: str, active: set[str]
) -> None:
    cast = {who: ABSTAIN if who in active else choice for who, choice in cast.items()}
    later = {who: ABSTAIN if who in active else choice for who, choice in later.items()}
    found = count(ballot, vote_of(cast, tuple(active)), frozenset({chair}))
    if found.settled:
        assert found.result == recount(ballot, len(PEOPLE), {**later, **cast}, chair)
