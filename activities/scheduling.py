"""The activity of schedules: takes a moment that Temporal says has come, and has its case opened.

Rules held here: the store decides whether the moment is believed; one that hasn't come by the
store's clock is told again until it has. What is kept is sent at once, and if this dies before,
by the next sweep.
"""

from __future__ import annotations

from collections.abc import Callable

from temporalio import activity
from temporalio.exceptions import ApplicationError

from definitions.clock import Clock
from store.children import Current
from store.commit import Failpoint, no_failpoint
from store.database import Database
from store.in_force import current_in
from store.signatures import SigningKey
from store.ticking import take_tick


def _nothing() -> None:
    """Send nothing: the sweep does."""


class ScheduleActivities:
    """The activity with what it needs; Temporal calls it by name."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        worker_key: SigningKey,
        current: Current,
        *,
        send: Callable[[], None] = _nothing,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        """Keep the parts; nothing is opened here.

        Args:
            current: which definition the program brings; what is in force comes before it.
            send: sends the openings of scheduled cases that wait.
            failpoint: called at `tick.after`, when a moment was kept and nothing is sent yet.
        """
        self._database = database
        self._clock = clock
        self._worker_key = worker_key
        self._current = current
        self._send = send
        self._failpoint = failpoint

    # As for those of cases: whose thread is broken into may leave the database's connection taken.
    @activity.defn(name="take_tick", no_thread_cancel_exception=True)
    def take_tick(self, process: str, at: str) -> str:
        """Keep that a moment of a process's schedule has come; say what became of it.

        Args:
            at: the moment, as a stamp.
        """
        try:
            with self._database.reading() as connection:
                definition = current_in(connection, process, self._current)
        except LookupError:
            return "strange"  # its definition was taken out of force
        told = take_tick(self._database, self._clock, self._worker_key, definition, at)
        if told == "early":
            raise ApplicationError(f"By the store's clock, {at} hasn't come yet.", type="Early")
        self._failpoint("tick.after")
        self._send()
        return told

    def all(self) -> list[Callable[..., object]]:
        """Return what a worker registers."""
        return [self.take_tick]
