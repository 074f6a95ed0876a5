"""Somebody at a running stack who opens cases and acts in them, as its web would, without pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from definitions.acts import ActResult, SignedAct
from definitions.clock import FixedClock
from store.founding import Founded
from tests.support.community import Desk
from tests.support.eventually import eventually
from tests.support.stack import Stack
from web.gateway import Unconfirmed
from web.temporal import TemporalCases
from worker.gateway import make_gateway

LEADER = "bartho.limmerick"
ADMINISTRATOR = "nkiru.adebanwe"
ANOTHER = "jorun.fjellvik"


class StackDesk(Desk):
    """A desk whose acts have nonces of their own, and are made at the stack's time."""

    def nonce(self) -> str:
        return secrets.token_urlsafe(16)  # as the web's: no child case has such an id


@dataclass
class Office:
    """A stack, its desk and its way to the cases."""

    stack: Stack
    desk: StackDesk
    cases: TemporalCases

    def now(self) -> None:
        """Set the desk's clock to the stack's time."""
        self.desk.clock = FixedClock(self.stack.clock.now())

    def opening(self, name: str = ADMINISTRATOR) -> SignedAct:
        self.now()
        return self.desk.opening(name).signed

    def open(self, name: str = ADMINISTRATOR) -> str:
        """Open a patch to system software and return the case's id."""
        signed = self.opening(name)
        answer = confirmed(lambda: self.send_opening(signed))
        assert answer.accepted, answer.refusal
        return str(signed.act["id"])

    def send_opening(self, signed: SignedAct) -> ActResult | Unconfirmed:
        definition = self.desk.definition()
        return self.cases.open(signed, definition.text, definition.process)

    def answer(self, signed: SignedAct) -> ActResult:
        """Send an act until its case has answered: sent again, it is the same act."""
        return confirmed(lambda: self.cases.act(signed))

    def act(self, case: str, name: str, kind: str, **more: Any) -> SignedAct:
        self.now()
        return self.desk.act(case, name, kind, **more).signed

    def comment(self, case: str, name: str = LEADER, text: str = "Seen.") -> SignedAct:
        return self.act(case, name, "comment", values={"comment": text})

    def entries(self, case: str) -> int:
        return self.desk.head(case).seq


def confirmed(send: Callable[[], ActResult | Unconfirmed]) -> ActResult:
    """Send something until it is answered."""

    def answer() -> ActResult | None:
        told = send()
        return told if isinstance(told, ActResult) else None

    found = eventually(answer, "the case answers")
    assert found is not None
    return found


def open_office(stack: Stack) -> Office:
    """Return an office at a running stack."""
    desk = StackDesk(
        stack.database(),
        stack.keys.web_signing,
        stack.keys.worker_signing,
        FixedClock(datetime.now(UTC)),
        Founded((), ()),
    )
    return Office(stack, desk, make_gateway(stack.settings, stack.keys))
