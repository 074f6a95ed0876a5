"""The definition format as types: what a YAML file in `definitions/` can say.

These models are the schema (published as `schema.json`) and nothing else: what a part means is
in `definitions/rules/`, what must hold between parts in `checks.py`. Later issues add parts
(votes, `each`, child cases, registers, rulings); nothing here has to change for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from definitions.catalogue import Effect as Effect
from definitions.catalogue import FromField as FromField
from definitions.catalogue import Mail as Mail
from definitions.catalogue import Recipient as Recipient
from definitions.invariant import Invariant as Invariant
from definitions.invariant import Signed as Signed
from definitions.parts import By
from definitions.parts import Duration as Duration
from definitions.parts import Id as Id
from definitions.parts import Length as Length
from definitions.parts import LengthBy as LengthBy
from definitions.parts import Part as Part
from definitions.parts import StateId as StateId
from definitions.parts import Text as Text
from definitions.parts import duration as duration
from definitions.parts import duration_text as duration_text
from definitions.parts import lengths as lengths
from definitions.parts import words as words
from definitions.publishing import Publishes as Publishes
from definitions.ruling import Arbitrates as Arbitrates
from definitions.ruling import Rulings as Rulings
from definitions.timetable import Schedule as Schedule
from definitions.voting import Ballot


class FieldSpec(Part):
    """A field of a form: at the start, or evidence of a step."""

    type: Literal[
        "string", "text", "choice", "person", "attestation", "packages", "patch", "file", "case"
    ]
    title: Text
    hint: Text | None = None
    required: bool = False
    required_when: dict[Id, Id] = Field(
        default={}, description="required where these choices were made"
    )
    max: int | None = Field(default=None, gt=0, description="characters; bytes for files")
    choices: dict[Id, Text] | None = None
    kinds: tuple[str, ...] | None = Field(default=None, description="media types of a file")
    processes: tuple[Id, ...] | None = Field(
        default=None, description="whose cases it can name, where it names a case"
    )
    decided: bool = Field(
        default=False, description="names only a case that has ended, or in which a ruling was made"
    )
    offer: Text | None = Field(
        default=None, description="words of the link to this form on pages of cases it can name"
    )


class OpenedBy(Part):
    """Who may open a case with a certain choice: holders of roles, or a person that it names.

    Attributes:
        roles: holders of these.
        team_of: of them only those who lead a team of the person that this field names (9.1.2).
        person: the field that names who may.
    """

    roles: tuple[Id, ...] = ()
    team_of: Id | None = None
    person: Id | None = None


class Start(Part):
    """Who may open a case, and with which form."""

    roles: tuple[Id, ...] = Field(min_length=1)
    fields: dict[Id, FieldSpec] = Field(min_length=1)
    when: dict[Id, dict[Id, OpenedBy]] = Field(
        default={}, description="by a field's choice: who may open it then, instead of `roles`"
    )
    cases: tuple[Id, ...] = Field(
        default=(), description="processes whose cases may open one, for their own opener"
    )
    schedule: Schedule | None = Field(
        default=None, description="when cases open by themselves, for a holder of a role"
    )
    policy: str | None = None


class PersonOfCase(Part):
    """A named person (or several) of the case, bound from a field.

    `policy` is the section by which it matters who they are. From a field that names a case come
    those who are or were one of its people that `of` names; who comes to be it later as well.
    """

    from_: Id = Field(alias="from")
    of: tuple[Id, ...] = ()
    title: Text
    policy: str | None = None


class Draw(Part):
    """A person of the case who is drawn by lot when a state is entered.

    Attributes:
        role: of whose holders one is drawn; who is away or has left isn't among them.
        on: the state; the draw is an entry of its own right after it was entered.
        not_: people of the case who can't be drawn; who declined can't either.
        otherwise: the event sent when nobody is left.
    """

    role: Id
    on: StateId
    title: Text
    not_: tuple[Id, ...] = Field(default=(), alias="not")
    otherwise: StateId | None = None
    policy: str


class Bound(Part):
    """A person of the case whom a step's outcome binds: who filled that seat of it."""

    signer: StateId
    seat: Id
    title: Text
    policy: str | None = None


class Each(Part):
    """A step with one thing to sign off for each element of a list, which may grow.

    Attributes:
        items: those that are there from the beginning.
        grow: holders of these roles may add items while the step is open.
        queued: also what other cases have queued for this process, and none has taken.
    """

    items: dict[Id, Text] = {}
    grow: tuple[Id, ...] = ()
    queued: bool = False


class Branch(BaseModel):
    """Where an event leads by a choice of the case: `{by: risk, low: waiting, high: cab}`.

    The choice is that of the moment at which the event is sent. With `by: STEP.FIELD` it is the
    answer of whoever signed that step last; there is no way while it isn't signed.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, StateId]
    by: By

    def targets(self) -> dict[str, str]:
        """Return the target for each choice."""
        return dict(self.__pydantic_extra__ or {})


class State(Part):
    """A state of the machine. `on` maps events to target states.

    The event `done` of a state with inner states fires when all of them have ended.
    """

    title: Text | None = None
    final: bool = False
    initial: StateId | None = None
    states: dict[StateId, State] | None = None
    parallel: dict[StateId, State] | None = None
    history: dict[StateId, History] | None = None
    on: dict[StateId, StateId | Branch] = {}
    outcome: Literal["good", "bad", "neutral"] = "neutral"

    def inner(self) -> dict[str, State]:
        """Return its inner states, parallel or not."""
        return self.states or self.parallel or {}

    def targets(self, event: str) -> tuple[str, ...]:
        """Return where an event may lead from here, whatever is chosen; nowhere: it isn't heard."""
        target = self.on.get(event)
        if isinstance(target, Branch):
            return tuple(dict.fromkeys(target.targets().values()))
        return () if target is None else (target,)

    def branches(self) -> Iterator[tuple[str, Branch]]:
        """Yield the events whose targets a choice decides."""
        yield from ((e, target) for e, target in self.on.items() if isinstance(target, Branch))


class History(Part):
    """A history state: where the machine goes back to, or `default` the first time."""

    default: StateId
    deep: bool = False


class Machine(Part):
    """The states and where the case begins."""

    initial: StateId
    states: dict[StateId, State] = Field(min_length=1)

    def every(self) -> Iterator[tuple[str, State]]:
        """Yield each state with its name, inner ones after what they are inside of."""
        yield from _every(self.states)


def _every(states: dict[str, State]) -> Iterator[tuple[str, State]]:
    for name, state in states.items():
        yield name, state
        yield from _every(state.inner())


class CountBy(BaseModel):
    """A count that a choice field of the case decides: `{by: risk, low: 1, high: 3}`.

    With 0 the seat isn't there where that was chosen.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[int, Field(ge=0, le=20)]]
    by: Id

    def counts(self) -> dict[str, int]:
        """Return the count for each choice."""
        return dict(self.__pydantic_extra__ or {})

    def of(self, choice: object) -> int:
        """Return the count for a choice; the largest where nothing (that is known) was chosen."""
        counts = self.counts()
        return counts.get(str(choice), max(counts.values()))


class Signers(Part):
    """Whoever has signed that step and still counts.

    `rounds: all` keeps out also who signed in a round that is over: the step was entered again, or
    an amendment outdated what they had signed.
    """

    signers: StateId
    rounds: Literal["latest", "all"] = "latest"
    policy: str | None = None


class Holders(Part):
    """Whoever holds that role."""

    holders: Id
    policy: str | None = None


class PersonNamed(Part):
    """A named person of the case, with the section that bars them here."""

    person: Id
    policy: str | None = None


Exclusion: TypeAlias = Id | Signers | Holders | PersonNamed


class SameAs(Part):
    """Binding of duty: the signer of that step's seat, and nobody else."""

    signer: StateId
    seat: Id | None = None


class Allowance(Part):
    """Lets in somebody who is always barred; must say by which section or judgement."""

    person: Id
    policy: str | None = None
    judgement: str | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> Allowance:
        if (self.policy is None) == (self.judgement is None):
            raise ValueError("say either the section (policy) or the reason (judgement) for it")
        return self


class LinkWith(Part):
    """A link from a mail that asks for a sign-in as well."""

    with_: Literal["sign-in"] = Field(alias="with")


class Seat(Part):
    """One required signature, or `count` of the same kind.

    Exactly one of `role`, `person` and `body` says who may fill it; `or` adds other roles. A body
    fills its seat by a vote. `link`: may be signed from a mail, alone or with a sign-in.
    """

    title: Text | None = None
    role: Id | None = None
    or_: tuple[Id, ...] = Field(default=(), alias="or")
    person: Id | None = None
    body: Id | None = None
    link: bool | LinkWith = False
    count: Annotated[int, Field(ge=1, le=20)] | CountBy = 1
    not_: tuple[Exclusion, ...] = Field(default=(), alias="not")
    same: SameAs | None = None
    allow: tuple[Allowance, ...] = ()
    policy: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Seat:
        if sum(x is not None for x in (self.role, self.person, self.body)) != 1:
            raise ValueError("a seat names either a role, a person of the case, or a body")
        return self

    def may_be_absent(self) -> bool:
        """Say whether there are choices for which nobody is asked for it."""
        return isinstance(self.count, CountBy) and 0 in self.count.counts().values()

    def is_there(self, choices: Mapping[str, object]) -> bool:
        """Say whether somebody is asked for it where these choices were made."""
        return not isinstance(self.count, CountBy) or self.count.of(choices.get(self.count.by)) > 0

    def roles(self) -> tuple[str, ...]:
        """Return the roles that may fill it, none where a person is named."""
        return (self.role, *self.or_) if self.role else ()


class Outcome(Part):
    """What a signer can choose.

    Attributes:
        event: what the machine is sent when the step closes with this outcome.
        at: `once`: the first one closes the step. `all`: when every seat is filled; where the
            signers differ, the one listed last in the step decides (list the gravest last).
        leads: what happens then, in words, shown before signing.
        evidence: `optional` where the step's required evidence need not be given: who says no
            doesn't first attest what comes with a yes.
    """

    title: Text | None = None
    event: StateId
    comment: Literal["required", "optional"] = "optional"
    at: Literal["once", "all"] = "all"
    leads: Text | None = None
    evidence: Literal["required", "optional"] = "required"


class Covers(Part):
    """What a signature in this step is about: amended, it is outdated.

    Without `reopen` these fields freeze when the step closes. A step without `covers` is about
    all fields; one with an empty list about none.
    """

    fields: tuple[Id, ...]
    reopen: StateId | None = None


class Deadline(Part):
    """Until when a step should be done; then `event` is sent and `tell` are told.

    With `goes_on` a step that is entered again keeps the end that it had the first time, also if
    that has passed; without, it begins anew.
    """

    after: Length
    goes_on: bool = False
    event: StateId | None = None
    tell: tuple[Recipient, ...] = ()


class Auth(Part):
    """How lately a signer must have signed in."""

    within: Duration | None = None


Together: TypeAlias = Annotated[tuple[Id, ...], Field(min_length=1)]
"""Seats that are enough together."""


class Step(Part):
    """What people must do in a state."""

    title: Text
    verb: Text | None = Field(default=None, description="for the inbox: Review the patch")
    summary: Text | None = None
    policy: str
    seats: dict[Id, Seat] = Field(min_length=1)
    need: Literal["all"] | Annotated[tuple[Together, ...], Field(min_length=2)] = Field(
        default="all", description="seats that are enough together: [[two, one], [alone]]"
    )
    outcomes: dict[Id, Outcome] = Field(min_length=1)
    evidence: dict[Id, FieldSpec] = {}
    covers: Covers | None = None
    deadline: Deadline | None = None
    reminders: tuple[Length, ...] = ()
    auth: Auth = Auth()
    vote: Ballot | None = None
    each: Each | None = None

    def enough(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of seats of which one must be full for the step to be decided."""
        return (tuple(self.seats),) if self.need == "all" else self.need

    def asked(self, outcome: str | None) -> dict[str, FieldSpec]:
        """Return the evidence as that outcome asks for it."""
        chosen = self.outcomes.get(outcome or "")
        if chosen is None or chosen.evidence == "required":
            return self.evidence
        free = {"required": False, "required_when": {}}
        return {name: spec.model_copy(update=free) for name, spec in self.evidence.items()}


class Viewers(Part):
    """Who sees something: holders of the roles, and people of the case."""

    roles: tuple[Id, ...] = ()
    people: tuple[Id, ...] = ()
    signers: bool = Field(default=False, description="also who signed or can sign a step")
    policy: str | None = None
    judgement: str | None = None


class Privacy(Part):
    """Who sees the case and its confidential fields. By default: every Member, everything."""

    case: Viewers | None = None
    fields: dict[Id, Viewers] = {}
    steps: dict[StateId, Viewers] = Field(
        default={}, description="who sees evidence and comments given in a step"
    )


class Amend(Part):
    """Who may change which fields while which states are active."""

    people: tuple[Id, ...] = ("opener",)
    fields: tuple[Id, ...] = Field(min_length=1)
    during: tuple[StateId, ...] = Field(min_length=1)


class Withdraw(Part):
    """Who may end the case unfinished, while which states are active, and where it goes."""

    people: tuple[Id, ...] = ("opener",)
    during: tuple[StateId, ...] = Field(min_length=1)
    to: StateId


class Body(Part):
    """A definition file: one process of the policy."""

    process: Id
    title: Text
    summary: Text
    policy: tuple[str, ...] = Field(min_length=1)
    number: Annotated[str, Field(pattern=r"^[a-z]$")]
    rules: Literal[1]
    start: Start
    people: dict[Id, PersonOfCase] = {}
    draws: dict[Id, Draw] = {}
    bound: dict[Id, Bound] = {}
    machine: Machine
    steps: dict[StateId, Step] = Field(min_length=1)
    effects: tuple[Effect, ...] = ()
    privacy: Privacy = Privacy()
    amend: Amend | None = None
    withdraw: Withdraw | None = None
    rulings: Rulings = Rulings()
    arbitrates: Arbitrates | None = None
    publishes: Publishes | None = None
    invariants: tuple[Invariant, ...] = ()
