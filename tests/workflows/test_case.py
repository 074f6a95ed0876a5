"""A case as a workflow, against a real server and a real database: its ways to every end."""

from __future__ import annotations

from definitions.acts import ActResult
from definitions.canonical import Json
from definitions.definition import Definition
from tests.support.cases import PACKAGES, Case, mails_of, open_case, patch_value
from tests.support.engine import Engine

REVIEW = {"not_author": True}
TEST = {"build": "clean", "test_log": "Built and tried on Debian 12."}


async def _application(engine: Engine, definition: Definition, **given: Json) -> Case:
    patch = given.get("patch") or patch_value(engine, "Jo Member <jo@example.org>")
    values = {"patch": patch, "risk": given.get("risk", "low"), "purpose": "Be polite."}
    return await open_case(engine, definition, "jo", values)


async def test_a_patch_from_form_to_done(shared: Engine, system_patch: Definition) -> None:
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    approval = case.sign_off("ada", "approval", "lead", "approve")
    result = await shared.send(approval)
    assert result.accepted
    assert await shared.send(approval) == result
    await case.sign("bo", "applying", "executor", "applied")
    assert await case.refused("bo", "applying", "observer", "applied") == ("signed-already", "4.1")
    await case.sign("cy", "applying", "observer", "applied")
    await case.sign("bo", "documenting", "scribe", "document", log_entry="Done on webdb.")
    assert await case.handle.result() == "done"
    assert case.state.ended == "done"
    assert len(list((shared.folder / "mail").glob("*.eml"))) > 0


async def test_an_application_patch_from_upload_to_done(
    shared: Engine, application_patch: Definition
) -> None:
    case = await _application(shared, application_patch)
    await case.sign("dana", "review", "lead", "approve", **REVIEW)
    await case.sign("gus", "test", "tester", "pass", **TEST)
    await case.sign("emil", "review", "reviewer", "approve", **REVIEW)
    assert await case.refused("gus", "test", "tester", "pass", **TEST) == ("signed-already", "7.5")
    await case.sign("hal", "test", "tester", "pass", **TEST)
    await case.sign("ada", "applying", "executor", "applied", log_entry="Rolled out.")
    await case.sign("bo", "applying", "observer", "applied")
    assert await case.handle.result() == "done"
    number = case.opened.number
    assert set(mails_of(shared.database, case.id)) == {f"{number}: patch applied"}


async def test_an_author_is_barred_under_every_address(
    shared: Engine, application_patch: Definition
) -> None:
    patch = patch_value(shared, "D. Leader <Dana@Example.net>")
    case = await _application(shared, application_patch, patch=patch)
    assert case.state.people["author"] == (shared.people["dana"].id,)
    assert await case.refused("dana", "review", "lead", "approve", **REVIEW) == ("barred", "7.4")
    assert await case.refused("dana", "review", "reviewer", "approve", **REVIEW) == (
        "barred",
        "7.4",
    )


async def test_nobody_is_a_stranger_by_saying_so(
    shared: Engine, application_patch: Definition
) -> None:
    known = patch_value(shared, "D <dana@example.net>", **{"dana@example.net": "external"})
    case = await _application(shared, application_patch, patch=known)
    assert case.state.people["author"] == (shared.people["dana"].id,)
    stranger = patch_value(shared, "S <s@elsewhere.example>")
    values = {"patch": stranger, "risk": "low", "purpose": "Be polite."}
    opening = shared.act(application_patch, "jo", "open", values=values)
    refused, handle = await shared.open(application_patch, opening)
    assert refused.refusal is not None
    assert (refused.refusal["code"], refused.refusal["section"]) == ("unknown-address", "7.4")
    assert await handle.result() == "refused"


async def test_the_riskier_the_more_reviewers(
    shared: Engine, application_patch: Definition
) -> None:
    case = await _application(shared, application_patch, risk="medium")
    for who in ("gus", "hal"):
        await case.sign(who, "test", "tester", "pass", **TEST)
    await case.sign("dana", "review", "lead", "approve", **REVIEW)
    await case.sign("emil", "review", "reviewer", "approve", **REVIEW)
    assert case.state.is_open("review")
    await case.sign("fay", "review", "reviewer", "approve", **REVIEW)
    assert case.state.configuration == ("applying",)


async def test_a_tester_is_no_reviewer(shared: Engine, application_patch: Definition) -> None:
    case = await _application(shared, application_patch)
    assert await case.refused("gus", "review", "reviewer", "approve", **REVIEW) == (
        "not-yours",
        "7.4",
    )


async def test_retract_decline_comment(shared: Engine, application_patch: Definition) -> None:
    case = await _application(shared, application_patch)
    await case.sign("emil", "review", "reviewer", "approve", **REVIEW)
    assert await case.refused("fay", "review", "reviewer", "approve", **REVIEW) == (
        "seat-taken",
        "7.4",
    )
    assert (await case.do("emil", "retract", step="review")).accepted
    declined = await case.do(
        "emil", "decline", step="review", seat="reviewer", values={"comment": "I am away."}
    )
    assert declined.accepted
    assert await case.refused("emil", "review", "reviewer", "approve", **REVIEW) == (
        "declined",
        "7.4",
    )
    assert (await case.do("fay", "comment", values={"comment": "I take it."})).accepted
    _is(await case.do("fay", "comment", values={}), "comment-required")
    await case.sign("fay", "review", "reviewer", "approve", **REVIEW)
    assert case.state.known == {"risk": "low"}


async def test_an_amendment_reopens_what_was_signed_on_it(
    shared: Engine, application_patch: Definition
) -> None:
    case = await _application(shared, application_patch)
    await case.sign("dana", "review", "lead", "approve", **REVIEW)
    await case.sign("emil", "review", "reviewer", "approve", **REVIEW)
    for who in ("gus", "hal"):
        await case.sign(who, "test", "tester", "pass", **TEST)
    stale = case.sign_off("ada", "applying", "executor", "applied")
    amended = await case.do("jo", "amend", values={"risk": "high"})
    assert amended.accepted, amended.refusal
    _is(await shared.send(stale), "not-open")
    assert case.state.is_open("review")
    assert case.state.known == {"risk": "high"}
    for who in ("dana", "emil", "fay"):
        await case.sign(who, "review", "reviewer", "approve", **REVIEW)
    _is(await case.do("emil", "amend", values={"risk": "low"}), "not-yours")


async def test_who_looked_at_something_older_is_refused(
    shared: Engine, system_patch: Definition
) -> None:
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    stale = case.sign_off("ada", "approval", "lead", "approve")
    assert (await case.do("bo", "amend", values={"reason": "Another weakness."})).accepted
    refused = await shared.send(stale)
    assert refused.refusal is not None
    assert refused.refusal["section"] == "3.2.3"
    await case.sign("ada", "approval", "lead", "approve")


async def test_a_case_is_withdrawn_by_its_opener_only(
    shared: Engine, system_patch: Definition
) -> None:
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    why = {"comment": "Not needed any more."}
    _is(await case.do("cy", "withdraw", values=why), "not-yours")
    assert (await case.do("bo", "withdraw", values=why)).accepted
    assert await case.handle.result() == "withdrawn"


async def test_a_failed_application_is_backed_out_and_reported(
    shared: Engine, application_patch: Definition
) -> None:
    case = await _application(shared, application_patch)
    await case.sign("dana", "review", "lead", "approve", **REVIEW)
    await case.sign("emil", "review", "reviewer", "approve", **REVIEW)
    for who in ("gus", "hal"):
        await case.sign(who, "test", "tester", "pass", **TEST)
    await case.sign("ada", "applying", "executor", "applied")
    await case.sign("bo", "applying", "observer", "failed", comment="It doesn't start.")
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        await case.sign(who, "backing_out", seat, "backed-out")
    await case.sign("bo", "failure_report", "scribe", "report", report="It doesn't start.")
    assert await case.handle.result() == "not_applied"
    assert set(mails_of(shared.database, case.id)) == {
        f"{case.opened.number}: patch failed and backed out"
    }


def _is(result: ActResult, code: str) -> None:
    assert result.refusal is not None
    assert result.refusal["code"] == code
