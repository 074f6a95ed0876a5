"""The way to the cases through Temporal: the one place of the web that speaks to it.

Flask's threads share one background event loop with one client, connected at the first use and
so after the web server has forked. Every act goes as an update whose id is the act's id: sending
it again, now or after a restart, is the same act. What can pass is tried again with the same id
until the time is up; then the answer is "not yet confirmed", and the act goes on by itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from definitions.acts import SYSTEM, ActResult
from definitions.definition import Definition
from definitions.refusals import Refusal
from web.gateway import Unconfirmed
from workflows import names
from workflows.messages import HAPPENED_FIRST, CaseInput, Patience

if TYPE_CHECKING:
    from definitions.acts import SignedAct

Connect: TypeAlias = Callable[[], Awaitable[Client]]
_Answer = TypeVar("_Answer")
_Send: TypeAlias = "Callable[[_Background], Awaitable[ActResult]]"
_log = logging.getLogger(__name__)

_PATIENCE: Final = Patience()
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.5
_GRACE: Final = 5.0
_LOOK_SECONDS: Final = 2.0
_PASSING: Final = frozenset(
    {
        RPCStatusCode.RESOURCE_EXHAUSTED,  # ten updates of one case are in flight already
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.ABORTED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        # The case's task fails at present: the worker sets such a run aside and starts another.
        RPCStatusCode.FAILED_PRECONDITION,
    }
)
_RUN_CLOSED: Final = "AcceptedUpdateCompletedWorkflow"
"""The server's word for an update whose run was closed under it: the case goes on in another."""


class _TryAgainError(Exception):
    """What stood in the way can pass."""


class TemporalCases:
    """Sends acts to cases; see `web.gateway.CaseGateway`."""

    def __init__(
        self,
        connect: Connect,
        *,
        answer_seconds: float = 10.0,
        patience: Patience = _PATIENCE,
        task_queue: str = names.TASK_QUEUE,
        most_waiting: int = 64,
    ) -> None:
        """Keep what is needed; connects to nothing yet.

        Args:
            connect: Makes the client, with the codec; called on the background loop.
            answer_seconds: For how long an answer is waited for.
            patience: What cases that are opened here are started with.
            task_queue: Where the workers listen.
            most_waiting: So many acts are waited for at once. Each holds a thread, and whoever only
                reads must not wait because cases don't answer.
        """
        self._connect = connect
        self._answer_seconds = answer_seconds
        self._patience = patience
        self._task_queue = task_queue
        self._waiting = threading.BoundedSemaphore(most_waiting)
        self._starting = threading.Lock()
        self._background: _Background | None = None

    def open(
        self, signed: SignedAct, definition_text: str, process: str
    ) -> ActResult | Unconfirmed:
        """Start the case with its opening act, and wait for the opening's commit."""
        return self._settle(signed, lambda here: self._open(here, signed, definition_text, process))

    def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        """Send an act to its case, and wait for the answer."""
        return self._settle(signed, lambda here: self._act(here, signed))

    def look(self, case: str) -> None:
        """Tell a case to look into the store; nothing hangs on it, since the sweep does it too."""
        here = self._here()
        try:
            here.run(self._look(here, case), _LOOK_SECONDS)
        except (RPCError, TimeoutError, _TryAgainError) as error:
            _log.warning("case %s could not be told to look: %s", case, error)

    def close(self) -> None:
        """End the background loop; what was sent goes on by itself."""
        with self._starting:
            if self._background is not None and self._background.pid == os.getpid():
                self._background.close()
            self._background = None

    def _here(self) -> _Background:
        """Return this process's loop; starts it at the first use, and anew after a fork."""
        with self._starting:
            if self._background is None or self._background.pid != os.getpid():
                self._background = _Background(self._connect)
            return self._background

    def _settle(self, signed: SignedAct, send: _Send) -> ActResult | Unconfirmed:
        here = self._here()
        act_id = str(signed.act["id"])
        work = self._patiently(act_id, lambda: send(here))
        if not self._waiting.acquire(blocking=False):
            here.start(work)  # it goes on by itself, and its page looks again
            return Unconfirmed(act_id)
        try:
            return here.run(work, self._answer_seconds + _GRACE)
        except TimeoutError:  # the loop itself is late
            return Unconfirmed(act_id)
        finally:
            self._waiting.release()

    async def _patiently(
        self, act_id: str, send: Callable[[], Awaitable[ActResult]]
    ) -> ActResult | Unconfirmed:
        pause = _FIRST_PAUSE
        try:
            async with asyncio.timeout(self._answer_seconds) as until:
                while True:
                    try:
                        return await send()
                    except _TryAgainError:
                        # The SDK turns a cancelled call into an error of its own.
                        if until.expired():
                            return Unconfirmed(act_id)
                        # Those who were turned away together must not come back together.
                        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
                        pause = min(pause * 2, _LONGEST_PAUSE)
        except TimeoutError:
            return Unconfirmed(act_id)
        except (RPCError, WorkflowUpdateFailedError) as error:
            _log.error("act %s is not settled: %s", act_id, error)
            return Unconfirmed(act_id)

    async def _open(
        self, here: _Background, signed: SignedAct, definition_text: str, process: str
    ) -> ActResult:
        client, case = await here.client(), str(signed.act["id"])
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            process,
            CaseInput(
                signed,
                definition_text,
                commit_seconds=self._patience.commit_seconds,
                order=HAPPENED_FIRST,
            ),
            id=case,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # A run that was set aside before its opening was recorded makes room for another.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            task_timeout=timedelta(seconds=self._patience.task_seconds),
            # It stands in the clear in Temporal's own pages: nothing personal, nothing typed.
            static_summary=Definition.from_text(definition_text).title(),
        )
        # The SDK also puts a failure where its handle was to be; unseen, it would be logged.
        asyncio.ensure_future(start.workflow_handle()).add_done_callback(_seen)
        update = update_of_opening(signed)
        try:
            return await _told(
                client.execute_update_with_start_workflow(
                    names.UPDATE_OPENED,
                    start_workflow_operation=start,
                    id=update,
                    result_type=ActResult,
                )
            )
        except WorkflowAlreadyStartedError:  # it was opened before, and has ended
            return await self._earlier(client, case, update)

    async def _act(self, here: _Background, signed: SignedAct) -> ActResult:
        client, act_id, case = await here.client(), str(signed.act["id"]), signed.act["case"]
        handle = client.get_workflow_handle(case)
        update = handle.execute_update(names.UPDATE_ACT, signed, id=act_id, result_type=ActResult)
        try:
            return await _told(update)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
        try:
            return await self._earlier(client, case, act_id)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
        return ActResult.refused(_ENDED)

    async def _look(self, here: _Background, case: str) -> None:
        client = await here.client()
        await client.get_workflow_handle(case).signal(names.SIGNAL_LOOK)

    async def _earlier(self, client: Client, case: str, update: str) -> ActResult:
        """Return the answer that an update got before its case ended."""
        handle = client.get_workflow_handle(case).get_update_handle(update, result_type=ActResult)
        return await _told(handle.result())


def update_of_opening(signed: SignedAct) -> str:
    """Return the id of the update that asks how an opening ended.

    One that no person made may be signed anew under another version, and asks anew: Temporal
    answers an id that it knows from the run before.
    """
    update = f"{signed.act['id']}:{names.UPDATE_OPENED}"
    return f"{update}:{signed.act['definition']}" if signed.act.get("actor") == SYSTEM else update


_ENDED: Final = Refusal(
    code="ended",
    sentence="This case takes no more acts: it has ended, or isn't running at present.",
    remedy="Look at the case: its timeline says how it ended.",
)


async def _told(answer: Awaitable[_Answer]) -> _Answer | ActResult:
    """Return an update's answer; a validator's refusal is an answer too.

    Raises:
        _TryAgainError: What stood in the way can pass.
        RPCError: It can't.
        WorkflowUpdateFailedError: The case failed over it: whether it was recorded isn't known.
    """
    try:
        return await answer
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        raise _TryAgainError from error
    except RPCError as error:
        if error.status in _PASSING:
            raise _TryAgainError from error
        raise
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type == names.REFUSED:
            return ActResult.refused(Refusal.from_json(cause.details[0]))
        if isinstance(cause, ApplicationError) and cause.type in {names.BUSY, _RUN_CLOSED}:
            raise _TryAgainError from error
        raise


def _seen(handle: asyncio.Future[Any]) -> None:
    if not handle.cancelled():
        handle.exception()


class _Background:
    """What one process has: an event loop in a thread of its own, and one client."""

    def __init__(self, connect: Connect) -> None:
        self.pid = os.getpid()
        self._connect = connect
        self._loop = asyncio.new_event_loop()
        self._connecting = asyncio.Lock()
        self._client: Client | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="temporal", daemon=True)
        self._thread.start()

    async def client(self) -> Client:
        """Return the client; connects at the first time.

        Raises:
            _TryAgainError: There is no connection now.
        """
        async with self._connecting:
            if self._client is None:
                try:
                    self._client = await self._connect()
                except Exception as error:
                    _log.warning("Temporal can't be reached: %s", error)
                    raise _TryAgainError from error
            return self._client

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run something on the loop; nobody waits for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, _Answer], seconds: float) -> _Answer:
        """Run something on the loop and wait for it, at most so long."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def close(self) -> None:
        """End loop and thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
