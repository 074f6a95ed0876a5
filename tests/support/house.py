"""A community whose cases open other cases, over a real Temporal server; people by first name.

It plays the web's part as `Engine` does, and the worker's between cases: children are started,
and others are told to look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select
from temporalio.testing import TimeSkipper

from definitions.acts import ActResult, SignedAct
from definitions.canonical import Json
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.state import CaseState
from store import tables
from store.directory import roles_of
from tests.support.cases import Case
from tests.support.engine import Engine
from tests.support.eventually import until
from web.gateway import Unconfirmed
from worker.carrying_on import CarryingOn
from worker.resend import Resend

COMMUNITY = """name, emails, roles, leads, language
Ada Leader, ada@example.org, systems-administrator, systems-administration, en
Bo Admin, bo@example.org, systems-administrator, , en
Cy Admin, cy@example.org, systems-administrator, , en
Ann Board, ann@example.org, board-member, , en
Ben Board, ben@example.org, board-member, , en
Cyd Board, cyd@example.org, board-member, , en
Ira Arbiter, ira@example.org, arbitrator, , en
Ivo Arbiter, ivo@example.org, arbitrator, , en
Cam Manager, cam@example.org, case-manager, , en
Jo Member, jo@example.org, , , en
Sol Assessor, sol@example.org, software-assessor, , en
"""


class Gateway:
    """Opens child cases as the web would open a person's, from a thread of the worker."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._loop = loop

    def open(self, signed: SignedAct, definition_text: str, process: str) -> ActResult:
        del process
        opening = self._engine.open(Definition.from_text(definition_text), signed)
        return asyncio.run_coroutine_threadsafe(opening, self._loop).result()[0]

    def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        return asyncio.run_coroutine_threadsafe(self._engine.send(signed), self._loop).result()

    def close(self) -> None:
        """Hold nothing open."""


@dataclass
class House:
    """The community, and ways to act in whichever case."""

    engine: Engine
    definitions: Mapping[str, Definition]

    def person(self, name: str) -> str:
        return self.engine.people[name].id

    def name(self, person: str) -> str:
        return next(name for name, one in self.engine.people.items() if one.id == person)

    def roles(self, name: str) -> set[str]:
        at = self.now()
        with self.engine.database.reading() as connection:
            return set(roles_of(connection, self.person(name), at))

    def now(self) -> str:
        return stamp(self.engine.clock.now())

    async def open(self, process: str, who: str, **values: Json) -> str:
        definition = self.definitions[process]
        signed = self.engine.act(definition, who, "open", values=values)
        result, _ = await self.engine.open(definition, signed)
        assert result.accepted, result.refusal
        return str(signed.act["id"])

    def state(self, case: str) -> CaseState:
        return self.engine.state(case)

    def case(self, case: str) -> Case:
        """Return a case that runs, to act on it alone; also one that another case opened."""
        handle = self.engine.client.get_workflow_handle(case)
        definition = self.definitions[self.state(case).process]
        opened = ActResult(accepted=True)
        return Case(self.engine, definition, SignedAct({"id": case}), opened, handle)

    async def do(
        self,
        case: str,
        who: str,
        kind: str,
        step: str | None,
        outcome: str | None = None,
        seat: str | None = None,
        **values: Json,
    ) -> ActResult:
        state = self.state(case)
        definition = self.definitions[state.process]
        seat = seat or (next(iter(definition.step(step).seats)) if step else None)
        signed = self.engine.act(
            definition,
            who,
            kind,
            state=state,
            step=step,
            seat=seat,
            outcome=outcome,
            values=values,
        )
        return await self.engine.send(signed)

    async def sign(
        self, case: str, who: str, step: str, outcome: str, seat: str | None = None, **values: Json
    ) -> None:
        result = await self.do(case, who, "sign_off", step, outcome, seat, **values)
        assert result.accepted, result.refusal

    async def stands(self, case: str, where: str) -> None:
        await until(lambda: where in (*self.state(case).configuration, self.state(case).ended))

    async def ruled(self, case: str) -> None:
        """Wait until a case has taken in all rulings that were made on it."""
        notices = tables.notices.c
        query = select(notices.key).where(notices.case == case, notices.taken_at.is_(None))

        def taken() -> bool:
            with self.engine.database.reading() as connection:
                return connection.scalar(query) is None

        await until(taken)

    async def child(self, case: str, name: str) -> str:
        """Return the child's id once it runs."""
        child = self.state(case).children[name].case

        def there() -> bool:
            with self.engine.database.reading() as connection:
                cases = tables.cases.c.case
                found = connection.scalar(select(cases).where(cases == child))
            return found is not None

        await until(there)
        return child

    async def drawn(self, case: str, name: str) -> str:
        """Return the first name of whom the lot fell on."""
        await until(lambda: self.state(case).people.get(name))
        return self.name(self.state(case).people[name][0])

    async def pass_time(self, case: str, length: timedelta) -> None:
        clock = self.engine.clock
        clock.move_to_offset(clock.offset() + length.total_seconds())
        handle = self.engine.client.get_workflow_handle(case)
        await TimeSkipper(self.engine.client).fast_forward(handle, length)

    async def carried(self, motion: str) -> None:
        for who in ("ann", "ben"):
            result = await self.do(motion, who, "vote", "voting", "aye", conflict="none")
            assert result.accepted, result.refusal
        await self.pass_time(motion, timedelta(days=3, minutes=1))
        await self.stands(motion, "carried")

    async def examined(self, check: str) -> None:
        """Go through Jo's background check to its ruling, whoever the lot falls on."""
        arbiter, manager = (
            await self.drawn(check, "arbitrator"),
            await self.drawn(check, "case_manager"),
        )
        for who, seat in ((arbiter, "arbitrator"), (manager, "case_manager")):
            await self.sign(check, who, "acceptance", "accept", seat, independent=True)
        contact = "jo@example.org"
        await self.sign(check, "jo", "consent", "agree", "subject", drp=True, contact=contact)
        for who, seat in ((arbiter, "arbitrator"), (manager, "case_manager")):
            await self.sign(check, who, "interview", "held", seat)
        for item in self.state(check).items["scope"]:
            seat = f"examined:{item.id}"
            await self.sign(check, arbiter, "scope", "examined", seat, findings="Nothing.")
        await self.sign(check, arbiter, "ruling", "accept", summary="Nothing was found.")
        await self.stands(check, "accepted")


@asynccontextmanager
async def housed(
    engine: Engine, definitions: Mapping[str, Definition], *, sandboxed: bool, **options: int
) -> AsyncIterator[House]:
    """Let the engine's worker run, with what carries on from one case to another.

    Args:
        definitions: the engine's, by process: what child cases begin under.
        options: the worker's.
    """
    engine.committer = replace(engine.committer, current=definitions.__getitem__)
    loop = asyncio.get_running_loop()
    resend = Resend(engine.database, engine.clock, Gateway(engine, loop))
    engine.carry_on = CarryingOn(
        engine.client, engine.database, resend, loop, engine.patience, engine.queue
    )
    with closing(engine.database):
        async with engine.worker(sandboxed=sandboxed, **options):
            yield House(engine, definitions)
        await engine.replay_all()
