"""Invariants as types: what must hold on every path of a definition, said apart from its machine.

The patterns are told apart by their keys. Some are about paths and are proved (`proof/`); some are
about what the file says of openers, viewers and votes, whatever happens, and are looked up
(`checks/stated.py`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from definitions.catalogue import FromField, Handed
from definitions.parts import Duration, Id, Part, StateId, Text


class Signed(Part):
    """A signature by a role (or one of `or`), or by a person of the case; `in` some states.

    With `never` also `active`: a vote that counts by members who are active in an area.
    """

    role: Id | None = None
    or_: tuple[Id, ...] = Field(default=(), alias="or")
    person: Id | None = None
    active: Id | None = Field(
        default=None, description="with `never`: the field that names the area of a vote"
    )
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


class Invariant(Part):
    """What must hold on every path. The patterns are told apart by their keys.

    `before` a state, `signed` (precedence) or `people` distinct holders of `role`, or signers
    `in` some states (distinctness), or a `child` case's end, a `carried` vote, a deed `done` or
    `undone`;
    `after` a state, `always` another state or effect (response);
    `never` a signature (absence); `ended` cases have been in a state (existence);
    `only` states reach a state; `opened` by whom alone; `private` what is given in states or
    fields, and `public` the rest. Exactly one of `firm` and `waivable` is true.
    """

    title: Text | None = None
    policy: str
    before: StateId | None = None
    after: StateId | None = None
    signed: Signed | None = None
    items: tuple[Id, ...] = Field(
        default=(), description="with `signed`: for each of these things on the step's list"
    )
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
    child: Id | None = Field(
        default=None, description="with `before`: this child case has ended in `outcome`"
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
