"""Making commitments for acts that the system itself makes (the web makes those of people)."""

import secrets
from collections.abc import Callable, Mapping

from definitions.acts import SYSTEM, Act, Opening, SignedAct, shown_digest
from definitions.canonical import SALT_BYTES, Json, commit_to
from store.signatures import SigningKey, sign


def _fresh(_name: str) -> str:
    return secrets.token_hex(SALT_BYTES)


def committed(
    values: Mapping[str, Json], salt: Callable[[str], str] = _fresh
) -> tuple[dict[str, str], dict[str, Opening]]:
    """Return commitments to the values, and what opens them.

    Args:
        salt: gives the salt for a name; a fresh one if not said.
    """
    openings = {name: Opening(salt(name), value) for name, value in values.items()}
    commitments = {
        name: commit_to(opening.salt, opening.value) for name, opening in openings.items()
    }
    return commitments, openings


def signed_by_worker(
    worker_key: SigningKey,
    *,
    stream: str,
    act_id: str,
    kind: str,
    values: Mapping[str, Json],
    cause: Mapping[str, Json],
    at: str,
) -> SignedAct:
    """Return an act of the system in a shared stream, outside of all cases, signed.

    Args:
        worker_key: signs it.
        stream: the stream that it is for.
        act_id: its id.
        kind: what was done.
        values: what is committed to, by name.
        cause: why the system did it; of an effect, its `case` with `seq` and `effect`.
        at: when, as a stamp.
    """
    # An effect that is done again (the record had lost it) makes the same entry again.
    again = "case" in cause
    salt = (lambda name: worker_key.salt(f"{act_id}:{name}")) if again else _fresh
    commitments, openings = committed(values, salt)
    act = Act(
        id=act_id,
        case=stream,
        kind=kind,
        actor=SYSTEM,
        definition="",
        shown=shown_digest("", commitments),
        auth={"kind": SYSTEM, "cause": dict(cause)},
        at=at,
        values=commitments,
    )
    return SignedAct(act.to_json(), [sign(act, worker_key)], openings)
