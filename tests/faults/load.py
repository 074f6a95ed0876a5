"""Several clients at once who open cases, sign and comment, until they are told to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from tests.faults.ledger import Attempt
from tests.faults.people import Crew

CLIENTS = 5
_OPEN_CASES = 12
_OPENINGS = 0.15
_SIGN_OFFS = 0.8
_DOUBLE_CLICKS = 0.1


@dataclass
class Load:
    """What the clients share.

    Attributes:
        patient: Whether clients ask again for lost replies; if not, each gives up at once.
        shrugs_off: What may befall a client that looks into the store; it then looks again.
    """

    crew: Crew
    seed: int
    patient: bool = True
    shrugs_off: tuple[type[Exception], ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    _clients: list[Future[None]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the clients work while the block runs; what one of them found wrong is raised."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            self._clients = [pool.submit(self._work, nth) for nth in range(CLIENTS)]
            try:
                yield
            finally:
                self.stop.set()
        for client in self._clients:
            client.result()

    def _work(self, nth: int) -> None:
        rng = Random(f"{self.seed}/{nth}")  # noqa: S311 - to be repeated, not to be secret
        while not self.stop.is_set():
            try:
                attempt = self._act(rng)
            except self.shrugs_off:
                continue
            if attempt is None:
                continue
            if self.patient and rng.random() < _DOUBLE_CLICKS:
                self.crew.ledger.send(attempt)
            if self.patient:
                self.crew.ledger.ask_again(attempt)

    def _act(self, rng: Random) -> Attempt | None:
        """Do something that somebody may do; None if the chance had passed."""
        people = self.crew.holding("systems-administrator")
        cases = sorted(self.crew.states())
        if not cases or (len(cases) < _OPEN_CASES and rng.random() < _OPENINGS):
            return self.crew.open(rng.choice(people))
        case = rng.choice(cases)
        if rng.random() < _SIGN_OFFS:
            return self.crew.move(case, rng)
        return self.crew.comment(self.crew.state(case).number, rng.choice(people))
