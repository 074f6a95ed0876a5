"""Asks who can still sign, and tells the operators' log what has become unfillable."""

import logging

from definitions.clock import Clock, stamp
from store.database import Database
from store.staffing import ask_again

_log = logging.getLogger(__name__)


def ask_who_can_sign(database: Database, clock: Clock) -> None:
    """Ask again where a role or an absence has changed; pages show what is found.

    Safe to do as often as one likes: where nothing has changed it asks nothing.
    """
    for found in ask_again(database, stamp(clock.now())):
        _log.warning("%s can't be finished at its step %s now.", found.number, found.step)
