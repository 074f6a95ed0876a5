"""What of a case anybody may read, without being signed in: as a definition says it.

The policy publishes rulings, reports on incidents and motions, and hides little (9.5). What is
published is named one by one here, and nothing else is; what `privacy` hides never is, whatever
the file says: the checks refuse it, and pages ask `hides` again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from definitions.parts import By, Id, Part, StateId, Text

if TYPE_CHECKING:
    from collections.abc import Collection

    from definitions.model import Body

RULINGS = "rulings"
"""The public list of all rulings, which no definition can take."""


class Publishes(Part):
    """What of a case everybody can read, and from when on.

    Attributes:
        as_: the public list that such cases stand on; no other process has it.
        title: of that list; `summary` says what is on it.
        when: ends; without, a case stands there as soon as it is opened.
        shows: fields of the form, or `STEP.FIELD`, evidence given in a step; in this order.
        policy: the section by which.
    """

    as_: Id = Field(alias="as")
    title: Text
    summary: Text | None = None
    when: tuple[StateId, ...] = ()
    shows: tuple[By, ...] = Field(min_length=1)
    policy: str

    def is_out(self, ended: str | None) -> bool:
        """Say whether a case is published.

        Args:
            ended: the end that it has come to, None while it goes on.
        """
        return not self.when or ended in self.when


def parts_of(name: str) -> tuple[str | None, str]:
    """Return the step (None for the form) and the field that something published is."""
    step, _, field = name.rpartition(".")
    return step or None, field


def hides(body: Body, name: str) -> str | None:
    """Return what under `privacy` hides something from some Members; None if nothing does.

    Args:
        name: a field of the form, or `STEP.FIELD`.
    """
    step, field = parts_of(name)
    if body.privacy.case is not None:
        return "case"
    if field in body.privacy.fields:
        return "fields"
    return "steps" if step in body.privacy.steps else None


def published_by(body: Body, ended: str | None) -> Publishes | None:
    """Return what is published of a case; None if it isn't on any public list.

    Args:
        ended: the end that it has come to, None while it goes on.
    """
    publishes = body.publishes
    if publishes is None or body.privacy.case is not None or not publishes.is_out(ended):
        return None
    return publishes


def ends_published(body: Body) -> Collection[str] | None:
    """Return the ends with which cases are published, empty for all cases; None for no case."""
    publishes = body.publishes
    if publishes is None or body.privacy.case is not None:
        return None
    return publishes.when
