"""Rulings between cases: what one would do to another case, and the notice by which it does.

A ruling is made on the case as it was previewed: if that has moved since, it is refused. From its
commit until the other case has taken it in, that case's commits refuse everything else, so that
what was previewed is what happens.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from definitions.acts import RULE, RULED, SYSTEM, Act, Facts, SignedAct
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import why_party
from definitions.rules.arbitrating import ON
from definitions.rules.ruled import told_in_words, waived_by
from definitions.ruling import Ruling, RulingState
from definitions.state import CaseState
from store import tables
from store.cases import load_definition, load_state, process_of, stopped_reason
from store.checks import Refused
from store.deciding import Asked, Decided, decide
from store.facts import with_bodies
from store.notices import leave
from store.queueing import waiting_for
from store.streams import head_of

COMMENT = "comment"
_MALFORMED = Refusal("malformed", "This isn't a ruling that can be recorded.", field=ON)
_MOVED = Refusal(
    "outdated",
    "The case that you rule on has moved since you looked at what the ruling would do.",
    remedy="Look at the preview again, then decide.",
    field=ON,
)
_ANOTHER = Refusal(
    "ruling-first",
    "A ruling on this case has just been made and is being carried out.",
    remedy="Look at the case again in a moment.",
)


def with_ruling(
    connection: Connection,
    act: Act,
    values: Mapping[str, Json],
    facts: Facts,
    *,
    lock: bool = False,
) -> Facts | Refusal:
    """Return the facts of somebody's ruling: what it does to which case, as that stands now.

    Args:
        facts: of the act, by the directory.
        lock: whether that case's stream is locked, so that nothing happens there before the ruling
            is in the record.
    """
    if act.kind != RULE:
        return facts
    on = values.get(ON)
    if not isinstance(on, dict) or set(on) != {"case", "state", "ruling"}:
        return _MALFORMED
    case, ruling = str(on["case"]), Ruling.read(on["ruling"])
    if ruling is None or (case == act.case and ruling.kind != "bind"):
        return _MALFORMED
    head_of(connection, case, lock=lock)
    state = load_state(connection, case)
    if state is None:
        return Refusal("no-such-case", "There is no such case.", field=ON)
    definition = load_definition(connection, state.definition)
    refusal = None
    if case != act.case:  # in their own case whoever rules has part, as who rules
        refusal = why_not_on(connection, definition, state, act.actor)
    if refusal is None and on["state"] != state.digest():
        refusal = _MOVED
    if refusal is not None:
        return refusal
    decided = what_it_does(connection, definition, state, ruling, facts.time)
    if isinstance(decided, Refusal):
        return decided
    return replace(
        facts,
        ruling={
            "case": case,
            "number": state.number,
            "ruling": ruling.to_json(),
            "waived": list(waived_by(definition.body, ruling)),
            "words": told_in_words(definition, ruling),
        },
    )


def why_not_on(
    connection: Connection, definition: Definition, state: CaseState, person: str
) -> Refusal | None:
    """Return why this person can't rule on a case, whatever they would do to it; None if they can.

    Args:
        state: of the case that would be ruled on.
    """
    party = why_party(definition, state, person) or _took_part(connection, state.case, person)
    if party is not None:
        return Refusal(
            "party",
            f"You may not rule on {state.number}: you are {party}.",
            definition.body.rulings.policy,
            "Decline the office; another Arbitrator is drawn then.",
        )
    if stopped_reason(connection, state.case) is not None:
        # What its record has lost may yet be written again: then it stands elsewhere.
        return Refusal(
            "stopped",
            f"{state.number} has stopped: no ruling can be carried out in it at present.",
            remedy="Those who run Countersign have been told. Rule on it when it goes on.",
        )
    return _ANOTHER if is_waiting(connection, state.case) else None


def _took_part(connection: Connection, case: str, person: str) -> str | None:
    """Return that somebody did more in a case than comment, in whichever round of its steps.

    The state knows only of the latest, and nothing of what was retracted.
    """
    entries = tables.entries.c
    acts = select(entries.seq).where(
        entries.stream == case, entries.actor == person, entries.kind != COMMENT
    )
    found = connection.scalar(acts.limit(1))
    return "somebody who has taken part in it" if found is not None else None


def what_it_does(
    connection: Connection, definition: Definition, state: CaseState, ruling: Ruling, at: str
) -> Decided | Refusal:
    """Return what a ruling would do to a case as it stands, or why it can't be made.

    Args:
        at: when.
    """
    act = Act(
        id=f"{state.case}:ruled:preview",
        case=state.case,
        kind=RULED,
        actor=SYSTEM,
        definition=state.definition,
        shown="",
        auth={
            "kind": SYSTEM,
            "cause": {},
            "ruling": ruling.to_json(),
            "number": "",
            "given_in": "",
        },
        at=at,
    )
    facts = with_bodies(connection, definition, state, act, {}, Facts(at))
    facts = replace(facts, waiting=waiting_for(connection, definition, lock=False))
    try:
        return decide(connection, Asked(definition, state, SignedAct(act.to_json()), act), facts)
    except Refused as refused:
        return refused.refusal


def tell(connection: Connection, state: CaseState, seq: int, at: str) -> None:
    """Leave the notice of the latest ruling made in a case for the case that it is about.

    One that binds somebody in the same case does nothing more to it. If the record has lost the
    other case, it isn't there yet: `tell_of_earlier` does so when it is.

    Args:
        state: the case in which it was made, after it.
        seq: the number of the entry by which.
    """
    made = state.given[-1]
    if made.case != state.case and process_of(connection, made.case) is not None:
        _leave(connection, state, made, seq, at)


def tell_of_earlier(connection: Connection, case: str) -> None:
    """Leave the notices of rulings on a case that was lost, where these were mended first."""
    cases, entries = tables.cases.c, tables.entries.c
    for text in connection.scalars(select(cases.state).where(cases.state.contains(case))).all():
        state = CaseState.model_validate_json(text)
        for made in state.given:
            if made.case == case != state.case:
                seq = select(entries.seq).where(entries.act_id == made.act)
                _leave(connection, state, made, connection.scalar(seq) or 0, made.at)


def _leave(connection: Connection, state: CaseState, made: RulingState, seq: int, at: str) -> None:
    leave(connection, key_of(state.case, made), made.case, RULED, about(state, made, seq), at)


def key_of(given_in: str, made: RulingState) -> str:
    """Return the key of the notice of a ruling.

    Args:
        given_in: the id of the case in which it was made.
    """
    return f"{made.case}:ruled:{made.number.rpartition('/')[2]}:{given_in}"


def about(state: CaseState, made: RulingState, seq: int) -> dict[str, Json]:
    """Return what such a notice says: which ruling, what it does, and by which entry."""
    return {
        "name": made.ruling.kind,
        "number": made.number,
        "ruling": made.ruling.to_json(),
        "given_in": state.case,
        "cause": {"stream": state.case, "seq": seq},
    }


def is_waiting(connection: Connection, case: str) -> bool:
    """Say whether a ruling on this case was made that it hasn't taken in."""
    notices = tables.notices.c
    query = select(notices.key).where(
        notices.case == case, notices.kind == RULED, notices.taken_at.is_(None)
    )
    return connection.scalar(query.limit(1)) is not None


def refuse_before_ruling(connection: Connection, act: Act) -> None:
    """Let nothing happen in a case before a ruling on it that it hasn't taken in.

    Raises:
        Refused: there is one, and this act isn't it.
    """
    if act.kind not in {RULED, "open"} and is_waiting(connection, act.case):
        raise Refused(_ANOTHER)
