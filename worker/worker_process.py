"""The process that runs cases: Temporal's worker with our workflow and activities.

It is ready when its ready file holds its process id: connected, and polling for work.
SIGTERM lets what runs end within `worker.stop_seconds`; whatever doesn't is done by the next
(`stopping.py`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.cases import CaseActivities
from activities.mail import deliver_digests
from activities.personal import deliver_personal
from activities.scheduling import ScheduleActivities
from activities.staffing import ask_who_can_sign
from store.commit import Committer, no_failpoint
from worker.carrying_on import CarryingOn
from worker.documents import make_documents
from worker.failpoint_interceptor import FailpointInterceptor
from worker.failpoints import Failpoints
from worker.gateway import make_gateway
from worker.heap import keep_for_good
from worker.keys import Keys, load_keys
from worker.linking import make_links
from worker.lock import wait_until_changed
from worker.logs import hide_tokens
from worker.ordered_runner import OrderedRunner
from worker.ready import ready_file
from worker.reconcile.command import reconcile_after_restore
from worker.reconcile.one_case import Tools
from worker.reconcile.reconciler import Reconciler
from worker.resend import Resend
from worker.rooms import (
    activity_settings,
    make_clock,
    make_library,
    open_database,
    patience,
    security_log,
)
from worker.scheduling import Schedules, opens_waiting
from worker.stopping import StoppingWorker
from worker.sweep import Sweep, sweep_for_ever
from worker.temporal_client import connect, keep_ended_cases
from worker.watching import Watch, watch_for_ever
from workflows.case import CaseWorkflow
from workflows.names import TASK_QUEUE
from workflows.refusal_log import RefusalLog
from workflows.ticking import TickWorkflow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from temporalio.client import Client

    from definitions.clock import Clock
    from store.commit import Failpoint
    from store.database import Database
    from worker.settings import Settings

PASSED_THROUGH: Final = (
    "annotated_types",
    "cryptography",
    "definitions",
    "google",
    "pydantic",
    "pydantic_core",
    "rfc8785",
    "ruamel",
    "statemachine",
    "typing_extensions",
    "typing_inspection",
    "worker",
)
"""Modules that the sandbox doesn't load anew for each case: they keep no state of a case."""

_HEARTBEAT: Final = timedelta(seconds=2)
"""How often Temporal is told that an activity is alive: some must be lost to hold it dead."""


def workflow_runner(*, sandbox: bool) -> WorkflowRunner:
    """Return how workflow code runs; replays and tests run it in the sandbox."""
    if not sandbox:
        return OrderedRunner(UnsandboxedWorkflowRunner())
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return OrderedRunner(SandboxedWorkflowRunner(restrictions=restrictions))


def tasks_at_once(cached_cases: int) -> int:
    """Return how many cases may be in the middle of a step, of those that are kept in memory.

    A worker whose memory is full drops the case that it touched longest ago, even one whose opening
    is just being committed: its answer is lost, and whoever opened it waits until the step's time
    is up. With most of the cases at rest, one of those was touched longest ago.
    """
    return max(2, min(100, cached_cases // 5))


def make_worker(
    client: Client,
    settings: Settings,
    activities: Sequence[Callable[..., Any]],
    executor: ThreadPoolExecutor,
    *,
    task_queue: str = TASK_QUEUE,
) -> StoppingWorker:
    """Return the worker, not running yet."""
    own = settings.worker
    log = security_log(settings, make_clock(settings), "worker")
    refusals = RefusalLog(lambda facts: log.record("update", **facts))
    failpoints = [FailpointInterceptor(Failpoints(settings.run_folder))] if own.failpoints else []
    return StoppingWorker(
        client,
        task_queue=task_queue,
        workflows=[CaseWorkflow, TickWorkflow],
        activities=activities,
        activity_executor=executor,
        workflow_runner=workflow_runner(sandbox=own.sandbox),
        max_cached_workflows=own.cached_cases,
        max_concurrent_workflow_tasks=tasks_at_once(own.cached_cases),
        max_concurrent_activities=own.activities_at_once,
        max_concurrent_local_activities=own.activities_at_once,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=own.sticky_seconds),
        graceful_shutdown_timeout=timedelta(seconds=own.stop_seconds),
        max_heartbeat_throttle_interval=_HEARTBEAT,
        interceptors=[refusals, *failpoints],
    )


async def run_worker(settings: Settings) -> None:
    """Run cases until SIGTERM or SIGINT.

    Raises:
        WorkerError: settings or keys can't be used, or Temporal doesn't answer.
    """
    hide_tokens(logging.getLogger())
    stop = _stop_at_signals()
    wait_until_changed(settings)
    keys = load_keys(settings.keys_folder)
    clock, database = make_clock(settings), open_database(settings)
    client = await connect(settings, keys.codec)
    if settings.temporal.mode == "embedded":
        await keep_ended_cases(client, settings.temporal.retention_days)
    cases = make_gateway(settings, keys)
    resend = Resend(database, clock, cases)
    carry_on = CarryingOn(client, database, resend, asyncio.get_running_loop(), patience(settings))
    activities = make_activities(settings, keys, clock, database, carry_on)
    open_waiting = opens_waiting(database, clock, keys.worker_signing, resend)
    library = make_library(settings)
    ticking = ScheduleActivities(
        database,
        clock,
        keys.worker_signing,
        library.current,
        send=open_waiting,
        failpoint=make_failpoint(settings),
    )
    schedules = Schedules(client, database, clock, library, asyncio.get_running_loop())
    reconciler = Reconciler(
        Tools(
            client,
            database,
            clock,
            keys.worker_signing,
            library.current,
            patience=patience(settings),
        )
    )
    # Before anything is committed: a number must not be given again that was lost.
    await reconcile_after_restore(reconciler)
    mail = activity_settings(settings)
    documents = make_documents(database, clock, mail.public_url)
    daily = partial(deliver_digests, database, clock, mail, documents)
    staffing = partial(ask_who_can_sign, database, clock)
    personal = partial(deliver_personal, database, clock, mail)
    errands = (carry_on.remind, daily, personal, staffing, schedules, open_waiting)
    sweep = Sweep(client, database, resend.once, reconciler, resend.of_case, errands=errands)
    watch = Watch(sweep, clock)
    with ThreadPoolExecutor(settings.worker.activities_at_once) as executor:
        every = [*activities.all(), *ticking.all()]
        async with make_worker(client, settings, every, executor):
            await schedules.try_once()
            keep_for_good()
            ready = ready_file(settings.run_folder)
            ready.write_text(str(os.getpid()), encoding="ascii")
            await asyncio.gather(
                sweep_for_ever(sweep, settings.worker.sweep_seconds, stop),
                watch_for_ever(watch, settings.worker.watch_seconds, stop),
            )
            ready.unlink(missing_ok=True)
    cases.close()
    database.close()


def make_activities(
    settings: Settings,
    keys: Keys,
    clock: Clock,
    database: Database,
    carry_on: Callable[[str], None],
) -> CaseActivities:
    """Return the activities with what they need."""
    log = security_log(settings, clock, "worker")
    committer = Committer(
        database=database,
        clock=clock,
        worker_key=keys.worker_signing,
        refused=lambda facts: log.record("commit", **facts),
        failpoint=make_failpoint(settings),
        current=make_library(settings).current,
        act_hours=settings.store.act_hours,
    )
    mail = activity_settings(settings)
    return CaseActivities(
        database,
        committer,
        clock,
        mail,
        links=make_links(database, keys.link_signing, clock, mail.public_url),
        carry_on=carry_on,
        documents=make_documents(database, clock, mail.public_url),
    )


def make_failpoint(settings: Settings) -> Failpoint:
    """Return what is called at the places at which tests let the process die."""
    return Failpoints(settings.run_folder).reach if settings.worker.failpoints else no_failpoint


def _stop_at_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
