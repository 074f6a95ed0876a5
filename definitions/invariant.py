"""Invariants as types: what must hold on every path of a definition, said apart from its machine.

The patterns are told apart by their keys. Some are about paths and are proved (`proof/`); some are
about what the file says of openers, viewers and votes, whatever happens, and are looked up
(`checks/stated.py`).
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from definitions.catalogue import FromField, Handed
from definitions.parts import By, Duration, Id, Part, StateId, Text

States: TypeAlias = StateId | Annotated[tuple[StateId, ...], Field(min_length=1)]
"""A state, or several: what is said of them holds for each."""


class Signed(Part):
    """A signature by a role (or one of `or`), or by a person of the case; `in` some states.

    With `never` also `active`: a vote that counts by members who are active in an area; and
    `signers`: by whoever signed another step, in its latest round or in all `rounds`.
    """

    role: Id | None = None
    or_: tuple[Id, ...] = Field(default=(), alias="or")
    person: Id | None = None
    active: Id | None = Field(
        default=None, description="with `never`: the field that names the area of a vote"
    )
    signers: StateId | None = Field(default=None, description="with `never`: who signed that step")
    rounds: Literal["latest", "all"] = "latest"
    in_: tuple[StateId, ...] = Field(default=(), alias="in")


class Changed(Part):
    """A role or a place on an access list that a person of the case is given, or loses.

    `all`: every role, or every list. `authority` may be anything if it isn't said. What is given
    begins at once and doesn't end by itself, unless `begins` and `lasts` say so.
    """

    person: Id
    role: Id | FromField | None = None
    list: Id | FromField | None = None
    authority: Id | None = None
    begins: Duration | None = None
    lasts: Duration | None = None

    @model_validator(mode="after")
    def _one(self) -> Changed:
        if (self.role is None) == (self.list is None):
            raise ValueError("it names either a role or a list")
        return self


class Deed(Part):
    """An effect that must have happened: a grant, or an end."""

    grant: Changed | None = None
    end: Changed | None = None

    @model_validator(mode="after")
    def _one(self) -> Deed:
        if (self.grant is None) == (self.end is None):
            raise ValueError("a deed is either a grant or an end")
        return self


class Alternative(Part):
    """One of several things of which any meets an invariant with `before`; said as there.

    Nothing here narrows what a list or a child case was told (`items`, `with`): of these the file
    alone says whether they hold, and not the path.
    """

    signed: Signed | None = None
    people: Annotated[int, Field(ge=1)] | None = None
    role: Id | None = None
    in_: tuple[StateId, ...] = Field(default=(), alias="in")
    outcome: Id | None = None
    carried: StateId | None = None
    child: Id | None = None
    done: Deed | None = None


class Openers(Part):
    """Who alone may open a case.

    Attributes:
        roles: holders of these roles.
        person: whom this field names.
        team_of: of those holders only who leads a team of the person that this field names.
        head_of: whoever manages the access list, or leads the team of the role, that this field
            names (Policy 3.4.2, 9.1.2).
    """

    roles: tuple[Id, ...] = ()
    person: Id | None = None
    team_of: Id | None = None
    head_of: Id | None = None


class Seen(Part):
    """Who alone sees something private, beside those who gave it."""

    people: tuple[Id, ...] = ()
    roles: tuple[Id, ...] = ()


MAILED, QUEUED, FLAGGED = "mailed", "queued", "flagged"
"""The effects that may follow `always`; `to` says which list, or for which process. Flagged is what
a list is told of wherever the case repeats others often enough."""


class Invariant(Part):
    """What must hold on every path. The patterns are told apart by their keys.

    `before` a state, `signed` (precedence) or `people` distinct holders of `role`, or signers
    `in` some states (distinctness), or a `child` case's end or opening, a `carried` vote, a deed
    `done` or `undone`, or `any_of` these;
    `after` a state, `always` another state or effect, or a `child` case's opening (response);
    `never` a signature (absence); `ended` cases have been in a state (existence);
    `only` states reach a state; `opened` by whom alone; `private` what is given in states or
    fields, and `public` the rest. Exactly one of `firm` and `waivable` is true.
    """

    title: Text | None = None
    id: Id | None = Field(default=None, description="by which rulings name what they waive")
    policy: str
    before: States | None = None
    after: States | None = None
    signed: Signed | None = None
    items: tuple[Id, ...] = Field(
        default=(), description="with `signed`: for each of these things on the step's list"
    )
    people: Annotated[int, Field(ge=1)] | None = None
    role: Id | None = None
    always: Id | None = None
    to: Id | None = Field(
        default=None,
        description="with `mailed` or `flagged` the mailing list, with `queued` the process",
    )
    never: Signed | None = None
    in_: tuple[StateId, ...] = Field(
        default=(), alias="in", description="with `people`: who signed in these states"
    )
    when: dict[By, Id] = Field(
        default={}, description="asked only where these choices were made, or these answers given"
    )
    about: tuple[Id, ...] = Field(
        default=(),
        description="the signatures count only while these fields stand as they were signed",
    )
    ended: States | None = Field(
        default=None, description="no case ends without having been in it, or in any of several"
    )
    only: tuple[StateId, ...] | None = None
    reaches: States | None = None
    child: Id | None = Field(
        default=None,
        description="with `before`: this child case has ended in `outcome`, or was opened if none "
        "is said; with `after`: it is opened",
    )
    with_: dict[Id, Handed] = Field(
        default={}, alias="with", description="with `child`: it was opened with this in its form"
    )
    carried: StateId | None = Field(
        default=None, description="with `before`: the body's vote in this step was carried"
    )
    outcome: Id | None = Field(
        default=None, description="how the `child` ended; what the signatures say"
    )
    done: Deed | None = Field(
        default=None, description="with `before`: this has happened, at the latest by coming there"
    )
    undone: Deed | None = Field(
        default=None, description="with `before`: this hasn't happened, nor does it by coming there"
    )
    any_of: tuple[Alternative, ...] = Field(
        default=(), description="with `before`: any of these is enough"
    )
    opened: Openers | None = None
    private: tuple[Id, ...] | None = Field(
        default=None, description="what is given in these states, or fields: seen by `seen` alone"
    )
    seen: Seen | None = None
    public: Literal["rest"] | None = Field(
        default=None, description="everybody sees what no `private` names"
    )
    firm: bool = False
    waivable: bool = False

    @model_validator(mode="after")
    def _one_pattern(self) -> Invariant:
        heads = {
            name: getattr(self, name)
            for name in ("before", "after", "never", "ended", "only", "opened", "private", "public")
        }
        if sum(head is not None for head in heads.values()) != 1:
            raise ValueError(f"say exactly one of {', '.join(heads)}")
        if self.firm == self.waivable:
            raise ValueError("say either firm: true or waivable: true")
        return self

    def is_stated(self) -> bool:
        """Say whether it holds or doesn't by what the file says alone, on whichever path."""
        active = self.never is not None and self.never.active is not None
        return active or any(x is not None for x in (self.opened, self.private, self.public))

    def states(self) -> tuple[str, ...]:
        """Return the states that `before`, `after`, `ended` or `reaches` names; none without."""
        named = self.before or self.after or self.ended or self.reaches or ()
        return (named,) if isinstance(named, str) else named

    def ways(self) -> tuple[Invariant, ...]:
        """Return what meets it, each an invariant by itself: its alternatives, or it as it is."""
        if not self.any_of:
            return (self,)
        return tuple(
            self.model_copy(
                update={
                    "any_of": (),
                    **{name: getattr(one, name) for name in type(one).model_fields},
                }
            )
            for one in self.any_of
        )

    def deed(self) -> Deed | None:
        """Return what must have happened, or mustn't."""
        return self.done or self.undone

    def is_decided(self) -> bool:
        """Say whether it is about what a vote or a child case decided."""
        return self.carried is not None or (self.child is not None and self.outcome is not None)

    def is_of_opening(self) -> bool:
        """Say whether it is about a child case's being opened, whatever becomes of it."""
        return self.child is not None and self.outcome is None
