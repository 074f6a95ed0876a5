"""Mail that an act causes: queued, and recorded as an entry of the case for each.

The entry says that the mail was due, by which entry, and to whom it went; its words aren't in
the record, because they follow from the definition.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from definitions.acts import SYSTEM, Act, Facts, SignedAct, shown_digest
from definitions.definition import Definition
from definitions.rules import Changes, MailDue
from definitions.state import CaseState
from store.mail import queue
from store.signatures import SigningKey, sign
from store.streams import Addition

MAIL = "mail"
"""The kind of such an entry."""


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
        facts = Facts(at, people={"to": queued.readers})
        signed = SignedAct(act.to_json(), [sign(act, worker_key)])
        additions.append(Addition(signed, facts.to_json(), digest))
        keys.extend(queued.keys)
    return MailAdditions(tuple(additions), tuple(keys))


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
