"""What stories of kept histories do besides acting: time passes, records are lost and put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from temporalio.testing import TimeSkipper

from definitions.acts import CommitRequest, SignedAct
from definitions.canonical import Json
from store.streams import head_of
from tests.support.cases import Case, copy_database, put_back
from tests.support.eventually import until
from workflows import names


async def pass_time(case: Case, skipper: TimeSkipper, length: timedelta) -> None:
    """Move the store's clock and the case's own."""
    clock = case.engine.clock
    clock.move_to_offset(clock.offset() + length.total_seconds())
    await skipper.fast_forward(case.handle, length)


async def stop_and_mend(case: Case, older: Path, next_: SignedAct) -> None:
    """Put an older record back: the case stops at the next act, until the record is whole again."""
    newer = copy_database(case.engine)
    put_back(case.engine, older)
    refused = (await case.engine.send(next_)).refusal
    assert refused, "it was taken"
    assert refused["code"] == "stopped"

    async def reason() -> str:
        told: str = await case.handle.query(names.QUERY_STOPPED, result_type=str)
        return told

    assert await reason()
    put_back(case.engine, newer)
    await case.handle.signal(names.SIGNAL_RECONCILE)

    async def goes_on() -> bool:
        return not await reason()

    await until(goes_on)


async def adopt(case: Case) -> None:
    """Tell the case to compare itself with the record, and wait until both agree."""
    await case.handle.signal(names.SIGNAL_RECONCILE)

    async def agrees() -> bool:
        with case.engine.database.reading() as connection:
            return await case.head() == head_of(connection, case.id)

    await until(agrees)


def directly(case: Case, signed: SignedAct) -> None:
    """Commit behind the workflow's back: what Temporal lost, the record has."""
    with case.engine.database.reading() as connection:
        head = head_of(connection, case.id)
    reply = case.engine.committer.commit(
        CommitRequest(signed, head), process=case.definition.process, workflow=case.id
    )
    assert reply.result == "committed", reply


async def signed_behind(
    case: Case, older: Path, who: str, step: str, seat: str, outcome: str, **values: Json
) -> None:
    """Lose the record and mend it; then have it ahead of the case by a signature.

    Signed once more, that is refused, by the case and by the commit.
    """
    first, again, late = (case.sign_off(who, step, seat, outcome, **values) for _ in range(3))
    await stop_and_mend(case, older, first)
    directly(case, again)
    assert (await case.engine.send(late)).refusal
    await adopt(case)


async def refused_by_the_directory(
    case: Case, who: str, role: str, step: str, seat: str = "tester"
) -> None:
    """Claim a role that the directory doesn't know of: the case believes it, the commit not."""
    person = case.engine.people[who]
    case.engine.people[who] = replace(person, roles=(*person.roles, role))
    outcome = next(iter(case.definition.step(step).outcomes))
    values: dict[str, Json] = {"build": "clean", "test_log": "It runs."} if step == "test" else {}
    result = await case.engine.send(case.sign_off(who, step, seat, outcome, **values))
    case.engine.people[who] = person
    assert result.refusal, "the commit took it"
