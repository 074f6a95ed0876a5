"""Kept histories replay against today's code: cases that run while we change it go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.common import RawValue
from temporalio.worker import Replayer, WorkflowRunner

from definitions.acts import CLOCK_KINDS, ActResult, SignedAct
from definitions.definition import Definition
from definitions.loader import load_library
from definitions.rules import Due
from definitions.ruling import Kind
from tests.replay.kept import RING
from tests.replay.kept_contents import (
    Contents,
    contents,
    history,
    is_first_run,
    paths,
    process_of,
    scheduled,
)
from tests.replay.make_histories import STORIES
from tests.replay.ways import demanded, ruled
from worker.codec import data_converter
from worker.worker_process import workflow_runner
from workflows import names
from workflows.case import CaseWorkflow

HISTORIES = paths()
BETWEEN = {
    EventType.EVENT_TYPE_TIMER_FIRED,  # a reminder or a deadline
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
}
ALWAYS = {
    names.ACTIVITY_COMMIT,
    names.ACTIVITY_DELIVER_MAIL,
    names.ACTIVITY_LOAD_CASE,  # it adopted what the record had
    names.ACTIVITY_REPORT_STOPPED,
}


@pytest.fixture(scope="module")
async def kept() -> Mapping[str, Contents]:
    return await contents()


def _replayer(kind: type, runner: WorkflowRunner) -> Replayer:
    return Replayer(
        workflows=[kind],
        namespace=names.NAMESPACE,
        data_converter=data_converter(RING),
        workflow_runner=runner,
    )


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await _replayer(CaseWorkflow, workflow_runner(sandbox=True)).replay_workflow(history(path))


def test_each_story_is_kept_and_each_history_has_its_story() -> None:
    for name in STORIES:
        assert [path.stem for path in HISTORIES if path.stem.startswith(name)], name
    for path in HISTORIES:
        (_,) = [name for name in STORIES if path.stem.startswith(name)]


async def test_each_definition_has_a_history_to_each_of_its_ends(
    kept: Mapping[str, Contents],
) -> None:
    missing = [
        f"{definition.process} to {end}"
        for definition in load_library().definitions()
        for end in sorted(_ends(definition) - kept.get(definition.process, Contents()).ends)
    ]
    assert missing == [], "These have no history: add stories to tests/replay."


def _ends(definition: Definition) -> set[str]:
    chart = definition.chart
    return {name for name, spec in chart.states.items() if spec.final and not chart.parents[name]}


async def test_each_definition_has_histories_of_all_that_can_happen_in_its_cases(
    kept: Mapping[str, Contents],
) -> None:
    missing = {
        definition.process: sorted(
            demanded(definition) - kept.get(definition.process, Contents()).ways
        )
        for definition in load_library().definitions()
    }
    assert not any(missing.values()), missing


async def test_there_are_histories_of_every_kind_of_ruling(kept: Mapping[str, Contents]) -> None:
    ways = {way for found in kept.values() for way in found.ways}
    assert ways >= {ruled(kind) for kind in get_args(Kind)}


async def test_there_are_histories_of_all_that_the_clock_does(kept: Mapping[str, Contents]) -> None:
    assert {way for found in kept.values() for way in found.ways} >= CLOCK_KINDS


async def test_each_definition_has_histories_of_all_that_can_happen_between(
    kept: Mapping[str, Contents],
) -> None:
    assert set(kept) >= set(load_library().processes())
    for process, found in kept.items():
        assert found.events >= BETWEEN, process
        assert found.activities >= ALWAYS, process
        assert names.SIGNAL_RECONCILE in found.signals, process
        assert found.refused >= 2, process


def test_they_say_nothing_of_the_machine_that_made_them() -> None:
    for path in HISTORIES:
        identities = {
            value
            for line in path.read_text(encoding="utf-8").split('"identity":"')[1:]
            for value in [line.split('"')[0]]
        }
        assert identities <= {"tests"}, path.name


class Changed(CaseWorkflow):
    """A case whose code changed; each kind of change below is one that running cases can't bear."""


@workflow.defn(dynamic=True)
class WaitsFirst(Changed):
    """It starts a timer that no history has."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        await workflow.sleep(1)
        return await super().run(args)


@workflow.defn(dynamic=True)
class AsksTwice(Changed):
    """It calls one activity more after each commit that moved it."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        return await super().run(args)

    async def _commit(self, signed: SignedAct) -> ActResult:
        result = await super()._commit(signed)
        await self._catch_up()
        return result


@workflow.defn(dynamic=True)
class ForgetsItsMail(Changed):
    """It leaves out what every history has."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        return await super().run(args)

    async def _deliver(self) -> None:
        """Deliver nothing."""


@workflow.defn(dynamic=True)
class TakesNothingIn(Changed):
    """It is told that something happened elsewhere, and doesn't ask what."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        return await super().run(args)

    async def _take_notices(self, *, after_end: bool = False) -> None:
        del after_end
        self._look = False


@workflow.defn(dynamic=True)
class DrawsLater(Changed):
    """It waits a moment before it does what is due at once."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        return await super().run(args)

    def _wait(self, due: Due) -> timedelta:
        return max(super()._wait(due), timedelta(seconds=1))


GOOD = [path for path in HISTORIES if path.stem.endswith("-good")]
TOLD = [path for path in HISTORIES if names.ACTIVITY_NOTICES in scheduled(path)]
LOTS = {one.process for one in load_library().definitions() if one.body.draws}
DRAWN = [path for path in HISTORIES if process_of(path) in LOTS and is_first_run(path)]


def test_there_are_good_ends_of_each_process() -> None:
    processes = {process_of(path) for path in GOOD}
    assert processes == set(load_library().processes())


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        *product([WaitsFirst, AsksTwice, ForgetsItsMail], GOOD),
        *product([TakesNothingIn], TOLD),
        *product([DrawsLater], DRAWN),
    ],
    ids=lambda value: getattr(value, "stem", getattr(value, "__name__", None)),
)
async def test_a_change_that_breaks_running_cases_is_found(kind: type, path: Path) -> None:
    replayer = _replayer(kind, workflow_runner(sandbox=False))
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history(path))
