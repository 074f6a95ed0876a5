"""The engine without the web: a real Temporal server, a worker, and a real database.

`Engine` plays the web's part in building and signing acts, so that tests of workflows can do
whatever a web could do, and what none should.
"""

from __future__ import annotations

import asyncio
import secrets
import sysconfig
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from temporalio import common
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Interceptor, Replayer

from activities.cases import CaseActivities
from activities.settings import ActivitySettings
from definitions.acts import Act, ActResult, Opening, SignedAct, shown_digest
from definitions.canonical import Json, commit_to
from definitions.clock import FileClock, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import shown
from definitions.state import CaseState
from store import tables
from store.cases import load_case, register_definition
from store.commit import Committer
from store.database import Database
from store.founding import FoundedPerson, found_community, read_community
from store.signatures import SigningKey, sign
from tests.support.databases import patient
from web.temporal import update_of_opening
from worker.codec import data_converter
from worker.documents import make_documents
from worker.keys import load_keys
from worker.stopping import StoppingWorker
from worker.worker_process import tasks_at_once, workflow_runner
from workflows import names
from workflows.case import CaseWorkflow
from workflows.messages import HAPPENED_FIRST, CaseInput, Patience
from workflows.refusal_log import RefusalLog

BUSY_MACHINE = Patience(task_seconds=30, commit_seconds=60)
"""Where nothing dies nothing is taken for dead; tests in which something does say so."""

COMMUNITY = """name, emails, roles, leads, language
Ada Leader, ada@example.org, systems-administrator, systems-administration, en
Bo Admin, bo@example.org, systems-administrator, , en
Cy Admin, cy@example.org, systems-administrator, , en
Dana Leader, dana@example.org dana@example.net, software-assessor, software-assessment, en
Emil Assessor, emil@example.org, software-assessor, , en
Fay Assessor, fay@example.org, software-assessor, , en
Gus Tester, gus@example.org, tester, , en
Hal Tester, hal@example.org, tester, , en
Ida Board, ida@example.org, board-member, , en
Jo Member, jo@example.org, , , en
"""


@asynccontextmanager
async def temporal_server(
    folder: Path, *dynamic: str, time_skipping: bool = False
) -> AsyncIterator[WorkflowEnvironment]:
    """Run a development server of the product's own binary for some tests."""
    values = [*dynamic, *(["frontend.WorkflowTimeSkippingEnabled=true"] if time_skipping else [])]
    arguments = [part for value in values for part in ("--dynamic-config-value", value)]
    environment = await WorkflowEnvironment.start_local(
        namespace=names.NAMESPACE,
        dev_server_existing_path=str(Path(sysconfig.get_path("scripts")) / "temporal"),
        dev_server_extra_args=arguments,
        data_converter=data_converter(load_keys(folder / "keys").codec),
    )
    async with environment:
        yield environment


@dataclass
class Engine:
    """What a test holds: the parts, the people by first name, and ways to act."""

    client: Client
    database: Database
    committer: Committer
    clock: FileClock
    web_key: SigningKey
    worker_key: SigningKey
    queue: str
    folder: Path
    people: dict[str, FoundedPerson] = field(default_factory=dict)
    security_log: list[Mapping[str, Json]] = field(default_factory=list)
    carry_on: Callable[[str], None] = lambda _case: None
    patience: Patience = BUSY_MACHINE

    def worker(
        self, *others: Interceptor, sandboxed: bool = True, max_cached_workflows: int = 20
    ) -> StoppingWorker:
        """Return a worker of this engine; it remembers few cases, so that others replay."""
        activities = CaseActivities(
            self.database,
            self.committer,
            self.clock,
            ActivitySettings(self.folder / "mail", "countersign@example.org", "http://127.0.0.1"),
            carry_on=self.carry_on,
            documents=make_documents(self.database, self.clock, "http://127.0.0.1"),
        )
        worker = StoppingWorker(
            self.client,
            task_queue=self.queue,
            workflows=[CaseWorkflow],
            activities=activities.all(),
            activity_executor=ThreadPoolExecutor(8),
            workflow_runner=workflow_runner(sandbox=sandboxed),
            max_cached_workflows=max_cached_workflows,
            max_concurrent_workflow_tasks=tasks_at_once(max_cached_workflows),
            interceptors=[RefusalLog(self.security_log.append), *others],
        )
        worker.finish = timedelta(seconds=30)  # far more than it needs on a busy machine
        return worker

    def act(self, definition: Definition, person: str, kind: str, **given: Json) -> SignedAct:
        """Build and sign an act as the web does.

        Args:
            given: `state` (CaseState), `values`, `step`, `seat`, `outcome`, `on_behalf`, `id`,
                `case`.
        """
        state: CaseState | None = given.get("state")
        act_id = given.get("id") or secrets.token_urlsafe(16)
        values: dict[str, Json] = given.get("values") or {}
        openings = {n: Opening(secrets.token_hex(32), v) for n, v in values.items()}
        step: str | None = given.get("step")
        now = stamp(self.clock.now())
        act = Act(
            id=act_id,
            case=given.get("case") or (state.case if state else act_id),
            kind=kind,
            actor=self.people[person].id,
            roles=self.people[person].roles,
            definition=definition.version,
            shown=shown(definition, state, step) if state else shown_digest(definition.version, {}),
            auth={"kind": "password", "at": now},
            at=now,
            step=step,
            instance=state.steps[step].instance if state and step and step in state.steps else None,
            seat=given.get("seat"),
            outcome=given.get("outcome"),
            on_behalf=given.get("on_behalf"),
            values={n: commit_to(o.salt, o.value) for n, o in openings.items()},
        )
        return SignedAct(act.to_json(), [dict(sign(act, self.web_key))], openings)

    async def open(
        self,
        definition: Definition,
        signed: SignedAct,
        *,
        process: str | None = None,
        reuse: common.WorkflowIDReusePolicy = common.WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    ) -> tuple[ActResult, WorkflowHandle[object, object]]:
        """Start the case and wait for its opening commit, in one call."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            process or definition.process,
            CaseInput(
                signed,
                definition.text,
                commit_seconds=self.patience.commit_seconds,
                order=HAPPENED_FIRST,
            ),
            id=signed.act["id"],
            task_queue=self.queue,
            id_conflict_policy=common.WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse,
            task_timeout=timedelta(seconds=self.patience.task_seconds),
        )
        result = await self.client.execute_update_with_start_workflow(
            names.UPDATE_OPENED,
            start_workflow_operation=start,
            id=update_of_opening(signed),
            result_type=ActResult,
        )
        return result, await start.workflow_handle()

    async def send(self, signed: SignedAct, *, case: str | None = None) -> ActResult:
        """Send an act to its case; a validator's refusal is an answer like any other."""
        handle = self.client.get_workflow_handle(case or signed.act["case"])
        try:
            answer: ActResult = await handle.execute_update(
                names.UPDATE_ACT, signed, id=signed.act["id"], result_type=ActResult
            )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            if isinstance(cause, ApplicationError) and cause.type == names.REFUSED:
                return ActResult.refused(Refusal.from_json(cause.details[0]))
            if isinstance(cause, ApplicationError) and cause.type == names.BUSY:
                await asyncio.sleep(0.02)
                return await self.send(signed, case=case)
            raise
        return answer

    async def replay_all(self) -> None:
        """Replay the last run of each case in one go, as another worker would that takes it over.

        Raises:
            Exception: whatever the SDK says of a run that can't go on.
        """
        replayer = Replayer(
            workflows=[CaseWorkflow],
            namespace=names.NAMESPACE,
            data_converter=self.client.data_converter,
            workflow_runner=workflow_runner(sandbox=False),
        )
        with self.database.reading() as connection:
            cases = connection.scalars(select(tables.cases.c.case)).all()
        for case in cases:
            history = await self.client.get_workflow_handle(case).fetch_history()
            await replayer.replay_workflow(history)

    def state(self, case: str) -> CaseState:
        """Return the stored state of a case."""
        _, state = load_case(self.database, case)
        assert state is not None
        return CaseState.model_validate(state)


def make_engine(
    client: Client,
    folder: Path,
    definitions: Sequence[Definition],
    *,
    community: str = COMMUNITY,
    database_url: str = "",
) -> Engine:
    """Found a community in a fresh database and put the parts together.

    Args:
        database_url: the address of an empty database; empty for SQLite in the folder.
    """
    keys = load_keys(folder / "keys")
    url = database_url or f"sqlite:///{folder / 'countersign.db'}"
    database = Database(patient(url))
    database.migrate()
    clock = FileClock(folder / "clock")
    rows = read_community(community)
    founded = found_community(
        database, rows, clock=clock, web_key=keys.web_signing, worker_key=keys.worker_signing
    )
    with database.writing() as connection:
        for definition in definitions:
            register_definition(connection, definition)
    log: list[Mapping[str, Json]] = []
    return Engine(
        client=client,
        database=database,
        committer=Committer(database, clock, keys.worker_signing, log.append),
        clock=clock,
        web_key=keys.web_signing,
        worker_key=keys.worker_signing,
        queue=f"test-{secrets.token_hex(4)}",
        folder=folder,
        people={person.name.split()[0].lower(): person for person in founded.people},
        security_log=log,
    )


def with_signature_of(signed: SignedAct, other: SignedAct) -> SignedAct:
    """Return an act with another act's signature on it."""
    return replace(signed, signatures=other.signatures)
