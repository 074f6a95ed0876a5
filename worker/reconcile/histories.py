"""Reads from Temporal's histories what was confirmed to a case: its commits and its heads.

Nothing here needs a running worker. A history is a list of events; of these count where a run
began (its input), each commit activity's question with its answer, the opening's answer (a
local activity's marker; what was asked is the run's input), what the case adopted from the
store, and deliveries of mail. Payloads are opened by the client's codec, so what was not sealed
by us is not believed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import WorkflowHistoryEventFilterType

from definitions.acts import SYSTEM, CommitReply, CommitRequest, Head, StoredCase
from definitions.clock import stamp
from definitions.refusals import NOT_IN_FORCE
from definitions.state import CaseState
from store.recommit import Confirmed, Rejected
from worker.codec import OURS, of_workflow
from worker.errors import CodecError, ForgedError, NotOursError
from workflows.messages import CaseInput
from workflows.names import ACTIVITY_COMMIT, ACTIVITY_DELIVER_MAIL, ACTIVITY_LOAD_CASE

if TYPE_CHECKING:
    from temporalio.api.common.v1 import Payloads
    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.client import Client
    from temporalio.converter import DataConverter

_T = TypeVar("_T")
_MARKER: Final = "core_local_activity"
_ASKED: Final = frozenset({ACTIVITY_COMMIT, ACTIVITY_LOAD_CASE, ACTIVITY_DELIVER_MAIL})


@dataclass(frozen=True)
class Reset:
    """Somebody reset a run: it went on as another, from an earlier moment."""

    base_run: str
    new_run: str


@dataclass
class Told:
    """What one run's history tells.

    Attributes:
        process: the workflow's type.
        began: where the stream ended from which it was begun; None at a case's opening.
        head: where the case believes that its stream ends; None if nothing was confirmed to it.
        confirmed: the commits that were confirmed, in order.
        under_way: ids of acts that were sent to the commit and have no answer yet.
        refused: what people did and the commit refused for good.
        before: the run before this one, if it was continued as new.
        reset: how it came about, if it was reset.
        gave_way: whether it failed on purpose: its version wasn't in force any more, and the same
            case is opened by another run.
        heads: every head that the case ever had, by this run.
    """

    process: str = ""
    began: Head | None = None
    head: Head | None = None
    confirmed: list[Confirmed] = field(default_factory=list)
    under_way: set[str] = field(default_factory=set)
    refused: list[Rejected] = field(default_factory=list)
    before: str = ""
    reset: Reset | None = None
    gave_way: bool = False
    heads: set[Head] = field(default_factory=set)


async def read_run(client: Client, case: str, run: str) -> Told:
    """Return what the history of a run tells.

    Raises:
        temporalio.service.RPCError: Temporal doesn't answer, or has no such run any more.
        worker.errors.NotOursError: it was begun with what isn't sealed, or is no case.
        worker.errors.CodecError: a payload can't be opened: it isn't ours, or a key is missing.
    """
    reader = _Reader(of_workflow(client, case))
    handle = client.get_workflow_handle(case, run_id=run)
    async for event in handle.fetch_history_events(
        event_filter_type=WorkflowHistoryEventFilterType.ALL_EVENT
    ):
        await reader.take(event)
    return reader.finished()


class _Reader:
    """Goes through one history, event by event."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._told = Told()
        self._input: CaseInput | None = None
        self._asked: dict[int, tuple[str, CommitRequest | None]] = {}
        self._delivered: list[tuple[int, datetime]] = []
        self._at: list[int] = []

    async def take(self, event: HistoryEvent) -> None:
        """Take the next event."""
        kind = event.event_type
        if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            await self._begun(event)
        elif kind == EventType.EVENT_TYPE_MARKER_RECORDED:
            await self._marked(event)
        elif kind == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            await self._scheduled(event)
        elif kind == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            await self._completed(event)
        elif kind == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            self._failed(event)

    def finished(self) -> Told:
        """Return what the history told, after its last event."""
        told = self._told
        told.confirmed = [
            replace(one, delivered=self._delivery_after(at))
            for one, at in zip(told.confirmed, self._at, strict=True)
        ]
        told.under_way = {
            str(asked.signed.act.get("id")) for _, asked in self._asked.values() if asked
        }
        return told

    def _delivery_after(self, event: int) -> str | None:
        ends = [ended for scheduled, ended in self._delivered if scheduled > event]
        return stamp(min(ends)) if ends else None

    async def _begun(self, event: HistoryEvent) -> None:
        begun = event.workflow_execution_started_event_attributes
        self._told.process = begun.workflow_type.name
        self._told.before = begun.continued_execution_run_id
        if not begun.input.payloads or any(
            payload.metadata.get("encoding") not in OURS for payload in begun.input.payloads
        ):
            raise NotOursError("A workflow was begun with something that wasn't sealed by us.")
        try:
            self._input = await self._opened(begun.input, CaseInput)
        except ForgedError as error:
            raise NotOursError("A workflow was begun with what none of our keys seals.") from error
        except CodecError:
            raise
        except Exception as error:  # whatever the converter says of another shape
            raise NotOursError("A workflow was begun with something that is no case.") from error
        if self._input is not None and self._input.carried is not None:
            self._told.began = self._input.carried.head
            self._stands_at(self._told.began)

    async def _marked(self, event: HistoryEvent) -> None:
        marker = event.marker_recorded_event_attributes
        if marker.marker_name != _MARKER or self._input is None or marker.HasField("failure"):
            return
        (data,) = marker.details["data"].payloads  # the SDK's own, and not sealed
        if json.loads(data.data).get("activity_type") != ACTIVITY_COMMIT:
            return
        reply = await self._read(marker.details["result"], CommitReply)
        request = CommitRequest(self._input.opening, Head(), self._input.definition)
        if reply is not None:
            self._answered(event, request, reply)

    async def _scheduled(self, event: HistoryEvent) -> None:
        scheduled = event.activity_task_scheduled_event_attributes
        name = scheduled.activity_type.name
        if name in _ASKED:
            request = None
            if name == ACTIVITY_COMMIT:
                request = await self._read(scheduled.input, CommitRequest)
            self._asked[event.event_id] = (name, request)

    async def _completed(self, event: HistoryEvent) -> None:
        completed = event.activity_task_completed_event_attributes
        name, request = self._asked.pop(completed.scheduled_event_id, ("", None))
        if name == ACTIVITY_DELIVER_MAIL:
            ended = event.event_time.ToDatetime(tzinfo=UTC)
            self._delivered.append((completed.scheduled_event_id, ended))
        elif name == ACTIVITY_LOAD_CASE:
            stored = await self._read(completed.result, StoredCase)
            if stored is not None and stored.state is not None:
                self._stands_at(stored.head)
        elif request is not None:
            reply = await self._read(completed.result, CommitReply)
            if reply is not None:
                self._answered(event, request, reply)

    def _answered(self, event: HistoryEvent, request: CommitRequest, reply: CommitReply) -> None:
        """Take in what the commit answered, as the case does."""
        new = reply.result == "known" and reply.seq == request.head.seq + 1
        if reply.result == "committed" or new:
            state = reply.state or _digest(reply)
            self._told.confirmed.append(
                Confirmed(
                    request.signed,
                    request.head,
                    reply.head,
                    reply.facts or {},
                    state,
                    request.definition,
                )
            )
            self._at.append(event.event_id)
            self._told.heads.add(request.head)
        if reply.result == "refused" and reply.for_good and reply.refusal is not None:
            at = stamp(event.event_time.ToDatetime(UTC))
            self._told.refused.append(Rejected(request.signed, reply.refusal, at))
        superseded = reply.refusal is not None and reply.refusal.get("code") == NOT_IN_FORCE
        if reply.result == "refused" and superseded and request.signed.act.get("actor") == SYSTEM:
            self._told.gave_way = True
        if reply.result in {"committed", "behind"} or new:
            self._stands_at(reply.head)

    def _failed(self, event: HistoryEvent) -> None:
        failed = event.workflow_task_failed_event_attributes
        if failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW:
            self._told.reset = Reset(failed.base_run_id, failed.new_run_id)

    def _stands_at(self, head: Head) -> None:
        self._told.head = head
        self._told.heads.add(head)

    async def _read(self, payloads: Payloads, kind: type[_T]) -> _T | None:
        """Return the one value that payloads hold; None if there is none, or one of nobody's.

        Who reaches the server can answer for an activity. What isn't sealed by us is no answer,
        and must not keep from being read what is.
        """
        try:
            return await self._opened(payloads, kind)
        except ForgedError:
            return None

    async def _opened(self, payloads: Payloads, kind: type[_T]) -> _T | None:
        if not payloads.payloads:
            return None
        values: list[Any] = await self._converter.decode(payloads.payloads[:1], [kind])
        return values[0] if isinstance(values[0], kind) else None


def _digest(reply: CommitReply) -> str:
    return CaseState.model_validate(reply.stored).digest() if reply.stored else ""


def confirmed_of(runs: Sequence[Told]) -> list[Confirmed]:
    """Return the commits of several runs; each once, though a reset copied it into a new run."""
    found: dict[tuple[Head, Head], Confirmed] = {}
    for run in runs:
        for one in run.confirmed:
            there = found.get((one.before, one.after))
            if there is None or there.delivered is None:
                found[one.before, one.after] = one
    return list(found.values())
