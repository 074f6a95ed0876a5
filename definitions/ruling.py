"""Rulings as types: what the Arbitrator may do to a case, and one ruling as it was made.

A ruling is given in one case, by whom that case's definition names (`Arbitrates`), and does
something to another, within what that one's definition lets it (`Rulings`). What it does there is
an act of its own whose cause is the ruling's entry (Policy 9.1.1, 9.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from definitions.canonical import Json
from definitions.parts import Duration, Id, Part, StateId

Kind: TypeAlias = Literal[
    "authorise", "override", "suspend", "resume", "reinstate", "bind", "close"
]
Told: TypeAlias = Literal["number", "about", "sentence", "scope", "reasons", "who", "what", "judge"]
"""What a case that a ruling opens can be told: its number, the case that it is about, what it does
in a sentence, scope and reasons; with `bind` whom it binds and to what; and who ruled."""


LIVES: Mapping[str, str] = {"p7d": "P7D", "p14d": "P14D", "p30d": "P30D", "p90d": "P90D"}
"""How long a ruling may live that ends by itself: as a form's choice, and in ISO 8601."""


class Waiver(Part):
    """A ruling that is possible, and the waivable invariants (by their `id`) that it waives."""

    waives: tuple[Id, ...] = ()


class Rulings(Part):
    """What the Arbitrator may do to a case of this kind: close it, and what else is said here.

    Attributes:
        policy: the section by which.
        authorise: steps of which a ruling may fill a seat, by authority and for nobody.
        override: states to which a ruling may move the case.
        close: ends to which a ruling may bring the case; without, `rules.ruled.closings` says.
        reinstate: those of them to which a ruling may bring it when it has ended otherwise.
        suspend: whether a ruling may suspend it; the time that was left is left when it resumes.
    """

    policy: str = "9.1.1"
    authorise: dict[StateId, Waiver] = {}
    override: dict[StateId, Waiver] = {}
    close: dict[StateId, Waiver] = {}
    reinstate: tuple[StateId, ...] = ()
    suspend: bool = False


class OpensFor(Part):
    """A case that is opened with every ruling of some kinds, so that people deal with it.

    Attributes:
        for_: the kinds; of others none is opened.
        as_: what the case in which it was ruled calls it.
        with_: the opened case's fields, each with what of the ruling stands in it.
    """

    for_: tuple[Kind, ...] = Field(alias="for", min_length=1)
    process: Id
    as_: Id = Field(alias="as")
    with_: dict[Id, Told] = Field(alias="with")


class Arbitrates(Part):
    """Who rules, in a case of this kind, on other cases.

    Attributes:
        people: people of the case who may.
        role: which they must hold at that moment as well.
        not_: people of the case who can't, whatever else they are.
        during: states in which they may.
        tell: mailing lists that hear of each ruling.
        opens: cases that are opened with it: for the Board to take note, for somebody to answer.
    """

    people: tuple[Id, ...] = Field(min_length=1)
    role: Id
    not_: tuple[Id, ...] = Field(default=(), alias="not")
    during: tuple[StateId, ...] = Field(min_length=1)
    tell: tuple[Id, ...] = ()
    opens: tuple[OpensFor, ...] = ()
    policy: str


class Ruling(BaseModel):
    """What one ruling does to the case that it is about.

    Attributes:
        step: with `authorise` the step, `seat` the seat that is filled, `outcome` what with.
        to: with `override`, `close` and `reinstate` the state to which the case is moved.
        lives: with `suspend` after how long the case goes on by itself (ISO 8601); None for not
            before another ruling.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Kind
    step: str | None = None
    seat: str | None = None
    outcome: str | None = None
    to: str | None = None
    lives: Duration | None = None

    @model_serializer(mode="wrap")
    def _without_what_came_later(self, whole: SerializerFunctionWrapHandler) -> dict[str, Json]:
        """Leave out what came later, while it says nothing: states keep their digests."""
        data: dict[str, Json] = whole(self)
        if data.get("lives") is None:
            data.pop("lives", None)
        return data

    def bare(self) -> Ruling:
        """Return what it does, however long that holds."""
        return self.model_copy(update={"lives": None})

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON, without what it doesn't say."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def read(cls, data: Json) -> Ruling | None:
        """Read a ruling; None if it has no such form."""
        try:
            return cls.model_validate(data)
        except ValidationError:
            return None


class RulingState(BaseModel):
    """A ruling as cases keep it: the one in which it was made, and the one that it is about.

    Attributes:
        number: `aYYYYMMDD.n/k`, of the k-th ruling of that case.
        act: of either case, the act by which it is in its record.
        case: the id of the other case; `of` its number.
        at: when, by that act's commit.
        waived: ids of the invariants that it waives.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    number: str
    act: str
    case: str
    of: str
    ruling: Ruling
    at: str
    waived: tuple[str, ...] = ()
