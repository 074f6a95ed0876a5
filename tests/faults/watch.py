"""Watches which cases are stuck while a stack is ill-treated, and reports it for each round.

A case is stuck whose workflow tasks keep failing: Temporal tries for at least the third time, and
the last of them that it kept has failed or it reports a problem. It is healed when that has
passed, in the same run or in a new one. The report is printed, and written as JSON to the folder
that FAULTS_REPORTS names, if it names one.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client
from temporalio.service import RPCError

from store.cases import running_cases
from tests.faults.ledger import Attempt
from tests.support.eventually import eventually
from tests.support.stack import Stack
from worker.codec import of_workflow

TRIES = 3
_LOOK_AGAIN_SECONDS = 0.5
_LOOK_BACK_EVENTS = 10
_PROBLEMS = b"WorkflowTaskFailed"
_ENDED = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: False,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED: True,
}


@dataclass(frozen=True)
class Round:
    """What was seen in one round.

    Attributes:
        stuck: How many cases were stuck at any moment of it.
        healed: How many of them were not stuck any more at its end.
        longest_stuck: For how many seconds a case was stuck by its end, from its first moment.
        unanswered: How many of its acts had no answer at its end.
        longest_wait: How many seconds the longest wait for an answer took, or takes.
    """

    stuck: int
    healed: int
    longest_stuck: float
    unanswered: int
    longest_wait: float


@dataclass
class Watch:
    """Looks at all open cases again and again, in a thread of its own.

    Use it as a context manager; leaving it prints the report, whatever has happened.

    Attributes:
        name: What the report is called.
        seed: The test's.
        why: The last failure of each case that was ever stuck.
    """

    stack: Stack
    name: str
    seed: int
    why: dict[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    _since: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, float] = field(default_factory=dict)
    _looks: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch()))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._tell()

    @property
    def stuck_now(self) -> set[str]:
        """The cases that were stuck when it last looked."""
        return set(self._since)

    def until_well(self, seconds: float) -> None:
        """Wait until no case is stuck; fail if one still is, and say why."""
        eventually(lambda: not self.stuck_now, self._still_stuck, seconds=seconds)

    def _still_stuck(self) -> str:
        return f"stuck, and not healed: { ({case: self.why[case] for case in self.stuck_now}) }"

    def end_round(self, attempts: Sequence[Attempt]) -> Round:
        """Close a round in which these acts were attempted, and begin the next."""
        since = dict(self._since)
        now = time.monotonic()  # measured
        lengths = [*self._seen.values(), *(now - at for at in since.values())]
        ended = Round(
            stuck=len(self._seen.keys() | since),
            healed=len(self._seen.keys() - since),
            longest_stuck=round(max(lengths, default=0.0), 1),
            unanswered=sum(attempt.answered is None for attempt in attempts),
            longest_wait=round(max((one.waited for one in attempts), default=0.0), 1),
        )
        self._seen = {}
        self.rounds.append(ended)
        return ended

    def report(self) -> dict[str, Any]:
        """Return all that was seen."""
        return {
            "test": self.name,
            "seed": self.seed,
            "looks": self._looks,
            "cases_ever_stuck": len(self.why),
            "cases_stuck_at_the_end": sorted(self._since),
            "longest_wait": max((one.longest_wait for one in self.rounds), default=0.0),
            "why": self.why,
            "rounds": [asdict(one) for one in self.rounds],
        }

    def _tell(self) -> None:
        found = self.report()
        lines = [
            f"{self.name}, seed {self.seed}: {len(self.rounds)} rounds, seen {self._looks} times"
        ]
        for nth, one in enumerate(self.rounds, 1):
            if one.stuck or one.unanswered:
                lines.append(
                    f"  round {nth}: " + ", ".join(f"{k} {v}" for k, v in asdict(one).items())
                )
        lines.append(
            f"  {found['cases_ever_stuck']} cases were ever stuck, "
            f"{len(found['cases_stuck_at_the_end'])} are; "
            f"the longest wait for an answer was {found['longest_wait']:g} s"
        )
        lines += [f"  {case}: {why}" for case, why in self.why.items()]
        print("\n".join(lines))  # noqa: T201 - who runs it wants to know
        folder = os.environ.get("FAULTS_REPORTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            path = Path(folder) / f"{self.name}-{self.seed}.json"
            path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    async def _watch(self) -> None:
        client = await self.stack.temporal_client()
        while not self._stop.is_set():
            with self.stack.database().reading() as connection:
                cases = list(running_cases(connection))
            for case in cases:
                # While the server is down nothing is known.
                try:
                    why = await _why_stuck(client, case)
                except RPCError:
                    continue
                self._note(case, why)
            for case in self._since.keys() - set(cases):
                self._note(case, None)
            self._looks += 1
            await asyncio.to_thread(self._stop.wait, _LOOK_AGAIN_SECONDS)

    def _note(self, case: str, why: str | None) -> None:
        if why is not None:
            self.why[case] = why
            self._since.setdefault(case, time.monotonic())  # measured
        elif case in self._since:
            self._seen[case] = time.monotonic() - self._since.pop(case)  # measured


async def _why_stuck(client: Client, case: str) -> str | None:
    """Return the last failure of a case that is stuck; None if it isn't."""
    described = await client.get_workflow_handle(case).describe()
    raw = described.raw_description
    if raw.pending_workflow_task.attempt < TRIES:
        return None
    attributes = raw.workflow_execution_info.search_attributes.indexed_fields
    problems = attributes["TemporalReportedProblems"].data if attributes else b""
    failed, why = await _last_failure(client, case)
    if failed or _PROBLEMS in problems:
        return why or problems.decode()
    return None


async def _last_failure(client: Client, case: str) -> tuple[bool, str]:
    """Say whether the last task in the history failed, and with which words."""
    for event in await _last_events(client, case):
        if _ENDED.get(event.event_type, False):
            failure = event.workflow_task_failed_event_attributes.failure
            error: Any = await of_workflow(client, case).decode_failure(failure)
            return True, str(error.cause or error)
        if event.event_type in _ENDED:
            return False, ""
    return False, ""


async def has_an_answer(client: Client, case: str) -> bool:
    """Say whether an activity of a case has answered, and no task has brought that to it."""
    for event in await _last_events(client, case):
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            return True
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            return False
    return False


async def _last_events(client: Client, case: str) -> Sequence[HistoryEvent]:
    """Return the last events of a case's current run, the last first."""
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=case),
            maximum_page_size=_LOOK_BACK_EVENTS,
        )
    )
    return answer.history.events
