"""Rulings, over a real Temporal server: what is made in one case happens in another, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from temporalio.testing import WorkflowEnvironment

from activities.mail import deliver
from definitions.acts import RULED, ActResult
from definitions.canonical import Json
from definitions.loader import load_library
from definitions.ruling import Ruling, RulingState
from store import tables
from store.cases import stopped_reason
from store.notices import leave
from store.record.verify import verify_record
from store.rulings import about
from tests.replay.change_stories import accounts_deleted, followed_up, reported
from tests.replay.people import resigns
from tests.support.cases import PACKAGES
from tests.support.engine import make_engine
from tests.support.eventually import until
from tests.support.house import COMMUNITY, House, housed
from worker.carrying_on import CarryingOn
from workflows.names import SIGNAL_LOOK, SIGNAL_RECONCILE

SAID: dict[str, Json] = {"scope": "For this patch, until it is applied.", "reasons": "3.2.3."}


@pytest.fixture
async def house(server: tuple[WorkflowEnvironment, Path], tmp_path: Path) -> AsyncIterator[House]:
    environment, folder = server
    loaded = {one.process: one for one in load_library().definitions()}
    (tmp_path / "keys").symlink_to(folder / "keys")
    engine = make_engine(environment.client, tmp_path, list(loaded.values()), community=COMMUNITY)
    async with housed(engine, loaded, sandboxed=False) as made:
        yield made


async def heard(house: House) -> tuple[str, str]:
    """File a dispute and have both offices accepted; returns the case, and who judges it."""
    dispute = await house.open("arbitration", "jo", claim="The patch can't wait for Ada.")
    for office in ("arbitrator", "case_manager"):
        who = await house.drawn(dispute, office)
        await house.sign(dispute, who, "acceptance", "accept", office, independent=True)
    await house.stands(dispute, "hearing")
    return dispute, await house.drawn(dispute, "arbitrator")


async def rules(
    house: House, dispute: str, judge: str, on: str, ruling: Ruling, **said: Json
) -> ActResult:
    about: dict[str, Json] = {
        "case": on,
        "state": house.state(on).digest(),
        "ruling": ruling.to_json(),
    }
    return await house.do(dispute, judge, "rule", None, on=about, **{**SAID, **said})


async def test_what_is_ruled_happens_there_and_is_kept_in_both(house: House) -> None:
    patch = await house.open("system-patch", "bo", **PACKAGES)
    dispute, judge = await heard(house)
    ruling = Ruling(kind="authorise", step="approval", seat="lead", outcome="approve")
    answer = await rules(house, dispute, judge, patch, ruling)
    assert answer.accepted, answer.refusal
    await house.stands(patch, "applying")
    made, taken = house.state(dispute).given, house.state(patch).rulings
    number = f"{house.state(dispute).number}/1"
    assert [(one.number, one.case, one.of) for one in made] == [
        (number, patch, house.state(patch).number)
    ]
    assert [(one.number, one.case, one.waived) for one in taken] == [
        (number, dispute, ("approved-by-leader",))
    ]
    await house.sign(patch, "bo", "applying", "applied", "executor")
    await house.sign(patch, "cy", "applying", "applied", "observer")
    found = verify_record(house.engine.database)
    assert found.ok, found


async def test_until_a_case_hears_of_a_ruling_it_takes_nothing_else_and_then_takes_it_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the worker dies after the ruling's commit: whoever sweeps tells the case again."""
    patch = await house.open("system-patch", "bo", **PACKAGES)
    dispute, judge = await heard(house)
    with monkeypatch.context() as lost:
        lost.setattr("worker.carrying_on.cases_to_nudge", lambda *_: [])
        ruling = Ruling(kind="suspend")
        assert (await rules(house, dispute, judge, patch, ruling)).accepted
        refused = [
            await house.do(patch, "ada", "sign_off", "approval", "approve", "lead"),
            await house.do(patch, "ada", "comment", None, comment="But why?"),
            await rules(house, dispute, judge, patch, ruling),
        ]
        assert house.state(patch).rulings == ()
    assert [(one.refusal or {})["code"] for one in refused] == ["ruling-first"] * 3
    assert isinstance(house.engine.carry_on, CarryingOn)
    for _ in range(3):
        await house.engine.carry_on.nudge()
    await until(lambda: house.state(patch).suspended)
    assert [one.number[-2:] for one in house.state(patch).rulings] == ["/1"]
    assert len(house.state(dispute).given) == 1
    found = verify_record(house.engine.database)
    assert found.ok, found


async def test_a_ruling_on_what_has_ended_waits_for_no_mail(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that has ended runs until its mail is out: it takes a ruling in meanwhile."""
    termination = await resigns(house, "bo")
    motion = await house.child(termination, "motion")
    await followed_up(house, termination)
    await accounts_deleted(house, termination)
    await house.carried(motion)

    def away(_database: object, _clock: object, _settings: object, case: str, *_: object) -> None:
        if case == termination:
            raise RuntimeError("no mail server answers")
        deliver(_database, _clock, _settings, case, *_)  # type: ignore[arg-type]

    with monkeypatch.context() as lost:
        lost.setattr("activities.cases.deliver", away)
        await reported(house, termination)
        await until(lambda: house.state(termination).ended)
        dispute, judge = await heard(house)
        ruling = Ruling(kind="reinstate", to="reinstated")
        assert (await rules(house, dispute, judge, termination, ruling)).accepted
        await house.stands(termination, "reinstated")
        assert isinstance(house.engine.carry_on, CarryingOn)
        for _ in range(2):  # whoever sweeps tells it again
            await house.engine.client.get_workflow_handle(termination).signal(SIGNAL_LOOK)
    assert await house.engine.client.get_workflow_handle(termination).result() == "reinstated"
    assert len(house.state(termination).rulings) == 1
    with house.engine.database.reading() as connection:
        outbox = tables.outbox.c
        waiting = select(outbox.key).where(outbox.case == termination, outbox.sent_at.is_(None))
        assert not connection.scalars(waiting).all()
    found = verify_record(house.engine.database)
    assert found.ok, found


async def test_a_case_in_which_a_ruling_cannot_be_carried_out_stops_and_says_so(
    house: House,
) -> None:
    """It can be so where the record came back after the ruling: then it was of another state."""
    patch = await house.open("system-patch", "bo", **PACKAGES)
    dispute, _ = await heard(house)
    resume = RulingState(
        number=f"{house.state(dispute).number}/1",
        act="none",
        case=patch,
        of=house.state(patch).number,
        ruling=Ruling(kind="resume"),
        at=house.now(),
    )
    with house.engine.database.writing() as connection:
        said = about(house.state(dispute), resume, 1)
        leave(connection, f"{patch}:ruled:1:{dispute}", patch, RULED, said, house.now())
    case = house.case(patch)
    await case.handle.signal(SIGNAL_LOOK)
    await until(lambda: stopped(house, patch))
    assert stopped(house, patch) == (
        f"ruling {resume.number} was made on it and can't be carried out: This case isn't "
        "suspended."
    )
    with house.engine.database.writing() as connection:
        connection.execute(delete(tables.notices).where(tables.notices.c.case == patch))
    await case.handle.signal(SIGNAL_RECONCILE)
    await until(lambda: not stopped(house, patch))
    await house.sign(patch, "ada", "approval", "approve", "lead")


def stopped(house: House, case: str) -> str | None:
    with house.engine.database.reading() as connection:
        return stopped_reason(connection, case)


async def test_what_ended_while_a_case_was_suspended_is_taken_in_when_it_goes_on(
    house: House,
) -> None:
    values: dict[str, Json] = {
        "subject": house.person("bo"),
        "reason": "They move.",
    }
    change = await house.open(
        "access-list-change", "ada", join="none", leave="ssh-access-list", **values
    )
    motion = await house.child(change, "motion")
    dispute, judge = await heard(house)
    answer = await rules(house, dispute, judge, change, Ruling(kind="suspend"))
    assert answer.accepted, answer.refusal
    await until(lambda: house.state(change).suspended is not None)
    await house.carried(motion)
    assert "deciding" in house.state(change).configuration
    answer = await rules(house, dispute, judge, change, Ruling(kind="resume"))
    assert answer.accepted, answer.refusal
    await house.stands(change, "changed")
    found = verify_record(house.engine.database)
    assert found.ok, found
