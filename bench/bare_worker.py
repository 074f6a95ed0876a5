"""The bare side's worker: `python -m bench.bare_worker ADDRESS NAMESPACE DATABASE_FILE [sandbox]`.

It has no sandbox, as ours has none, unless `sandbox` is added.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from bench.bare import TASK_QUEUE, Activities, BareCase, open_bare

READY = "ready"
_ACTIVITIES_AT_ONCE = 20


async def work(address: str, namespace: str, file: Path, *, sandbox: bool) -> None:
    """Be the worker until the process is ended."""
    database = open_bare(file)
    client = await Client.connect(address, namespace=namespace)
    with ThreadPoolExecutor(_ACTIVITIES_AT_ONCE) as executor:
        async with Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[BareCase],
            activities=[Activities(database).write_row],
            activity_executor=executor,
            max_concurrent_activities=_ACTIVITIES_AT_ONCE,
            workflow_runner=SandboxedWorkflowRunner() if sandbox else UnsandboxedWorkflowRunner(),
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        ):
            print(READY, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    address, namespace, file, *more = sys.argv[1:]
    with suppress(KeyboardInterrupt):
        asyncio.run(work(address, namespace, Path(file), sandbox="sandbox" in more))
