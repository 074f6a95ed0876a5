"""How a body votes in a step, as a definition says it (Policy 9.1.5).

The policy sets no quorum and no majority: what stands here as a default is our judgement, and
each definition can say otherwise (`docs/definitions.md`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from definitions.catalogue import Recipient
from definitions.parts import Id, Part

AYE, NAYE, ABSTAIN = "aye", "naye", "abstain"
CHOICES = (AYE, NAYE, ABSTAIN)
"""What one can vote."""
CARRIED, LOST, INQUORATE = "carried", "lost", "inquorate"
RESULTS = (CARRIED, LOST, INQUORATE)
"""How a vote ends; the outcomes of a step in which a body votes."""


def _is_share(text: str) -> str:
    if not 0 < Fraction(text) < 1:
        raise ValueError(f"{text!r} is not a share between 0 and 1, like 1/2")
    return text


Share: TypeAlias = Annotated[
    str, Field(pattern=r"^[1-9][0-9]?/[1-9][0-9]?$"), AfterValidator(_is_share)
]


class Quorum(Part):
    """How many must take part.

    Attributes:
        share: so many of the electorate, rounded up.
        at_least: so many persons; of an electorate that recusals made smaller, all of it.
        abstentions: whether who abstains counts as taking part.
    """

    share: Share | None = None
    at_least: Annotated[int, Field(ge=1, le=100)] | None = None
    abstentions: bool = True

    @model_validator(mode="after")
    def _one(self) -> Quorum:
        if (self.share is None) == (self.at_least is None):
            raise ValueError("a quorum is either a share or at_least so many")
        return self


class Ballot(Part):
    """A vote: quorum, majority, and what may happen in it.

    Attributes:
        quorum: how many must take part; half of the electorate if not said.
        majority: ayes must be more than this share of ayes and nayes together.
        casting: the role whose holder's vote decides a tie; without one a tie is lost.
        early: whether it closes as soon as no vote to come can change the result; a vote cast
            is final then.
        active: the field, or fields, whose choice names the role, or the access list for a role,
            that the proposal is about: members of the body who hold that role, or lead its team,
            abstain by rule (Policy 9.1.5).
        proxy: whether one may vote for another member, with a written justification.
        report: who is told when recusals leave fewer than the quorum asks for.
    """

    quorum: Quorum = Quorum(share="1/2")
    majority: Share = "1/2"
    casting: Id | None = None
    early: bool = False
    active: Id | Annotated[tuple[Id, ...], Field(min_length=1)] | None = None
    proxy: bool = False
    report: tuple[Recipient, ...] = ()
    published: Literal[True] = True

    @property
    def leaves_ties(self) -> bool:
        """Whether a tie is in doubt: with more than half asked for, it is simply lost."""
        return Fraction(self.majority) == Fraction(1, 2)

    @property
    def areas(self) -> tuple[str, ...]:
        """The fields that say who is active in the area."""
        if isinstance(self.active, str):
            return (self.active,)
        return self.active or ()
