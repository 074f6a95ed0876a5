"""The lot: recomputable by anyone, never on who is barred, cast again for who declines."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from definitions.rules import next_due, open_seats
from definitions.rules.drawing import barred_from, pick
from tests.support.appointing_case import begun, judged, lot
from tests.support.playing import Play, accepted, refused

SEED = "5" * 64


def drawn(play: Play, name: str) -> tuple[str, ...]:
    return play.case.people[name]


def settled(play: Play, name: str) -> bool:
    return play.case.draws[name].done


def test_two_draws_are_due_at_once_when_the_state_is_entered() -> None:
    play = begun()
    due = next_due(play.case)
    assert due is not None
    assert (due.at, due.kind, due.step) == (play.case.opened_at, "draw", "judge")
    accepted(lot(play, "judge", "ada", "bob"))
    then = next_due(play.case)
    assert then is not None
    assert (then.kind, then.step) == ("draw", "keeper")


def test_whom_the_lot_falls_on_can_be_computed_by_hand() -> None:
    play = begun()
    accepted(lot(play, "judge", "ada", "bob", "cleo", seed=SEED))
    digits = hashlib.sha256(f"{SEED}:judge".encode()).hexdigest()[:32]
    assert drawn(play, "judge") == (("ada", "bob", "cleo")[int(digits, 16) % 3],)


@given(st.lists(st.text("abc", min_size=1), min_size=1, unique=True), st.text("0123456789abcdef"))
def test_the_lot_falls_on_a_candidate_and_always_the_same(names: list[str], seed: str) -> None:
    chosen = pick(tuple(names), seed, "judge")
    assert chosen in names
    assert chosen == pick(tuple(names), seed, "judge")


def test_the_lot_falls_on_each_about_as_often() -> None:
    found = [pick(("a", "b", "c"), f"{seed:064x}", "judge") for seed in range(3000)]
    assert all(900 < found.count(name) < 1100 for name in "abc")


def test_who_is_drawn_is_told_and_can_sign() -> None:
    play = begun()
    (mail,) = accepted(lot(play, "judge", "ada")).mails
    assert (mail.key, mail.to[0].person, mail.step) == ("drawn-judge", "judge", "judging")
    assert "drawn as Judge" in mail.subject["en"]
    seats = {seat.seat: seat.persons for seat in open_seats(play.definition, play.case)}
    assert seats == {"judge": ("ada",), "keeper": ()}


def test_nobody_is_drawn_whom_the_definition_or_the_policy_keeps_out() -> None:
    play = begun()
    accepted(lot(play, "judge", "olga", "sam", "bob"))  # the opener, the subject, and one more
    assert drawn(play, "judge") == ("bob",)
    assert barred_from(play.definition, play.case, "keeper") == {"bob", "sam"}


def test_what_one_draw_keeps_out_of_another_holds_both_ways() -> None:
    play = begun()
    accepted(lot(play, "judge", "ada"))
    accepted(lot(play, "keeper", "cleo"))
    comment = {"comment": "I know him."}
    accepted(play.tell("decline", "ada", comment, step="judging", seat="judge"))
    assert barred_from(play.definition, play.case, "judge") == {"ada", "cleo", "olga", "sam"}


def test_who_declines_is_replaced_by_a_new_lot() -> None:
    play = begun()
    accepted(lot(play, "judge", "ada"))
    accepted(lot(play, "keeper", "cleo"))
    accepted(play.sign("cleo", "judging", "keeper", "judged"))
    comment = {"comment": "I know him."}
    accepted(play.tell("decline", "ada", comment, step="judging", seat="judge"))
    assert drawn(play, "judge") == ()
    assert play.case.draws["judge"].passed == ("ada",)
    accepted(lot(play, "judge", "ada", "bob", seed="7" * 64))
    assert drawn(play, "judge") == ("bob",)
    accepted(play.sign("bob", "judging", "judge", "judged"))
    assert play.case.configuration == ("waiting",)


def test_nothing_is_drawn_twice_or_without_cause() -> None:
    play = begun()
    accepted(lot(play, "judge", "ada"))
    refused(lot(play, "judge", "bob"), "not-due")
    refused(lot(play, "nobody", "bob"), "not-due")
    assert drawn(play, "judge") == ("ada",)


def test_where_nobody_is_left_the_case_goes_the_other_way_and_can_come_back() -> None:
    play = begun()
    accepted(lot(play, "judge", "ada"))
    comment = {"comment": "I know him."}
    accepted(play.tell("decline", "ada", comment, step="judging", seat="judge"))
    accepted(lot(play, "judge", "ada"))
    assert play.case.configuration == ("stuck",)
    assert settled(play, "keeper")  # left behind, and so not due any more
    assert next_due(play.case) is None
    accepted(play.sign("dan", "stuck", "anyone", "again"))
    assert not settled(play, "keeper")
    assert play.case.draws["judge"].passed == ("ada",)  # who declined isn't asked in this case
    accepted(lot(play, "judge", "ada", "bob"))
    assert drawn(play, "judge") == ("bob",)


def test_closing_a_step_binds_who_filled_its_seat() -> None:
    assert judged(begun()).case.people["ruler"] == ("ada",)


def test_a_state_without_draws_digests_as_ever() -> None:
    state = begun().case
    assert "children" not in state.digestible()
    assert "draws" in state.digestible()
