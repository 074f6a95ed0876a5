"""Many at once on one case: each act ends as accepted or refused, none is lost, none doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from pathlib import Path

from definitions.acts import SignedAct
from definitions.definition import Definition
from tests.support.cases import PACKAGES, Case, acts_of, open_case, send_patiently
from tests.support.engine import Engine, make_engine, temporal_server
from worker.temporal_server import DYNAMIC

AT_ONCE = 150
CACHED = 100


async def test_150_acts_at_once(idle: Engine, system_patch: Definition) -> None:
    async with idle.worker(max_cached_workflows=CACHED):
        await _crowd(idle, system_patch, AT_ONCE)


async def test_those_whom_a_server_turns_away_come_again(
    tmp_path: Path, system_patch: Definition
) -> None:
    """A cluster of others may let only a few updates of one case be in flight."""
    few = "history.maxInFlightUpdates=3"
    settings = [value for value in DYNAMIC if "InFlight" not in value]
    async with temporal_server(tmp_path, *settings, few) as environment:
        engine = make_engine(environment.client, tmp_path, [system_patch])
        with closing(engine.database):
            async with engine.worker(max_cached_workflows=CACHED):
                await _crowd(engine, system_patch, 12)


async def _crowd(engine: Engine, definition: Definition, count: int) -> None:
    """Let two people sign and comment all at once, and compare each answer with the record."""
    case = await open_case(engine, definition, "bo", PACKAGES)
    await case.sign("ada", "approval", "lead", "approve")
    signed = [_nth(case, n) for n in range(count)]
    results = await asyncio.gather(*(send_patiently(engine, act) for act in signed))
    ledger = {act.act["id"]: result for act, result in zip(signed, results, strict=True)}

    acts = acts_of(engine.database, case.id)
    recorded = Counter(id_ for id_ in acts if id_ in ledger)
    assert len(ledger) == count
    assert set(recorded) == {id_ for id_, result in ledger.items() if result.accepted}
    assert set(recorded.values()) == {1}
    assert all(result.accepted or result.refusal for result in ledger.values())
    comments = {act.act["id"] for act in signed if act.act["kind"] == "comment"}
    assert comments <= set(recorded)
    assert len(recorded) == len(comments) + 2
    assert (await case.head()).seq == len(acts)

    assert case.state.configuration == ("documenting",)
    seats = Counter(s.seat for s in case.state.steps["applying"].signatures)
    assert seats == {"executor": 1, "observer": 1}
    for act in signed[:5]:
        if ledger[act.act["id"]].accepted:
            assert await engine.send(act) == ledger[act.act["id"]]


def _nth(case: Case, n: int) -> SignedAct:
    who = ("bo", "cy")[n % 2]
    if n % 3 == 0:
        return case.act(who, "comment", values={"comment": f"Number {n}."})
    return case.sign_off(who, "applying", ("executor", "observer")[n % 3 - 1], "applied")
