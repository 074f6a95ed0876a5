"""Building an act: from what somebody wants to what is signed, and the rules' quick answer to it.

The commit decides; what the rules say here is only so that nobody waits for a "no", and so that
what can be mended is mended in the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.acts import Act, Opening, SignedAct, shown_digest
from definitions.canonical import Json, digest
from definitions.clock import parse
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import apply
from definitions.state import CaseState
from store.commitments import committed
from store.facts import facts_for
from store.naming import with_people_since
from store.rulings import with_ruling
from store.signatures import sign
from web.current import Person
from web.services import now, services

OPEN = "open"


@dataclass(frozen=True)
class Wanted:
    """What a person wants to do, as their form said it.

    Attributes:
        nonce: The form's; it becomes the act's id, and with an opening the case's.
        kind: One of `definitions.acts.PERSON_KINDS`.
        state: The case as it stands; None where one is to be opened.
        shown: The digest of what they were shown, as the form brought it back; "" with an
            opening, where they are shown what they typed themselves.
        values: The plain values.
        on_behalf: The person in whose place they act, as a proxy; None for themselves.
        form: What the form held, where that isn't just the values; by it a repetition is known.
    """

    nonce: str
    kind: str
    definition: Definition
    state: CaseState | None
    shown: str
    values: Mapping[str, Json] = field(default_factory=dict)
    step: str | None = None
    instance: str | None = None
    seat: str | None = None
    outcome: str | None = None
    on_behalf: str | None = None
    form: Mapping[str, Json] | None = None

    @property
    def case(self) -> str:
        """The case's id."""
        return self.state.case if self.state else self.nonce

    def form_digest(self) -> str:
        """Return a digest of what was sent; the same form sent again has the same."""
        return digest(
            {
                "kind": self.kind,
                "definition": self.definition.version,
                "step": self.step,
                "instance": self.instance,
                "seat": self.seat,
                "outcome": self.outcome,
                "shown": self.shown,
                **({"on_behalf": self.on_behalf} if self.on_behalf else {}),
                "values": dict(self.values if self.form is None else self.form),
            }
        )


@dataclass(frozen=True)
class Built:
    """An act with what opens its commitments; not signed yet."""

    act: Act
    openings: dict[str, Opening]


def build(wanted: Wanted, person: Person) -> Built:
    """Return the act, with fresh salts: of one form, only the first is ever sent."""
    commitments, openings = committed(wanted.values)
    version = wanted.definition.version
    act = Act(
        id=wanted.nonce,
        case=wanted.case,
        kind=wanted.kind,
        actor=person.id,
        definition=version,
        shown=wanted.shown or shown_digest(version, commitments),
        auth=person.auth,
        at=now(),
        step=wanted.step,
        instance=wanted.instance,
        seat=wanted.seat,
        outcome=wanted.outcome,
        on_behalf=wanted.on_behalf,
        roles=person.roles,
        values=commitments,
    )
    return Built(act, openings)


def ask(wanted: Wanted, act: Act) -> Refusal | None:
    """Return why the act would be refused now, None if it would be taken."""
    number = _provisional_number(wanted.definition) if wanted.kind == OPEN else None
    with services().database.reading() as connection:
        facts = facts_for(
            connection, wanted.definition, act, wanted.values, at=now(), number=number
        )
        if not isinstance(facts, Refusal):
            facts = with_ruling(connection, act, wanted.values, facts)
            if not isinstance(facts, Refusal):
                facts = with_people_since(connection, wanted.definition, wanted.state, facts)
    if isinstance(facts, Refusal):
        return facts
    answer = apply(wanted.definition, wanted.state, act, wanted.values, facts)
    return answer if isinstance(answer, Refusal) else None


def is_what(wanted: Wanted, act: SignedAct) -> bool:
    """Say whether an act is what somebody wants; values that were erased can't contradict."""
    same = all(
        act.act[name] == getattr(wanted, name)
        for name in ("case", "kind", "step", "instance", "seat", "outcome", "on_behalf")
    )
    names = set(act.act["values"]) == set(wanted.values)
    return same and names and act.values().items() <= dict(wanted.values).items()


def signed(built: Built) -> SignedAct:
    """Sign the act with the web's key."""
    signature = sign(built.act, services().signing_key)
    return SignedAct(built.act.to_json(), [signature], built.openings)


def _provisional_number(definition: Definition) -> str:
    """Return a number of the right form; the commit allots the one that counts."""
    return f"{definition.body.number}{parse(now()):%Y%m%d}.0"
