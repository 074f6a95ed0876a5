"""Runs what happened before what is asked, in one order live and on replay.

One workflow task may bring an activity's result (or a timer, a signal) together with a new update.
Temporal's library hands both over in one piece or in two, and after a task that timed out not in
the same way live and on replay; within one piece it lets updates go first. So commands came in
one order, were expected in another, and the case was lost (decision 20). Here such a piece is
always taken in two: first what happened, then the updates. That is the order of the two pieces.
A run that began before this was so keeps its order: its input says so (`CaseInput.order`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from temporalio.worker import WorkflowInstance, WorkflowRunner

from workflows.messages import HAPPENED_FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from temporalio.workflow import Info

_LAST: Final = frozenset(
    {
        "complete_workflow_execution",
        "fail_workflow_execution",
        "cancel_workflow_execution",
        "continue_as_new_workflow_execution",
    }
)
"""Commands after which a run takes nothing any more: the server answers its updates."""


class OrderedRunner(WorkflowRunner):
    """Lets another runner run workflows, in that order."""

    def __init__(self, runner: WorkflowRunner, *, always: bool = False) -> None:
        """Keep the runner.

        Args:
            runner: runs the workflows.
            always: take what happened first in every run, whatever its input says.
        """
        self._runner, self._always = runner, always

    def prepare_workflow(self, defn: Any) -> None:
        """Prepare a workflow."""
        self._runner.prepare_workflow(defn)

    def create_instance(self, det: Any) -> WorkflowInstance:
        """Return an instance that takes what happened first."""
        return _Ordered(self._runner.create_instance(det), ordered=self._always)

    def set_worker_level_failure_exception_types(
        self, types: Sequence[type[BaseException]]
    ) -> None:
        """Hand on which exceptions fail a workflow."""
        self._runner.set_worker_level_failure_exception_types(types)


class _Ordered(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance, *, ordered: bool) -> None:
        self._instance, self._ordered = instance, ordered

    def activate(self, act: Any) -> Any:
        """Handle what happened, then the updates; return the commands of both, in that order."""
        updates = [job for job in act.jobs if job.HasField("do_update")]
        happened = [job for job in act.jobs if not job.HasField("do_update")]
        begins = [job for job in happened if job.HasField("initialize_workflow")]
        if begins:
            self._ordered = self._ordered or _is_ordered(begins[0].initialize_workflow)
        if begins or not updates or not happened or not self._ordered:
            return self._instance.activate(act)
        done = self._instance.activate(_with(act, happened))
        if done.HasField("failed") or _ends(done):
            return done
        then = self._instance.activate(_with(act, updates))
        if then.HasField("failed"):
            return then
        # Commands of both come one after the other, and so do the flags of what was decided anew.
        done.successful.MergeFrom(then.successful)
        return done

    def get_serialization_context(self, command_info: Any) -> Any:
        return self._instance.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> Any:
        return self._instance.get_external_store_context(command_info)

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()


def _is_ordered(begun: Any) -> bool:
    """Say whether a run's input asks for the order; whatever else it is, it doesn't."""
    try:
        given = json.loads(begun.arguments[0].data)
        return bool(given["order"] >= HAPPENED_FIRST)
    except (IndexError, KeyError, TypeError, ValueError):
        return False


def _with(act: Any, jobs: Sequence[Any]) -> Any:
    """Return an activation with these jobs alone."""
    one = type(act)()
    one.CopyFrom(act)
    del one.jobs[:]
    one.jobs.extend(jobs)
    return one


def _ends(completion: Any) -> bool:
    return any(command.WhichOneof("variant") in _LAST for command in completion.successful.commands)
