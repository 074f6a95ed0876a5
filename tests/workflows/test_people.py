"""People come and go, over a real Temporal server: definitions whose cases open other cases.

The processes are data of the tests until their pages are made: onboarding with its background
check and its motion as child cases, and termination with its motion.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.testing import TimeSkipper, WorkflowEnvironment

from definitions.acts import ActResult, SignedAct
from definitions.canonical import Json
from definitions.clock import parse
from definitions.definition import Definition
from definitions.loader import load_file
from definitions.rules.drawing import pick
from definitions.state import CaseState
from store import tables
from store.database import Database
from store.directory import roles_of
from store.record.verify import verify_record
from tests.support.cases import until
from tests.support.engine import Engine, make_engine
from web.gateway import Unconfirmed
from worker.carrying_on import CarryingOn
from worker.resend import Resend

DATA = Path(__file__).parents[1] / "definitions" / "data" / "people"
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
    definitions: dict[str, Definition]

    def person(self, name: str) -> str:
        return self.engine.people[name].id

    def name(self, person: str) -> str:
        return next(name for name, one in self.engine.people.items() if one.id == person)

    def roles(self, name: str) -> set[str]:
        at = self.now()
        with self.engine.database.reading() as connection:
            return set(roles_of(connection, self.person(name), at))

    def now(self) -> str:
        from definitions.clock import stamp  # noqa: PLC0415 - one word

        return stamp(self.engine.clock.now())

    async def open(self, process: str, who: str, **values: Json) -> str:
        definition = self.definitions[process]
        signed = self.engine.act(definition, who, "open", values=values)
        result, _ = await self.engine.open(definition, signed)
        assert result.accepted, result.refusal
        return str(signed.act["id"])

    def state(self, case: str) -> CaseState:
        return self.engine.state(case)

    async def do(
        self,
        case: str,
        who: str,
        kind: str,
        step: str,
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


@pytest.fixture
async def house(server: tuple[WorkflowEnvironment, Path], tmp_path: Path) -> AsyncIterator[House]:
    environment, folder = server
    loaded = {file.stem: load_file(file).definition for file in sorted(DATA.glob("*.yaml"))}
    (tmp_path / "keys").symlink_to(folder / "keys")
    engine = make_engine(environment.client, tmp_path, list(loaded.values()), community=COMMUNITY)
    engine.committer = replace(engine.committer, current=loaded.__getitem__)
    loop = asyncio.get_running_loop()
    resend = Resend(engine.database, engine.clock, Gateway(engine, loop))
    engine.carry_on = CarryingOn(engine.client, engine.database, resend, loop)
    async with engine.worker(sandboxed=False):
        yield House(engine, loaded)
    engine.database.close()


async def examined(house: House, check: str) -> None:
    """Go through a background check to its ruling, whoever the lot falls on."""
    arbiter, manager = (
        await house.drawn(check, "arbitrator"),
        await house.drawn(check, "case_manager"),
    )
    for who, seat in ((arbiter, "arbitrator"), (manager, "case_manager")):
        await house.sign(check, who, "acceptance", "accept", seat, independent=True)
    await house.sign(check, "jo", "consent", "agree", "subject", drp=True, contact="jo@example.org")
    for who, seat in ((arbiter, "arbitrator"), (manager, "case_manager")):
        await house.sign(check, who, "interview", "held", seat)
    for item in house.state(check).items["scope"]:
        seat = f"examined:{item.id}"
        await house.sign(check, arbiter, "scope", "examined", seat, findings="Nothing against it.")
    await house.sign(check, arbiter, "ruling", "accept", summary="Nothing was found against it.")
    await house.stands(check, "accepted")


def changes(database: Database) -> list[tuple[str, str]]:
    """Return what the directory's stream says since its founding: kind, and by which case."""
    entries = tables.entries.c
    query = select(entries.kind, entries.act_id).where(
        entries.stream == "directory", entries.kind != "founded"
    )
    with database.reading() as connection:
        rows = connection.execute(query.order_by(entries.seq)).all()
    return [(row.kind, row.act_id.split(":")[1]) for row in rows]


async def admitted(house: House) -> str:
    """Admit Jo to Systems Administration, and return the case."""
    case = await house.open(
        "onboarding",
        "ada",
        subject=house.person("jo"),
        role="systems-administrator",
        access="physical-access-list",
        recommendation="Jo has helped for years.",
    )
    await house.sign(case, "jo", "candidate", "agree", "subject", policies=True)
    await house.stands(case, "background_check")
    await examined(house, await house.child(case, "check"))
    await house.stands(case, "deciding")
    assert "systems-administrator" not in house.roles("jo")
    await house.carried(await house.child(case, "motion"))
    await house.stands(case, "training")
    return case


async def test_somebody_is_admitted_by_a_check_and_a_motion_and_leaves_at_once(
    house: House,
) -> None:
    case = await admitted(house)
    assert {"member", "systems-administrator"} <= house.roles("jo")
    await house.sign(case, "ada", "training", "trained", training="With Bo, for a month.")
    await house.stands(case, "done")
    assert changes(house.engine.database) == [("granted", case)] * 3
    motion = house.state(case).children["motion"].number
    with house.engine.database.reading() as connection:
        lists = tables.list_entries.c
        query = select(lists.list, lists.authority).order_by(lists.list)
        rows = connection.execute(query.where(lists.person == house.person("jo"))).all()
    assert [tuple(row) for row in rows] == [
        ("physical-access-list", motion),
        ("ssh-access-list", motion),
    ]
    assert verify_record(house.engine.database).ok

    opened = house.now()
    leaving = await house.open(
        "termination",
        "jo",
        subject=house.person("jo"),
        trigger="resignation",
        reason="I move abroad.",
        area="systems-administrator",
    )
    assert house.roles("jo") == {"member"}
    with house.engine.database.reading() as connection:
        lists = tables.list_entries.c
        ends = connection.scalars(select(lists.until).where(lists.person == house.person("jo")))
        closed = [parse(end) - parse(opened) for end in ends]
    assert len(closed) == 2
    assert all(timedelta() <= one < timedelta(seconds=30) for one in closed)
    await house.carried(await house.child(leaving, "motion"))
    added = await house.do(leaving, "ada", "add_item", "follow_up", item="Badge returned")
    assert added.accepted, added.refusal
    for item in house.state(leaving).items["follow_up"]:
        await house.sign(leaving, "ada", "follow_up", "done", f"done:{item.id}", what="Done.")
    await house.sign(leaving, "bo", "deletion", "deleted", "executor")
    await house.sign(leaving, "cy", "deletion", "deleted", "observer")
    await house.stands(leaving, "reporting")
    await house.sign(leaving, "ada", "reporting", "report", report="All is secured.")
    await house.stands(leaving, "done")
    found = verify_record(house.engine.database)
    assert found.ok, found


async def test_the_lot_falls_on_whom_anybody_can_compute_and_again_if_they_decline(
    house: House,
) -> None:
    check = await house.open(
        "abc", "ada", subject=house.person("jo"), role="systems-administrator", request="Please."
    )
    first = await house.drawn(check, "arbitrator")
    entries = tables.entries.c
    with house.engine.database.reading() as connection:
        drawn = connection.execute(
            select(entries.seq, entries.text).where(entries.stream == check, entries.kind == "draw")
        ).all()
        before = connection.scalar(
            select(entries.sha256).where(entries.stream == check, entries.seq == drawn[0].seq - 1)
        )
    both = tuple(sorted(house.person(name) for name in ("ira", "ivo")))
    assert pick(both, str(before), "arbitrator") == house.person(first)
    declined = await house.do(
        check, first, "decline", "acceptance", seat="arbitrator", comment="I know Jo well."
    )
    assert declined.accepted, declined.refusal
    second = await house.drawn(check, "arbitrator")
    assert {first, second} == {"ira", "ivo"}


async def test_what_the_matrix_forbids_ends_before_anybody_waits_for_it(house: House) -> None:
    case = await house.open(
        "onboarding",
        "ada",
        subject=house.person("sol"),
        role="systems-administrator",
        access="none",
        recommendation="Sol knows the systems too.",
    )
    assert house.state(case).ended == "excluded"
    assert changes(house.engine.database) == []


async def test_nobody_opens_what_is_not_theirs(house: House) -> None:
    definition = house.definitions["termination"]
    values: dict[str, Json] = {
        "subject": house.person("bo"),
        "trigger": "resignation",
        "reason": "Bo said so.",
        "area": "none",
    }
    signed = house.engine.act(definition, "jo", "open", values=values)
    result, _ = await house.engine.open(definition, signed)
    assert result.refusal is not None
    assert (result.refusal["code"], result.refusal["section"]) == ("not-yours-to-open", "9.1.7")
    assert "systems-administrator" in house.roles("bo")
