"""People come and go, over a real Temporal server: definitions whose cases open other cases.

Onboarding with its background check and its motion as child cases, and termination with its
motion.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.testing import WorkflowEnvironment

from definitions.canonical import Json
from definitions.loader import load_library
from definitions.rules.drawing import pick
from store import tables
from store.database import Database
from store.record.verify import verify_record
from tests.support.engine import make_engine
from tests.support.house import COMMUNITY, House, housed


@pytest.fixture
async def house(server: tuple[WorkflowEnvironment, Path], tmp_path: Path) -> AsyncIterator[House]:
    environment, folder = server
    loaded = {one.process: one for one in load_library().definitions()}
    (tmp_path / "keys").symlink_to(folder / "keys")
    engine = make_engine(environment.client, tmp_path, list(loaded.values()), community=COMMUNITY)
    async with housed(engine, loaded, sandboxed=False) as made:
        yield made


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
    await house.examined(await house.child(case, "check"))
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
        closed = list(ends)
    assert closed == [house.state(leaving).opened_at] * 2
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
