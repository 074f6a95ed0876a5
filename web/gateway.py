"""The way to the cases, as views see it; `web.temporal` is the one that goes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from definitions.acts import ActResult, SignedAct


@dataclass(frozen=True)
class Unconfirmed:
    """The act was received but isn't settled yet: it is sent again until it is."""

    act: str


class CaseGateway(Protocol):
    """Sends signed acts to cases. Sending one again is safe: its id is the update's id."""

    def open(
        self, signed: SignedAct, definition_text: str, process: str
    ) -> ActResult | Unconfirmed:
        """Open a case with this act, and wait for the answer for as long as the settings say."""
        ...

    def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        """Send an act to its case, and wait for the answer.

        A case that has ended can't answer: the refusal then has the code `ended`. An act that
        was sent before may be in the record nevertheless; ask the record first.
        """
        ...
