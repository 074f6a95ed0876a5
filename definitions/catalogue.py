"""The catalogue of effects: what happens by itself when a case enters or leaves a state.

Each entry has typed arguments here; what it does to the world is the commit's, in the same
transaction, once for each key. Its use is the definitions'. Mail is in here too, because to whom
it goes is said in the same words everywhere.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from definitions.parts import Duration, Id, Length, Part, StateId, Text, duration


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


class Mail(Part):
    """A mail: to whom, with which subject and text.

    Words may name `{number}`, `{title}`, `{state}`, `{step}`, `{outcome}`, `{due}`, and
    `{opener}`, and where it is `repeated`, `{count}` and `{earlier}`; nothing confidential can be
    named.

    Attributes:
        attach: `document`: the case as a PDF goes with it, with what every Member may see.
    """

    to: tuple[Recipient, ...] = Field(min_length=1)
    subject: Text
    text: Text
    attach: Literal["document"] | None = None


class FromField(Part):
    """What a choice of the case's form says; `none` among its choices means nothing at all."""

    field: Id


class Grant(Part):
    """Gives a person of the case a role, or a place on an access list (Policy 3.4.2, 9.1.5).

    Attributes:
        authority: the child case (its `as`) whose motion or ruling stands behind it, or `case`
            for this case itself.
        begins: how long after it is granted it begins; at once if not said.
        lasts: how long it lasts from then on; without end if not said.
        check: only asks whether the matrix allows it, so that nobody waits for what can't be;
            nothing is granted.
        otherwise: the event sent where the exclusivity matrix forbids it; nothing is granted then.
    """

    person: Id
    role: Id | FromField | None = None
    list: Id | FromField | None = None
    authority: Id
    begins: Duration | None = None
    lasts: Duration | None = None
    check: bool = False
    otherwise: StateId | None = None

    @model_validator(mode="after")
    def _one(self) -> Grant:
        if (self.role is None) == (self.list is None):
            raise ValueError("a grant names either a role or a list")
        return self


class End(Part):
    """Ends a person's role, or place on a list.

    `all` is every list, or every role but being a Member and the offices that the community fills
    under other rules (the Board's, and those of the DRP): these end by naming them alone.
    """

    person: Id
    role: Id | Literal["all"] | FromField | None = None
    list: Id | Literal["all"] | FromField | None = None
    authority: Id

    @model_validator(mode="after")
    def _one(self) -> End:
        if (self.role is None) == (self.list is None):
            raise ValueError("an end names either a role or a list")
        return self


class Handed(Part):
    """What a child case is opened with: a field's value, a person of the case, or words.

    Words may name `{number}` and `{title}` of the case that opens it, and the number of a case that
    it opened before, by what it calls it: `{check}`.
    """

    field: Id | None = None
    person: Id | None = None
    text: Text | None = None
    choice: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Handed:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("hand over exactly one of field, person, text, choice")
        return self


class OpenCase(Part):
    """Opens another case, whose opener is this case's.

    Attributes:
        as_: what this case calls it.
        with_: the child's fields.
        on: for each final state of the child the event that this case is sent then; empty if it
            doesn't wait.
    """

    process: Id
    as_: Id = Field(alias="as")
    with_: dict[Id, Handed] = Field(alias="with")
    on: dict[StateId, StateId] = {}


class Queue(Part):
    """Queues a thing for another process: its next case has it on its list.

    Words may name `{number}` and `{title}` of this case.
    """

    for_: Id = Field(alias="for")
    text: Text


class Extend(Part):
    """Puts off the deadline of a step, from its old end and not from now.

    It does so where the end is still to come, and the step is open or its deadline goes on; what
    has passed isn't revived.

    Attributes:
        step: which step's.
        by: by how long.
    """

    step: StateId
    by: Length


class Repeated(Part):
    """Lets an effect happen only where cases of the process repeat.

    Attributes:
        within: how long before this one an earlier case counts.
        least: the how-manieth it must be at least, this one counted.
    """

    within: Duration
    least: Annotated[int, Field(ge=2, le=100)]

    @field_validator("within")
    @classmethod
    def _some_time(cls, within: str) -> str:
        if not duration(within):
            raise ValueError("nothing repeats in no time")
        return within


class Effect(Part):
    """What happens when a state is entered or left; one entry of the catalogue each."""

    enter: StateId | None = None
    leave: StateId | None = None
    repeated: Repeated | None = Field(
        default=None,
        description="with `mail`: only where so many cases came there within so long a time",
    )
    mail: Mail | None = None
    grant: Grant | None = None
    end: End | None = None
    open: OpenCase | None = None
    queue: Queue | None = None
    extend: Extend | None = None

    @model_validator(mode="after")
    def _one(self) -> Effect:
        if (self.enter is None) == (self.leave is None):
            raise ValueError("an effect happens on either enter or leave")
        kinds = ("mail", "grant", "end", "open", "extend", "queue")
        if sum(getattr(self, kind) is not None for kind in kinds) != 1:
            raise ValueError(f"an effect is exactly one of {', '.join(kinds)}")
        if self.repeated is not None and (self.mail is None or self.enter is None):
            raise ValueError("repeated: goes with a mail on enter")
        return self
