"""The definition format as types: what a YAML file in `definitions/` can say.

These models are the schema (published as `schema.json`) and nothing else: what a part means is
in `definitions/rules/`, what must hold between parts in `checks.py`. Later issues add parts
(votes, `each`, child cases, registers, rulings); nothing here has to change for them.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_duration: TypeAdapter[timedelta] = TypeAdapter(timedelta)


def duration(text: str) -> timedelta:
    """Return the length of an ISO 8601 duration in days, hours, minutes and seconds.

    Raises:
        ValueError: it isn't one. Months and years are refused: their length varies.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration like P3D or PT12H (ISO 8601)")
    return _duration.validate_python(text)


def _is_duration(text: str) -> str:
    duration(text)
    return text


def _as_text(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Id: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)]
StateId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]
Duration: TypeAlias = Annotated[
    str,
    AfterValidator(_is_duration),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["P3D", "PT12H"]}
    ),
]
Text: TypeAlias = Annotated[
    dict[str, str], BeforeValidator(_as_text, json_schema_input_type=str | dict[str, str])
]
"""Words for people, by language; a plain string is English."""


class Part(BaseModel):
    """Base of all parts: frozen, and a key that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FieldSpec(Part):
    """A field of a form: at the start, or evidence of a step."""

    type: Literal["string", "text", "choice", "person", "attestation", "packages", "patch", "file"]
    title: Text
    hint: Text | None = None
    required: bool = False
    max: int | None = Field(default=None, gt=0, description="characters; bytes for files")
    choices: dict[Id, Text] | None = None
    kinds: tuple[str, ...] | None = Field(default=None, description="media types of a file")


class Start(Part):
    """Who may open a case, and with which form."""

    roles: tuple[Id, ...] = Field(min_length=1)
    fields: dict[Id, FieldSpec] = Field(min_length=1)
    policy: str | None = None


class PersonOfCase(Part):
    """A named person (or several) of the case, bound from a field.

    `policy` is the section by which it matters who they are.
    """

    from_: Id = Field(alias="from")
    title: Text
    policy: str | None = None


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
    on: dict[StateId, StateId] = {}
    outcome: Literal["good", "bad", "neutral"] = "neutral"

    def inner(self) -> dict[str, State]:
        """Return its inner states, parallel or not."""
        return self.states or self.parallel or {}


class History(Part):
    """A history state: where the machine goes back to, or `default` the first time."""

    default: StateId
    deep: bool = False


class Machine(Part):
    """The states and where the case begins."""

    initial: StateId
    states: dict[StateId, State] = Field(min_length=1)


class CountBy(BaseModel):
    """A count that a choice field of the case decides: `{by: risk, low: 1, high: 3}`."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[int, Field(ge=1, le=20)]]
    by: Id

    def counts(self) -> dict[str, int]:
        """Return the count for each choice."""
        return dict(self.__pydantic_extra__ or {})


class Signers(Part):
    """Whoever has signed that step (its latest instance) and still counts."""

    signers: StateId
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


class Seat(Part):
    """One required signature, or `count` of the same kind.

    Exactly one of `role` and `person` says who may fill it; `or` adds other roles.
    """

    title: Text | None = None
    role: Id | None = None
    or_: tuple[Id, ...] = Field(default=(), alias="or")
    person: Id | None = None
    count: Annotated[int, Field(ge=1, le=20)] | CountBy = 1
    not_: tuple[Exclusion, ...] = Field(default=(), alias="not")
    same: SameAs | None = None
    allow: tuple[Allowance, ...] = ()
    policy: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Seat:
        if (self.role is None) == (self.person is None):
            raise ValueError("a seat names either a role or a person of the case")
        return self

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
    """

    title: Text | None = None
    event: StateId
    comment: Literal["required", "optional"] = "optional"
    at: Literal["once", "all"] = "all"
    leads: Text | None = None


class Covers(Part):
    """What a signature in this step is about: amended, it is outdated.

    Without `reopen` these fields freeze when the step closes. A step without `covers` is about
    all fields; one with an empty list about none.
    """

    fields: tuple[Id, ...]
    reopen: StateId | None = None


class Recipient(Part):
    """To whom a mail goes: exactly one of these."""

    role: Id | None = None
    list: Id | None = None
    person: Id | None = None
    signers: StateId | None = None
    seats: StateId | None = Field(default=None, description="who can still sign that step")

    @model_validator(mode="after")
    def _one(self) -> Recipient:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("name exactly one of role, list, person, signers, seats")
        return self


class Deadline(Part):
    """Until when a step should be done; then `event` is sent and `tell` are told."""

    after: Duration
    event: StateId | None = None
    tell: tuple[Recipient, ...] = ()


class Auth(Part):
    """How strongly and how lately a signer must have signed in."""

    strength: Literal["any"] = "any"
    within: Duration | None = None


class Step(Part):
    """What people must do in a state."""

    title: Text
    verb: Text | None = Field(default=None, description="for the inbox: Review the patch")
    summary: Text | None = None
    policy: str
    seats: dict[Id, Seat] = Field(min_length=1)
    need: Literal["all"] = "all"
    outcomes: dict[Id, Outcome] = Field(min_length=1)
    evidence: dict[Id, FieldSpec] = {}
    covers: Covers | None = None
    deadline: Deadline | None = None
    reminders: tuple[Duration, ...] = ()
    auth: Auth = Auth()


class Mail(Part):
    """A mail: to whom, with which subject and text.

    Words may name `{number}`, `{title}`, `{state}`, `{step}`, `{outcome}`, `{due}`, and
    `{opener}`; nothing confidential can be named.
    """

    to: tuple[Recipient, ...] = Field(min_length=1)
    subject: Text
    text: Text


class Effect(Part):
    """What happens when a state is entered or left; one entry of the catalogue each."""

    enter: StateId | None = None
    leave: StateId | None = None
    mail: Mail

    @model_validator(mode="after")
    def _one(self) -> Effect:
        if (self.enter is None) == (self.leave is None):
            raise ValueError("an effect happens on either enter or leave")
        return self


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


class Signed(Part):
    """A signature by a role (or one of `or`), or by a person of the case; `in` some states."""

    role: Id | None = None
    or_: tuple[Id, ...] = Field(default=(), alias="or")
    person: Id | None = None
    in_: tuple[StateId, ...] = Field(default=(), alias="in")


class Invariant(Part):
    """What must hold on every path. The patterns are told apart by their keys.

    `before` a state, `signed` (precedence) or `people` distinct holders of `role`, or signers
    `in` some states (distinctness); `after` a state, `always` another state or effect (response);
    `never` a signature (absence); `ended` cases have been in a state (existence);
    `only` states reach a state. Exactly one of `firm` and `waivable` is true.
    """

    title: Text | None = None
    policy: str
    before: StateId | None = None
    after: StateId | None = None
    signed: Signed | None = None
    people: Annotated[int, Field(ge=1)] | None = None
    role: Id | None = None
    always: Id | None = None
    to: Id | None = None
    never: Signed | None = None
    in_: tuple[StateId, ...] = Field(
        default=(), alias="in", description="with `people`: who signed in these states"
    )
    when: dict[Id, Id] = Field(default={}, description="asked only where these choices were made")
    about: tuple[Id, ...] = Field(
        default=(),
        description="the signatures count only while these fields stand as they were signed",
    )
    ended: StateId | None = None
    only: tuple[StateId, ...] | None = None
    reaches: StateId | None = None
    firm: bool = False
    waivable: bool = False

    @model_validator(mode="after")
    def _one_pattern(self) -> Invariant:
        heads = [self.before, self.after, self.never, self.ended, self.only]
        if sum(head is not None for head in heads) != 1:
            raise ValueError("say exactly one of before, after, never, ended, only")
        if self.firm == self.waivable:
            raise ValueError("say either firm: true or waivable: true")
        return self


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
    machine: Machine
    steps: dict[StateId, Step] = Field(min_length=1)
    effects: tuple[Effect, ...] = ()
    privacy: Privacy = Privacy()
    amend: Amend | None = None
    withdraw: Withdraw | None = None
    invariants: tuple[Invariant, ...] = ()


def words(text: dict[str, str] | None, language: str = "en") -> str:
    """Return the text in `language`, else in English, else in whichever there is; "" for None."""
    if not text:
        return ""
    return text.get(language) or text.get("en") or next(iter(text.values()))
