"""Acts, openings, facts and entries: what people do, and how the record keeps it.

The form is final, because signatures and histories depend on it. An act is what a person (or
the clock) does; an entry is the act in its place: in a stream, chained to the one before. The
types of the commit's request and replies are here too, since workflow, activity and store share
them. Nothing here signs or verifies: that is the web's, the worker's and the store's work.

Rules held here: the canonical form of an act has exactly these keys; values are commitments,
never plain; a system act's actor is `system`.

Annotations are no strings here nor in `workflows/messages.py`: Temporal reads them anew for each
payload, and evaluating strings took a twentieth of the worker's time.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Self

from definitions.canonical import Json, canonical, digest, opens, sha256
from definitions.refusals import Refusal

ACT_FORMAT = "countersign-act/1"
ENTRY_FORMAT = "countersign-entry/1"
SYSTEM = "system"
MAIL_LINK = "mail-link"
"""The `kind` of the `auth` of an act that was signed from a mail's link alone."""
NO_ENTRY = "0" * 64
"""`prev` of the first entry of a stream."""

RULE = "rule"
"""The kind of the act by which somebody rules, in one case, on another."""
RULED = "ruled"
"""The kind of the act by which that other case takes it in."""

PERSON_KINDS = frozenset(
    {"open", "sign_off", "comment", "amend", "retract", "decline", "withdraw"}
    | {"vote", "recuse", "declare", "add_item", RULE}
)
"""What a person can do in a case."""
LAPSE = "lapse"
"""The kind of the act by which a suspended case goes on because the ruling's time is up."""
CLOCK_KINDS = frozenset({"deadline", "remind", "draw", LAPSE})
"""What the clock does in a case; accepted only when the stored state says that it is due."""
LINK_ASKED = "link_asked"
"""The kind of the act by which a case takes in that somebody asked for a new link."""
NOTICE_KINDS = frozenset({"child_ended", "left_body", LINK_ASKED, RULED})
"""What happened elsewhere and matters here; accepted only if the store holds a notice of it."""
CASE_KINDS = CLOCK_KINDS | NOTICE_KINDS
"""What the case itself does, unsigned until the commit signs it."""


class MalformedAct(ValueError):  # noqa: N818 - named after what happened
    """The bytes are not an act of this format."""


@dataclass(frozen=True)
class Act:
    """One act, as it is signed. See `design.md`, "An act and its entry".

    Attributes:
        id: the form's nonce; for a system act `stream:seq:what`.
        case: the workflow's id, or the stream's name for acts outside of cases.
        step: the state in which it was done; None where it is about the case as a whole.
        instance: which opening of the step ("1", "2" …), so that a signature for an earlier
            round can't be played again.
        seat: the seat of the step that it fills, or None.
        kind: one of PERSON_KINDS, CLOCK_KINDS, or a kind of the directory, an effect or the system.
        outcome: the outcome chosen, by its id in the definition.
        actor: the person's id, or `system`.
        roles: what the directory said of the actor when the act was made.
        on_behalf: the person for whom a deputy acts, else None.
        definition: the version (SHA-256) of the case's definition; "" outside of cases.
        shown: digest of what the person saw (`shown_digest`).
        auth: tagged by `kind`: how and when the person authenticated; for a system act its cause.
        at: when the person acted, by the web's clock, RFC 3339 in UTC with milliseconds.
        values: each field's name with the commitment to its value.
    """

    id: str
    case: str
    kind: str
    actor: str
    definition: str
    shown: str
    auth: Mapping[str, Json]
    at: str
    step: str | None = None
    instance: str | None = None
    seat: str | None = None
    outcome: str | None = None
    roles: tuple[str, ...] = ()
    on_behalf: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    format: str = ACT_FORMAT

    def to_json(self) -> dict[str, Json]:
        """Return the act as plain JSON, with every key, also those that are None."""
        data: dict[str, Json] = {name: getattr(self, name) for name in _ACT_KEYS}
        return data | {
            "auth": dict(self.auth),
            "roles": list(self.roles),
            "values": dict(self.values),
        }

    def canonical(self) -> bytes:
        """Return the bytes that are signed."""
        return canonical(self.to_json())

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read an act, strictly: exactly the known keys, with the right types.

        Raises:
            MalformedAct: it isn't an act of this format.
        """
        if not isinstance(data, dict) or set(data) != set(_ACT_KEYS):
            raise MalformedAct("an act has exactly the keys " + ", ".join(sorted(_ACT_KEYS)))
        if data["format"] != ACT_FORMAT:
            raise MalformedAct(f"unknown format {data['format']!r}")
        for key in ("id", "case", "kind", "actor", "definition", "shown", "at"):
            if not isinstance(data[key], str):
                raise MalformedAct(f"{key} must be a string")
        for key in ("step", "instance", "seat", "outcome", "on_behalf"):
            if data[key] is not None and not isinstance(data[key], str):
                raise MalformedAct(f"{key} must be a string or null")
        if not isinstance(data["auth"], dict) or not isinstance(data["auth"].get("kind"), str):
            raise MalformedAct("auth must be an object with a kind")
        if not _strings(data["roles"]):
            raise MalformedAct("roles must be a list of strings")
        values = data["values"]
        if not isinstance(values, dict) or not _strings(list(values.values())):
            raise MalformedAct("values must map names to commitments")
        return cls(**{**data, "roles": tuple(data["roles"])})


_ACT_KEYS = tuple(f.name for f in fields(Act))


def by_link(act: Act) -> bool:
    """Say whether an act was signed from a mail's link, with a sign-in beside it or alone."""
    return act.auth.get("kind") == MAIL_LINK or "link" in act.auth


def _strings(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def shown_digest(definition: str, values: Mapping[str, str]) -> str:
    """Return the digest of what a person is shown: the definition and what the step covers.

    Args:
        definition: the version of the definition.
        values: the covered fields' names with their commitments; what others signed is not in it.
    """
    return digest({"definition": definition, "values": dict(values)})


@dataclass(frozen=True)
class Opening:
    """Salt (hexadecimal) and value behind a commitment; kept apart, erasable."""

    salt: str
    value: Json

    def opens(self, commitment: str) -> bool:
        """Say whether this opens the commitment."""
        return opens(commitment, self.salt, self.value)


@dataclass(frozen=True)
class Facts:
    """What the commit alone decides. The workflow's memory moves with these and no others.

    Attributes:
        time: the commit's time, RFC 3339 UTC with milliseconds.
        roles: what the directory says of the actor at that moment; these decide. With a link
            that was asked for: of whoever asked.
        number: the case's number, allotted at its opening.
        people: people of the case bound by this act (`author`: person ids), by the directory; of
            a mail to whom it went (`to`), and who got a signed link with it (`links`).
        bodies: who is a member of each body that the definition lets vote.
        active: who of them is active in the area that is voted on.
        casting: who has the casting vote.
        candidates: with a draw: among whom, in order.
        seed: with a draw: the SHA-256 of the entry before it, which nobody can choose.
        conflicts: of effects that the exclusivity matrix forbids: key and sentence.
        waiting: what other cases have queued for this one's process and it takes now: each with
            `key`, `case`, `number` and `text`.
        repeats: of effects that happen where cases repeat, by key: the numbers of the cases that
            came to that state before, as far as they count.
        ruling: with a ruling on another case: what it does (`ruling`), to which `case` of which
            `number`, and the ids of the invariants that it waives (`waived`).
        cases: with an opening: which `case` of which `number` each field names that names one.
    """

    time: str
    roles: tuple[str, ...] = ()
    number: str | None = None
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bodies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    casting: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    seed: str | None = None
    conflicts: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[Mapping[str, Json], ...] = ()
    repeats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ruling: Mapping[str, Json] | None = None
    cases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """Return the facts as JSON; absent ones are left out."""
        given: dict[str, Json] = {
            "people": {name: list(ids) for name, ids in self.people.items()},
            "bodies": {name: list(ids) for name, ids in self.bodies.items()},
            "active": list(self.active),
            "casting": list(self.casting),
            "conflicts": dict(self.conflicts),
            "waiting": [dict(one) for one in self.waiting],
            "repeats": {key: list(numbers) for key, numbers in self.repeats.items()},
            "cases": {name: dict(one) for name, one in self.cases.items()},
        }
        data: dict[str, Json] = {"time": self.time, "roles": list(self.roles)}
        data |= {name: value for name, value in given.items() if value}
        if self.number is not None:
            data["number"] = self.number
        if self.seed is not None:
            data |= {"seed": self.seed, "candidates": list(self.candidates)}
        if self.ruling is not None:
            data["ruling"] = dict(self.ruling)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """Read facts from JSON."""
        return cls(
            time=data["time"],
            roles=tuple(data["roles"]),
            number=data.get("number"),
            people={name: tuple(ids) for name, ids in data.get("people", {}).items()},
            bodies={name: tuple(ids) for name, ids in data.get("bodies", {}).items()},
            active=tuple(data.get("active", ())),
            casting=tuple(data.get("casting", ())),
            candidates=tuple(data.get("candidates", ())),
            seed=data.get("seed"),
            conflicts=dict(data.get("conflicts", {})),
            waiting=tuple(data.get("waiting", ())),
            repeats={key: tuple(found) for key, found in data.get("repeats", {}).items()},
            ruling=data.get("ruling"),
            cases={name: dict(one) for name, one in data.get("cases", {}).items()},
        )


@dataclass(frozen=True)
class Entry:
    """An act in its place in a stream.

    Attributes:
        seq: 1 for the first entry of the stream.
        prev: SHA-256 of the canonical JSON of the entry before it, NO_ENTRY for the first.
        act: the act, as JSON.
        signatures: JWS signatures (RFC 7515, general JSON form) over the act's canonical bytes,
            each `{"protected", "signature"}`.
        facts: `Facts.to_json()`.
        state: digest over the stream's state after this entry.
    """

    stream: str
    seq: int
    prev: str
    act: Mapping[str, Json]
    signatures: tuple[Mapping[str, str], ...]
    facts: Mapping[str, Json]
    state: str
    format: str = ENTRY_FORMAT

    def canonical(self) -> bytes:
        """Return the bytes whose SHA-256 the next entry carries."""
        return canonical(asdict(self) | {"signatures": [dict(s) for s in self.signatures]})

    def sha256(self) -> str:
        """Return the entry's digest."""
        return sha256(self.canonical())


@dataclass(frozen=True)
class Head:
    """Where a stream ends: the last entry's number and SHA-256. `Head()` is an empty stream."""

    seq: int = 0
    sha256: str = NO_ENTRY


@dataclass(frozen=True)
class SignedAct:
    """An act as it travels: the act, its JWS signatures and its openings.

    A system act travels unsigned (`signatures` empty): the commit signs it with the worker's key,
    if its cause is in the store.
    """

    act: dict[str, Json]
    signatures: list[dict[str, str]] = field(default_factory=list)
    openings: dict[str, Opening] = field(default_factory=dict)

    def read(self) -> Act:
        """Return the act, strictly read.

        Raises:
            MalformedAct: it isn't one.
        """
        return Act.from_json(self.act)

    def values(self) -> dict[str, Json]:
        """Return the plain values."""
        return {name: opening.value for name, opening in self.openings.items()}


@dataclass(frozen=True)
class CommitRequest:
    """What the workflow asks the commit: this act, on top of this head.

    `definition` is the definition's whole text, with the opening act only.
    """

    signed: SignedAct
    head: Head
    definition: str | None = None


@dataclass(frozen=True)
class CommitReply:
    """One of the commit's five answers (`design.md`, "The way of a sign-off").

    Attributes:
        result: `committed`, `known`, `behind`, `ahead` or `refused`.
        head: the stream's head as it is stored after the answer.
        facts: with `committed` and `known`: the facts of this act's entry, as JSON.
        state: digest of the stored state (`committed`), so that the workflow can compare.
        stored: with `known` and `behind`: the stored state whole (`CaseState.to_json()`).
        refusal: with `refused`: `Refusal.to_json()`.
        mail: keys of mails that this commit queued, for delivery afterwards.
        seq: with `committed` and `known`: the number of this act's entry.
        for_good: with `refused`: whether it is remembered that this very act was refused.
    """

    result: str
    head: Head
    facts: dict[str, Json] | None = None
    state: str | None = None
    stored: dict[str, Json] | None = None
    refusal: dict[str, Json] | None = None
    mail: list[str] = field(default_factory=list)
    seq: int | None = None
    for_good: bool = False


@dataclass(frozen=True)
class StoredCase:
    """A case as the store has it: head and state, None where it has no such case."""

    head: Head
    state: dict[str, Json] | None


@dataclass(frozen=True)
class Stopped:
    """A case that stops visibly: why, as a sentence; "" when it goes on again."""

    case: str
    reason: str


@dataclass(frozen=True)
class ActResult:
    """What the person's update answers: accepted, or refused with the reason.

    Attributes:
        accepted: whether the act is in the record.
        number: the case's number, once it has one.
        seq: the entry's number in the case's stream, if accepted.
        time: the entry's time, if accepted.
        refusal: `Refusal.to_json()` if not accepted.
    """

    accepted: bool
    number: str | None = None
    seq: int | None = None
    time: str | None = None
    refusal: dict[str, Json] | None = None

    @classmethod
    def refused(cls, refusal: Refusal) -> Self:
        """Return the answer "no" with its reason."""
        return cls(accepted=False, refusal=refusal.to_json())
