"""`countersign reconcile`: both stores compared by hand, and the same at the worker's start."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from store.restoring import awaits_reconcile, reconciled
from worker.errors import WorkerError
from worker.prepare import opened, prepared
from worker.reconcile.one_case import Tools
from worker.reconcile.reconciler import Reconciler
from worker.reconcile.words import report_words
from worker.rooms import make_clock, patience
from worker.temporal_client import connect

if TYPE_CHECKING:
    from worker.reconcile.reconciler import Report
    from worker.settings import Settings

_log = logging.getLogger(__name__)
_CONNECT_SECONDS: Final = 5.0
_TRIES: Final = 5
_BETWEEN_TRIES_SECONDS: Final = 1.0


async def reconcile(settings: Settings, *, dry_run: bool, leave_unread: bool = False) -> Report:
    """Compare both stores, and mend what can be mended.

    Args:
        settings: say where they are.
        dry_run: change and record nothing.
        leave_unread: leave out of it what is sealed with a key that is missing.

    Raises:
        WorkerError: keys or settings can't be used, or Temporal doesn't answer.
        store.errors.StoreError: the database can't be used.
    """
    ready = opened if dry_run else prepared
    with ready(settings) as (keys, database):
        client = await connect(settings, keys.codec, seconds=_CONNECT_SECONDS)
        tools = Tools(
            client,
            database,
            make_clock(settings),
            keys.worker_signing,
            dry_run=dry_run,
            patience=patience(settings),
            leave_unread=leave_unread,
        )
        report = await Reconciler(tools).everything()
        if report.complete and not dry_run:
            with database.writing() as connection:
                reconciled(connection)
    return report


async def reconcile_after_restore(reconciler: Reconciler) -> Report | None:
    """Compare both stores if one was put back since they were last compared.

    The worker calls this before it serves: until then nothing is committed, so no number can be
    allotted that was given in the time that was lost.

    Raises:
        WorkerError: some cases could not be looked at, however often it was tried.
    """
    database = reconciler.tools.database
    with database.reading() as connection:
        if not awaits_reconcile(connection):
            return None
    for _ in range(_TRIES):
        report = await reconciler.everything()
        _log.warning("a store was put back; compared with the other:\n%s", report_words(report))
        if report.complete:
            break
        await asyncio.sleep(_BETWEEN_TRIES_SECONDS)
    else:
        raise WorkerError(
            "A store was put back, and not every case could be compared with the other store. "
            "Nothing is recorded before that: start the worker again, or see what "
            "`countersign reconcile --dry-run` says."
        )
    with database.writing() as connection:
        reconciled(connection)
    return report
