"""The rules of signing: pure functions over a definition, a state, an act and facts.

`apply` is asked three times for each act: by the web for a quick answer, by the workflow for its
own state, and by the commit, which decides. It does no I/O, reads no clock and draws no random
number; the same arguments give the same answer for ever. Rules that change get a new number
(`definition.RULES`), and the old ones stay while a case uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from definitions.acts import LAPSE, LINK_ASKED, RULE, RULED, SYSTEM, Act, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules.amending import (
    amend,
    amendable_fields,
    comment,
    may_amend,
    may_withdraw,
    withdraw,
)
from definitions.rules.arbitrating import rule, why_not_rule, why_party
from definitions.rules.changes import Changes, DeedDue, MailDue
from definitions.rules.children import child_ended
from definitions.rules.counting import Tally, Turn, tally, turns
from definitions.rules.items import add_item, may_add
from definitions.rules.linking import link_asked, refused_by_link, seat_by_link, why_no_link
from definitions.rules.naming import joined
from definitions.rules.opening import addresses_needed, known_fields, may_open, open_case
from definitions.rules.resting import why_at_rest
from definitions.rules.ruled import lapse, possible, ruled
from definitions.rules.seats import OpenSeat, bars, missing, needed, open_seats, seats_of, why_not
from definitions.rules.seeing import (
    confidential_fields,
    confidential_steps,
    hidden_steps,
    may_see,
    may_see_field,
    may_see_step,
)
from definitions.rules.signing import decline, retract, shown, sign_off, why_not_decline
from definitions.rules.timing import (
    MOST_IN_NO_TIME,
    Due,
    deadline,
    draw,
    in_no_time,
    next_due,
    remind,
)
from definitions.rules.values import DeclaredAddress, check_values
from definitions.rules.voting import (
    declare,
    left_body,
    preview_recusal,
    recuse,
    vote,
    why_not_vote,
)
from definitions.state import CaseState

__all__ = [
    "MOST_IN_NO_TIME",
    "Changes",
    "DeclaredAddress",
    "DeedDue",
    "Due",
    "MailDue",
    "OpenSeat",
    "Tally",
    "Turn",
    "addresses_needed",
    "amendable_fields",
    "apply",
    "bars",
    "check_values",
    "confidential_fields",
    "confidential_steps",
    "hidden_steps",
    "in_no_time",
    "known_fields",
    "may_add",
    "may_amend",
    "may_open",
    "may_see",
    "may_see_field",
    "may_see_step",
    "may_withdraw",
    "missing",
    "needed",
    "next_due",
    "open_seats",
    "possible",
    "preview_recusal",
    "seat_by_link",
    "seats_of",
    "shown",
    "tally",
    "turns",
    "why_no_link",
    "why_not",
    "why_not_decline",
    "why_not_rule",
    "why_not_vote",
    "why_party",
]

_ByPerson = Callable[[Definition, CaseState, Act, Mapping[str, Json], Facts], Changes | Refusal]
_PERSON: Mapping[str, _ByPerson] = {
    "sign_off": sign_off,
    "comment": comment,
    "amend": amend,
    "retract": retract,
    "decline": decline,
    "withdraw": withdraw,
    "add_item": add_item,
    "vote": vote,
    "declare": declare,
    "recuse": recuse,
    RULE: rule,
}
_CLOCK: Mapping[str, Callable[[Definition, CaseState, Act, Facts], Changes | Refusal]] = {
    "deadline": deadline,
    "remind": remind,
    "draw": draw,
    "child_ended": child_ended,
    "left_body": left_body,
    LINK_ASKED: link_asked,
    RULED: ruled,
    LAPSE: lapse,
}


_WHILE_SUSPENDED = frozenset({RULED, LAPSE, "comment"})


def apply(
    definition: Definition,
    state: CaseState | None,
    act: Act,
    values: Mapping[str, Json],
    facts: Facts,
) -> Changes | Refusal:
    """Say what an act changes, or why it is refused.

    Args:
        state: the case's state before the act; None for the opening act only.
        values: the plain values of the act's fields; that they open its commitments is
            checked by whoever has the openings.
        facts: what the commit decides; a provisional guess where somebody only asks.

    Returns:
        The changes, or a refusal that changes nothing.
    """
    if act.definition != definition.version:
        return Refusal(
            "other-definition",
            "This was signed for another version of the definition than the case lives by.",
            remedy="Open the case again and decide on what it shows.",
        )
    refusal = refused_by_link(definition, act)
    if refusal is not None:
        return refusal
    if (act.kind == "open") != (state is None):
        return Refusal("no-such-case", "There is no such case, or it has been opened already.")
    if state is None:
        return open_case(definition, act, values, facts)
    state = joined(definition, state, facts)
    refusal = _at_rest(definition, state, act)
    if refusal is not None:
        return refusal
    if act.kind in _CLOCK and act.actor == SYSTEM:
        return _CLOCK[act.kind](definition, state, act, facts)
    if act.kind in _PERSON and act.actor != SYSTEM:
        return _PERSON[act.kind](definition, state, act, values, facts)
    return Refusal("unknown-act", f"Nobody can do “{act.kind}” in a case.")


def _at_rest(definition: Definition, state: CaseState, act: Act) -> Refusal | None:
    """Return why nothing can be done in a case that has ended or is suspended."""
    if state.ended and act.kind != RULED:
        return Refusal(
            "ended",
            f"This case has ended: {definition.state_title(state.ended)}. Nothing more can be "
            "done in it.",
            remedy="Open a new case if something is still to be decided.",
        )
    return None if act.kind in _WHILE_SUSPENDED else why_at_rest(definition, state)
