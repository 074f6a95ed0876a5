"""What the commit checks of an act before it asks the rules: form, place, signature, openings.

Each check either passes or raises `Refused` with the refusal; none changes anything. They hold
what a program might do wrong (or somebody with access to Temporal might try), so their sentences
are short; what people run into is refused by the rules.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from definitions.acts import (
    CASE_KINDS,
    LINK_ASKED,
    NOTICE_KINDS,
    PERSON_KINDS,
    SYSTEM,
    Act,
    CommitRequest,
    Facts,
    Head,
    MalformedAct,
    SignedAct,
)
from definitions.canonical import canonical
from definitions.clock import exactly, parse, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.state import CaseState
from store import tables
from store.access.spending import was_given
from store.cases import UnknownDefinitionError, load_definition
from store.keys import load_ring
from store.mail_entries import mail_of_cause
from store.notices import act_of, notice
from store.signatures import BadSignatureError, Use, verify
from store.streams import read_entry

_AGAIN = "Open the page again and repeat what you did there."
_AHEAD = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""
_NONCE = re.compile(r"[A-Za-z0-9_.-]{8,80}")


class Refused(Exception):  # noqa: N818 - it carries an answer, and isn't a fault
    """Ends the commit's transaction with nothing changed; carries the refusal.

    Attributes:
        refusal: why.
        for_good: whether a person's act was refused after its signature was found genuine, for
            what it is and not for how it came: that is remembered.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal
        self.for_good = False


def refuse(code: str, sentence: str, remedy: str = _AGAIN) -> Refused:
    """Return what to raise."""
    return Refused(Refusal(code, sentence, None, remedy))


@dataclass(frozen=True)
class Known:
    """An act that is in the record already: its entry's facts and number."""

    facts: Facts
    seq: int


def known_act(connection: Connection, signed: SignedAct, workflow: str) -> Known | None:
    """Return the act's entry if the record has it; None if the act is new.

    Raises:
        Refused: the record has another act, other values, or another case under this id.
    """
    act_id = signed.act.get("id")
    entries = tables.entries.c
    row = connection.execute(
        select(entries.stream, entries.text).where(entries.act_id == str(act_id))
    ).one_or_none()
    if row is None:
        return None
    entry = read_entry(row.text)
    same = canonical(dict(entry.act)) == canonical(signed.act)
    if row.stream != workflow or not same or not _same_openings(connection, signed):
        raise refuse(
            "other-content",
            "Something else was recorded under the id of this form already.",
        )
    return Known(Facts.from_json(entry.facts), entry.seq)


def _same_openings(connection: Connection, signed: SignedAct) -> bool:
    """Say whether the openings are those stored; what was erased can't contradict."""
    openings = tables.openings.c
    rows = connection.execute(
        select(openings.name, openings.salt, openings.value).where(
            openings.act_id == signed.act["id"]
        )
    )
    stored = {row.name: (row.salt, row.value) for row in rows}
    if set(signed.openings) != set(signed.act["values"]):
        return False
    return all(
        opening.opens(signed.act["values"][name])
        and stored.get(name) in {None, (opening.salt, canonical(opening.value).decode())}
        for name, opening in signed.openings.items()
    )


def out_of_step(connection: Connection, stream: str, stored: Head, carried: Head) -> str | None:
    """Return `behind` or `ahead` if the case doesn't stand where the record ends, else None.

    `behind` only if what the case carries is a part of the record: a case with another past
    must not quietly adopt ours.
    """
    if stored == carried:
        return None
    if carried.seq >= stored.seq:
        return "ahead"
    if carried == Head():
        return "behind"
    entries = tables.entries.c
    sha256 = connection.scalar(
        select(entries.sha256).where(entries.stream == stream, entries.seq == carried.seq)
    )
    return "behind" if sha256 == carried.sha256 else "ahead"


def read_act(signed: SignedAct, workflow: str) -> Act:
    """Return the act, read strictly, if it is one for this case.

    Raises:
        Refused: it isn't.
    """
    try:
        act = signed.read()
        parse(act.at)
    except (MalformedAct, ValueError) as error:
        raise refuse("malformed", f"This is no act: {error}.") from error
    if act.case != workflow:
        raise refuse("other-case", "This act was signed for another case.")
    if act.kind == "open" and act.id != workflow:
        raise refuse("other-case", "A case has the id of the act that opens it.")
    if act.kind == "open" and act.actor == SYSTEM:
        if not _NONCE.fullmatch(act.id):
            raise refuse("malformed", "The id of a case is 8 to 80 letters and digits.")
    elif act.kind in CASE_KINDS:
        if act.actor != SYSTEM or not act.id.startswith(f"{workflow}:") or act.values:
            raise refuse("malformed", "What the clock does is done by nobody else.")
    elif act.kind not in PERSON_KINDS or act.actor == SYSTEM:
        raise refuse("unknown-act", f"Nobody can do “{act.kind}” in a case.")
    elif not _NONCE.fullmatch(act.id):
        raise refuse("malformed", "The id of a person's act is 8 to 80 letters and digits.")
    return act


def definition_of(
    connection: Connection,
    act: Act,
    request: CommitRequest,
    state: CaseState | None,
    process: str,
) -> Definition:
    """Return the definition that decides: the case's own, or with an opening the one it names.

    Raises:
        Refused: act, case, workflow type and text don't all mean the same one.
    """
    version = act.definition if state is None else state.definition
    try:
        definition = load_definition(connection, version)
    except UnknownDefinitionError as error:
        raise refuse(
            "unknown-definition", "This version of the definition isn't registered here."
        ) from error
    if definition.process != process:
        raise refuse("other-process", f"This is a case of {definition.process}, not {process}.")
    if act.definition != version or (state is None and request.definition != definition.text):
        raise refuse(
            "other-definition",
            "This was signed for another definition than the one that the case carries.",
        )
    return definition


def check_signature(connection: Connection, act: Act, signed: SignedAct, at: str) -> None:
    """Let pass a person's act with the web's one signature, and the clock's without any.

    Raises:
        Refused: otherwise.
    """
    if act.kind in CASE_KINDS:
        if signed.signatures:
            raise refuse("bad-signature", "What the clock does is signed here and nowhere else.")
        return
    if len(signed.signatures) != 1:
        raise refuse("bad-signature", "A person's act has exactly one signature of the web.")
    try:
        use: Use = "worker" if act.actor == SYSTEM else "web"
        verify(act, signed.signatures[0], load_ring(connection), use=use, at=at)
    except BadSignatureError as error:
        raise refuse("bad-signature", str(error)) from error


def number_of_notice(connection: Connection, act: Act, state: CaseState | None) -> str | None:
    """Return the number of the case that a notice is about, if the act is what a notice says.

    Raises:
        Refused: there is no such notice, or it says something else, or was taken in already; or
            it asks for a new link by one that nobody was given.
    """
    if act.kind not in NOTICE_KINDS or state is None:
        return None
    found = notice(connection, state.case, act.id)
    if found is None or act_of(state, found) != act:
        raise refuse("not-due", "Nothing has happened elsewhere that this case doesn't know.")
    if act.kind == LINK_ASKED and not was_given(connection, act, act.seat, mail_of_cause(act)):
        raise refuse("other-link", "The record knows of no mail that brought the earlier link.")
    number = found.about.get("number")
    return number if isinstance(number, str) else None


def check_age(act: Act, now: datetime, hours: float) -> None:
    """Let pass what was signed lately; what isn't a person's act has its own times.

    Args:
        now: the commit's time.
        hours: for how long what was signed may be under way.

    Raises:
        Refused: it is older than that, or from a time that hasn't come.
    """
    if act.actor == SYSTEM:
        return
    signed = parse(act.at)
    if signed < now - timedelta(hours=hours):
        raise refuse(
            "too-old",
            f"This was signed at {exactly(act.at)}, more than {hours:g} hours before it came to "
            "the record: too long ago to count.",
        )
    if signed > now + _AHEAD:
        raise refuse(
            "not-yet",
            f"This says that it was signed at {exactly(act.at)}, and it is only "
            f"{exactly(stamp(now))}.",
            "Tell those who run Countersign: a clock is wrong.",
        )


def check_openings(act: Act, signed: SignedAct) -> None:
    """Let pass exactly one opening for each commitment.

    Raises:
        Refused: one is missing, one is too many, or one doesn't open its commitment.
    """
    if set(signed.openings) != set(act.values):
        raise refuse("bad-opening", "The values that came along aren't those that were signed.")
    for name, opening in signed.openings.items():
        if not opening.opens(act.values[name]):
            raise refuse("bad-opening", f"The value of {name} isn't the one that was signed.")


def time_of(connection: Connection, case: str, now: str) -> str:
    """Return the commit's time: now, but never before the case's last entry."""
    cases = tables.cases.c
    last = connection.scalar(select(cases.updated_at).where(cases.case == case))
    return max(now, last or now)
