"""Mail that an act causes: queued, and recorded as an entry of the case for each.

The entry says that the mail was due, by which entry, to whom it went, and who was given a signed
link with it; its words aren't in the record, because they follow from the definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from definitions.acts import SYSTEM, Act, Facts, SignedAct, shown_digest
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.rules import Changes, MailDue
from definitions.state import CaseState
from store.mail import queue
from store.signatures import SigningKey, sign
from store.streams import Addition

MAIL = "mail"
"""The kind of such an entry."""
_TO, _LINKS = "to", "links"


@dataclass(frozen=True)
class MailAdditions:
    """Entries to append, and the keys of the outbox's rows."""

    additions: tuple[Addition, ...]
    keys: tuple[str, ...]


def mail_additions(
    connection: Connection,
    definition: Definition,
    changes: Changes,
    seq: int,
    *,
    at: str,
    worker_key: SigningKey,
) -> MailAdditions:
    """Queue the mails that `changes` made due, and return what to append for them.

    Args:
        seq: of the entry that causes them.
        at: its time.
    """
    additions: list[Addition] = []
    keys: list[str] = []
    digest = changes.state.digest()
    for mail in changes.mails:
        act = _act(changes.state, mail, seq, at)
        queued = queue(connection, definition, changes.state, mail, key=act.id, at=at)
        # Without a link it is as it was before there were any: what was lost is written again.
        issued = {_LINKS: queued.linked} if queued.linked else {}
        facts = Facts(at, people={_TO: queued.readers, **issued})
        signed = SignedAct(act.to_json(), [sign(act, worker_key)])
        additions.append(Addition(signed, facts.to_json(), digest))
        keys.extend(queued.keys)
    return MailAdditions(tuple(additions), tuple(keys))


def readers_of(facts: Mapping[str, Json]) -> tuple[str, ...]:
    """Return to whom a mail went, by the facts of its entry."""
    return _people(facts, _TO)


def links_of(facts: Mapping[str, Json]) -> tuple[str, ...]:
    """Return who was given a signed link with a mail, by the facts of its entry."""
    return _people(facts, _LINKS)


def mail_of_cause(act: Act) -> Json:
    """Return the id of the entry of the mail whose link a new one was asked for by, if it says."""
    cause = act.auth.get("cause")
    return cause.get("mail") if isinstance(cause, dict) else None


def _people(facts: Mapping[str, Json], which: str) -> tuple[str, ...]:
    """Return some of the people of an entry; nobody, where the facts aren't what we write."""
    people = facts.get("people")
    found = people.get(which) if isinstance(people, dict) else None
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _act(state: CaseState, mail: MailDue, seq: int, at: str) -> Act:
    return Act(
        id=f"{state.case}:{seq}:{mail.key}",
        case=state.case,
        kind=MAIL,
        actor=SYSTEM,
        definition=state.definition,
        shown=shown_digest(state.definition, {}),
        auth={"kind": SYSTEM, "cause": {"seq": seq, "effect": mail.key}},
        at=at,
        step=mail.step,
    )
