"""The way to the cases, over a real Temporal server with a real worker and a real database."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from definitions.acts import ActResult, SignedAct
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.loader import load_library
from store.cases import load_case
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import LIMIT_SECONDS, until
from web.gateway import Unconfirmed
from web.temporal import TemporalCases
from workflows import names

VALUES = {
    "packages": {
        "packages": [
            {
                "name": "jq",
                "architecture": "amd64",
                "old": "1.6-2.1",
                "new": "1.6-2.1+deb12u1",
                "origins": ["oldstable-security"],
                "security": True,
            }
        ]
    },
    "servers": "webdb",
    "reason": "A weakness in jq.",
}


@pytest.fixture(scope="module")
async def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[WorkflowEnvironment, Path]]:
    folder = tmp_path_factory.mktemp("server")
    async with temporal_server(folder) as environment:
        yield environment, folder


@pytest.fixture
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture
async def engine(
    server: tuple[WorkflowEnvironment, Path], tmp_path: Path, patch: Definition
) -> AsyncIterator[Engine]:
    environment, folder = server
    (tmp_path / "keys").symlink_to(folder / "keys")
    engine = make_engine(environment.client, tmp_path, [patch])
    yield engine
    engine.database.close()


class Cases:
    """The gateway, asked from a thread as Flask asks it."""

    def __init__(self, engine: Engine, seconds: float = LIMIT_SECONDS, waiting: int = 64) -> None:
        self.connections = 0
        self._engine = engine
        self.gateway = TemporalCases(
            self._connect,
            answer_seconds=seconds,
            patience=engine.patience,
            task_queue=engine.queue,
            most_waiting=waiting,
        )

    async def _connect(self) -> Client:
        self.connections += 1
        config = self._engine.client.service_client.config
        converter = self._engine.client.data_converter
        return await Client.connect(
            config.target_host, namespace=names.NAMESPACE, data_converter=converter
        )

    async def open(self, definition: Definition, signed: SignedAct) -> ActResult | Unconfirmed:
        return await asyncio.to_thread(
            self.gateway.open, signed, definition.text, definition.process
        )

    async def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        return await asyncio.to_thread(self.gateway.act, signed)


@pytest.fixture
def make_cases(engine: Engine) -> Iterator[Callable[..., Cases]]:
    made: list[Cases] = []

    def make(seconds: float = LIMIT_SECONDS, waiting: int = 64) -> Cases:
        made.append(Cases(engine, seconds, waiting))
        return made[-1]

    yield make
    for cases in made:
        cases.gateway.close()


def accepted(answer: ActResult | Unconfirmed) -> ActResult:
    assert isinstance(answer, ActResult), answer
    assert answer.accepted, answer.refusal
    return answer


def code(answer: ActResult | Unconfirmed) -> str:
    assert isinstance(answer, ActResult), answer
    assert answer.refusal is not None
    return str(answer.refusal["code"])


async def test_a_case_is_opened_signed_and_refused_through_one_client(
    engine: Engine, patch: Definition, make_cases: Callable[..., Cases]
) -> None:
    cases = make_cases()
    opening = engine.act(patch, "bo", "open", values=VALUES)
    case = opening.act["id"]
    async with engine.worker():
        opened = accepted(await cases.open(patch, opening))
        assert opened.number
        assert await cases.open(patch, opening) == opened, "the same act twice is one case"
        assert case not in str(
            await (await engine.client.get_workflow_handle(case).describe()).memo()
        )
        described = await engine.client.get_workflow_handle(case).describe()
        assert described.workflow_type == patch.process
        assert await described.static_summary() == patch.title()
        wrong = engine.act(
            patch,
            "cy",
            "sign_off",
            state=engine.state(case),
            step="approval",
            seat="lead",
            outcome="approve",
        )
        assert code(await cases.act(wrong))
        refused = await cases.act(wrong)
        assert isinstance(refused, ActResult)
        assert refused.refusal is not None
        assert refused.refusal["sentence"].endswith(".")
        comment = engine.act(
            patch, "cy", "comment", state=engine.state(case), values={"comment": "Fine."}
        )
        first = accepted(await cases.act(comment))
        assert await cases.act(comment) == first
    assert cases.connections == 1


async def test_an_opening_that_is_refused_is_refused_again(
    engine: Engine, patch: Definition, make_cases: Callable[..., Cases]
) -> None:
    cases = make_cases()
    opening = engine.act(patch, "bo", "open", values=VALUES)
    forged = replace(opening, signatures=[])
    async with engine.worker():
        first = await cases.open(patch, forged)
        assert code(first)
        assert await cases.open(patch, forged) == first


async def test_an_ended_case_answers_what_it_answered_and_takes_no_more(
    engine: Engine, patch: Definition, make_cases: Callable[..., Cases]
) -> None:
    cases = make_cases()
    opening = engine.act(patch, "bo", "open", values=VALUES)
    case = opening.act["id"]
    async with engine.worker():
        opened = accepted(await cases.open(patch, opening))
        state = engine.state(case)
        withdrawn = engine.act(
            patch, "bo", "withdraw", state=state, values={"comment": "Not needed any more."}
        )
        last = accepted(await cases.act(withdrawn))
        await engine.client.get_workflow_handle(case).result()
        late = engine.act(patch, "cy", "comment", state=state, values={"comment": "Too late."})
        assert code(await cases.act(late)) == "ended"
        assert await cases.act(withdrawn) == last
        assert await cases.open(patch, opening) == opened
        nowhere = engine.act(patch, "cy", "comment", state=state, case=secrets.token_urlsafe(16))
        assert code(await cases.act(nowhere)) == "ended"


async def test_a_crowd_is_answered_each_once(
    engine: Engine, patch: Definition, make_cases: Callable[..., Cases]
) -> None:
    cases = make_cases()
    opening = engine.act(patch, "bo", "open", values=VALUES)
    case = opening.act["id"]
    async with engine.worker(max_cached_workflows=100):
        accepted(await cases.open(patch, opening))
        state = engine.state(case)
        crowd = [
            engine.act(patch, "cy", "comment", state=state, values={"comment": f"{number}"})
            for number in range(40)
        ]
        answers = await asyncio.gather(*(cases.act(signed) for signed in crowd))
        placed = [accepted(answer).seq for answer in answers]
        assert len(set(placed)) == len(crowd)


async def test_without_a_worker_an_act_is_not_confirmed_and_goes_on_by_itself(
    engine: Engine,
    patch: Definition,
    make_cases: Callable[..., Cases],
) -> None:
    opening = engine.act(patch, "bo", "open", values=VALUES)
    answer = await make_cases(0.3).open(patch, opening)
    assert answer == Unconfirmed(opening.act["id"])
    async with engine.worker():
        assert accepted(await make_cases().open(patch, opening)).number


async def test_without_temporal_an_act_is_not_confirmed(
    engine: Engine, patch: Definition, caplog: pytest.LogCaptureFixture
) -> None:
    async def unreachable() -> Client:
        raise RuntimeError("connection refused")

    opening = engine.act(patch, "bo", "open", values=VALUES)
    gateway = TemporalCases(unreachable, answer_seconds=0.2)
    with closing(gateway), caplog.at_level(logging.WARNING):
        answer: Json = await asyncio.to_thread(gateway.open, opening, patch.text, patch.process)
    assert answer == Unconfirmed(opening.act["id"])
    assert "connection refused" in caplog.text


async def test_a_case_is_told_to_look_and_one_that_is_away_is_left_to_the_sweep(
    engine: Engine,
    patch: Definition,
    make_cases: Callable[..., Cases],
    caplog: pytest.LogCaptureFixture,
) -> None:
    cases = make_cases()
    opening = engine.act(patch, "bo", "open", values=VALUES)
    async with engine.worker():
        accepted(await cases.open(patch, opening))
        handle = engine.client.get_workflow_handle(opening.act["id"])

        async def was_told() -> bool:
            await asyncio.to_thread(cases.gateway.look, opening.act["id"])
            signals = [
                event.workflow_execution_signaled_event_attributes.signal_name
                async for event in handle.fetch_history_events()
            ]
            return names.SIGNAL_LOOK in signals

        await until(was_told)
    with caplog.at_level(logging.WARNING):
        await asyncio.to_thread(cases.gateway.look, "no-such-case")
    assert "case no-such-case could not be told to look" in caplog.text


async def test_no_more_than_a_share_of_threads_waits_and_what_nobody_waits_for_is_sent_all_the_same(
    engine: Engine, patch: Definition, make_cases: Callable[..., Cases]
) -> None:
    cases = make_cases(waiting=1)
    first, second = (engine.act(patch, "bo", "open", values=dict(VALUES)) for _ in range(2))
    waiting = asyncio.create_task(cases.open(patch, first))  # no worker is there yet
    await until(lambda: cases.connections == 1)
    assert await cases.open(patch, second) == Unconfirmed(str(second.act["id"]))
    assert not waiting.done()
    async with engine.worker():
        opened = await waiting
        assert isinstance(opened, ActResult)
        assert opened.accepted
        await until(lambda: load_case(engine.database, str(second.act["id"]))[1] is not None)
        assert await cases.open(patch, second) != Unconfirmed(str(second.act["id"]))
