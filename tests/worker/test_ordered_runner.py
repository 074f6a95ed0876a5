"""What happened is taken in before what is asked, in every run that began with that order.

That it is the order in which such a history was made shows in tests/replay/test_stuck.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance, WorkflowRunner

from worker.ordered_runner import OrderedRunner

Jobs = Sequence[WorkflowActivationJob]
UPDATE, RESULT, TIMER = WorkflowActivationJob(), WorkflowActivationJob(), WorkflowActivationJob()
UPDATE.do_update.id = "act"
RESULT.resolve_activity.seq = 1
TIMER.fire_timer.seq = 1


@dataclass
class Told(WorkflowRunner, WorkflowInstance):
    """Takes whatever comes, and answers each piece with a timer of its number."""

    pieces: list[list[str]] = field(default_factory=list)
    ends_at: int = 0
    fails_at: int = 0

    def prepare_workflow(self, defn: Any) -> None:
        pass

    def create_instance(self, det: Any) -> WorkflowInstance:
        return self

    def activate(self, act: Any) -> Any:
        self.pieces.append([job.WhichOneof("variant") for job in act.jobs])
        nth, done = len(self.pieces), WorkflowActivationCompletion()
        if nth == self.fails_at:
            done.failed.failure.message = "it failed"
        elif nth == self.ends_at:
            done.successful.commands.add().complete_workflow_execution.SetInParent()
        else:
            done.successful.commands.add().start_timer.seq = nth
            done.successful.used_internal_flags.append(nth)
        return done

    def get_serialization_context(self, command_info: Any) -> Any:
        return command_info

    def get_external_store_context(self, command_info: Any) -> Any:
        return command_info

    def get_info(self) -> Any:
        return "info"


def begun(order: object) -> WorkflowActivationJob:
    job = WorkflowActivationJob()
    data = json.dumps(order if isinstance(order, str) else {"order": order}).encode()
    job.initialize_workflow.arguments.append(Payload(data=data))
    return job


def taken(told: Told, *activations: Jobs, order: object = 1) -> list[list[int]]:
    """Return the timers that each activation starts, after the run has begun."""
    instance = OrderedRunner(told).create_instance(None)
    instance.activate(WorkflowActivation(jobs=[begun(order)]))
    done = [instance.activate(WorkflowActivation(jobs=jobs)) for jobs in activations]
    return [[one.start_timer.seq for one in each.successful.commands] for each in done]


def test_what_happened_comes_first_and_the_commands_of_both_in_that_order() -> None:
    told = Told()
    assert taken(told, [UPDATE, RESULT, TIMER, UPDATE]) == [[2, 3]]
    assert told.pieces[1:] == [["resolve_activity", "fire_timer"], ["do_update", "do_update"]]


def test_the_flags_of_both_pieces_are_kept_for_the_replay() -> None:
    instance = OrderedRunner(Told(), always=True).create_instance(None)
    instance.activate(WorkflowActivation(jobs=[begun(1)]))
    done = instance.activate(WorkflowActivation(jobs=[UPDATE, RESULT]))
    assert list(done.successful.used_internal_flags) == [2, 3]


@pytest.mark.parametrize("jobs", [[UPDATE], [RESULT, TIMER]])
def test_what_is_of_one_kind_stays_in_one_piece(jobs: Jobs) -> None:
    told = Told()
    assert taken(told, jobs) == [[2]]
    assert len(told.pieces) == 2


@pytest.mark.parametrize("order", [0, None, "nothing of ours"])
def test_a_run_that_began_without_that_order_goes_on_without(order: object) -> None:
    told = Told()
    assert taken(told, [UPDATE, RESULT], order=order) == [[2]]
    assert told.pieces[1] == ["do_update", "resolve_activity"]


def test_the_beginning_is_taken_in_as_it_comes() -> None:
    told = Told()
    instance = OrderedRunner(told, always=True).create_instance(None)
    instance.activate(WorkflowActivation(jobs=[UPDATE, begun(1)]))
    assert told.pieces == [["do_update", "initialize_workflow"]]


def test_after_its_end_a_run_takes_no_updates() -> None:
    told = Told(ends_at=2)
    taken(told, [UPDATE, RESULT])
    assert told.pieces[1:] == [["resolve_activity"]]


@pytest.mark.parametrize("nth", [2, 3])
def test_a_piece_that_fails_fails_the_task(nth: int) -> None:
    told = Told(fails_at=nth)
    instance = OrderedRunner(told, always=True).create_instance(None)
    instance.activate(WorkflowActivation(jobs=[begun(1)]))
    done = instance.activate(WorkflowActivation(jobs=[UPDATE, RESULT]))
    assert done.failed.failure.message == "it failed"
    assert len(told.pieces) == nth
