"""The sample cases: stories that stop half-way, played once by the sample people themselves.

They go the way of every act, over HTTP and with signatures, so that a newcomer finds cases in
different states and a record that verifies.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from worker.errors import WorkerError
from worker.rooms import open_database
from worker.sample import sample_walks
from worker.walks.model import load_walk
from worker.walks.player import Player
from worker.walks.site import Site

if TYPE_CHECKING:
    from worker.settings import Settings

_log: Final = logging.getLogger(__name__)


def play_sample(settings: Settings) -> threading.Thread:
    """Begin to play the sample cases beside everything else; nobody waits for them.

    Args:
        settings: of the running stack, with its ports.
    """
    thread = threading.Thread(target=_play, args=(settings,), name="sample", daemon=True)
    thread.start()
    return thread


def _play(settings: Settings) -> None:
    database = open_database(settings)
    site = Site(settings, database)
    try:
        for file in sample_walks():
            walk = load_walk(file)
            for step in Player(site, walk).play():
                if not step.ok:
                    _log.warning("%s stopped at “%s”: %s", walk.walk, step.do, step.detail)
    except (WorkerError, OSError) as error:
        _log.warning("the sample cases are incomplete: %s", error)
    finally:
        site.close()
        database.close()
